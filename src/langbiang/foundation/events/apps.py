from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "langbiang.foundation.events"
    label = "events"
