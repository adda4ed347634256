"""Loads the first texts of the notices; texts somebody changed are left as they are."""

import json
from datetime import datetime
from pathlib import Path

from .models import NoticeTemplate


def load(*, at: datetime) -> str:
    """Add the templates that are missing."""
    made = 0
    rows = json.loads((Path(__file__).parent / "data" / "templates.json").read_text(encoding="utf-8"))
    for row in rows:
        key = {k: row[k] for k in ("event", "audience", "channel", "language")}
        if not NoticeTemplate.objects.filter(**key).exists():
            NoticeTemplate.objects.create(**row, valid_from="2025-07-01")
            made += 1
    return f"{made} notice templates" if made else ""
