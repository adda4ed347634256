"""Which row of the catalogue holds for a period, and the figures reckoned under it. A former period keeps its formula."""

from collections import defaultdict
from copy import copy
from datetime import date
from decimal import Decimal
from functools import cached_property

from .. import formulas
from ..models import Indicator, Series
from ..periods import Period
from . import figures
from .figures import NOTHING, Figure, Values, children


class Catalogue:
    """All rows of the catalogue and all series, read once: two SQL statements."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Indicator]] = defaultdict(list)
        for row in Indicator.objects.select_related("group").order_by("code", "valid_from"):
            self.rows[row.code].append(row)

    @cached_property
    def series(self) -> dict[str, Series]:
        """Every series by its code."""
        return {row.code: row for row in Series.objects.all()}

    def row(self, code: str, day: date) -> Indicator | None:
        """The row that holds on a day; before the first row the first one, as past years are taken over under it.

        The code of a series gives the indicator it is reported with, standing on that series alone.
        """
        if "." in code:
            return self._of_series(code, day)
        rows = self.rows.get(code, [])
        for row in rows:
            if row.valid_from <= day and (row.valid_to is None or day < row.valid_to):
                return row
        return rows[0] if rows and day < rows[0].valid_from else None

    def _of_series(self, code: str, day: date) -> Indicator | None:
        if code not in self.series:
            return None
        for owner in self.rows:
            row = self.row(owner, day)
            if row is not None and code in row.series_codes:
                alone = copy(row)
                alone.top, alone.base, alone.more = [code], [], []
                return alone
        return None

    def leaves(self, code: str, first: date, last: date) -> set[str]:
        """The series a figure of an indicator is reckoned from within some days, through formulas."""
        found: set[str] = set()
        met: set[str] = set()

        def add(each: str) -> None:
            if each in met:
                return
            met.add(each)
            if "." in each:
                found.add(each)
                return
            rows = self.rows.get(each, [])
            for row in rows:
                if row is rows[0] or (row.valid_from <= last and (row.valid_to is None or first < row.valid_to)):
                    found.update(row.top, row.base)
                    for operand in formulas.read(row.formula).codes if row.formula else ():
                        add(operand)

        add(code)
        return found

    def is_of_units(self, code: str, day: date) -> bool:
        """Whether communes have a figure of their own under the row of a day: not what is official, or asked of the province alone.

        What a formula gives stands at this level where all its operands do.
        """
        row = self.row(code, day)
        if row is None:
            return False
        if row.formula:
            return all(self.is_of_units(each, day) for each in formulas.read(row.formula).codes)
        return "commune" in row.levels and not any(figures.is_official(self.series[each]) for each in [*row.top, *row.base])

    def needed(self, code: str, day: date) -> set[str]:
        """The series that have to be there for a figure under the row of a day, through formulas."""
        row = self.row(code, day)
        if row is None:
            return set()
        if row.formula:
            return {leaf for each in formulas.read(row.formula).codes for leaf in self.needed(each, day)}
        return {*row.top, *row.base}

    def standing_on(self, code: str, day: date) -> set[str]:
        """The indicators whose figures are others when one is: itself, and what formulas reckon from it."""
        found = {code}
        while True:
            more = {
                row.code
                for rows in self.rows.values()
                for row in rows
                if row.formula and row.code not in found and (row.valid_to is None or day < row.valid_to)
                and found & {part for each in formulas.read(row.formula).codes for part in (each, each.partition(".")[0])}
            }  # fmt: skip
            if not more:
                return found
            found |= more

    def figure(self, code: str, agency_id: int, period: Period, values: Values, *, is_part: bool = False) -> Figure:
        """The figure of a unit and period under the row that holds on its last day, from values already read.

        With values of one part of its series it is the figure of that part (`is_part`).
        """
        row = self.row(code, period.last)
        if row is None:
            return NOTHING
        if row.formula:
            return NOTHING if is_part else self.by_formula(row, agency_id, period, values)
        units = children(row, agency_id, self.series, period=period, values=values)
        return figures.figure(row, self.series, values, agencies=units, period=period, is_part=is_part)

    def by_formula(self, row: Indicator, agency_id: int, period: Period, values: Values) -> Figure:
        """The figure a formula gives: each operand is rolled up by its own rules first, so a share is the share of sums."""
        formula = formulas.read(row.formula)
        parts = {code: self.figure(code, agency_id, period, values) for code in formula.codes}
        known = [part for part in parts.values() if part.top is not None]
        if len(known) < len(parts):
            worst = min(parts.values(), key=lambda part: part.percent_have if part.of else 0)
            return Figure(None, have=worst.have, of=worst.of)
        value: Decimal | None = formulas.reckon(formula, {code: part.value for code, part in parts.items()})
        worst = min(known, key=lambda part: part.percent_have)
        return Figure(
            value, value, None, worst.have, worst.of, any(part.is_partial for part in known), max((part.status for part in known), key="APEM".index),
            max(part.newest for part in known if part.newest), False,
        )  # fmt: skip
