"""Loads the agencies of the province from data/agencies.json: the provincial bodies and 124 People's Committees.

Former agencies are in it where a source says what became of them. They have no electronic code, so theirs begin with
"CU."; the day they begin in the register is not the day they were founded.
"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F

from langbiang.foundation import audit
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.language.collation import sort_key
from langbiang.foundation.language.folding import fold

from . import queries
from .models import Agency, AgencySuccession

DATA = Path(__file__).parent / "data" / "agencies.json"


@transaction.atomic
def load(*, at: datetime) -> str:
    """Add the agencies that are missing; what people changed since stays as they left it."""
    content = json.loads(DATA.read_text(encoding="utf-8"))
    day = date.fromisoformat(content["valid_from"])
    root = content["root"]
    entries: list[dict[str, Any]] = [
        {**root, "kind": Agency.Kind.PROVINCE, "parent": None},
        *({"parent": root["code"], **body} for body in content["bodies"]),
        *(_commune(row, root["code"]) for row in content["communes"]),
        # A role at an agency without a parent holds everywhere: what is gone hangs below the present province.
        *({"parent": root["code"], "from": content["known_from"], "to": day, **row} for row in content["former"]),
    ]
    present = {row.code: row for row in Agency.objects.order_by(F("valid_to").asc(nulls_last=True))}
    missing = [entry for entry in entries if entry["code"] not in present]
    waiting, added = missing, len(missing)
    while waiting:  # level by level: a parent has its id before its children
        level = [entry for entry in waiting if entry["parent"] is None or entry["parent"] in present]
        if not level:
            raise ValueError(f"agencies.json: nothing is known of the parent of {waiting[0]['code']}")
        rows = Agency.objects.bulk_create(
            _agency(entry, present.get(entry["parent"]), day=day, source=content["source"]) for entry in level
        )
        for row in rows:
            row.path = f"{row.parent.path if row.parent else ''}{row.pk}."
            present[row.code] = row
        Agency.objects.bulk_update(rows, ["path"])
        waiting = [entry for entry in waiting if entry["code"] not in present]
    AgencySuccession.objects.bulk_create(
        AgencySuccession(
            old=present[entry["code"]], new=present[code], kind=entry["change"], effective_on=day,
            legal_ref=entry["legal_ref"],
        )
        for entry in missing
        for code in entry.get("into", ())
    )  # fmt: skip
    if added:
        queries.forget()
        transaction.on_commit(queries.forget)
        audit.record(SYSTEM, "organizations.reference_loaded", "organizations", after={"agencies": added}, at=at)
    return f"{added} agencies" if added else ""


def _agency(entry: dict[str, Any], parent: Agency | None, *, day: date, source: str) -> Agency:
    return Agency(
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
        valid_from=entry.get("from", day),
        valid_to=entry.get("to"),
        legal_ref=entry.get("legal_ref", source),
        verified=entry.get("verified", False),
    )


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
