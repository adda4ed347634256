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


@event("indicators.moved")
class ReportMoved(Event):
    """A deadline was moved, or the report is not owed any more."""

    obligation_id: int


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


@event("indicators.narrative_returned")
class NarrativeReturned(Event):
    """A written report went back to who sent it, with the reason."""

    narrative_id: int
    reason: str


@event("indicators.narrative_handed_on")
class NarrativeHandedOn(Event):
    """A written report became known and went to the Government."""

    narrative_id: int
    outline: str
    period: str


@event("indicators.narrative_moved")
class NarrativeMoved(Event):
    """The deadline of a written report was moved, or it is not owed any more."""

    narrative_id: int


@event("indicators.time_asked")
class TimeAsked(Event):
    """An agency asked for more time for a report."""

    request_id: int


@event("indicators.time_answered")
class TimeAnswered(Event):
    """A request for more time was granted, refused, or the report waived."""

    request_id: int
    answer: str
