"""Loads the walls and alert rules an installation comes with. What people changed stays as they left it; what nobody
changed follows the files of a release, as a version that can be read and taken back."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.audit import services as audit

from . import versions
from .models import AlertRule, Layout
from .services.rules import explain_change
from .walls import check_layout

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load(*, at: datetime) -> str:
    """Add the walls and rules that are missing and renew those nobody changed; gives what was added or renewed."""
    walls = [entry["slug"] for entry in _read("walls.json") if _deliver_wall(entry, at)]
    rules = [entry["code"] for entry in _read("alert_rules.json") if _deliver_rule(entry, at)]
    if not walls and not rules:
        return ""
    audit.record(SYSTEM, "centre.reference_loaded", "centre", after={"walls": walls, "rules": rules}, at=at)
    return f"{len(walls)} walls, {len(rules)} alert rules"


def _deliver_wall(entry: dict[str, Any], at: datetime) -> bool:
    check_layout(entry)
    row = Layout.objects.select_for_update().filter(slug=entry["slug"]).first()
    return _delivered(row, Layout(**entry), at)


def _deliver_rule(entry: dict[str, Any], at: datetime) -> bool:
    row = AlertRule.objects.select_for_update().filter(code=entry["code"]).first()
    before = versions.told_of(row) if row else {}
    is_new = _delivered(row, AlertRule(**entry), at)
    if row is not None and is_new:
        explain_change(SYSTEM, row, before=before, reason="", at=at)
    return is_new


def _delivered(row: versions.Kept | None, wanted: versions.Kept, at: datetime) -> bool:
    """Whether something was added or renewed. One that was made here under the same name is left alone."""
    told = versions.told_of(wanted)
    if row is None:
        wanted.delivered = told
        wanted.save()
        versions.keep(wanted, by=SYSTEM.label, reason="", at=at)
        return True
    if not row.versions.exists():  # from before versions were kept
        row.delivered = told
        row.save(update_fields=["delivered"])
        versions.keep(row, by=SYSTEM.label, reason="", at=at)
        return False
    if row.delivered is None or row.delivered == told:
        return False
    follows = versions.origin(row) == "delivered"
    row.delivered = told
    if follows:
        versions.tell(row, told)
        row.revision += 1
    row.save()
    if follows:
        versions.keep(row, by=SYSTEM.label, reason="", at=at)
    return follows


def _read(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return rows
