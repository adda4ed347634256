"""Loads the calendars of the country, the province and units with hours of their own from the files under data/."""

import json
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.audit import services as audit

from . import snapshot
from .models import Calendar, CalendarDay, CutoffHour, OfficeHours, Revision

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load(*, at: datetime) -> str:
    """Add what is missing; what people changed or cancelled since stays as they left it. Gives what was added."""
    Revision.objects.get_or_create(pk=1, defaults={"token": uuid4()})
    Revision.objects.select_for_update().get(pk=1)
    added: list[str] = []
    for entry in _read("calendars.json"):
        calendar, is_new = Calendar.objects.get_or_create(
            code=entry["code"],
            defaults={
                "name": entry["name"],
                "place_code": entry.get("place_code", ""),
                "parent": Calendar.objects.get(code=entry["parent"]) if entry.get("parent") else None,
            },
        )
        if is_new:
            added.append(calendar.code)
            _load_hours(calendar, entry)
    days = 0
    for path in sorted(DATA.glob("days_*.json")):
        days += _load_days(json.loads(path.read_text(encoding="utf-8")))
    if not added and not days:
        return ""
    Revision.objects.filter(pk=1).update(token=uuid4())
    snapshot.forget()
    transaction.on_commit(snapshot.drop)
    audit.record(
        SYSTEM, "calendars.reference_loaded", "calendars", after={"calendars": added, "days": days}, at=at
    )
    return f"{len(added)} calendars, {days} days"


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return found


def _load_hours(calendar: Calendar, entry: dict[str, Any]) -> None:
    for row in entry.get("office_hours", []):
        OfficeHours.objects.create(
            calendar=calendar, spans=row["spans"], valid_from=date.fromisoformat(row["valid_from"]),
            season_from=row.get("season", ["", ""])[0], season_to=row.get("season", ["", ""])[1],
            weekdays=row.get("weekdays", []), reception_only=row.get("reception_only", False),
            source=row["source"], verified=row["verified"],
        )
    for row in entry.get("cutoff_hours", []):
        CutoffHour.objects.create(
            calendar=calendar, hour=time.fromisoformat(row["hour"]), valid_from=date.fromisoformat(row["valid_from"]),
            source=row["source"], verified=row["verified"],
        )


def _load_days(file: dict[str, Any]) -> int:
    calendar = Calendar.objects.get(code=file["calendar"])
    known = set(CalendarDay.objects.filter(calendar=calendar).values_list("day", flat=True))
    rows = [
        CalendarDay(
            calendar=calendar, day=day, kind=row["kind"], note=row["note"], source=file["sources"][row["source"]],
            verified=row["verified"], swapped_with=date.fromisoformat(row["swap"]) if "swap" in row else None,
        )
        for row in file["days"]
        if (day := date.fromisoformat(row["day"])) not in known
    ]
    CalendarDay.objects.bulk_create(rows)
    return len(rows)
