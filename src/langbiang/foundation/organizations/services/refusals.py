"""What the services of this room refuse with."""

from langbiang.foundation.access import Refusal


class NoSuchThing(Refusal):
    """There is no such agency, position or holding."""

    status = 404


class BadDates(Refusal):
    """The days do not fit together."""


class Taken(Refusal):
    """The code, place or seat is taken already."""


class Closed(Refusal):
    """The agency or position has ended; nothing new begins there."""


class Incomplete(Refusal):
    """Something needed was left out."""
