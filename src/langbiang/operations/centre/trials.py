"""The try-out of a rule of alerts: what it would have raised in the last days, by the figures of the book."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from django.utils import timezone

from langbiang.foundation.measures import queries as measures

from . import figures
from .figures import Scope
from .hysteresis import Levels
from .rehearsing import KNOWN_DAYS, Rehearsed, Spell, rehearse

LOOKED_BACK = (30, 90)


@dataclass(frozen=True)
class AtAgency:
    """What the rule would have raised at one agency."""

    agency_id: int
    rehearsed: Rehearsed

    @property
    def alerts(self) -> int:
        """How many alerts, of both kinds."""
        return len(self.rehearsed.spells) + len(self.rehearsed.missing)

    @property
    def all_spells(self) -> list[Spell]:
        """All of them, the longest first."""
        return sorted([*self.rehearsed.spells, *self.rehearsed.missing], key=lambda each: (-each.days, each.first))

    @property
    def is_up(self) -> bool:
        """Whether one would be open now."""
        return any(each.is_up for each in self.all_spells)


@dataclass(frozen=True)
class Trial:
    """What a rule would have raised in a period: the agencies with the most first, of all that had figures."""

    first: date
    last: date
    looked_at: int
    rows: list[AtAgency] = field(default_factory=list)

    @property
    def alerts(self) -> int:
        """How many alerts in all."""
        return sum(each.alerts for each in self.rows)

    @property
    def missing(self) -> int:
        """How many of them because no figures came."""
        return sum(len(each.rehearsed.missing) for each in self.rows)

    @property
    def avoided(self) -> int:
        """How many more a rule without a clear level of its own would have raised."""
        return sum(each.rehearsed.avoided for each in self.rows)

    @property
    def up_now(self) -> int:
        """How many agencies would have one open now."""
        return sum(each.is_up for each in self.rows)

    @property
    def longest(self) -> int:
        """How many days the longest lasted."""
        return max((spell.days for each in self.rows for spell in each.all_spells), default=0)


def try_out(told: Mapping[str, Any], *, days: int, agencies: frozenset[int] | None, at: datetime) -> Trial:
    """What a rule that says this would have raised at these agencies (None: all) in the last days. Two SQL statements.

    Raises NoSuchFigure. Silences are left out of account, and so is what comes and goes within a day.
    """
    known = figures.figure(told["measure"])
    today = timezone.localdate(at)
    first = today - timedelta(days=days - 1)
    window = 1 if known.is_stock else int(told["days"])
    hours = told.get("missing_after_h")
    silent = ceil(hours / 24) if hours else None
    back = max(window - 1, silent + KNOWN_DAYS if silent else 0)
    scope = Scope(first - timedelta(days=back), today, agencies, told.get("filters") or {})
    values = measures.values_by_agency_and_day(known.name, scope)
    levels = Levels(told["side"], float(told["trigger"]), float(told["clear"]), int(told.get("least_base") or 0))
    judged = [first + timedelta(days=n) for n in range(days)]
    rows = [
        AtAgency(agency, rehearse(levels, found, judged, nothing=known.nothing, window=window, silent_days=silent))
        for agency, found in values.items()
    ]
    raised = [each for each in rows if each.alerts or each.rehearsed.avoided]
    raised.sort(key=lambda each: (-each.alerts, -sum(spell.days for spell in each.all_spells), each.agency_id))
    return Trial(first, today, len(values), raised)
