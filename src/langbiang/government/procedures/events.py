"""What can happen in the catalogue."""

from langbiang.foundation.events import Event, event


@event("procedures.version_published")
class VersionPublished(Event):
    """From a day on a version holds; cases received before keep theirs."""

    version_id: int
    code: str
    number: int
    valid_from: str


@event("procedures.sheet_approved")
class SheetApproved(Event):
    """Cases received from now on are worked by this sheet."""

    sheet_id: int
    code: str
    number: int
