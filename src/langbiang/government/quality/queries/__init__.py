"""Reads of the index."""

from .figures import (
    DIMENSIONS,
    PROVINCE,
    Line,
    Period,
    Scope,
    counters_of,
    daily_counters,
    index_of,
    lines_by,
    period_of,
    rank_of,
    standings,
)
from .lists import Losing, at_risk, losing_cases, open_cases
from .outlook import Forecast, WhatIf, forecast, what_if
from .schemes import NoScheme, SchemeRows, rows_in_force, scheme_on

__all__ = [
    "DIMENSIONS", "Forecast", "Line", "Losing", "NoScheme", "PROVINCE", "Period", "Scope", "SchemeRows", "WhatIf", "at_risk",
    "counters_of", "daily_counters", "forecast", "index_of", "lines_by", "losing_cases", "open_cases", "period_of",
    "rank_of", "rows_in_force", "scheme_on", "standings", "what_if",
]  # fmt: skip
