"""Addresses of stored files."""

from django.urls import path

from . import keeping, reading

app_name = "files"
urlpatterns = [
    path("manage/files/", keeping.overview, name="admin"),
    path("manage/files/limits/new/", keeping.set_limit, name="set_limit"),
    path("files/<int:file_id>/preview.png", reading.preview, name="preview"),
    path("files/<int:file_id>/<str:name>", reading.download, name="download"),
]
