"""Reads of the catalogue: pinned versions and sheets (never changing, kept in memory) and what is in force."""

from .offers import fileable
from .pinned import (
    ChannelRow,
    DocumentRow,
    FeeRow,
    PinnedProcedure,
    ResultRow,
    Sheet,
    SheetRow,
    agency_of_place,
    competent_agency,
    fees_due,
    forget,
    in_force,
    pinned,
    sheet,
    sheet_in_force,
)

__all__ = [
    "ChannelRow",
    "DocumentRow",
    "FeeRow",
    "PinnedProcedure",
    "ResultRow",
    "Sheet",
    "SheetRow",
    "agency_of_place",
    "competent_agency",
    "fees_due",
    "fileable",
    "forget",
    "in_force",
    "pinned",
    "sheet",
    "sheet_in_force",
]
