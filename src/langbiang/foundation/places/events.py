"""What can happen to administrative units."""

from langbiang.foundation.events import Event, event


@event("places.succession_declared")
class SuccessionDeclared(Event):
    """Units are merged, split, renamed or moved from a day on. Rows are ids of places; codes may be used again."""

    kind: str
    old_codes: list[str]
    new_codes: list[str]
    effective_on: str
    legal_ref: str


@event("places.succession_withdrawn")
class SuccessionWithdrawn(Event):
    """A declared change was taken back before it took effect."""

    old_codes: list[str]
    new_codes: list[str]
    effective_on: str
    reason: str


@event("places.place_changed")
class PlaceChanged(Event):
    """What is said of a unit was corrected."""

    code: str
    valid_from: str
    fields: list[str]


@event("places.boundaries_loaded")
class BoundariesLoaded(Event):
    """A package of boundaries replaced the one before, or was taken away (package_id 0)."""

    package_id: int
    province_code: str
    units: int
