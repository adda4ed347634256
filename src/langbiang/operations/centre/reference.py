"""Loads the walls and alert rules an installation begins with; what people changed since stays as they left it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.audit import services as audit

from .models import AlertRule, Layout
from .walls import check_layout

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load(*, at: datetime) -> str:
    """Add the walls and rules that are missing; gives what was added."""
    walls = [entry["slug"] for entry in _read("walls.json") if _add_wall(entry)]
    rules = [entry["code"] for entry in _read("alert_rules.json") if _add_rule(entry)]
    if not walls and not rules:
        return ""
    audit.record(SYSTEM, "centre.reference_loaded", "centre", after={"walls": walls, "rules": rules}, at=at)
    return f"{len(walls)} walls, {len(rules)} alert rules"


def _add_wall(entry: dict[str, Any]) -> bool:
    check_layout(entry)
    return Layout.objects.get_or_create(slug=entry["slug"], defaults=entry)[1]


def _add_rule(entry: dict[str, Any]) -> bool:
    return AlertRule.objects.get_or_create(code=entry["code"], defaults=entry)[1]


def _read(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return rows
