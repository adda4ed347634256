"""Changing the register: facts of a unit, what becomes of units, boundaries. Every change is dated and audited."""

from .boundaries import BadPackage, drop_boundaries, import_geometry
from .facts import change_place
from .refusals import BadDates, Closed, Incomplete, NoSuchThing, Taken
from .successions import Target, declare_succession, set_shares, withdraw_succession

__all__ = [
    "BadDates",
    "BadPackage",
    "Closed",
    "Incomplete",
    "NoSuchThing",
    "Taken",
    "Target",
    "change_place",
    "declare_succession",
    "drop_boundaries",
    "import_geometry",
    "set_shares",
    "withdraw_succession",
]
