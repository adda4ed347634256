"""Loads the listed reasons and form sets; rows somebody corrected are left as they are."""

import json
from datetime import datetime
from pathlib import Path

from .models import FormSet, Reason

DATA = Path(__file__).parent / "data"


def load(*, at: datetime) -> str:
    """Add the rows that are missing; gives what was added in words."""
    made = 0
    for row in json.loads((DATA / "form_sets.json").read_text(encoding="utf-8")):
        _, new = FormSet.objects.get_or_create(code=row["code"], defaults=row)
        made += new
    for row in json.loads((DATA / "reasons.json").read_text(encoding="utf-8")):
        key = {k: row[k] for k in ("kind", "code", "valid_from")}
        _, new = Reason.objects.get_or_create(**key, defaults=row)
        made += new
    return f"{made} reasons and form sets" if made else ""
