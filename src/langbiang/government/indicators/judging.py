"""What is doubtful about a value somebody types: rules between cells, and what its own history says."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .models import Obligation, Series

BLOCK, CONFIRM, HINT = "block", "confirm", "hint"


def judge(report: Obligation, series: Series, value: Decimal | None, cells: Mapping[str, Decimal | None]) -> list[dict[str, Any]]:
    """What is wrong with or unusual about a value, the gravest first. `cells` are the values of the whole report by series."""
    found: list[dict[str, Any]] = []
    if value is None:
        return found
    if series.not_above is not None:
        whole = cells.get(series.not_above.code)
        if whole is not None and value > whole:
            found.append(
                {"severity": BLOCK, "rule": "not_above", "values": {"whole": series.not_above.code, "limit": str(whole)}}
            )
    return found
