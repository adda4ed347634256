"""Addresses of the calendars, for those who keep them."""

from django.urls import path

from . import days, hours, trial, years

app_name = "calendars"
urlpatterns = [
    path("manage/calendars/", years.listing, name="list"),
    path("manage/calendars/new/", years.open_new, name="open"),
    path("manage/calendars/<slug:code>/", years.this_year, name="calendar"),
    path("manage/calendars/<slug:code>/<int:year>/", years.year_page, name="year"),
    path("manage/calendars/<slug:code>/<int:year>/confirm/", years.confirm, name="confirm"),
    path("manage/calendars/<slug:code>/days/<slug:day>/", days.day_page, name="day"),
    path("manage/calendars/<slug:code>/days/<slug:day>/cancel/", days.cancel, name="cancel"),
    path("manage/calendars/<slug:code>/swap/", days.swap, name="swap"),
    path("manage/calendars/<slug:code>/hours/", hours.listing, name="hours"),
    path("manage/calendars/<slug:code>/hours/new/", hours.set_hours, name="set_hours"),
    path("manage/calendars/<slug:code>/hours/cutoff/", hours.set_cutoff, name="set_cutoff"),
    path("manage/calendars/<slug:code>/trial/", trial.trial, name="trial"),
]
