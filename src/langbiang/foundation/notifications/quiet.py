"""Quiet hours: nobody's telephone rings at night for something that can wait."""

from datetime import datetime, time, timedelta

BEGIN, END = time(21, 0), time(7, 0)


def not_before(at: datetime, *, urgent: bool) -> datetime:
    """When a text message may go out: now, or at 07:00 when it is night (local, aware datetime)."""
    if urgent or END <= at.time() < BEGIN:
        return at
    day = at.date() if at.time() < END else at.date() + timedelta(days=1)
    return datetime.combine(day, END, tzinfo=at.tzinfo)
