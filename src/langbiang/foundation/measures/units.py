"""Of which commune-level unit an agency is part, so that figures of agencies become figures of places."""

from datetime import date
from typing import Any

from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places


def place_of_agencies(day: date) -> dict[int, str]:
    """Of which commune-level unit each agency is part: its own place, or that of what it hangs under."""
    rows = {row.id: row for row in organizations.agencies_on(day)}
    homes: dict[int, str] = {}
    for row in rows.values():
        above: Any = row
        while above is not None and not _is_unit(above.place_code):
            above = rows.get(above.parent_id)
        if above is not None:
            homes[row.id] = above.place_code
    return homes


def _is_unit(code: str) -> bool:
    """Whether a place is a commune, ward or special zone; agencies of the province have the code of the province."""
    found = places.find(code) if code else None
    return found is not None and found.level == "commune"
