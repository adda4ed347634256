"""From rows back to the file a procedure is written in (docs/procedures.md); read again, it gives the same procedure."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from ..models import ProcedureVersion
from .reading import is_code

_OWN = (
    "title", "title_en", "summary", "levels", "audiences", "keywords", "online_level", "needs_paper_result", "conditions",
    "steps_text", "cutoff_scope", "competence", "eligibility", "form", "result_template", "silence_agrees", "max_supplements",
    "verified", "decision_no",
)  # fmt: skip


def in_force(*, on: date, everything: bool = False) -> list[ProcedureVersion]:
    """Versions in force on a day, by code: those that can be filed, or all."""
    found = (
        ProcedureVersion.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=on), state="published", valid_from__lte=on
        )
        .select_related("procedure", "field")
        .prefetch_related("channels", "documents", "results", "legal_bases", "life_events")
        .order_by("procedure__code")
    )
    if not everything:
        found = found.exclude(form={})
    # The code names the file, so it has to be nothing but a code.
    return [version for version in found if is_code(version.procedure.code)]


def as_model(version: ProcedureVersion) -> dict[str, Any]:
    """A version as its file. What is empty is left out."""
    found: dict[str, Any] = {"code": version.procedure.code, "field": version.field.code}
    found |= {name: getattr(version, name) for name in _OWN}
    found["valid_from"] = version.valid_from.isoformat() if version.valid_from else None
    found["life_events"] = sorted(event.slug for event in version.life_events.all())
    found["channels"] = [
        _filled(kind=c.kind, duration=_number(c.duration), unit=c.duration_unit, description=c.description)
        for c in sorted(version.channels.all(), key=lambda c: c.rank)
    ]
    found["documents"] = [
        _filled(
            key=d.key, group=d.group, name=d.name, name_en=d.name_en, originals=d.originals, copies=d.copies,
            present_only=d.present_only, condition=d.condition, reuse_result=d.reuse_result,
        ) | {"required": d.required}
        for d in sorted(version.documents.all(), key=lambda d: d.rank)
    ]  # fmt: skip
    found["results"] = [
        _filled(code=r.code, name=r.name, register=r.register, number_pattern=r.number_pattern)
        for r in sorted(version.results.all(), key=lambda r: r.rank)
    ]
    found["legal_bases"] = [
        _filled(title=b.title, code=b.code) for b in sorted(version.legal_bases.all(), key=lambda b: b.rank)
    ]
    found["fees"] = _fees(version)
    sheet = version.procedure.sheets.filter(state="approved", agency=None).select_related("template").first()
    if sheet is not None:
        found["template"] = sheet.template.code
        known = set(sheet.template.steps.values_list("key", flat=True))
        found["hours"] = {s.key: _number(s.hours) for s in sheet.steps.order_by("seq") if s.key in known}
    return {name: value for name, value in found.items() if value not in ("", None, [], {}, False)}


def _fees(version: ProcedureVersion) -> list[dict[str, Any]]:
    day = version.valid_from
    rules = version.procedure.fees.filter(agency=None).order_by("pk")
    if version.valid_to is not None:
        rules = rules.filter(valid_from__lt=version.valid_to)
    if day is not None:
        rules = rules.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    return [
        _filled(
            kind=f.kind, label=f.label, per=f.per, channel=f.channel, condition=f.condition, quantity_from=f.quantity_from,
            exemptions=f.exemptions, legal_source=f.legal_source, valid_from=f.valid_from.isoformat(), verified=f.verified,
        ) | {"amount_vnd": f.amount_vnd}
        for f in rules
    ]  # fmt: skip


def _filled(**parts: Any) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value not in ("", None, [], {}, False, 0)}


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)
