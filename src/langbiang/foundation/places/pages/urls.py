"""Addresses of the register of units."""

from django.urls import path

from . import boundaries, changing, listing, mapping

app_name = "places"
urlpatterns = [
    path("manage/places/", listing.listing, name="list"),
    path("manage/places/map/", mapping.schematic, name="map"),
    path("manage/places/boundaries/", boundaries.status, name="boundaries"),
    path("manage/places/boundaries/load/", boundaries.load, name="load_boundaries"),
    path("manage/places/boundaries/drop/", boundaries.drop, name="drop_boundaries"),
    path("manage/places/<int:place_id>/", listing.unit, name="unit"),
    path("manage/places/<int:place_id>/edit/", changing.edit, name="edit"),
    path("manage/places/<int:place_id>/change/", changing.choose, name="change"),
    path("manage/places/<int:place_id>/change/<slug:kind>/", changing.declare, name="declare"),
    path("manage/places/<int:place_id>/shares/", changing.shares, name="shares"),
    path("manage/places/<int:place_id>/withdraw/", changing.withdraw, name="withdraw"),
]
