"""What the services of this room refuse with."""

from langbiang.foundation.access import Refusal


class NoSuchThing(Refusal):
    """There is no such unit or succession."""

    status = 404


class BadDates(Refusal):
    """The days do not fit together."""


class Taken(Refusal):
    """Another unit has this code on that day."""


class Closed(Refusal):
    """The unit has ended, or is about to; nothing new begins there."""


class Incomplete(Refusal):
    """Something that belongs to the change is missing or does not fit."""
