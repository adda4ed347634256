"""What can happen to calendars."""

from langbiang.foundation.events import Event, event


@event("calendars.day_changed")
class DayChanged(Event):
    """Days of a calendar became off, worked or half worked, or a declaration was cancelled.

    It concerns every agency whose calendar is this one or stands below it: `queries.follows(agency_id, calendar_id)`.
    Running matters are not moved by it; their room proposes the moves (`deadlines.propose_move`).
    """

    calendar_id: int
    calendar_code: str
    days: list[str]
    kind: str
    note: str
    source: str


@event("calendars.hours_changed")
class HoursChanged(Event):
    """Office hours or the cut-off hour of a calendar change from a day on."""

    calendar_id: int
    calendar_code: str
    valid_from: str
    what: str
    source: str
