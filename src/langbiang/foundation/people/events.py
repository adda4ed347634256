"""What can happen to a person's record."""

from langbiang.foundation.events import Event, event


@event("people.registered")
class PersonRegistered(Event):
    """A new record."""

    person_id: int


@event("people.updated")
class PersonUpdated(Event):
    """A record was changed."""

    person_id: int
    fields: list[str]


@event("people.merged")
class PeopleMerged(Event):
    """A duplicate was merged into the record that stays."""

    kept_id: int
    merged_id: int
