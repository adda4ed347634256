"""Loads fully modelled procedures from files under data/models: what is new becomes a published version with its sheet."""

import hashlib
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from langbiang.foundation import audit
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.language.folding import fold

from ..models import (
    Channel,
    DocumentRequirement,
    FeeRule,
    Field,
    LegalBasis,
    LifeEvent,
    Procedure,
    ProcedureVersion,
    ProcessSheet,
    ProcessTemplate,
    ResultKind,
    SheetStep,
)
from ..process_hours import fitted, promised_hours
from ..queries import search
from . import lint

MODELS = Path(__file__).parents[1] / "data" / "models"
BEGUN = date(2025, 7, 1)
BY = "Langbiang"


class BadModel(ValueError):
    """A file cannot be loaded; each argument names one mistake with its place."""


def read(path: Path) -> dict[str, Any]:
    """A model file, checked. Raises BadModel."""
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise BadModel(f"{path.name}: {problem}") from problem
    if problems := lint.problems_of(data):
        raise BadModel(*(f"{path.name}: {p}" for p in problems))
    return data


def load_all(*, at: datetime, folder: Path = MODELS) -> int:
    """Load every model file that is new or changed; gives how many. Raises BadModel after the good ones are in."""
    done = 0
    bad: list[str] = []
    for path in sorted(folder.glob("*.json")):
        try:
            done += load_one(read(path), at=at)
        except BadModel as problem:
            bad += problem.args
    if bad:
        raise BadModel(*bad)
    return done


@transaction.atomic
def load_one(data: dict[str, Any], *, at: datetime) -> bool:
    """Publish a model as the next version of its procedure, unless this very content was loaded before.

    A version an officer published after the file was loaded is left alone.
    """
    digest = hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    source = f"model:{digest[:32]}"
    procedure, _new = Procedure.objects.get_or_create(code=data["code"], defaults={"created_at": at})
    if procedure.versions.filter(source=source).exists():
        return False
    last = procedure.versions.order_by("-number").first()
    if last is not None and last.source and not last.source.startswith(("model:", "national")):
        return False
    day = date.fromisoformat(data.get("valid_from") or BEGUN.isoformat())
    open_version = procedure.versions.filter(state="published", valid_to=None).first()
    if open_version is not None and open_version.valid_from is not None:
        day = max(day, open_version.valid_from + timedelta(days=1))
        open_version.valid_to = day
        open_version.save(update_fields=["valid_to"])
    version = _version(procedure, data, number=(last.number if last else 0) + 1, day=day, source=source, at=at)
    _rows(version, data)
    _sheet(version, data, at=at)
    search.reindex([version.pk])
    audit.record(
        SYSTEM, "procedures.model_loaded", version, after={"code": procedure.code, "number": version.number}, at=at
    )
    return True


def _version(
    procedure: Procedure, data: dict[str, Any], *, number: int, day: date, source: str, at: datetime
) -> ProcedureVersion:
    version = ProcedureVersion.objects.create(
        procedure=procedure, number=number, state=ProcedureVersion.State.PUBLISHED, valid_from=day, title=data["title"],
        title_en=data["title_en"], summary=data.get("summary", ""), field=Field.objects.get(code=data["field"]),
        levels=data["levels"], audiences=data.get("audiences", []), keywords=data.get("keywords", ""),
        online_level=data.get("online_level", "full"), needs_paper_result=data.get("needs_paper_result", False),
        conditions=data.get("conditions", ""), steps_text=data.get("steps_text", ""),
        cutoff_scope=data.get("cutoff_scope", "none"), competence=data["competence"], eligibility=data.get("eligibility", {}),
        form=data["form"], result_template=data["result_template"], silence_agrees=data.get("silence_agrees", False),
        max_supplements=data.get("max_supplements"), source=source, verified=data.get("verified", False),
        decision_no=data.get("decision_no", ""), title_folded=fold(data["title"]), created_at=at, published_at=at,
        created_by=BY, approved_by=BY, approved_at=at,
    )  # fmt: skip
    version.life_events.set(LifeEvent.objects.filter(slug__in=data.get("life_events", [])))
    return version


def _rows(version: ProcedureVersion, data: dict[str, Any]) -> None:
    fees = data.get("fees", [])
    for rank, row in enumerate(data["channels"]):
        owed = [f for f in fees if f.get("channel", "") in ("", row["kind"])]
        Channel.objects.create(
            version=version, rank=rank, kind=row["kind"], duration=Decimal(str(row["duration"])), duration_unit=row["unit"],
            fee_state="known" if any(f["amount_vnd"] for f in owed) else "free",
            fee_amount=owed[0]["amount_vnd"] if owed else None, description=row.get("description", ""),
        )  # fmt: skip
    for rank, row in enumerate(data.get("documents", [])):
        DocumentRequirement.objects.create(
            version=version, rank=rank, key=row["key"], group=row.get("group", ""), name=row["name"], name_en=row["name_en"],
            originals=row.get("originals", 0), copies=row.get("copies", 0), present_only=row.get("present_only", False),
            required=row.get("required", True), condition=row.get("condition", {}), reuse_result=row.get("reuse_result", ""),
        )  # fmt: skip
    for rank, row in enumerate(data["results"]):
        ResultKind.objects.create(
            version=version, rank=rank, code=row.get("code", ""), name=row["name"], register=row["register"],
            number_pattern=row["number_pattern"],
        )  # fmt: skip
    for rank, row in enumerate(data.get("legal_bases", [])):
        LegalBasis.objects.create(version=version, rank=rank, title=row["title"], code=row.get("code", ""))
    day = version.valid_from or BEGUN
    # What a single agency charges by a decision of its own is not in the file, and stays.
    general = version.procedure.fees.filter(valid_to=None, agency=None)
    general.filter(valid_from__gte=day).delete()
    general.update(valid_to=day)
    for row in fees:
        FeeRule.objects.create(
            procedure=version.procedure, kind=row["kind"], label=row["label"], amount_vnd=row["amount_vnd"],
            per=row.get("per", ""), channel=row.get("channel", ""), condition=row.get("condition", {}),
            quantity_from=row.get("quantity_from", ""), exemptions=row.get("exemptions", []),
            valid_from=max(day, date.fromisoformat(row.get("valid_from") or BEGUN.isoformat())), legal_source=row["legal_source"],
            verified=row.get("verified", False),
        )  # fmt: skip


def _sheet(version: ProcedureVersion, data: dict[str, Any], *, at: datetime) -> None:
    """The steps of the way of working, fitted into the promise. A sheet officers wrote, or the same one, stays."""
    procedure = version.procedure
    template = ProcessTemplate.objects.get(code=data["template"])
    steps = list(template.steps.order_by("seq"))
    fixed = {key: Decimal(str(hours)) for key, hours in data.get("hours", {}).items()}
    hours = fitted(steps, promised_hours(version.channels.all()), fixed)
    old = procedure.sheets.filter(state="approved", agency=None).first()
    if old is not None:
        is_same = dict(old.steps.values_list("key", "hours")) == hours and old.template_id == template.pk
        if is_same or old.created_by != BY:
            return
        old.state = ProcessSheet.State.RETIRED
        old.save(update_fields=["state"])
    last = procedure.sheets.order_by("-number").first()
    sheet = ProcessSheet.objects.create(
        procedure=procedure, number=(last.number if last else 0) + 1, template=template, state="approved", created_at=at,
        created_by=BY, approved_at=at, approved_by=BY,
    )  # fmt: skip
    SheetStep.objects.bulk_create(
        SheetStep(
            sheet=sheet, seq=row.seq, key=row.key, name=row.name, name_en=row.name_en, role=row.role, kind=row.kind,
            hours=hours[row.key], parallel_group=row.parallel_group, place=row.place, optional=row.optional,
        )
        for row in steps
    )  # fmt: skip
