"""Loads the indices and their weights from the files under data/; rows somebody changed stay as they are."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from .models import Group, Indicator, Scheme, Weight

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load(*, at: datetime) -> str:
    """Add the schemes that are missing; gives what was added in words."""
    added = 0
    for path in sorted(DATA.glob("decision_*.json")):
        added += _load_scheme(json.loads(path.read_text(encoding="utf-8")))
    return f"{added} weights of the quality index" if added else ""


def _load_scheme(row: dict[str, Any]) -> int:
    start = date.fromisoformat(row["valid_from"])
    scheme, is_new = Scheme.objects.get_or_create(
        code=row["code"],
        valid_from=start,
        defaults={key: row[key] for key in ("name", "name_en", "source", "rules")},
    )
    if not is_new:
        return 0
    added = 0
    for place, entry in enumerate(row["groups"]):
        group = Group.objects.create(
            scheme=scheme, rank=place, **{key: entry[key] for key in ("code", "name", "name_en", "points")}
        )
        for rank, one in enumerate(entry["indicators"]):
            known = {key: one.get(key, "") for key in ("code", "name", "name_en", "numerator", "denominator", "needs")}
            indicator = Indicator.objects.create(group=group, rank=rank, **known)
            Weight.objects.create(
                indicator=indicator, points=one["points"], full_from=one.get("full_from", 1), valid_from=start,
                source=row["source"], verified=one.get("verified", False),
            )  # fmt: skip
            added += 1
    return added
