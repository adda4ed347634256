"""Holds the counters against an independent count of all cases."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from .. import bruteforce
from ..counting import COUNTERS
from ..models import DayCounter
from ..queries.figures import Period, index_of
from ..queries.schemes import rows_in_force

TOLERANCE = 0.01


@dataclass(frozen=True)
class Check:
    """What the second count found: differing counters by name, both totals per year."""

    cells: int
    differences: list[str]
    totals: list[tuple[int, float | None, float | None]]

    @property
    def agrees(self) -> bool:
        """Whether every counter is equal and every total within the tolerance."""
        return not self.differences and all(
            (one is None) == (two is None) and abs((one or 0.0) - (two or 0.0)) <= TOLERANCE
            for _year, one, two in self.totals
        )


def check(*, at: datetime) -> Check:
    """Count every case again in plain Python and compare, cell by cell and total by total."""
    rows = rows_in_force(timezone.localdate(at))
    counts = bruteforce.count(rows.scheme.rules, zone=settings.TIME_ZONE)
    differences = list(_differences(counts))
    plain = [
        {
            "numerator": row.numerator, "denominator": row.denominator, "points": row.points,
            "full_from": row.full_from,
        }
        for row in rows.rows
    ]  # fmt: skip
    totals = []
    for year in sorted({key[0].year for key in counts}):
        first, last = date(year, 1, 1), date(year, 12, 31)
        ours = index_of(rows.rows, period=Period(str(year), first, last)).total
        totals.append((year, ours, bruteforce.total(plain, counts, first=first, last=last)))
    return Check(len(counts), differences, totals)


def _differences(counts: bruteforce.Counts) -> Iterator[str]:
    left = set(counts)
    for row in DayCounter.objects.iterator(chunk_size=10_000):
        key = (row.day, row.agency_id, row.officer_id, row.procedure_id, row.field)
        left.discard(key)
        plain = counts.get(key, {})
        for name in COUNTERS:
            if getattr(row, name) != plain.get(name, 0):
                yield f"{key}: {name} is {getattr(row, name)}, counted again {plain.get(name, 0)}"
    for key in sorted(left):
        if any(counts[key].values()):
            yield f"{key}: not counted at all"
