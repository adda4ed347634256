"""Addresses of the junctions."""

from django.urls import path

from . import alerts, arming, editing, evidence, live, plans

app_name = "junctions"
urlpatterns = [
    path("work/traffic/", live.overview, name="overview"),
    path("work/traffic/live/", live.overview_part, name="overview_part"),
    path("work/traffic/alerts/", alerts.alerts, name="alerts"),
    path("work/traffic/alerts/<int:alert_id>/acknowledge/", alerts.acknowledge, name="alert_acknowledge"),
    path("work/traffic/alerts/<int:alert_id>/close/", alerts.close, name="alert_close"),
    path("work/traffic/arming/", arming.arming, name="arming"),
    path("work/traffic/arming/ask/", arming.ask, name="ask"),
    path("work/traffic/arming/<int:request_id>/confirm/", arming.confirm, name="confirm"),
    path("work/traffic/arming/<int:request_id>/withdraw/", arming.withdraw, name="withdraw"),
    path("work/traffic/plans/", plans.library, name="plans"),
    path("work/traffic/plans/<int:plan_id>/", plans.plan, name="plan"),
    path("work/traffic/plans/<int:plan_id>/approve/", plans.approve, name="plan_approve"),
    path("work/traffic/plans/<int:plan_id>/withdraw/", plans.withdraw, name="plan_withdraw"),
    path("work/traffic/shadow/", evidence.shadow, name="shadow"),
    path("work/traffic/gain/", evidence.gain, name="gain"),
    path("work/traffic/at/<slug:code>/", live.junction, name="junction"),
    path("work/traffic/at/<slug:code>/live/", live.junction_part, name="junction_part"),
    path("work/traffic/at/<slug:code>/disarm/", arming.disarm, name="disarm"),
    path("work/traffic/at/<slug:code>/override/", arming.override, name="override"),
    path("work/traffic/at/<slug:code>/override/cancel/", arming.cancel, name="override_cancel"),
    path("work/traffic/at/<slug:code>/plans/new/", plans.new, name="plan_new"),
    path("work/traffic/at/<slug:code>/layout/", editing.layout, name="layout"),
    path("work/traffic/at/<slug:code>/layout/<int:layout_id>/approve/", editing.approve, name="layout_approve"),
]
