"""From a record of the national catalogue, as read by catalogue_text, to the rows of a version."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.text import slugify

from langbiang.foundation.language.folding import fold

from ..catalogue_text import Channel as ReadChannel
from ..catalogue_text import Fee, FeeState, ParsedRecord, TimeUnit
from ..models import Channel, DocumentRequirement, Field, LegalBasis, Procedure, ProcedureVersion, ResultKind

LEVELS = {"Cấp bộ": "ministry", "Cấp tỉnh": "province", "Cấp xã": "commune", "Cơ quan khác": "other"}
_CHANNELS = {ReadChannel(c.value): c.value for c in ReadChannel}
_UNITS = {
    TimeUnit.WORKING_DAY: "working_days",
    TimeUnit.DAY: "calendar_days",
    TimeUnit.WORKING_HOUR: "working_hours",
    TimeUnit.HOUR: "working_hours",
    TimeUnit.MONTH: "months",
}  # fmt: skip


def said(record: ParsedRecord) -> dict[str, str]:
    """What a record says by part, in words: compared with the record before, and with the version that is there."""
    channels = [
        _channel(
            _CHANNELS[row.channel], row.time_limit.amount, _unit(row.time_limit.unit), _fee_state(row.fee),
            _amount(row.fee), row.fee.note,
        )
        for row in record.channels.value.rows
    ]  # fmt: skip
    papers = [
        _paper(paper.name, min(paper.originals or 0, 99), min(paper.copies or 0, 99))
        for group in record.documents.value
        for paper in group.rows
    ]
    return {
        "title": record.title.value or "",
        "decision_no": (record.decision_no.value or "")[:80],
        "levels": ", ".join(LEVELS[v] for v in record.levels.value or () if v in LEVELS),
        "field": record.field.value or "",
        "kind": (record.kind.value or "")[:120],
        "audiences": "; ".join(record.audiences.value or ()),
        "summary": record.description.value or "",
        "keywords": record.keywords.value or "",
        "channels": "\n".join(channels),
        "documents": "\n".join(papers),
        "results": "\n".join(f"{r.name} {r.code[:40]}".strip() for r in record.results.value or ()),
        "legal_bases": "\n".join(f"{b.code[:60]} {b.title}".strip() for b in record.legal_bases.value or ()),
        "conditions": record.requirements.value or "",
        "steps_text": record.steps_text.value or "",
    }


def told(version: ProcedureVersion) -> dict[str, str]:
    """What a version says, in the same words and parts as `said`."""
    return {
        "title": version.title,
        "decision_no": version.decision_no,
        "levels": ", ".join(version.levels),
        "field": version.field.name,
        "kind": version.kind,
        "audiences": "; ".join(version.audiences),
        "summary": version.summary,
        "keywords": version.keywords,
        "channels": "\n".join(
            _channel(c.kind, c.duration, c.duration_unit, c.fee_state, c.fee_amount, c.note)
            for c in version.channels.order_by("rank")
        ),
        "documents": "\n".join(_paper(d.name, d.originals, d.copies) for d in version.documents.order_by("rank")),
        "results": "\n".join(f"{r.name} {r.code}".strip() for r in version.results.order_by("rank")),
        "legal_bases": "\n".join(f"{b.code} {b.title}".strip() for b in version.legal_bases.order_by("rank")),
        "conditions": version.conditions,
        "steps_text": version.steps_text,
    }


def _channel(
    kind: str, amount: Decimal | None, unit: str, fee_state: str, fee: Decimal | None, note: str
) -> str:  # fmt: skip
    limit = "?" if amount is None else f"{amount.normalize():f} {unit}"
    owed = fee_state if fee is None else f"{fee.normalize():f}"
    return " · ".join(part for part in (f"{kind}: {limit}", owed, note) if part)


def _paper(name: str, originals: int, copies: int) -> str:
    return f"{name} ({originals} + {copies})"


def _unit(unit: TimeUnit | None) -> str:
    return _UNITS.get(unit, "") if unit else ""


def field_of(name: str) -> Field:
    """The field of administration by its Vietnamese name; made when it is new."""
    known = next((f for f in Field.objects.all() if fold(f.name) == fold(name)), None)
    if known is not None:
        return known
    code = slugify(fold(name))[:40] or "other"
    found, _new = Field.objects.get_or_create(code=code, defaults={"name": name[:200] or "Lĩnh vực khác"})
    return found


def new_version(
    procedure: Procedure, record: ParsedRecord, *, number: int, raw: dict[str, Any], by: str, at: datetime
) -> ProcedureVersion:  # fmt: skip
    """A draft with everything the record says; to be filed at the counter until somebody models its form."""
    version = ProcedureVersion.objects.create(
        procedure=procedure, number=number, state=ProcedureVersion.State.DRAFT, title=record.title.value or procedure.code,
        field=field_of(record.field.value or ""), levels=[LEVELS[v] for v in record.levels.value or () if v in LEVELS],
        kind=(record.kind.value or "")[:120], audiences=list(record.audiences.value or ()), keywords=record.keywords.value or "",
        summary=record.description.value or "", decision_no=(record.decision_no.value or "")[:80],
        online_level=ProcedureVersion.Online.INFORMATION, conditions=record.requirements.value or "",
        steps_text=record.steps_text.value or "", raw=raw, source="national", verified=False,
        parse_states={"channels": record.channels.state.value, "documents": record.documents.state.value},
        title_folded=fold(record.title.value or ""), created_at=at, created_by=by,
    )  # fmt: skip
    Channel.objects.bulk_create(
        Channel(
            version=version, rank=rank, kind=_CHANNELS[row.channel], duration=row.time_limit.amount,
            duration_unit=_unit(row.time_limit.unit), duration_state=row.time_limit.state.value,
            fee_state=_fee_state(row.fee), fee_amount=_amount(row.fee), currency=(row.fee.currency or "VND")[:3],
            note=row.fee.note, description=row.description,
        )
        for rank, row in enumerate(record.channels.value.rows)
    )  # fmt: skip
    papers = [(group.label, paper) for group in record.documents.value for paper in group.rows]
    DocumentRequirement.objects.bulk_create(
        DocumentRequirement(
            version=version, rank=rank, key=f"paper-{rank + 1}", group=label, name=paper.name,
            form_file=paper.form_file[:200], originals=min(paper.originals or 0, 99), copies=min(paper.copies or 0, 99),
            present_only=paper.present_only, required=not paper.present_only and not paper.looks_like_note,
        )
        for rank, (label, paper) in enumerate(papers)
    )  # fmt: skip
    ResultKind.objects.bulk_create(
        ResultKind(version=version, rank=rank, code=result.code[:40], name=result.name)
        for rank, result in enumerate(record.results.value or ())
    )
    LegalBasis.objects.bulk_create(
        LegalBasis(version=version, rank=rank, title=basis.title, code=basis.code[:60])
        for rank, basis in enumerate(record.legal_bases.value or ())
    )
    return version


def _fee_state(fee: Fee) -> str:
    return {FeeState.FREE: "free", FeeState.AMOUNT: "known"}.get(fee.fee_state, "unknown")


def _amount(fee: Fee) -> Decimal | None:
    return fee.amount if fee.amount is not None and fee.amount < 10**12 else None
