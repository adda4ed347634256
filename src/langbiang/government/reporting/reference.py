"""Loads the mapping of every packet, the code lists and the connectors from the files under data/."""

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.audit import services as audit

from .codec import CodeList, Field, Mapping
from .models import CodeRow, Connector, FieldRow
from .packets import KINDS

DATA = Path(__file__).parent / "data"
STAND_IN = "Bộ giả lập của bản trình diễn"
_VALUES = ("wire_name", "wire_type", "required", "max_len", "code_list", "source_page", "verified_on")


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def code_lists() -> dict[str, CodeList]:
    """The code lists as the files have them."""
    return {
        name: CodeList(name, tuple((ours, theirs) for ours, theirs in pairs))
        for name, pairs in _read("code_lists.json")["lists"].items()
    }


def mapping(kind: str) -> Mapping:
    """The mapping of a packet as its file has it."""
    file = _read(f"packets/{kind}.json")
    fields = tuple(
        Field(row["our_path"], *(row[name] for name in ("wire_name", "wire_type", "required", "max_len", "code_list")))
        for row in file["fields"]
    )
    return Mapping(kind, file["root"], fields, code_lists())


@transaction.atomic
def load(*, at: datetime) -> str:
    """Add what is missing; what people corrected since stays. Gives what was added."""
    known = set(FieldRow.objects.values_list("packet_kind", "our_path"))
    rows = []
    for kind in KINDS:
        file = _read(f"packets/{kind}.json")
        first = date.fromisoformat(file["valid_from"])
        root = {"our_path": "", "wire_name": file["root"], "wire_type": "object", "required": True, "max_len": None,
                "code_list": "", "source_page": "", "verified_on": None}  # fmt: skip
        for position, row in enumerate([root, *file["fields"]]):
            if (kind, row["our_path"]) not in known:
                rows.append(
                    FieldRow(
                        packet_kind=kind, our_path=row["our_path"], position=position, valid_from=first,
                        **{name: row[name] for name in _VALUES},
                    )
                )  # fmt: skip
    FieldRow.objects.bulk_create(rows)
    codes = _load_codes()
    connectors = _load_connectors()
    _point_to_stand_ins()
    if not rows and not codes and not connectors:
        return ""
    told = {"fields": len(rows), "codes": codes, "connectors": connectors}
    audit.record(SYSTEM, "reporting.reference_loaded", "reporting", after=told, at=at)
    return f"{len(rows)} fields, {codes} codes, {connectors} connectors"


def _load_codes() -> int:
    file = _read("code_lists.json")
    known = set(CodeRow.objects.values_list("code_list", "ours"))
    rows = [
        CodeRow(
            code_list=name, ours=ours, theirs=theirs, position=position, source=file["source"],
            valid_from=date.fromisoformat(file["valid_from"]),
        )
        for name, pairs in file["lists"].items()
        for position, (ours, theirs) in enumerate(pairs)
        if (name, ours) not in known
    ]  # fmt: skip
    CodeRow.objects.bulk_create(rows)
    return len(rows)


def _load_connectors() -> int:
    added = 0
    for entry in _read("connectors.json"):
        _row, is_new = Connector.objects.get_or_create(
            code=entry["code"],
            defaults={**{k: v for k, v in entry.items() if k not in ("code", "valid_from")},
                      "valid_from": date.fromisoformat(entry["valid_from"])},
        )  # fmt: skip
        added += is_new
    return added


def _point_to_stand_ins() -> None:
    """In a demo installation the ministries' databases are stand-ins; a source somebody arranged is left alone."""
    address = os.environ.get("LANGBIANG_MINISTRIES_URL", "")
    if address and settings.MODE != "production":
        Connector.objects.filter(address="").update(address=address, agreement=STAND_IN, is_active=True)
        Connector.objects.filter(agreement=STAND_IN).update(address=address)
