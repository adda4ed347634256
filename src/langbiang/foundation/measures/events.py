"""What can happen here: a figure moved."""

from langbiang.foundation.events import Event, event


@event("measures.moved")
class MeasuresMoved(Event):
    """Figures over these records are others than before, for the agency of the event."""

    records: str


@event("measures.analysed")
class Analysed(Event):
    """A question is answered."""

    analysis_id: int
