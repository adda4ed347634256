"""Addresses of stored files."""

from django.urls import path

from . import reading

app_name = "files"
urlpatterns = [
    path("files/<int:file_id>/preview.png", reading.preview, name="preview"),
    path("files/<int:file_id>/<str:name>", reading.download, name="download"),
]
