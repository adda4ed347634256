"""Addresses of the index of service quality."""

from django.urls import path

from . import figures, manage, outlook

app_name = "quality"
urlpatterns = [
    path("work/quality/", figures.overview, name="overview"),
    path("work/quality/by/<slug:dimension>/", figures.table, name="table"),
    path("work/quality/losses/<slug:code>/", figures.losses, name="losses"),
    path("work/quality/risk/", outlook.risk, name="risk"),
    path("work/quality/what-if/", outlook.what_if, name="what_if"),
    path("manage/quality/", manage.weights, name="weights"),
    path("manage/quality/scores/", manage.scores, name="scores"),
    path("manage/quality/weights/<slug:code>/", manage.change, name="change"),
]
