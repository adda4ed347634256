"""Issuing the legal forms: the data are frozen in the act's own transaction, the paper is drawn right after it.

A form's snapshot decides what it says for ever; its PDF is drawn by the worker or at the first look, whichever comes
first, and is the same bytes either way.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from langbiang.foundation.access import SYSTEM, Actor
from langbiang.foundation.files import services as files
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.people import queries as people
from langbiang.foundation.prepared import insert
from langbiang.government.procedures import queries as procedures

from ..documents import legal_forms
from ..models import Case, CaseDocument, Charge, IssuedForm, Reason, Supplement
from . import record

RETURN_WAYS = {
    "counter": "Nhận trực tiếp tại {unit}",
    "online": "Nhận bản điện tử qua cổng dịch vụ",
    "postal": "Nhận qua dịch vụ bưu chính: {address}",
}
TERM_UNITS = {
    "working_days": "ngày làm việc",
    "calendar_days": "ngày",
    "months": "tháng",
    "working_hours": "giờ làm việc",
}
DIGITISED = {0: "Bản giấy", 1: "Đã số hóa", 2: "Khai thác dữ liệu", 3: "Dùng lại kết quả đã có"}


def moment(value: datetime | None) -> str:
    """An instant as the forms write it."""
    return f"{timezone.localtime(value):%H:%M ngày %d/%m/%Y}" if value else ""


def money(amount: int) -> str:
    """Đồng with dots between thousands."""
    return f"{amount:,}".replace(",", ".") + " đ"


def _common(actor: Actor, case: Case, *, at: datetime) -> dict[str, Any]:
    procedure = procedures.pinned(case.procedure_version_id)
    local = timezone.localtime(at)
    unit = case.receiving_unit_id
    return {
        "issuer": case.names.get("receiving_unit") or organizations.name_of(unit),
        "parent": organizations.parent_name_of(unit),
        "place": organizations.place_name_of(unit),
        "issued": {"day": f"{local:%d}", "month": f"{local:%m}", "year": f"{local:%Y}"},
        "code": case.code or case.filing_ref,
        "owner": case.owner_name,
        "procedure": procedure.title,
        "procedure_code": procedure.code,
        "receiving_unit": case.names.get("receiving_unit", ""),
        "competent_unit": case.names.get("competent_unit", ""),
        "received": moment(case.received_at),
        "due": moment(case.due_current),
        "due_original": moment(case.due_original),
        "officer": actor.label.split(",")[0],
        "signer_title": actor.position_title,
        "contact": organizations.contact_of(unit),
    }


def _issue(
    actor: Actor, case: Case, form_no: str, snapshot: dict[str, Any], *, form_set_id: int | None = None, at: datetime
) -> IssuedForm:
    from . import intake

    day = timezone.localtime(case.received_at or case.submitted_at).date()
    form = IssuedForm(
        case=case,
        form_no=form_no,
        form_set_id=form_set_id or intake.form_set_on(day).id,
        template_version=legal_forms.TEMPLATE_VERSION,
        snapshot=snapshot,
        token=record.new_token(),
        issued_at=at,
        issued_by=actor.label[:300],
    )
    insert(form)
    return form


def receipt(
    actor: Actor,
    case: Case,
    procedure: procedures.PinnedProcedure,
    *,
    papers: Sequence[CaseDocument],
    charges: Sequence[Charge],
    form_set_id: int,
    at: datetime,
) -> IssuedForm:
    """Form 01: receipt and appointment, with the papers handed in and what is owed."""
    owner = case.owner
    submitter = owner if case.submitter_id == case.owner_id else people.person(case.submitter_id)
    way = RETURN_WAYS[case.return_way].format(unit=case.names.get("receiving_unit", ""), address=case.return_address)
    snapshot = {
        **_common(actor, case, at=at),
        "address": owner.address_text,
        "phone": owner.phone,
        "submitter": submitter.full_name if submitter is not owner else "",
        "submitter_name": submitter.full_name,
        "authority": case.authority.get("kind", ""),
        "papers": [
            {
                "name": d.name,
                "originals": d.originals or "",
                "copies": d.copies or "",
                "form": DIGITISED[d.digitisation],
            }
            for d in papers
        ],
        "term": f"{case.term.get('amount', '')} {TERM_UNITS.get(case.term.get('unit', ''), '')}",
        "return_way": way,
        "fees": [
            {"label": c.label, "amount": money(c.amount_vnd) if c.amount_vnd else f"miễn ({c.exemption})"}
            for c in charges
        ],
    }
    return _issue(actor, case, "01", snapshot, form_set_id=form_set_id, at=at)


def supplement_request(actor: Actor, case: Case, supplement: Supplement, *, at: datetime) -> IssuedForm:
    """Form 02: what is missing, why, until when."""
    stages = {"intake": "Tiếp nhận", "appraisal": "Thẩm định"}
    snapshot = {
        **_common(actor, case, at=at),
        "stage": stages[supplement.stage],
        "items": [{"what": i["what"], "why": i["why"]} for i in supplement.items],
        "ground": supplement.legal_ground,
        "guidance": supplement.guidance,
        "due": moment(supplement.due_at),
        "suspends": supplement.suspends,
    }
    return _issue(actor, case, "02", snapshot, at=at)


def refusal(
    actor: Actor, case: Case, *, reason: Reason, explanation: str, where_to_turn: str, at: datetime
) -> IssuedForm:
    """Form 03: why the case is not received, and where to turn."""
    snapshot = {
        **_common(actor, case, at=at),
        "reason": reason.text,
        "legal": reason.legal_source,
        "explanation": explanation,
        "turn_to": where_to_turn,
    }
    return _issue(actor, case, "03", snapshot, at=at)


def apology(actor: Actor, case: Case, *, reason: str, at: datetime) -> IssuedForm:
    """Form 04: apology and new date."""
    return _issue(actor, case, "04", {**_common(actor, case, at=at), "reason": reason}, at=at)


def stop_notice(
    actor: Actor, case: Case, *, ground: str, legal: str, note: str, stage: str, at: datetime
) -> IssuedForm:
    """Form 05: handling is stopped."""
    rows = {row.key: row.name for row in procedures.sheet(case.sheet_id).rows} if case.sheet_id else {}
    paid = sum(c.paid_vnd for c in case.charges.all())
    snapshot = {
        **_common(actor, case, at=at),
        "ground": ground,
        "legal": legal,
        "note": note,
        "stage": rows.get(stage, "Tiếp nhận"),
        "money": f"hoàn trả {money(paid)}" if paid else "không phát sinh",
    }
    return _issue(actor, case, "05", snapshot, at=at)


def control_sheet(actor: Actor, case: Case, *, at: datetime) -> IssuedForm:
    """Form 06: every handover of the case so far, with time and punctuality."""
    outcomes = {"": "Đang thực hiện"}
    steps = []
    for item in case.work.order_by("opened_at", "pk"):
        late = item.due_at and (item.done_at or at) > item.due_at
        steps.append(
            {
                "name": item.name,
                "who": item.done_by or "",
                "at": moment(item.opened_at),
                "due": moment(item.due_at),
                "outcome": outcomes.get(item.outcome, moment(item.done_at)),
                "punctual": "" if not item.due_at else ("Quá hạn" if late else "Đúng hạn"),
            }
        )
    issued = _issue(actor, case, "06", {**_common(actor, case, at=at), "steps": steps}, at=at)
    return IssuedForm.objects.get(token=issued.token)


def waiting(*, since: datetime, most: int = 200) -> list[int]:
    """Forms issued since then whose paper has not been drawn yet, oldest first."""
    rows = IssuedForm.objects.filter(file=None, issued_at__gte=since).order_by("issued_at", "pk")
    return list(rows.values_list("pk", flat=True)[:most])


@transaction.atomic
def draw(form_id: int) -> IssuedForm:
    """Draw a form that has no file yet, from its snapshot; drawing it again changes nothing."""
    form = IssuedForm.objects.select_for_update().get(pk=form_id)
    if form.file_id is not None:
        return form
    sheet = legal_forms.draw(form.form_no, form.snapshot, token=form.token)
    code = form.snapshot.get("code") or "so-theo-doi"
    stored = files.store_bytes(
        SYSTEM,
        data=sheet.pdf,
        name=f"mau-{form.form_no}-{code}.pdf",
        mime="application/pdf",
        room="cases",
        owner=f"cases.case:{form.case_id}" if form.case_id else f"cases.issuedform:{form.pk}",
        at=form.issued_at,
    )
    form.file_id = stored.pk
    form.sha256 = sheet.sha256
    form.save(update_fields=["file", "sha256"])
    return form


__all__ = [
    "apology",
    "control_sheet",
    "draw",
    "moment",
    "money",
    "receipt",
    "refusal",
    "stop_notice",
    "supplement_request",
]
