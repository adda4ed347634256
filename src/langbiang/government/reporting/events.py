"""What can happen in the traffic of reports."""

from langbiang.foundation.events import Event, event


@event("reporting.packet_made")
class PacketMade(Event):
    """A packet for the Government reporting system was made and put on its way, or is blocked."""

    packet_id: int
    kind: str
    period: str
    vintage: int
    is_blocked: bool


@event("reporting.books_differ")
class BooksDiffer(Event):
    """A comparison found what only one side holds."""

    reconciliation_id: int
    differences: int


@event("reporting.figures_drawn")
class FiguresDrawn(Event):
    """New figures of a ministry's database are in the store."""

    connector: str
    subject: str
    draw_id: int
    accepted: int
    rejected: int
