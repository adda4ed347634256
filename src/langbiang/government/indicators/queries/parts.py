"""The parts of a figure: by what it is broken down, each part rolled up by the rules of its series, and its share of the total."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ..breakdowns import TOTAL
from ..models import Indicator, Series
from ..periods import Period
from .breakdowns import Breakdowns, Split
from .catalogue import Catalogue
from .figures import Figure, Values, all_known, children


@dataclass(frozen=True)
class PartFigure:
    """The figure of one part. `share` (%) is that of the total over the units that have both; None where parts are none of a whole."""

    key: str
    name: str
    figure: Figure
    share: Decimal | None


@dataclass(frozen=True)
class PartsBy:
    """A figure by one breakdown. `is_exhaustive` where the parts add up to the total."""

    by: str
    name: str
    is_exhaustive: bool
    parts: list[PartFigure]

    @property
    def is_known(self) -> bool:
        """Whether there is a figure of any part."""
        return any(part.figure.value is not None for part in self.parts)


def splits_of(indicator: Indicator, breakdowns: Breakdowns, day: date) -> list[tuple[Split, bool]]:
    """By what the figures of an indicator are broken down on a day, and whether the parts add up to them.

    That is what all its series are broken down by, of a share both above and below the line.
    """
    if not indicator.is_owed or not indicator.top:
        return []
    codes = list(dict.fromkeys([*indicator.top, *indicator.base]))
    found = [{split.by: split for split in breakdowns.of(code, day)} for code in codes]
    return [
        (split, not indicator.is_share and all(each[by].row.is_exhaustive for each in found))
        for by, split in found[0].items()
        if split.parts and all(by in each for each in found)
    ]


def parts_of(
    indicator: Indicator, agency_id: int, period: Period, *, known_at: datetime | None = None, catalogue: Catalogue | None = None,
    breakdowns: Breakdowns | None = None,
) -> list[PartsBy]:  # fmt: skip
    """The figure of a unit and period by every breakdown that held then. Five SQL statements at most, however many parts there are."""
    rows = catalogue or Catalogue()
    row = rows.row(indicator.code, period.last)
    splits = splits_of(row, breakdowns or Breakdowns(), period.last) if row is not None else []
    if row is None or not splits:
        return []
    known = all_known([*row.top, *row.base], first=period, last=period, known_at=known_at)
    found = []
    for split, is_exhaustive in splits:
        parts = [
            PartFigure(part.key, part.name, rows.figure(row.code, agency_id, period, known[part.key], is_part=True), None) for part in split.parts
        ]
        if not row.is_share and _is_whole(row, rows.series, is_exhaustive=is_exhaustive):
            units = children(row, agency_id, rows.series, period=period, values=known[TOTAL])
            parts = [PartFigure(each.key, each.name, each.figure, _share(row, each, known, units, period)) for each in parts]
        found.append(PartsBy(split.by, split.name, is_exhaustive, parts))
    return found


def _is_whole(row: Indicator, series: dict[str, Series], *, is_exhaustive: bool) -> bool:
    """Whether parts are shares of their total: sums are, rates and means are not."""
    rolls = {series[code].space for code in row.top}
    return rolls == {Series.Roll.SUM} or (rolls <= {Series.Roll.SUM, Series.Roll.OFFICIAL} and is_exhaustive)


def _share(row: Indicator, part: PartFigure, known: Mapping[str, Values], units: list[int], period: Period) -> Decimal | None:
    """The sum of a part over the sum of the totals of the same units, in percent."""
    above = below = Decimal(0)
    for unit in units:
        of_part, of_total = ([known[key].get((code, unit, period.name)) for code in row.top] for key in (part.key, TOTAL))
        both = [each.value if each is not None else None for each in (*of_part, *of_total)]
        if None not in both:
            above += sum((each for each in both[: len(row.top)] if each is not None), Decimal(0))
            below += sum((each for each in both[len(row.top) :] if each is not None), Decimal(0))
    return 100 * above / below if below else None
