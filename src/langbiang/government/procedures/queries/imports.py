"""What an import brought: batches, and each record with its text, its reading and what waits for a decision."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require

from .. import policies
from ..models import ImportBatch, ImportRow, ProcedureVersion, ProcessSheet


class NoSuchRecord(Refusal):
    """There is no such imported record."""

    status = 404


@dataclass(frozen=True)
class Effect:
    """What taking over a change touches."""

    version_id: int | None
    version_number: int | None
    sheets: int
    keeps_form: bool  # the version in force is fully modelled: a draft is made beside it instead of replacing it


@dataclass(frozen=True)
class Rows:
    """A page of imported records."""

    rows: tuple[ImportRow, ...]
    total: int
    after: int


def batches(actor: Actor) -> list[ImportBatch]:
    """The last imports, newest first, with `waiting`: how many of their records wait for a decision. One query."""
    require(policies.may_view(actor))
    return list(
        ImportBatch.objects.annotate(waiting=Count("rows", filter=Q(rows__state="pending"))).order_by("-pk")[:50]
    )


def batch(actor: Actor, batch_id: int) -> ImportBatch:
    """One import. Raises NoSuchRecord."""
    require(policies.may_view(actor))
    found = ImportBatch.objects.filter(pk=batch_id).first()
    if found is None:
        raise NoSuchRecord(_("There is no such import."))
    return found


def rows(
    actor: Actor, batch_id: int, *, state: str = "", verdict: str = "", text: str = "", limit: int = 50, after: int = 0
) -> Rows:
    """The records of an import in their order. Two queries."""
    require(policies.may_view(actor))
    found: QuerySet[ImportRow] = ImportRow.objects.filter(batch_id=batch_id)
    if state:
        found = found.filter(state=state)
    if verdict:
        found = found.filter(verdict=verdict)
    if text:
        found = found.filter(Q(code__icontains=text[:100]) | Q(title__icontains=text[:100]))
    total = Paginator(found.order_by("pk"), limit).count
    page = list(found.filter(pk__gt=after).defer("raw", "parsed").order_by("pk")[: limit + 1])
    return Rows(tuple(page[:limit]), total, page[limit - 1].pk if len(page) > limit else 0)


def tallies(actor: Actor, batch_id: int) -> dict[str, dict[str, int]]:
    """How many records of an import stand in each state and have each verdict. One query."""
    require(policies.may_view(actor))
    found: dict[str, dict[str, int]] = {"state": {}, "verdict": {}}
    for state, verdict, n in (
        ImportRow.objects.filter(batch_id=batch_id).values_list("state", "verdict").annotate(n=Count("pk"))
    ):
        found["state"][state] = found["state"].get(state, 0) + n
        found["verdict"][verdict] = found["verdict"].get(verdict, 0) + n
    return found


def row(actor: Actor, row_id: int) -> ImportRow:
    """One imported record with everything. Raises NoSuchRecord."""
    require(policies.may_view(actor))
    found = ImportRow.objects.select_related("batch", "version").filter(pk=row_id).first()
    if found is None:
        raise NoSuchRecord(_("There is no such imported record."))
    return found


def following(of: ImportRow) -> int | None:
    """The next record of the same import that waits for a decision."""
    return (
        ImportRow.objects.filter(batch_id=of.batch_id, state="pending", pk__gt=of.pk)
        .order_by("pk")
        .values_list("pk", flat=True)
        .first()
    )


def effect(of: ImportRow) -> Effect:
    """What taking over this record would touch: the version in force, and the sheets bound to its procedure."""
    current = (
        ProcedureVersion.objects.filter(procedure__code=of.code, state="published", valid_to__isnull=True)
        .values_list("pk", "number", "form")
        .first()
    )
    sheets = ProcessSheet.objects.filter(procedure__code=of.code, state="approved").count()
    version_id, number, form = current or (None, None, {})
    return Effect(version_id, number, sheets, bool(form))


def flattened(parsed: Any, path: str = "") -> list[tuple[str, str]]:
    """What was read, as (place, value) lines a person can compare with the text."""
    if isinstance(parsed, dict):
        return [
            line for key, inner in parsed.items() for line in flattened(inner, f"{path}.{key}" if path else str(key))
        ]
    if isinstance(parsed, list):
        return [line for n, inner in enumerate(parsed, 1) for line in flattened(inner, f"{path} {n}")]
    return [] if parsed in (None, "", False) else [(path, str(parsed))]
