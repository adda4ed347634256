"""Reads of the case room, already limited to what the actor may see; a fixed number of SQL statements each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal, roles
from langbiang.foundation.language.folding import fold
from langbiang.government.procedures import queries as procedures

from . import policies
from . import statistics as statistics
from .fact_rows import fact_rows_sql as fact_rows_sql
from .models import Case, CaseDocument, CaseEvent, CaseResult, Consultation, IssuedForm, Reason, WorkItem
from .models.case import Business, Intake
from .services.record import NoSuchCase, chain, line_of

if TYPE_CHECKING:
    from langbiang.foundation.files.models import StoredFile

PAGE = 50
THREE_DAYS = timedelta(days=3)
CAP = 1000


@dataclass(frozen=True)
class QueueSpec:
    """One queue of the workbench."""

    key: str
    title: Any
    empty: Any


QUEUES: tuple[QueueSpec, ...] = (
    QueueSpec("receive", _("To receive"), _("No filing is waiting to be received.")),
    QueueSpec("mine", _("Mine"), _("Nothing is assigned to you. Take work from your unit's queue.")),
    QueueSpec("unit", _("My unit"), _("Your unit has no open work.")),
    QueueSpec("soon", _("Due soon"), _("Nothing is due in the next three days.")),
    QueueSpec("overdue", _("Overdue"), _("Nothing is overdue.")),
    QueueSpec("waiting", _("Waiting for applicant"), _("No applicant has been asked for anything.")),
    QueueSpec("consult", _("Consultations"), _("No other unit has asked for your opinion.")),
    QueueSpec("sign", _("To sign"), _("Nothing is waiting for a signature or a number.")),
    QueueSpec("return", _("To return"), _("No result is waiting to be collected.")),
)


@dataclass(frozen=True)
class QueueFilter:
    """What a queue page narrows down to."""

    text: str = ""
    field: str = ""
    agency_id: int | None = None
    after: tuple[str, int] | None = None


@dataclass(frozen=True)
class QueuePage:
    """A page of a queue: rows, and the key of the next page."""

    items: list[WorkItem]
    next_key: tuple[str, int] | None


def _queue(actor: Actor, key: str, now: datetime) -> QuerySet[WorkItem]:
    rows = WorkItem.objects.filter(policies.work_filter(actor), is_open=True)
    match key:
        case "receive":
            return rows.filter(kind="intake")
        case "mine":
            return rows.filter(assignee_id=actor.account_id).exclude(kind="waiting")
        case "soon":
            return rows.filter(case_due_at__gte=now, case_due_at__lt=now + THREE_DAYS).exclude(
                kind__in=["waiting", "return"]
            )
        case "overdue":
            return rows.filter(case_due_at__lt=now).exclude(kind__in=["waiting", "return"])
        case "waiting":
            return rows.filter(kind="waiting")
        case "consult":
            return rows.filter(kind="consult")
        case "sign":
            return rows.filter(kind__in=["sign", "number", "approve", "withdrawal"])
        case "return":
            return rows.filter(kind="return")
    return rows.exclude(kind="waiting")


def procedure_title(case: Case) -> str:
    """The name of the procedure as it was when the case came in: kept with the case, so a list asks nothing for it."""
    return str(case.names.get("procedure") or procedures.pinned(case.procedure_version_id).title)


def queue_page(actor: Actor, key: str, *, now: datetime, narrow: QueueFilter | None = None) -> QueuePage:
    """One page of a queue, most urgent first. One SQL statement, whatever the volume."""
    narrow = narrow or QueueFilter()
    rows = _queue(actor, key, now)
    if narrow.field:
        rows = rows.filter(field=narrow.field)
    if narrow.agency_id:
        rows = rows.filter(agency_id=narrow.agency_id)
    if narrow.text:
        rows = rows.filter(
            Q(case__owner_folded__startswith=fold(narrow.text)) | Q(case__code__startswith=narrow.text.strip().upper())
        )
    if narrow.after:
        moment, last_id = narrow.after
        rows = rows.filter(Q(case_due_at__gt=moment) | Q(case_due_at=moment, id__gt=last_id))
    found = list(rows.select_related("case", "assignee").order_by("case_due_at", "id")[: PAGE + 1])
    more = found[PAGE - 1] if len(found) > PAGE else None
    key_of_more = (more.case_due_at.isoformat(), more.pk) if more and more.case_due_at else None
    return QueuePage(found[:PAGE], key_of_more)


def queue_counts(actor: Actor, *, now: datetime) -> dict[str, int]:
    """How many wait in each queue, counted up to 1,000. One SQL statement."""
    parts, params = [], []
    for spec in QUEUES:
        sql, args = _queue(actor, spec.key, now).order_by().values("id")[:CAP].query.sql_with_params()
        parts.append(f"SELECT '{spec.key}', count(*) FROM ({sql}) q")
        params += list(args)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return dict(cursor.fetchall())


def case_for_officer(actor: Actor, case_id: int) -> Case:
    """A case an officer may open. Raises NoSuchCase when there is none or it is none of their business."""
    case = Case.objects.select_related("owner", "submitter").filter(pk=case_id).first()
    if case is None:
        raise NoSuchCase(_("There is no such case."))
    consulted = False
    if not policies.may_see(actor, case):
        agencies = Consultation.objects.filter(case=case).values_list("agency_id", flat=True)
        consulted = any(policies.may_answer_consultation(actor, agency_id=a, field=case.field) for a in agencies)
    policies.require(policies.may_see(actor, case, consulted=consulted))
    return case


def case_for_applicant(actor: Actor, case_id: int) -> Case:
    """A case of the signed-in citizen. Somebody else's looks like none at all. Raises NoSuchCase."""
    case = Case.objects.select_related("owner").filter(pk=case_id).first()
    if case is None or not policies.may_see_as_applicant(actor, case):
        raise NoSuchCase(_("There is no such case among yours."))
    return case


def cases_of_applicant(actor: Actor) -> QuerySet[Case]:
    """All cases the signed-in citizen owns or filed, newest first."""
    if not actor.is_citizen or actor.person_id is None:
        return Case.objects.none()
    return Case.objects.filter(Q(owner_id=actor.person_id) | Q(submitter_id=actor.person_id)).order_by("-submitted_at")


def search_cases(actor: Actor, text: str, *, limit: int = PAGE) -> list[Case]:
    """Cases by code (old or new), filing code or the beginning of the owner's name, within reach."""
    text = text.strip()
    if len(text) < 2:
        return []
    folded = fold(text)
    wanted = (
        Q(code__iexact=text)
        | Q(filing_ref=text.upper().replace("-", ""))
        | Q(former_code__iexact=text)
        | Q(owner_folded__startswith=folded)
    )
    if text.upper().startswith("H") and len(text) > 6:
        wanted |= Q(code__startswith=text.upper())
    return list(Case.objects.filter(policies.cases_filter(actor)).filter(wanted).order_by("-submitted_at")[:limit])


def open_work(case: Case) -> list[WorkItem]:
    """What is to be done on a case, by whom."""
    return list(case.work.filter(is_open=True).select_related("assignee", "agency").order_by("id"))


def work_for(actor: Actor, items: Sequence[WorkItem]) -> list[WorkItem]:
    """Of these, what this actor may do."""
    return [item for item in items if policies.may_act_on(actor, item)]


def history(case: Case, *, public_only: bool = False) -> list[CaseEvent]:
    """The history of a case, oldest first."""
    rows = CaseEvent.objects.filter(case_id=case.pk)
    if public_only:
        rows = rows.filter(is_public=True)
    return list(rows.order_by("seq"))


def history_is_intact(case: Case) -> bool:
    """Whether the lines of a case's history still hash to what the case remembers."""
    value = b""
    for line in CaseEvent.objects.filter(case_id=case.pk).order_by("seq"):
        value = chain(value, line_of(line))
        if value != bytes(line.hash):
            return False
    return value == bytes(case.history_hash or b"")


def reasons(kind: str, *, on: date) -> list[Reason]:
    """The listed reasons of a kind in force on a day."""
    return list(Reason.objects.filter(kind=kind, valid_from__lte=on).exclude(valid_to__lte=on).order_by("pk"))


def result_by_token(token: str) -> CaseResult | None:
    """A result by the token of its verification page."""
    return CaseResult.objects.select_related("case", "replaced_by").filter(token=token.lower()).first()


def form_by_token(token: str) -> IssuedForm | None:
    """An issued form by the token of its verification page."""
    return IssuedForm.objects.select_related("case").filter(token=token.lower()).first()


def paper_by_digest(sha256: str) -> CaseResult | IssuedForm | None:
    """A result or form by the digest of its exact file."""
    return (
        CaseResult.objects.select_related("case", "replaced_by").filter(sha256=sha256).first()
        or IssuedForm.objects.select_related("case").filter(sha256=sha256).first()
    )


def reusable_results(person_id: int, codes: Sequence[str], *, on: date) -> list[CaseResult]:
    """Valid results a person already holds that can stand for a paper, newest first."""
    return list(
        CaseResult.objects.filter(owner_id=person_id, kind_code__in=[c for c in codes if c], state="released")
        .exclude(valid_until__lt=on)
        .order_by("-released_at")
    )


def refusal_rates(procedure_ids: Sequence[int]) -> dict[int, float]:
    """Share of refused filings per procedure: shown before a person files."""
    rows = (
        Case.objects.filter(procedure_version__procedure_id__in=list(procedure_ids))
        .values("procedure_version__procedure_id")
        .annotate(n=Count("pk"), refused=Count("pk", filter=Q(business=Business.REFUSED)))
    )
    return {row["procedure_version__procedure_id"]: row["refused"] / row["n"] for row in rows if row["n"]}


def register_rows(actor: Actor, *, agency_id: int, first: date, last: date) -> QuerySet[Case]:
    """The register (form 07) of a unit and period: every case received there, to the row. Raises Forbidden."""
    policies.require(
        policies.allow_if(actor.may("cases.view", agency_id=agency_id), _("You may not see the register of this unit."))
    )
    return Case.objects.filter(
        receiving_unit_id=agency_id, received_at__date__gte=first, received_at__date__lte=last
    ).order_by("received_at", "pk")


def counted(*, seen_by: Actor | None = None) -> QuerySet[Case]:
    """Every case, to be counted; `seen_by` leaves only those this actor may open. Nothing is confidential in a number."""
    return Case.objects.all() if seen_by is None else Case.objects.filter(policies.cases_filter(seen_by))


def field_choices() -> list[tuple[str, str]]:
    """The fields cases are of."""
    return sorted(roles.fields().items(), key=lambda each: each[1])


def intake_choices() -> list[tuple[str, str]]:
    """The ways in which cases come in."""
    return [(value, str(label)) for value, label in Intake.choices]


def most_filed(limit: int) -> list[int]:
    """Ids of the procedures filed most in the last 90 days."""
    since = timezone.now() - timedelta(days=90)
    rows = Case.objects.filter(submitted_at__gte=since).values("procedure_version__procedure_id")
    counted = rows.annotate(n=Count("pk")).order_by("-n")[:limit]
    return [row["procedure_version__procedure_id"] for row in counted]


def may_read_file(actor: Actor, file: "StoredFile") -> bool:
    """Whether a file of this room may be read: by whoever may see the case it hangs on."""
    found: Case | None = None
    if file.owner.startswith("cases.case:"):
        found = Case.objects.filter(pk=int(file.owner.partition(":")[2] or 0)).first()
    if found is None:
        paper = CaseDocument.objects.filter(file_id=file.pk).select_related("case").first()
        found = paper.case if paper else None
    if found is None:
        return False
    if actor.is_citizen:
        return bool(policies.may_see_as_applicant(actor, found))
    asked = Consultation.objects.filter(case=found).values_list("agency_id", flat=True)
    consulted = any(policies.may_answer_consultation(actor, agency_id=a, field=found.field) for a in asked)
    return bool(policies.may_see(actor, found, consulted=consulted))


def files_needed(ids: Collection[int]) -> set[int]:
    """Of these files, those a case, a form, a result or an unsent draft still needs."""
    from langbiang.foundation.files import queries as files
    from langbiang.foundation.forms import queries as forms

    found = set(CaseDocument.objects.filter(file_id__in=ids).values_list("file_id", flat=True))
    rows = files.describe(list(ids))
    drafts = {row.owner.partition(":")[2] for row in rows.values() if row.owner.startswith("forms.draft:")}
    open_drafts = forms.still_open(drafts)
    for row in rows.values():
        kind, _colon, key = row.owner.partition(":")
        if kind == "cases.case" or (kind == "forms.draft" and key in open_drafts):
            found.add(row.pk)
    return {pk for pk in found if pk is not None}


def title_at(actor: Actor, route: str, number: int) -> str | None:
    """What an officer's page of this room is called (a case, an issued form, a result), or None where they may not open it."""
    form = IssuedForm.objects.filter(pk=number).first() if route == "form" else None
    case_id = form.case_id if form is not None else number if route in ("case", "result") else None
    try:
        case = case_for_officer(actor, case_id or 0)
    except Refusal:
        return None
    if form is not None:
        return str(_("Form %(no)s of case %(code)s") % {"no": form.form_no, "code": str(case)})
    return str((_("Result of case %(code)s") if route == "result" else _("Case %(code)s")) % {"code": str(case)})


def number_of(code: str) -> int | None:
    """The number of the case with a code, as people write it; None where there is none."""
    return Case.objects.filter(code=code.strip().upper()[:40]).values_list("pk", flat=True).first()
