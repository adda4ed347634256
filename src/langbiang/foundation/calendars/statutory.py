"""Public holidays of years nobody has decided on yet: computed, and marked as not verified.

Article 112 of the Labour Code fixes the holidays; which days around Tết are taken and which working days are swapped is
decided each autumn. Until that decision is entered, package `holidays` gives the best guess.
"""

from collections.abc import Iterable
from functools import lru_cache

import holidays

from .deadlines import DayKind, DayRow

SOURCE = "Tính trước theo Điều 112 Bộ luật Lao động 45/2019/QH14 (gói holidays); chưa có thông báo chính thức"


@lru_cache(maxsize=64)
def _of_year(year: int) -> tuple[DayRow, ...]:
    found = holidays.country_holidays("VN", years=year, language="vi")
    return tuple(
        DayRow(day, DayKind.OFF, note=name, source=SOURCE, verified=False)
        for day, name in sorted(found.items())
        if day.year == year
    )


def computed_days(years: Iterable[int]) -> list[DayRow]:
    """The days off of these years as far as they can be computed."""
    return [row for year in years for row in _of_year(year)]
