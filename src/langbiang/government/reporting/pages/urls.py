"""Addresses of reporting to the Government, for those who keep the connection."""

from django.urls import path

from . import comparisons, mapping, packets, sources

app_name = "reporting"
urlpatterns = [
    path("manage/reporting/", packets.overview, name="overview"),
    path("manage/reporting/packets/", packets.listing, name="packets"),
    path("manage/reporting/packets/<int:packet_id>/", packets.packet, name="packet"),
    path("manage/reporting/mapping/<slug:kind>/", mapping.fields, name="mapping"),
    path("manage/reporting/mapping/fields/<int:field_id>/", mapping.field, name="field"),
    path("manage/reporting/mapping/fields/<int:field_id>/verify/", mapping.verify, name="verify"),
    path("manage/reporting/comparisons/", comparisons.listing, name="comparisons"),
    path("manage/reporting/comparisons/new/", comparisons.compare, name="compare"),
    path("manage/reporting/comparisons/<int:comparison_id>/", comparisons.comparison, name="comparison"),
    path("manage/reporting/sources/", sources.listing, name="sources"),
    path("manage/reporting/sources/<slug:code>/", sources.source, name="source"),
    path("manage/reporting/sources/<slug:code>/change/", sources.change, name="change_source"),
    path("manage/reporting/sources/<slug:code>/draw/", sources.draw, name="draw"),
    path("manage/reporting/draws/<int:draw_id>/", sources.quarantine, name="quarantine"),
]
