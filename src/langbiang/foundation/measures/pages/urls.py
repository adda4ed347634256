from django.urls import path

from . import open_data

app_name = "measures"
urlpatterns = [
    path("open-data/", open_data.listing, name="open_data"),
    path("open-data/<str:name>.csv", open_data.as_csv, name="open_data_csv"),
    path("open-data/<str:name>.json", open_data.as_json, name="open_data_json"),
]
