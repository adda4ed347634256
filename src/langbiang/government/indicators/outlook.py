"""Where an indicator is heading: from what is known of the year and how former years went, to its end. No database."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from . import periods
from .models import Indicator, Series
from .periods import Period
from .queries.figures import Figure

DRAWS = 400
SEED = 1


@dataclass(frozen=True)
class Outlook:
    """The year so far and its probable end: in four of five drawn futures between `low` and `high`."""

    so_far: Decimal
    middle: Decimal
    low: Decimal
    high: Decimal
    periods_left: int
    needed: Decimal | None  # what every period left has to bring for the target; None without one


def outlook(
    indicator: Indicator, series: Mapping[str, Series], spans: list[tuple[Period, Figure]], target: Decimal | None
) -> Outlook | None:
    """The outlook of a sum over the year. None for shares, stocks and figures that come only from their source.

    Each period left is its counterpart of the year before times a growth drawn from those seen this year: what is
    back-loaded stays so. Drawn with a fixed seed, so the same figures give the same outlook.
    """
    known = [(period, found.value) for period, found in spans if found.value is not None]
    rolls = {series[code].time for code in indicator.top} if not indicator.base else set()
    if rolls != {Series.Roll.SUM} or not known or indicator.frequency in "AD":
        return None
    values = dict(known)
    last = known[-1][0]
    year = periods.of(last.first, "A", last.scheme)
    inside = [period for period in year.parts(indicator.frequency)]
    done = [period for period in inside if period in values]
    left = [period for period in inside if period > last]
    growths = [values[p] / values[p.year_ago] for p in done if values.get(p.year_ago)]
    if len(done) < len(inside) - len(left) or len(growths) < 3 or any(not values.get(p.year_ago) for p in left):
        return None
    so_far = sum((values[period] for period in done), Decimal(0))
    dice = random.Random(SEED)
    ends = sorted(so_far + sum((values[p.year_ago] * dice.choice(growths) for p in left), Decimal(0)) for _ in range(DRAWS))
    needed = (target - so_far) / len(left) if target is not None and left else None
    return Outlook(so_far, ends[DRAWS // 2], ends[DRAWS // 10], ends[-DRAWS // 10 - 1], len(left), needed)
