from django.urls import path

from . import analysis, open_data

app_name = "measures"
urlpatterns = [
    path("centre/analysis/", analysis.ask, name="ask"),
    path("centre/analysis/<int:analysis_id>/", analysis.answer, name="analysis"),
    path("open-data/", open_data.listing, name="open_data"),
    path("open-data/<str:name>.csv", open_data.as_csv, name="open_data_csv"),
    path("open-data/<str:name>.json", open_data.as_json, name="open_data_json"),
]
