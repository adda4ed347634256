"""An invented catalogue for tests of search and pages."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from langbiang.government.procedures import models
from langbiang.government.procedures.queries import search

AT = datetime(2026, 11, 2, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
ON = date(2026, 11, 2)


def field(code: str = "civil_status", name: str = "Hộ tịch") -> models.Field:
    """A field of administration."""
    return models.Field.objects.get_or_create(code=code, defaults={"name": name, "name_en": code})[0]


def version(code: str, title: str, **more: Any) -> models.ProcedureVersion:
    """A published version in force, indexed for search."""
    procedure, _ = models.Procedure.objects.get_or_create(code=code, defaults={"created_at": AT})
    events = more.pop("events", ())
    made = models.ProcedureVersion.objects.create(
        procedure=procedure,
        **{
            "number": 1, "state": "published", "valid_from": date(2025, 7, 1), "title": title, "field": field(),
            "levels": ["commune"], "created_at": AT, "audiences": ["Công dân Việt Nam"], **more,
        },
    )  # fmt: skip
    made.life_events.set(events)
    search.reindex([made.pk])
    return made
