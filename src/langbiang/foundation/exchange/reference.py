"""Loads the systems this province exchanges messages with from data/systems.json."""

import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.audit import services as audit

from .models import Endpoint, Pace, System

DATA = Path(__file__).parent / "data"
STAND_IN = "Bộ giả lập của bản trình diễn"


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
                system=row,
                valid_from=date.fromisoformat(entry["valid_from"]),
                source=entry["pace_source"],
                **entry["pace"],
            )
    _point_to_stand_in(at)
    if added:
        audit.record(SYSTEM, "exchange.reference_loaded", "exchange", after={"systems": added}, at=at)
    return f"{len(added)} systems" if added else ""


def _point_to_stand_in(at: datetime) -> None:
    """In a demo installation the Government reporting system is its stand-in, wherever that listens today."""
    address = os.environ.get("LANGBIANG_REPORTING_URL", "")
    if not address or settings.MODE == "production":
        return
    system = System.objects.get(code="government-reporting")
    known = Endpoint.objects.filter(system=system, valid_to__isnull=True).first()
    if known is None:
        first = at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date() - timedelta(days=1)
        Endpoint.objects.create(system=system, transport="rest", address=address, valid_from=first, source=STAND_IN)
    elif known.source == STAND_IN and known.address != address:
        known.address = address
        known.save(update_fields=["address"])
