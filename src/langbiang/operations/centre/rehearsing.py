"""What a rule would have done on past days: judged once a day, at its end. No database.

Between two days the two levels are the only memory, as they are when the rule is at work; what comes and goes within one
day is not seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from langbiang.foundation.measures import Value

from .hysteresis import Levels, is_worse, judge

# Nothing to report within so many days before is how an agency is known to report at all.
KNOWN_DAYS = 28


@dataclass(frozen=True)
class Spell:
    """One alert: the first day it is up, the last one, and the worst figure; `is_up` when it is not over."""

    first: date
    last: date
    worst: float | None
    is_up: bool

    @property
    def days(self) -> int:
        """How many days it was up."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Rehearsed:
    """What a rule would have raised at one agency. `avoided`: alerts that a rule with one level only would have had more."""

    spells: list[Spell] = field(default_factory=list)
    missing: list[Spell] = field(default_factory=list)
    avoided: int = 0


def rehearse(
    levels: Levels, values: Mapping[date, Value], days: Sequence[date], *, nothing: Value, window: int = 1, silent_days: int | None = None
) -> Rehearsed:  # fmt: skip
    """What a rule would have done at an agency on these days, one after the other.

    `values` are its figures by day, also of the days before; `window` adds up so many days (a figure that stands at the end
    of a day is asked for with 1); `silent_days` days without figures are an alert of their own.
    """
    judged = _judged(values, days, window, nothing)
    spells = _spells(levels, judged, nothing)
    one_level = _spells(replace(levels, clear=levels.trigger), judged, nothing)
    missing = _missing(values, days, silent_days) if silent_days is not None else []
    return Rehearsed(spells, missing, max(0, len(one_level) - len(spells)))


def _judged(values: Mapping[date, Value], days: Sequence[date], window: int, nothing: Value) -> list[tuple[date, Value | None]]:
    """The figure of the days up to each; none where there was nothing to count. What comes in is added and what goes out
    taken away, so that a year costs what a day does."""
    found: list[tuple[date, Value | None]] = []
    top = base = 0
    for n in range(1 - window, len(days)):
        coming = values.get(days[0] + timedelta(days=n), nothing)
        going = values.get(days[0] + timedelta(days=n - window), nothing) if n > 0 else nothing
        top += coming.top - going.top
        base += (coming.base or 0) - (going.base or 0)
        if n >= 0:
            value = Value(top, None if nothing.base is None else base, nothing.scale)
            found.append((days[0] + timedelta(days=n), value if top or base else None))
    return found


def _spells(levels: Levels, judged: Sequence[tuple[date, Value | None]], nothing: Value) -> list[Spell]:
    found: list[Spell] = []
    is_up = False
    for day, value in judged:
        if value is None and not is_up:
            continue  # an agency with nothing to count is not looked at
        told = value or nothing
        verdict = judge(levels, told.number, told.base, is_up=is_up)
        if verdict == "raise":
            found.append(Spell(day, day, told.number, True))
            is_up = True
        elif verdict == "clear":
            found[-1] = replace(found[-1], is_up=False)
            is_up = False
        elif verdict == "hold":
            last = found[-1]
            is_worst = value is not None and told.number is not None and is_worse(levels.side, told.number, last.worst)
            found[-1] = replace(last, last=day, worst=told.number if is_worst else last.worst)
    return found


def _missing(values: Mapping[date, Value], days: Sequence[date], silent_days: int) -> list[Spell]:
    """The days on which an agency that had figures in the four weeks before had none for so long."""
    there = {day for day, value in values.items() if (value.top if value.base is None else value.base)}
    found: list[Spell] = []
    is_up = False
    for day in days:
        recent = any(day - timedelta(days=n) in there for n in range(silent_days + 1))
        before = any(day - timedelta(days=silent_days + 1 + n) in there for n in range(KNOWN_DAYS))
        if not recent and (is_up or before):
            found = [*found[:-1], replace(found[-1], last=day)] if is_up else [*found, Spell(day, day, None, True)]
            is_up = True
        elif is_up:
            found[-1] = replace(found[-1], is_up=False)
            is_up = False
    return found
