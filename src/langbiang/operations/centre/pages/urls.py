"""Addresses of the operations centre."""

from django.urls import path

from . import alerts, brief, dashboards, desk, export, indicators, keys, wall

app_name = "centre"
urlpatterns = [
    path("wall/screen/<str:token>/", wall.screen, name="screen"),
    path("wall/<slug:slug>/", wall.wall, name="wall"),
    path("live/centre/", wall.live, name="live"),
    path("live/screen/<str:token>/", wall.live_screen, name="live_screen"),
    path("centre/", desk.home, name="home"),
    path("centre/figures/<str:name>/", desk.figure, name="figure"),
    path("centre/figures/<str:name>/cases/", desk.records, name="records"),
    path("centre/figures/<str:name>/export/", export.export, name="export"),
    path("centre/figures/<str:name>/notes/<int:agency_id>/", desk.annotate, name="annotate"),
    path("centre/notes/<int:note_id>/withdraw/", desk.withdraw_note, name="note_withdraw"),
    path("centre/indicators/<str:code>/", indicators.indicator, name="indicator"),
    path("centre/alerts/", alerts.alerts, name="alerts"),
    path("centre/alerts/silences/", alerts.silences, name="silences"),
    path("centre/alerts/silences/<int:silence_id>/end/", alerts.end_silence, name="silence_end"),
    path("centre/alerts/<int:alert_id>/", alerts.alert, name="alert"),
    path("centre/alerts/<int:alert_id>/acknowledge/", alerts.acknowledge, name="alert_acknowledge"),
    path("centre/alerts/<int:alert_id>/assign/", alerts.assign, name="alert_assign"),
    path("centre/alerts/<int:alert_id>/close/", alerts.close, name="alert_close"),
    path("centre/brief/", brief.brief, name="brief"),
    path("centre/brief/paper/", brief.paper, name="brief_paper"),
    path("centre/brief/write/", brief.write, name="brief_write"),
    path("centre/dashboards/", dashboards.dashboards, name="dashboards"),
    path("centre/dashboards/new/", dashboards.make, name="dashboard_make"),
    path("centre/dashboards/<int:dashboard_id>/", dashboards.dashboard, name="dashboard"),
    path("centre/dashboards/<int:dashboard_id>/change/", dashboards.change, name="dashboard_change"),
    path("centre/dashboards/<int:dashboard_id>/put-away/", dashboards.put_away, name="dashboard_put_away"),
    path("centre/dashboards/<int:dashboard_id>/export/", dashboards.export, name="dashboard_export"),
    path("centre/keys/", keys.keys, name="keys"),
    path("centre/keys/<int:key_id>/revoke/", keys.revoke, name="key_revoke"),
]
