"""What can happen to reports and figures."""

from langbiang.foundation.events import Event, event


@event("indicators.submitted")
class Submitted(Event):
    """An agency sent the figures it owes."""

    obligation_id: int
    indicator: str
    period: str
    is_late: bool


@event("indicators.returned")
class Returned(Event):
    """A report went back to who sent it, with the reason."""

    obligation_id: int
    reason: str


@event("indicators.published")
class Published(Event):
    """Figures became known: new ones or a revision."""

    indicator: str
    period: str
    figures: int
    is_revision: bool


@event("indicators.overdue")
class Overdue(Event):
    """Reports of one instant were not there when it passed."""

    due_at: str
    reports: int
    state: str


@event("indicators.changed")
class IndicatorChanged(Event):
    """An indicator means, is owed or is judged otherwise from a day on."""

    indicator: str
    valid_from: str
