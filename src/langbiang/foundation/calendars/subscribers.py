"""What this room does when something happens."""

from langbiang.foundation.events import EventRecord, subscribe

from . import snapshot


@subscribe("calendars.day_changed", "calendars.hours_changed", key="calendars.refresh")
def refresh(record: EventRecord) -> None:
    """A worker that is told of a change must not answer from an old copy: later subscribers reckon with the new one."""
    snapshot.drop()
