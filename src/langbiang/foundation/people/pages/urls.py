"""Addresses of the register of people."""

from django.urls import path

from . import register

app_name = "people"
urlpatterns = [
    path("manage/people/", register.people, name="list"),
    path("manage/people/new/", register.register, name="register"),
    path("manage/people/<int:person_id>/", register.record, name="record"),
    path("manage/people/<int:person_id>/change/", register.change, name="change"),
    path("manage/people/<int:person_id>/merge/", register.merge, name="merge"),
    path("my/data/", register.mine, name="mine"),
]
