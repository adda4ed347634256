"""Changing the organisation: agencies, positions, who holds them, who stands in. Every change is dated and audited."""

from .agencies import CHANGEABLE, change_agency, close_agency, declare_succession, move_agency, open_agency
from .positions import (
    add_position,
    appoint,
    arrange_substitute,
    change_position,
    end_holding,
    end_position,
    end_substitution,
    fill_positions,
)
from .refusals import BadDates, Closed, Incomplete, NoSuchThing, Taken

__all__ = [
    "CHANGEABLE",
    "BadDates",
    "Closed",
    "Incomplete",
    "NoSuchThing",
    "Taken",
    "add_position",
    "appoint",
    "arrange_substitute",
    "change_agency",
    "change_position",
    "close_agency",
    "declare_succession",
    "end_holding",
    "end_position",
    "end_substitution",
    "fill_positions",
    "move_agency",
    "open_agency",
]
