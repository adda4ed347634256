"""Addresses of the audit trail."""

from django.urls import path

from . import chains, trail

app_name = "audit"
urlpatterns = [
    path("manage/audit/", trail.listing, name="list"),
    path("manage/audit/<int:lane>/<int:seq>/", trail.entry, name="entry"),
    path("manage/audit/chains/", chains.listing, name="chains"),
    path("manage/audit/chains/<int:lane>/", chains.chain, name="chain"),
    path("manage/audit/chains/<int:lane>/verify/", chains.verify, name="verify"),
]
