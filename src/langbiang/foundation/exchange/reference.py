"""Loads the systems this province exchanges messages with from data/systems.json."""

import json
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.audit import services as audit

from .models import Pace, System

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load(*, at: datetime) -> str:
    """Add systems that are missing; what people changed stays as they left it. Gives what was added."""
    added: list[str] = []
    for entry in json.loads((DATA / "systems.json").read_text(encoding="utf-8")):
        row, is_new = System.objects.get_or_create(
            code=entry["code"],
            defaults={name: entry[name] for name in ("name", "purpose", "signing", "source", "verified")},
        )
        if is_new:
            added.append(row.code)
            Pace.objects.create(
                system=row, valid_from=date.fromisoformat(entry["valid_from"]), source=entry["pace_source"], **entry["pace"]
            )
    if added:
        audit.record(SYSTEM, "exchange.reference_loaded", "exchange", after={"systems": added}, at=at)
    return f"{len(added)} systems" if added else ""
