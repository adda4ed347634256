"""The result document: drawn from the procedure's template and what the officer proposed, with places for two signatures.

The leader's signature stands at the lower right. Number, date and seal stand at the upper left as the agency's own
signature: it is put on afterwards and covers the leader's, so that a number can never be added to an unsigned paper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from langbiang.foundation.access import Actor
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.procedures import queries as procedures

from . import paper

if TYPE_CHECKING:
    from ..models import Case, CaseResult


@dataclass(frozen=True)
class Draft:
    """A result ready to be signed."""

    pdf: bytes
    sha256: str
    signature_box: tuple[float, float, float, float]
    signature_page: int


@dataclass(frozen=True)
class Row:
    """A line of the result as the officer may correct it."""

    id: str
    label: str
    value: str
    required: bool


def answer_at(answers: Mapping[str, Any], path: str) -> str:
    """The text of an answer by its path (`child.full_name`), empty when there is none."""
    value: Any = answers
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return "Có" if value else "Không"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    text = "" if value is None else str(value)
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}" if len(text) == 10 else text
    except ValueError:
        return text


def prefill(procedure: procedures.PinnedProcedure, answers: Mapping[str, Any]) -> list[Row]:
    """The lines of the result filled from the answers, for the officer to check."""
    from langbiang.foundation.forms import queries as forms

    rows = procedure.result_template.get("rows") or []
    return [
        Row(
            id=row["id"],
            label=row["label"],
            value=forms.answer_text(procedure.form, answers, row["from"]) if row.get("from") else row.get("value", ""),
            required=bool(row.get("required", False)),
        )
        for row in rows
    ]


def render(case: "Case", result: "CaseResult", *, signer: Actor, at: datetime) -> Draft:
    """Draw the result for signing."""
    procedure = procedures.pinned(case.procedure_version_id)
    template = procedure.result_template
    labels = {row["id"]: row["label"] for row in template.get("rows") or []}
    granted = result.outcome != "denied"
    url = paper.verification_url(result.token)
    local = timezone.localtime(at)
    sheet = paper.render(
        "cases/documents/result.html",
        {
            "issuer": result.issuer_name,
            "parent": organizations.parent_name_of(case.competent_unit_id),
            "heading": template.get("title") if granted and template.get("title") else result.title,
            "legal": template.get("legal", []) if granted else [],
            "ground": result.legal_ground,
            "procedure": procedure.title,
            "code": case.code,
            "owner": result.owner_name,
            "rows": [(labels.get(key, key), value) for key, value in result.content.items() if value and key in labels],
            "body": template.get("body", ""),
            "reason": result.reason,
            "outcome": result.outcome,
            "signer_title": signer.position_title,
            "sign_mode": organizations.signing_mode(signer.position_id),
            "signer_name": signer.label.split(",")[0],
            "year": local.year,
            "place": organizations.place_name_of(case.competent_unit_id),
            "verify_url": url,
            "qr": paper.qr_data_uri(url),
        },
        title=result.title,
    )
    box = sheet.boxes["signature"]
    return Draft(sheet.pdf, sheet.sha256, box.box, box.page)


def seal_boxes(result: "CaseResult") -> paper.Box:
    """Where number, date and seal go: always on the first page, upper left, under the agency's name."""
    return paper.Box(0, (57.0, 689.0, 287.0, 741.0))


def number_lines(case: "Case", result: "CaseResult", *, at: datetime) -> list[str]:
    """What the seal says: number, place and date."""
    local = timezone.localtime(at)
    place = organizations.place_name_of(case.competent_unit_id)
    return [
        f"Số: {result.number_text}",
        f"{place}, ngày {local:%d} tháng {local:%m} năm {local:%Y}",
        result.issuer_name,
    ]
