"""The rooms of the house, bottom up: what is installed, in this order."""

from importlib.util import find_spec

FOUNDATION = [
    "ui",
    "access",
    "audit",
    "events",
    "numbering",
    "places",
    "organizations",
    "people",
    "accounts",
    "files",
    "calendars",
    "forms",
    "signatures",
    "notifications",
    "exchange",
    "measures",
]
GOVERNMENT = ["procedures", "cases", "quality", "reporting", "indicators"]
CITY = ["junctions"]
OPERATIONS = ["centre"]

ROOMS = [
    *(f"langbiang.foundation.{room}" for room in FOUNDATION),
    *(f"langbiang.government.{room}" for room in GOVERNMENT),
    *(f"langbiang.city.{room}" for room in CITY),
    *(f"langbiang.operations.{room}" for room in OPERATIONS),
]
INSTALLED_ROOMS = [room for room in ROOMS if find_spec(room) and find_spec(f"{room}.apps")]
