"""Loads the provinces, the units of Lâm Đồng, the former units and what became of them from the files under data/.

Former communes whose code no source gives are known by a number of the register, "CU.17". The day the former units
begin is the day the register begins (after the last reform before 2025), not the day they were founded.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction

from langbiang.foundation import audit
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.language.collation import sort_key
from langbiang.foundation.language.folding import fold

from . import register
from .models import HexCell, Place, PlaceGroup, PlaceGroupMember, PlaceSuccession, Revision
from .naming import code_number

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load(*, at: datetime) -> str:
    """Add the units that are missing; what people changed since stays as they left it. Gives what was added."""
    Revision.objects.get_or_create(pk=1, defaults={"token": uuid4()})
    Revision.objects.select_for_update().get(pk=1)
    known = set(Place.objects.values_list("code", "valid_from"))
    places, successions = _provinces()
    more_places, more_successions = _communes()
    places += more_places
    missing = [place for place in places if (place.code, place.valid_from) not in known]
    if known:
        # A row people closed or re-dated is not loaded a second time beside theirs.
        held = set(Place.objects.values_list("code", flat=True))
        missing = [place for place in missing if place.code not in held]
    Place.objects.bulk_create(missing)
    new = {(place.code, place.valid_from) for place in missing}
    rows = {(place.code, place.valid_from): place for place in Place.objects.filter(code__in={c for c, _d in new})}
    rows |= {(p.code, p.valid_from): p for p in Place.objects.filter(valid_to__isnull=True)} if new else {}
    links = [
        PlaceSuccession(old=rows[old], new=rows[following], **fields)
        for old, following, fields in [*successions, *more_successions]
        if old in new and following in rows
    ]
    PlaceSuccession.objects.bulk_create(links)
    cells = _cells()
    groups = _groups()
    if not missing and not cells and not groups:
        return ""
    Revision.objects.filter(pk=1).update(token=uuid4())
    register.forget()
    transaction.on_commit(register.forget)
    audit.record(
        SYSTEM, "places.reference_loaded", "places", at=at,
        after={"units": len(missing), "successions": len(links), "cells": cells, "groups": groups},
    )  # fmt: skip
    return f"{len(missing)} units, {len(links)} successions"


Key = tuple[str, date]
Link = tuple[Key, Key, dict[str, Any]]


def _provinces() -> tuple[list[Place], list[Link]]:
    content = _read("provinces.json")
    begins, reform = date.fromisoformat(content["known_from"]), date.fromisoformat(content["reform"])
    legal, codes = content["legal"]["units"], content["legal"]["codes"]
    earlier = {entry["code"]: entry for entry in content["earlier"]}
    former = {entry["code"]: entry for entry in content["former"]}
    places: list[Place] = []
    links: list[Link] = []
    for entry in content["provinces"]:
        code = entry["code"]
        unchanged = entry["from"] == [code]
        starts = begins if unchanged else reform
        first = starts
        if before := earlier.get(code):
            ended = date.fromisoformat(before["to"])
            places.append(_place({**entry, **before}, starts, ended, legal=f"{legal}; {codes}"))
            links.append(((code, starts), (code, ended), _link("rename", ended, before["legal"])))
            starts, legal_of_row = ended, before["legal"]
        else:
            legal_of_row = codes if unchanged else f"{legal}; {codes}"
        places.append(_place(entry, starts, None, legal=legal_of_row))
        for old in [] if unchanged else entry["from"]:
            places.append(_place(former[old], begins, reform, legal=content["legal"]["former_codes"]))
            links.append(((old, begins), (code, first), _link("merge", reform, legal)))
    return places, links


def _communes() -> tuple[list[Place], list[Link]]:
    today, past = _read("lam_dong.json"), _read("lam_dong_former.json")
    starts = date.fromisoformat(today["from"])
    legal = f"{today['legal']}; {today['codes']}"
    places = [_place(entry, starts, None, parent=today["province"], legal=legal) for entry in today["units"]]
    kinds = {entry["code"]: (entry["kind"], entry["name"]) for entry in today["units"]}
    begins, ended = date.fromisoformat(past["known_from"]), date.fromisoformat(past["to"])
    links: list[Link] = []
    alone = {code: 0 for code in kinds}
    for entry in past["former"]:
        for code in entry["into"]:
            alone[code] += 1
    for entry in past["former"]:
        places.append(_place(entry, begins, ended, parent=entry["of"], legal=""))
        for code in entry["into"]:
            if len(entry["into"]) > 1:
                kind = "split"
            elif alone[code] > 1:
                kind = "merge"
            else:
                kind = "transfer" if kinds[code] == (entry["kind"], entry["name"]) else "rename"
            links.append(
                ((entry["code"], begins), (code, starts), _link(kind, ended, past["legal"], whole=kind != "split"))
            )
    return places, links


def _place(entry: dict[str, Any], starts: date, ends: date | None, *, parent: str = "", legal: str) -> Place:
    people = entry.get("people")
    return Place(
        code=entry["code"],
        code_num=code_number(entry["code"]),
        level=Place.Level.COMMUNE if parent else Place.Level.PROVINCE,
        kind=entry["kind"],
        name=entry["name"],
        name_en=entry.get("en", ""),
        parent_code=parent,
        district=entry.get("district", ""),
        area_km2=_decimal(entry.get("km2")),
        area_measured_km2=_decimal(entry.get("measured")),
        population=people,
        population_source="Nghị quyết 202/2025/QH15" if people else "",
        local_epsg=entry.get("epsg"),
        valid_from=starts,
        valid_to=ends,
        legal_ref=legal,
        folded=fold(entry["name"]),
        sort_key=sort_key(entry["name"]),
    )


def _decimal(figure: float | None) -> str | None:
    return None if figure is None else f"{figure:.2f}"


def _link(kind: str, on: date, legal: str, *, whole: bool = True) -> dict[str, Any]:
    return {"kind": kind, "effective_on": on, "legal_ref": legal, "is_whole": whole}


def _cells() -> int:
    """The schematic map, when this layout of it is not there yet."""
    content = _read("lam_dong.json")
    if HexCell.objects.filter(layout=content["layout"]).exists():
        return 0
    rows = [
        HexCell(layout=content["layout"], code=e["code"], col=e["cell"][0], row=e["cell"][1], label=e.get("label", ""))
        for e in content["units"]
    ]
    return len(HexCell.objects.bulk_create(rows))


def _groups() -> int:
    content = _read("groups.json")
    added = 0
    for entry in content["groups"]:
        group, is_new = PlaceGroup.objects.get_or_create(
            slug=entry["slug"],
            defaults={
                "name": entry["name"],
                "name_en": entry["en"],
                "kind": entry["kind"],
                "folded": fold(entry["name"]),
            },
        )
        if is_new:
            added += 1
            _members(group, entry["members"], date.fromisoformat(content["from"]))
    return added


def _members(group: PlaceGroup, codes: Iterable[str], starts: date) -> None:
    PlaceGroupMember.objects.bulk_create(PlaceGroupMember(group=group, code=code, valid_from=starts) for code in codes)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return found
