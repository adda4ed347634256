"""Reporting periods: what they are called, where they begin and end, which comes before. No database.

Calendar periods have SDMX names: 2026, 2026-S1, 2026-Q3, 2026-10, 2026-W47, 2026-11-23. Periods of the reporting month
that runs from the 15th to the 14th (Decree 09/2019/ND-CP, Article 12, unverified) carry the mark -R: 2026-10-R.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

FREQUENCIES = ("D", "W", "M", "Q", "S", "A")
CALENDAR, REPORT = "calendar", "report"
_NAME = re.compile(
    r"(?P<year>\d{4})(?:-(?:W(?P<week>\d\d)|Q(?P<quarter>[1-4])|S(?P<half>[12])|(?P<month>\d\d)(?:-(?P<day>\d\d))?))?(?P<mark>-R)?"
)
_MONTHS = {"M": 1, "Q": 3, "S": 6, "A": 12}


class NotAPeriod(ValueError):
    """A text that names no period."""


@dataclass(frozen=True, order=True)
class Period:
    """A stretch of whole days. `first` and `last` belong to it."""

    first: date
    last: date
    frequency: str
    scheme: str = CALENDAR

    @cached_property
    def name(self) -> str:
        """Its name, which `parse` reads back."""
        mark = "-R" if self.scheme == REPORT else ""
        # A period of the reporting month is named after the month it ends in.
        day = self.last if self.scheme == REPORT else self.first
        match self.frequency:
            case "D":
                return f"{day:%Y-%m-%d}"
            case "W":
                year, week, _ = day.isocalendar()
                return f"{year}-W{week:02}"
            case "M":
                return f"{day:%Y-%m}{mark}"
            case "Q":
                return f"{day.year}-Q{(day.month - 1) // 3 + 1}{mark}"
            case "S":
                return f"{day.year}-S{(day.month - 1) // 6 + 1}{mark}"
            case _:
                return f"{day.year}{mark}"

    @property
    def year(self) -> int:
        """The year it is counted in: that of its name."""
        return int(self.name[:4])

    def shifted(self, steps: int) -> "Period":
        """The period so many periods of the same length later (earlier when negative)."""
        if self.frequency == "D":
            return of(self.first + timedelta(days=steps), "D")
        if self.frequency == "W":
            return of(self.first + timedelta(weeks=steps), "W")
        day = self.last if self.scheme == REPORT else self.first
        months = day.year * 12 + day.month - 1 + steps * _MONTHS[self.frequency]
        return _months(months // 12, months % 12 + 1, self.frequency, self.scheme)

    @property
    def previous(self) -> "Period":
        """The one before."""
        return self.shifted(-1)

    @property
    def next(self) -> "Period":
        """The one after."""
        return self.shifted(1)

    @property
    def year_ago(self) -> "Period":
        """The same period of the year before. A week 53 answers with the last week of that year; 29 February with the 28th."""
        match self.frequency:
            case "D":
                day = self.first
                return of(date(day.year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day), "D")
            case "W":
                year, week, _ = self.first.isocalendar()
                weeks = date(year - 1, 12, 28).isocalendar().week
                return of(date.fromisocalendar(year - 1, min(week, weeks), 1), "W")
            case _:
                return self.shifted(-12 // _MONTHS[self.frequency])

    def parts(self, frequency: str) -> list["Period"]:
        """The shorter periods it consists of, in order. Weeks count for the period their Thursday lies in."""
        found: list[Period] = []
        each = of(self.first, frequency, self.scheme if frequency in _MONTHS else CALENDAR)
        while each.first <= self.last:
            anchor = each.first + timedelta(days=3) if frequency == "W" else each.first
            if self.first <= anchor <= self.last:
                found.append(each)
            each = each.next
        return found


def _months(year: int, month: int, frequency: str, scheme: str) -> Period:
    length = _MONTHS[frequency]
    begin = (month - 1) // length * length
    first = date(year, begin + 1, 1)
    after = date(year + (begin + length) // 12, (begin + length) % 12 + 1, 1)
    if scheme == REPORT:
        before = first - timedelta(days=1)
        end = after - timedelta(days=1)
        return Period(date(before.year, before.month, 15), date(end.year, end.month, 14), frequency, scheme)
    return Period(first, after - timedelta(days=1), frequency, scheme)


@lru_cache(maxsize=4096)
def of(day: date, frequency: str, scheme: str = CALENDAR) -> Period:
    """The period of a length that a day lies in. Days and weeks are the same under every scheme."""
    match frequency:
        case "D":
            return Period(day, day, "D")
        case "W":
            monday = day - timedelta(days=day.weekday())
            return Period(monday, monday + timedelta(days=6), "W")
        case "M" | "Q" | "S" | "A":
            if scheme == REPORT and day.day >= 15:
                day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
            return _months(day.year, day.month, frequency, scheme)
    raise NotAPeriod(frequency)


@lru_cache(maxsize=4096)
def parse(name: str) -> Period:
    """The period of a name. Raises NotAPeriod."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise NotAPeriod(name)
    year, scheme = int(found["year"]), REPORT if found["mark"] else CALENDAR
    try:
        if found["week"] or found["day"]:
            if scheme == REPORT:
                raise NotAPeriod(name)
            if found["week"]:
                return of(date.fromisocalendar(year, int(found["week"]), 1), "W")
            return of(date(year, int(found["month"]), int(found["day"])), "D")
        if found["month"]:
            date(year, int(found["month"]), 1)
            return _months(year, int(found["month"]), "M", scheme)
        if found["quarter"]:
            return _months(year, 3 * int(found["quarter"]), "Q", scheme)
        if found["half"]:
            return _months(year, 6 * int(found["half"]), "S", scheme)
        date(year, 1, 1)
        return _months(year, 1, "A", scheme)
    except ValueError as problem:
        raise NotAPeriod(name) from problem
