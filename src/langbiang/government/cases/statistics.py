"""Reads for those who count and foretell: which of many cases an actor may open, what is open, how long steps took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from langbiang.foundation.access import Actor

from . import policies
from .models import Case, WorkItem

# So many finished passages of a procedure say enough about its steps.
PASSAGES = 2000


@dataclass(frozen=True)
class OpenStep:
    """An open case, the step it stands at, and when it is due."""

    case_id: int
    code: str
    procedure_id: int
    procedure: str
    agency_id: int
    field: str
    step_key: str
    step_name: str
    opened_at: datetime
    due_at: datetime


def visible_cases(actor: Actor, ids: "Iterable[int] | QuerySet[Any, Any]") -> QuerySet[Case]:
    """Of these cases, those the actor may open."""
    return Case.objects.filter(policies.cases_filter(actor), pk__in=ids)


def open_steps(
    actor: Actor, *, due_before: datetime, due_after: datetime, limit: int, among: QuerySet[Any, Any] | None = None
) -> list[OpenStep]:
    """Open steps of cases within reach that are due in a span of time, the most urgent first. One SQL statement.

    `among` is a statement of case numbers: only these.
    """
    items = (
        WorkItem.objects.filter(is_open=True, case_due_at__gte=due_after, case_due_at__lt=due_before)
        .exclude(kind__in=["waiting", "return", "consult"])
        .filter(case__in=Case.objects.filter(policies.cases_filter(actor)), case__received_at__isnull=False)
        .filter(*([] if among is None else [Q(case__in=among)]))
        .select_related("case")
        .annotate(procedure_id=F("case__procedure_version__procedure_id"))
        .order_by("case_due_at", "id")[: limit * 2]
    )
    found: dict[int, OpenStep] = {}
    for item in items:
        if item.case_due_at is None or item.case_id in found:
            continue
        case = item.case
        found[item.case_id] = OpenStep(
            item.case_id, str(case), item.procedure_id, str(case.names.get("procedure", "")), case.competent_unit_id,
            case.field, item.step_key, item.name, item.opened_at, item.case_due_at,
        )  # fmt: skip
    return list(found.values())[:limit]


def passages(procedure_ids: Sequence[int], *, since: datetime) -> list[tuple[int, str, timedelta]]:
    """How long it took from the opening of each step to the decision: (procedure, step, time), newest passages."""
    if not procedure_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.id, w.step_key, c.processing_end_at - w.opened_at
            FROM unnest(%s::bigint[]) AS p(id)
            CROSS JOIN LATERAL (
              SELECT c.id, c.processing_end_at FROM cases_case c
              JOIN procedures_procedureversion v ON v.id = c.procedure_version_id
              WHERE v.procedure_id = p.id AND c.received_at >= %s AND c.processing_end_at IS NOT NULL
              ORDER BY c.received_at DESC LIMIT %s) c
            JOIN cases_workitem w ON w.case_id = c.id AND NOT w.is_open AND w.opened_at <= c.processing_end_at
            """,
            [list(procedure_ids), since, PASSAGES],
        )
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]


def raw_rows() -> dict[str, tuple[list[str], str]]:
    """Plain columns of everything the index looks at, one statement per table: for those who check by counting again."""
    return {
        "cases": (
            ["id", "agency", "procedure", "field", "intake", "business", "sync", "submitted_at", "received_at",
             "ended_at", "due_original", "due_current", "online_level", "needs_paper_result"],
            "SELECT c.id, c.competent_unit_id, v.procedure_id, c.field, c.intake, c.business, c.sync, c.submitted_at,"
            " c.received_at, c.processing_end_at, c.due_original, c.due_current, v.online_level, v.needs_paper_result"
            " FROM cases_case c JOIN procedures_procedureversion v ON v.id = c.procedure_version_id",
        ),
        "work": (["case", "id", "kind", "assignee"], "SELECT case_id, id, kind, assignee_id FROM cases_workitem"),
        "charges": (
            ["case", "amount", "paid_at", "note"],
            "SELECT case_id, amount_vnd, paid_at, payment_note FROM cases_charge",
        ),
        "papers": (
            ["case", "digitisation", "file"],
            "SELECT case_id, digitisation, file_id FROM cases_casedocument",
        ),
        "results": (
            ["case", "state", "is_paper", "file"],
            "SELECT case_id, state, is_paper, file_id FROM cases_caseresult",
        ),
        "due": (["case", "kind", "due_from", "at"], "SELECT case_id, kind, due_from, at FROM cases_duechange"),
        "forms": (["case", "form_no"], "SELECT case_id, form_no FROM cases_issuedform"),
        "ratings": (["case", "score"], "SELECT case_id, score FROM cases_rating"),
        "messages": (["case", "from_applicant", "at"], "SELECT case_id, from_applicant, at FROM cases_message"),
        "fees": (["procedure"], "SELECT procedure_id FROM procedures_feerule WHERE amount_vnd > 0"),
    }  # fmt: skip
