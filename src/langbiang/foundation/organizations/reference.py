"""Loads the agencies of the province from data/agencies.json: the provincial bodies and 124 People's Committees."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from langbiang.foundation import audit
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.language.collation import sort_key
from langbiang.foundation.language.folding import fold

from . import queries
from .models import Agency

DATA = Path(__file__).parent / "data" / "agencies.json"


@transaction.atomic
def load(*, at: datetime) -> str:
    """Add the agencies that are missing; what people changed since stays as they left it."""
    content = json.loads(DATA.read_text(encoding="utf-8"))
    known = dict(Agency.objects.values_list("code", "pk"))
    day = date.fromisoformat(content["valid_from"])
    added = 0
    root = content["root"]
    entries: list[dict[str, Any]] = [
        {**root, "kind": Agency.Kind.PROVINCE, "parent": None},
        *({"parent": root["code"], **body} for body in content["bodies"]),
        *(_commune(row, root["code"]) for row in content["communes"]),
    ]
    for entry in entries:
        if entry["code"] in known:
            continue
        parent = Agency.objects.get(code=entry["parent"], valid_to=None) if entry["parent"] else None
        row = Agency.objects.create(
            code=entry["code"],
            name=entry["name"],
            short_name=entry.get("short_name", ""),
            name_en=entry.get("name_en", ""),
            kind=entry["kind"],
            parent=parent,
            place_code=entry.get("place_code", ""),
            is_one_stop=entry.get("is_one_stop", False),
            name_folded=fold(entry["name"])[:200],
            sort_key=sort_key(entry.get("sort_name", entry["name"]))[:600],
            valid_from=day,
            legal_ref=content["source"],
            verified=False,
        )
        row.path = f"{parent.path if parent else ''}{row.pk}."
        row.save(update_fields=["path"])
        added += 1
    if added:
        queries.forget()
        transaction.on_commit(queries.forget)
        audit.record(SYSTEM, "organizations.reference_loaded", "organizations", after={"agencies": added}, at=at)
    return f"{added} agencies" if added else ""


def _commune(row: dict[str, Any], root: str) -> dict[str, Any]:
    """The People's Committee of a commune, ward or special zone."""
    return {
        "code": row["code"],
        "name": f"Ủy ban nhân dân {row['kind']} {row['name']}",
        "short_name": f"UBND {row['kind']} {row['name']}",
        "name_en": f"People's Committee of {row['name']}",
        "kind": Agency.Kind.COMMUNE,
        "parent": root,
        "place_code": row["place"],
        "is_one_stop": True,
        "sort_name": row["name"],
    }
