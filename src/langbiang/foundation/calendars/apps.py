from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "langbiang.foundation.calendars"
    label = "calendars"

    def ready(self) -> None:
        from . import snapshot, subscribers  # noqa: F401  (subscribers register themselves)

        snapshot.watch_requests()
