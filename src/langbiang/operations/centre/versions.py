"""What a rule or a wall says, version by version, and whether it is still what the installation came with."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from .models import AlertRule, Layout, LayoutVersion, RuleVersion

Kept = AlertRule | Layout
# What is not said by people: whose number it is, what it was delivered as, whether it was put away.
_NOT_TOLD = ("id", "code", "slug", "revision", "delivered", "removed_at")


def told_of(row: Kept) -> dict[str, Any]:
    """All a rule or a wall says, as a version keeps it."""
    return {each.name: _plain(each.to_python(getattr(row, each.attname))) for each in _told_fields(row)}


def tell(row: Kept, told: Mapping[str, Any]) -> None:
    """Make a rule or a wall say something else; what is not told stays. Nothing is saved."""
    known = {each.name: each for each in _told_fields(row)}
    for name in known.keys() & told.keys():
        setattr(row, known[name].attname, known[name].to_python(told[name]))


def origin(row: Kept) -> str:
    """delivered: as the installation came; changed: changed since; made: made here."""
    if row.delivered is None:
        return "made"
    return "changed" if differences(row.delivered, told_of(row), row) else "delivered"


def differences(before: Mapping[str, Any], after: Mapping[str, Any], row: Kept) -> list[tuple[str, Any, Any]]:
    """(field, before, after) of all that differs; a field an older version did not know had its usual value then."""
    found = []
    for each in _told_fields(row):
        usual = _plain(each.get_default())
        was, is_ = before.get(each.name, usual), after.get(each.name, usual)
        if was != is_:
            found.append((each.name, was, is_))
    return found


def keep(row: Kept, *, by: str, reason: str, at: datetime) -> None:
    """Keep what a rule or a wall says now as the version of its revision. By the system without a reason: as delivered."""
    told: dict[str, Any] = {"number": row.revision, "told": told_of(row), "at": at, "by": by, "reason": reason}
    if isinstance(row, AlertRule):
        RuleVersion.objects.create(rule=row, **told)
    else:
        LayoutVersion.objects.create(layout=row, **told)


def _told_fields(row: Kept) -> list[Any]:
    return [each for each in row._meta.concrete_fields if each.name not in _NOT_TOLD]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value) if isinstance(value, str) else value
