"""Addresses of the indicators."""

from django.urls import path

from . import checking, figures, keeping, matrix, reporting, sheets

app_name = "indicators"
urlpatterns = [
    path("work/indicators/", figures.overview, name="overview"),
    path("work/indicators/matrix/", matrix.matrix, name="matrix"),
    path("work/indicators/reports/", reporting.reports, name="reports"),
    path("work/indicators/reports/<int:report_id>/cell/<str:code>/", reporting.cell, name="cell"),
    path("work/indicators/reports/<int:report_id>/send/", reporting.send, name="send"),
    path("work/indicators/reports/sheet/", sheets.download, name="sheet"),
    path("work/indicators/reports/upload/", sheets.upload, name="upload"),
    path("work/indicators/check/", checking.waiting, name="check"),
    path("work/indicators/check/publish/", checking.publish, name="publish"),
    path("work/indicators/report/<int:report_id>/", checking.report, name="report"),
    path("work/indicators/report/<int:report_id>/verify/", checking.verify, name="verify"),
    path("work/indicators/report/<int:report_id>/return/", checking.give_back, name="return"),
    path("work/indicators/report/<int:report_id>/reopen/", checking.reopen, name="reopen"),
    path("work/indicators/report/<int:report_id>/extend/", checking.extend, name="extend"),
    path("work/indicators/report/<int:report_id>/waive/", checking.waive, name="waive"),
    path("work/indicators/at/<str:code>/", figures.indicator, name="indicator"),
    path("work/indicators/at/<str:code>/<int:agency_id>/<str:period>/", figures.provenance, name="provenance"),
    path("manage/indicators/", keeping.catalogue, name="catalogue"),
    path("manage/indicators/locks/", keeping.locks, name="locks"),
    path("manage/indicators/locks/<int:lock_id>/ask/", keeping.ask, name="lock_ask"),
    path("manage/indicators/locks/<int:lock_id>/open/", keeping.agree, name="lock_open"),
    path("manage/indicators/<str:code>/", keeping.change, name="change"),
    path("manage/indicators/<str:code>/target/", keeping.target, name="target"),
]
