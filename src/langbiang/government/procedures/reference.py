"""Loads process templates, fields, life events and the fully modelled procedures from the files under data/."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from .loading import models as model_files
from .models import Field, LifeEvent, ProcessTemplate, TemplateStep

DATA = Path(__file__).parent / "data"


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return found


@transaction.atomic
def load_lists() -> None:
    """Add missing fields, life events and ways of working; what officers changed stays as they left it."""
    for row in _read("fields.json"):
        Field.objects.get_or_create(code=row.pop("code"), defaults=row)
    for rank, row in enumerate(_read("life_events.json")):
        LifeEvent.objects.get_or_create(slug=row.pop("slug"), defaults={**row, "rank": rank})
    for row in _read("templates.json"):
        steps = row.pop("steps")
        template, is_new = ProcessTemplate.objects.get_or_create(code=row.pop("code"), defaults=row)
        if is_new:
            TemplateStep.objects.bulk_create(
                TemplateStep(template=template, seq=seq, **step) for seq, step in enumerate(steps, 1)
            )


def load(*, at: datetime) -> str:
    """Add what is missing; what officers changed stays as they left it. Raises BadModel for a broken file."""
    load_lists()
    loaded = model_files.load_all(at=at)
    return f"{loaded} procedures" if loaded else ""
