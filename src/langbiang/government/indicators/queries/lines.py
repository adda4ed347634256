"""Figures over periods: of one unit, of all units, and of the province for every indicator."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from langbiang.foundation.organizations import queries as organizations

from .. import formulas, periods
from ..breakdowns import TOTAL
from ..models import Indicator
from ..periods import Period
from .catalogue import Catalogue
from .figures import Figure, as_known

Spans = list[tuple[Period, Figure]]


def history(
    indicator: Indicator, agency_id: int, *, last: Period, count: int, known_at: datetime | None = None, catalogue: Catalogue | None = None,
    part: str = TOTAL,
) -> Spans:  # fmt: skip
    """The figure of a unit, or one part of it, for so many periods up to one, oldest first, each under the row of its time.

    Three SQL statements.
    """
    rows = catalogue or Catalogue()
    first = last.shifted(1 - count)
    values = as_known(rows.leaves(indicator.code, first.first, last.last), first=first, last=last, known_at=known_at, part=part)
    spans = [first.shifted(back) for back in range(count)]
    return [(period, rows.figure(indicator.code, agency_id, period, values, is_part=part != TOTAL)) for period in spans]


def by_unit(
    indicator: Indicator, agencies: Sequence[int], *, last: Period, known_at: datetime | None = None, part: str = TOTAL
) -> dict[int, tuple[Figure, Figure]]:
    """The figures of units, or one part of each, for a period and for the one before it. Three SQL statements."""
    rows = Catalogue()
    before = last.previous
    values = as_known(rows.leaves(indicator.code, before.first, last.last), first=before, last=last, known_at=known_at, part=part)
    is_part = part != TOTAL
    return {
        agency: (
            rows.figure(indicator.code, agency, last, values, is_part=is_part), rows.figure(indicator.code, agency, before, values, is_part=is_part)
        )
        for agency in agencies
    }  # fmt: skip


def province_figures(
    indicators: list[Indicator], *, on: datetime, known_at: datetime | None = None, count: int = 13, agency_id: int | None = None
) -> dict[str, Spans]:
    """The last periods of every indicator for the province, or one unit of it. Two SQL statements, and one a frequency and scheme."""
    root = next(iter(organizations.root_ids()), 0) if agency_id is None else agency_id
    agencies = None if root in organizations.root_ids() else [root]
    found: dict[str, Spans] = {}
    rows = Catalogue()
    for frequency, scheme in sorted({(each.frequency, each.scheme) for each in indicators}):
        wanted = [each for each in indicators if (each.frequency, each.scheme) == (frequency, scheme)]
        last = periods.of(timezone.localdate(on), frequency, scheme).previous
        first, running = last.shifted(1 - count), last.next
        leaves = {each.code: rows.leaves(each.code, first.first, running.last) for each in wanted}
        values = as_known({code for codes in leaves.values() for code in codes}, first=first, last=running, known_at=known_at, agencies=agencies)
        begun = {code for code, _agency, name in values if name == running.name}
        for each in wanted:
            # The running period is shown as soon as something of it is known.
            end = running if begun & leaves[each.code] else last
            spans = [end.shifted(1 - count + back) for back in range(count)]
            found[each.code] = [(period, rows.figure(each.code, root, period, values)) for period in spans]
    return found


def trial(row: Indicator, agency_id: int, *, last: Period, count: int = 4) -> Spans:
    """What a formula that is not kept yet would give for a unit, with the figures known now, oldest period first."""
    rows = Catalogue()
    first = last.shifted(1 - count)
    leaves = {leaf for code in formulas.read(row.formula).codes for leaf in rows.leaves(code, first.first, last.last)}
    values = as_known(leaves, first=first, last=last)
    spans = [first.shifted(back) for back in range(count)]
    return [(period, rows.by_formula(row, agency_id, period, values)) for period in spans]
