"""Whether a deadline may still be extended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .terms import aware
from .workdays import LOCAL


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """How long before the due day the apology must go out, and how often a matter may be extended."""

    lead_days: int = 1
    max_times: int = 1


class ExtensionObstacle(StrEnum):
    """Why an extension comes too late or once too often."""

    TOO_LATE = "too_late"
    TOO_OFTEN = "too_often"


def obstacles_to_extension(
    *, due: datetime, at: datetime, times_extended: int, rule: ExtensionRule
) -> tuple[ExtensionObstacle, ...]:
    """What stands against extending now; empty when nothing does."""
    found: list[ExtensionObstacle] = []
    due_day = aware(due).astimezone(LOCAL).date()
    if aware(at).astimezone(LOCAL).date() > due_day - timedelta(days=rule.lead_days):
        found.append(ExtensionObstacle.TOO_LATE)
    if times_extended >= rule.max_times:
        found.append(ExtensionObstacle.TOO_OFTEN)
    return tuple(found)
