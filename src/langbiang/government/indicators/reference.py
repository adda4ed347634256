"""Loads the catalogue from the file under data/; rows somebody changed stay as they are."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from .models import Breakdown, Category, Dimension, Group, Indicator, Outline, Rule, Rung, Series

DATA = Path(__file__).parent / "data" / "indicators.json"
OUTLINES = DATA.with_name("outlines.json")
BREAKDOWNS = DATA.with_name("breakdowns.json")


@transaction.atomic
def load(*, at: datetime) -> str:
    """Add groups, series, indicators and rungs that are missing; gives what was added in words."""
    content: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    start = date.fromisoformat(content["valid_from"])
    groups = {
        row["code"]: Group.objects.get_or_create(code=row["code"], defaults=row)[0] for row in content["groups"]
    }
    known = set(Series.objects.values_list("code", flat=True))
    for row in content["series"]:
        if row["code"] not in known:
            Series.objects.create(**{key: value for key, value in row.items() if key != "not_above"})
    series = {row.code: row for row in Series.objects.all()}
    for row in content["series"]:
        if row["not_above"] and row["code"] not in known:
            Series.objects.filter(code=row["code"]).update(not_above=series[row["not_above"]])
    held = set(Indicator.objects.values_list("code", flat=True))
    added = 0
    for row in content["indicators"]:
        if row["code"] not in held:
            Indicator.objects.create(
                **{**row, "group": groups[row["group"]]}, source=content["source"], verified=False, valid_from=start
            )
            added += 1
    if not Rung.objects.exists():
        Rung.objects.bulk_create(Rung(**row, source=content["rungs_source"], valid_from=start) for row in content["rungs"])
    if not Rule.objects.exists():
        Rule.objects.bulk_create(Rule(**row, source=content["rules_source"], valid_from=start) for row in content["rules"])
    _load_breakdowns()
    outlines: dict[str, Any] = json.loads(OUTLINES.read_text(encoding="utf-8"))
    for row in outlines["outlines"]:
        if not Outline.objects.filter(code=row["code"]).exists():
            Outline.objects.create(**row, source=outlines["source"], valid_from=date.fromisoformat(outlines["valid_from"]))
    return f"{added} indicators" if added else ""


def _load_breakdowns() -> None:
    """Add dimensions with their categories, and breakdowns of series, that are missing."""
    content: dict[str, Any] = json.loads(BREAKDOWNS.read_text(encoding="utf-8"))
    given = {"source": content["source"], "valid_from": date.fromisoformat(content["valid_from"])}
    there = set(Dimension.objects.values_list("code", flat=True))
    for row in content["dimensions"]:
        if row["code"] not in there:
            made = Dimension.objects.create(code=row["code"], name=row["name"], name_en=row["name_en"], **given)
            Category.objects.bulk_create(
                Category(dimension=made, code=code, name=name, name_en=name_en, rank=rank, **given)
                for rank, (code, name, name_en) in enumerate(row["categories"])
            )
    known = set(Breakdown.objects.values_list("series__code", "by"))
    series = dict(Series.objects.values_list("code", "pk"))
    Breakdown.objects.bulk_create(
        Breakdown(series_id=series[row["series"]], by=row["by"], is_exhaustive=row["is_exhaustive"], **given)
        for row in content["breakdowns"]
        if (row["series"], row["by"]) not in known
    )
