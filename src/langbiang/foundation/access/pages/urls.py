"""Addresses of roles."""

from django.urls import path

from . import given, listing

app_name = "access"
urlpatterns = [
    path("manage/roles/", listing.roles, name="list"),
    path("manage/roles/<slug:code>/", listing.role, name="role"),
    path("manage/positions/<int:position_id>/give-role/", given.grant, name="grant"),
    path("manage/roles-given/<int:assignment_id>/end/", given.revoke, name="revoke"),
]
