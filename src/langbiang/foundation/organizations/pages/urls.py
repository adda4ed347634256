"""Addresses of agencies and positions."""

from django.urls import path

from . import agencies, listing, positions, seats

app_name = "organizations"
urlpatterns = [
    path("manage/agencies/", listing.agencies, name="list"),
    path("manage/agencies/open/", agencies.open_agency, name="open"),
    path("manage/agencies/<int:agency_id>/", listing.agency, name="agency"),
    path("manage/agencies/<int:agency_id>/change/", agencies.change, name="change"),
    path("manage/agencies/<int:agency_id>/move/", agencies.move, name="move"),
    path("manage/agencies/<int:agency_id>/end/", agencies.end, name="end"),
    path("manage/agencies/<int:agency_id>/add-position/", positions.add, name="add_position"),
    path("manage/positions/<int:position_id>/", positions.position, name="position"),
    path("manage/positions/<int:position_id>/change/", positions.change, name="change_position"),
    path("manage/positions/<int:position_id>/end/", positions.end, name="end_position"),
    path("manage/positions/<int:position_id>/appoint/", seats.appoint, name="appoint"),
    path("manage/positions/<int:position_id>/stand-in/", seats.substitute, name="substitute"),
    path("manage/holdings/<int:holding_id>/end/", seats.end_holding, name="end_holding"),
    path("manage/stand-ins/<int:substitution_id>/end/", seats.end_substitution, name="end_substitution"),
]
