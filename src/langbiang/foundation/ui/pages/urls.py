"""Addresses of the room: the choice of row height, and the style page where development pages are on."""

from django.urls import path

from . import preferences, style

app_name = "ui"
urlpatterns = [
    path("ui/density", preferences.density, name="density"),
    path("ui/", style.components, name="style"),
    path("ui/<slug:shell>", style.shell, name="shell"),
]
