from django.urls import path

from . import live

app_name = "events"
urlpatterns = [path("live/", live.live, name="live")]
