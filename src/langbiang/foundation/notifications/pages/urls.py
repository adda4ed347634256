"""Addresses of notices."""

from django.urls import path

from . import notices

app_name = "notifications"
urlpatterns = [
    path("notices/", notices.inbox, name="inbox"),
    path("my/notices/", notices.preferences, name="preferences"),
    path("manage/notices/", notices.templates, name="templates"),
    path("manage/notices/<int:template_id>/", notices.template, name="template"),
    path("manage/notices/deliveries/", notices.deliveries, name="deliveries"),
    path("manage/notices/deliveries/<int:notice_id>/again/", notices.retry, name="retry"),
]
