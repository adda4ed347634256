"""Filing and reception: what a citizen sends, what the counter takes in, what is accepted or refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.files import queries as file_queries
from langbiang.foundation.files import services as files
from langbiang.foundation.language.folding import fold
from langbiang.foundation.numbering import services as numbering
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.people import queries as people
from langbiang.foundation.prepared import Statement, insert, together
from langbiang.government.procedures import queries as procedures

from .. import events, policies
from ..models import Case, CaseDocument, Charge, Reason, WorkItem
from ..models.case import Business, Intake, Money
from . import clock, issue, record, work

if TYPE_CHECKING:
    from langbiang.foundation.people.models import Person


class Incomplete(Refusal):
    """Required answers or papers are missing; `problems` names each."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__(_("Something is still missing or not right."), way_out=_("Correct the points named below."))
        self.problems = problems


class SimilarCase(Refusal):
    """The same person filed the same procedure within a day: shown as a warning that can be overruled."""

    def __init__(self, case_id: int, code: str) -> None:
        super().__init__(
            _("This person filed the same procedure less than 24 hours ago (%(code)s).") % {"code": code},
            way_out=_("Open that case, or confirm that this is a second one."),
        )
        self.case_id = case_id


class UnknownReason(Refusal):
    """The reason given is not on the list in force."""


@dataclass(frozen=True)
class Paper:
    """A paper handed in: a file, a paper counted at the counter, or data already known."""

    requirement: str
    name: str
    file_id: int | None = None
    originals: int = 0
    copies: int = 0
    reuse_result_id: int | None = None
    not_needed_because: str = ""


@dataclass(frozen=True)
class Filing:
    """Everything a filing says."""

    procedure: procedures.PinnedProcedure
    owner_id: int
    submitter_id: int
    competent_unit_id: int
    receiving_unit_id: int
    intake: str
    answers: dict[str, Any]
    papers: Sequence[Paper] = field(default_factory=tuple)
    support_point_id: int | None = None
    authority: dict[str, Any] = field(default_factory=dict)
    return_way: str = "counter"
    return_address: str = ""
    portal_id: str | None = None
    owner: "Person | None" = None  # the record of `owner_id`, where the caller holds it already


def missing_papers(filing: Filing) -> dict[str, list[str]]:
    """Required papers nobody handed in, by key. The same rule serves the applicant's pre-check and the counter."""
    from langbiang.foundation.forms import queries as forms

    given = {paper.requirement for paper in filing.papers}
    problems: dict[str, list[str]] = {}
    for row in filing.procedure.documents:
        needed = row.required and not row.present_only
        if needed and row.condition and not forms.holds(row.condition, filing.answers):
            needed = False
        if needed and row.key not in given:
            problems[row.key] = [str(_("“%(name)s” is missing.") % {"name": row.name})]
    return problems


def check(filing: Filing) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Answers as they will be kept, and everything wrong with a filing by question or paper."""
    from langbiang.foundation.forms import queries as forms

    answers, problems = forms.check_answers(filing.procedure.form, filing.answers)
    problems.update(missing_papers(filing))
    return answers, problems


_SIMILAR = Statement(
    "SELECT c.id, coalesce(c.code, c.filing_ref) FROM cases_case c "
    "JOIN procedures_procedureversion v ON v.id = c.procedure_version_id "
    "WHERE c.owner_id = %s AND v.procedure_id = %s AND c.submitted_at >= %s AND c.business NOT IN ('refused', 'stopped') "
    "ORDER BY c.submitted_at LIMIT 1",
    *("bigint", "bigint", "timestamptz"),
)


def _refuse_similar(filing: Filing, at: datetime) -> None:
    """Raise SimilarCase when the same person filed the same procedure within a day."""
    for case_id, code in _SIMILAR.run(filing.owner_id, filing.procedure.procedure_id, at - timedelta(hours=24)):
        raise SimilarCase(case_id, code)


def _begin(actor: Actor, case_id: int, filing: Filing, answers: dict[str, Any], *, at: datetime) -> Case:
    """The case with its number, not yet written: everything that hangs on it is, and the case itself is once, at the end."""
    owner = filing.owner or people.person(filing.owner_id)
    return Case(
        pk=case_id,
        filing_ref=record.new_filing_ref(),
        procedure_version_id=filing.procedure.version_id,
        field=filing.procedure.field,
        receiving_unit_id=filing.receiving_unit_id,
        competent_unit_id=filing.competent_unit_id,
        processing_unit_id=filing.receiving_unit_id,
        support_point_id=filing.support_point_id,
        owner=owner,
        submitter_id=filing.submitter_id,
        helper_account_id=actor.account_id if actor.kind in ("staff", "client") else None,
        authority=filing.authority,
        owner_name=owner.full_name,
        owner_folded=fold(owner.full_name)[:200],
        intake=filing.intake,
        business=Business.SUBMITTED,
        return_way=filing.return_way,
        return_address=filing.return_address,
        answers=answers,
        portal_id=filing.portal_id,
        submitted_at=at,
        names={
            "procedure": filing.procedure.title,
            "competent_unit": organizations.name_of(filing.competent_unit_id),
            "receiving_unit": organizations.name_of(filing.receiving_unit_id),
        },
    )


def _digitisation(paper: Paper) -> int:
    if paper.reuse_result_id:
        return CaseDocument.Digitisation.REUSED_RESULT
    if paper.not_needed_because:
        return CaseDocument.Digitisation.REUSED
    return CaseDocument.Digitisation.DIGITISED if paper.file_id else CaseDocument.Digitisation.NONE


def _attach(actor: Actor, case: Case, filing: Filing, *, at: datetime) -> list[CaseDocument]:
    """Write the papers of a filing and give their files to the case."""
    papers = [
        CaseDocument(
            case=case,
            requirement=paper.requirement,
            name=paper.name,
            file_id=paper.file_id,
            originals=paper.originals,
            copies=paper.copies,
            reuse_source_id=paper.reuse_result_id,
            not_needed_because=paper.not_needed_because,
            digitisation=_digitisation(paper),
            added_at=at,
            added_by=actor.label[:200],
        )
        for paper in filing.papers
    ]
    for paper in papers:
        insert(paper)
    handed_in = [paper.file_id for paper in filing.papers if paper.file_id]
    if ids := [*handed_in, *_answer_files(filing, case.answers)]:
        files.bind(ids, room="cases", owner=f"cases.case:{case.pk}")
    return papers


def _answer_files(filing: Filing, answers: dict[str, Any]) -> list[int]:
    """Files that answer questions."""
    from langbiang.foundation.forms import queries as forms

    asked = [q["key"] for g in forms.groups(filing.procedure.form) for q in g["questions"] if q["kind"] == "file"]
    return [int(file_id) for key in asked for file_id in answers.get(key) or []]


def _strange_files(actor: Actor, filing: Filing, answers: dict[str, Any]) -> set[int]:
    """Files named in a filing that its sender did not hand in: nobody attaches what is not theirs."""
    ids = {paper.file_id for paper in filing.papers if paper.file_id} | set(_answer_files(filing, answers))
    if not ids or actor.kind == "system":
        return set()
    return ids - {row.pk for row in file_queries.own(actor, sorted(ids), room="cases")}


@transaction.atomic
def submit(actor: Actor, *, filing: Filing, confirmed_second: bool = False, key: str = "", at: datetime) -> Case:
    """A citizen files online: the case exists, has a filing code, and stands in the counter's queue.

    The 8-hour clock of the answer starts. Raises Forbidden, Incomplete, SimilarCase, AlreadyDone.
    """
    policies.require(policies.may_file(actor))
    if filing.submitter_id != actor.person_id:
        policies.require(policies.deny(_("You can only file as yourself.")))
    case_id = record.once_for_new(actor, key, action="submit", at=at)
    answers, problems = check(filing)
    if _strange_files(actor, filing, answers):
        problems.setdefault("papers", []).append(str(_("Attach the file again.")))
    if problems:
        raise Incomplete(problems)
    if not confirmed_second:
        _refuse_similar(filing, at)
    case = _begin(actor, case_id, filing, answers, at=at)
    with together():
        _stand_in_queue(actor, case, filing, at=at)
    return case


def _stand_in_queue(actor: Actor, case: Case, filing: Filing, *, at: datetime) -> None:
    """Write a case sent in online and the work of looking at it."""
    _attach(actor, case, filing, at=at)
    case.answer_due_at = clock.answer_due(filing.receiving_unit_id, at)
    reception = WorkItem(
        case=case,
        kind=WorkItem.Kind.INTAKE,
        agency_id=filing.receiving_unit_id,
        role="receiver",
        field=case.field,
        step_key="receive",
        name=str(_("Check and receive")),
        opened_at=at,
        due_at=case.answer_due_at,
        case_due_at=case.answer_due_at,
    )
    insert(reception)
    record.note_down(actor, case, "submitted", at=at, public=True, data={"papers": len(filing.papers)})
    record.save(case)
    record.tell(actor, case, events.CaseSubmitted(case_id=case.pk, procedure_code=filing.procedure.code), at=at)


@transaction.atomic
def file_at_counter(
    actor: Actor,
    *,
    filing: Filing,
    confirmed_second: bool = False,
    digitised: Sequence[str] = (),
    key: str = "",
    at: datetime,
) -> Case:
    """A receiving officer takes a case in for a person standing at the counter: filed and accepted in one act.

    Any counter receives for any deciding unit. Raises Forbidden, Incomplete, SimilarCase, AlreadyDone, NoSheet.
    """
    policies.require(policies.may_receive(actor, agency_id=filing.receiving_unit_id, field=filing.procedure.field))
    case_id = record.once_for_new(actor, key, action="file_at_counter", at=at)
    answers, problems = check(filing)
    if _strange_files(actor, filing, answers):
        problems.setdefault("papers", []).append(str(_("Attach the file again.")))
    if problems:
        raise Incomplete(problems)
    if not confirmed_second:
        _refuse_similar(filing, at)
    case = _begin(actor, case_id, filing, answers, at=at)
    with together():
        papers = _attach(actor, case, filing, at=at)
        _accept(actor, case, filing.procedure, papers=papers, note="", at=at)
    return case


@transaction.atomic
def accept(
    actor: Actor, *, case_id: int, note: str = "", revision: int | None = None, key: str = "", at: datetime
) -> Case:
    """The counter accepts a filing: code, due date, receipt (form 01), charge and the first work, in one transaction.

    Decree 118/2025, Circular 03/2025. Raises NotYourWork, WrongState, Stale, AlreadyDone.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="accept", case=case, at=at)
    work.require_state(case, Business.SUBMITTED)
    item = work.open_item(actor, case, kinds=(WorkItem.Kind.INTAKE,))
    work.close_item(item, actor, outcome="accepted", at=at)
    papers = list(case.documents.order_by("pk"))
    _accept(actor, case, procedures.pinned(case.procedure_version_id), papers=papers, note=note, at=at)
    return case


def _accept(
    actor: Actor,
    case: Case,
    procedure: procedures.PinnedProcedure,
    *,
    papers: Sequence[CaseDocument],
    note: str,
    at: datetime,
) -> None:
    """Everything acceptance means, for a locked or new case. The number is taken last: its lock is the shortest."""
    if case.sheet_id is None:
        case.sheet_id = procedures.sheet_in_force(procedure.procedure_id, agency_id=case.competent_unit_id).id
    promise = clock.promise(case, procedure, at)
    case.received_at = at
    case.effective_start = promise.start
    case.term = promise.term
    case.due_original = case.due_current = promise.due
    case.business = Business.ACCEPTED
    clock.remember(actor, case, "start", due_from=None, ground="", explanation=promise.explanation, at=at)
    charges = _charge(case, procedure, at=at)
    work.start_process(case, actor, at=at)
    record.note_down(
        actor, case, "accepted", at=at, note=note, public=True, data={"due": promise.due, "intake": case.intake}
    )
    record.tell(
        actor,
        case,
        events.CaseAccepted(case_id=case.pk, code="", procedure_code=procedure.code),
        at=at,
        after={"due": promise.due, "filing_ref": case.filing_ref},
    )
    form_set = form_set_on(timezone.localtime(at).date())
    case.code = take_code(case, form_set, at)
    record.save(
        case,
        "code",
        "sheet",
        "received_at",
        "effective_start",
        "term",
        "due_original",
        "due_current",
        "business",
        "money",
        "step_key",
        "processing_unit",
    )
    issue.receipt(actor, case, procedure, papers=papers, charges=charges, form_set_id=form_set.id, at=at)


@dataclass(frozen=True)
class FormSetInForce:
    """What a reception needs of the set of legal forms."""

    id: int
    case_code_pattern: str


_FORM_SET = Statement(
    "SELECT id, case_code_pattern FROM cases_formset WHERE valid_from <= %s AND (valid_to IS NULL OR valid_to > %s) "
    "ORDER BY valid_from DESC LIMIT 1",
    *("date", "date"),
)


def form_set_on(day: date) -> FormSetInForce:
    """The set of legal forms in force on a day."""
    for row in _FORM_SET.run(day, day):
        return FormSetInForce(*row)
    raise Refusal(_("There is no set of legal forms in force on that day."))


def take_code(case: Case, form_set: FormSetInForce, at: datetime) -> str:
    """The next case code of the receiving unit's day; without gaps, in the pattern of the form set in force."""
    day = timezone.localtime(at).date()
    unit = organizations.code_of(case.receiving_unit_id)
    number = numbering.next_number(f"case:{unit}", f"{day:%y%m%d}")
    return form_set.case_code_pattern.format(unit=unit, day=f"{day:%y%m%d}", number=f"{number:04d}")


def _charge(case: Case, procedure: procedures.PinnedProcedure, *, at: datetime) -> list[Charge]:
    day = timezone.localtime(at).date()
    channel = {"online": "online", "portal": "online", "postal": "postal"}.get(case.intake, "direct")
    owed = procedures.fees_due(
        procedure, channel=channel, answers=case.answers, agency_id=case.competent_unit_id, on=day
    )
    charges = [
        Charge(
            case=case,
            kind=row.kind,
            label=row.label,
            quantity=row.quantity,
            amount_vnd=row.amount_vnd,
            legal_source=row.legal_source,
            exemption=row.exemption,
            charged_at=at,
        )
        for row in owed
    ]
    for charge in charges:
        insert(charge)
    if not owed:
        case.money = Money.NONE
    else:
        case.money = Money.DUE if any(row.amount_vnd for row in owed) else Money.EXEMPT
    return charges


def reason_in_force(kind: str, code: str, day: date) -> Reason:
    """A listed reason in force on a day. Raises UnknownReason."""
    found = (
        Reason.objects.filter(kind=kind, code=code, valid_from__lte=day)
        .exclude(valid_to__lte=day)
        .order_by("-valid_from")
        .first()
    )
    if found is None:
        raise UnknownReason(_("Choose a reason from the list."), field="reason")
    return found


@transaction.atomic
def refuse(
    actor: Actor,
    *,
    case_id: int,
    reason_code: str,
    explanation: str,
    where_to_turn: str = "",
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> Case:
    """Reception is refused with a listed reason in plain words (form 03). Raises NotYourWork, UnknownReason, Stale."""
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="refuse", case=case, at=at)
    work.require_state(case, Business.SUBMITTED, Business.SUPPLEMENT)
    item = work.open_item(actor, case, kinds=(WorkItem.Kind.INTAKE, WorkItem.Kind.WAITING))
    reason = reason_in_force("refusal", reason_code, timezone.localtime(at).date())
    if len(explanation.strip()) < 10:
        raise UnknownReason(
            _("Explain in plain words why the case cannot be received."),
            field="explanation",
            way_out=_("The applicant reads this: at least one whole sentence."),
        )
    work.close_item(item, actor, outcome="refused", at=at)
    work.close_all(case, actor, outcome="refused", at=at)
    case.supplements.filter(state__in=["open", "awaiting"]).update(state="cancelled")
    case.business = Business.REFUSED
    case.closed_at = at
    record.note_down(
        actor,
        case,
        "refused",
        at=at,
        note=explanation,
        public=True,
        data={"reason": reason.code, "text": reason.text, "legal": reason.legal_source, "turn_to": where_to_turn},
    )
    record.save(case, "business", "closed_at")
    issue.refusal(actor, case, reason=reason, explanation=explanation, where_to_turn=where_to_turn, at=at)
    record.tell(actor, case, events.CaseRefused(case_id=case.pk, reason=reason.code), at=at)
    return case


def gaps(unit_code: str, day: date) -> list[int]:
    """Numbers of a unit's day that no case carries: always empty (checked by `doctor` and by tests)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g FROM numbering_counter c, generate_series(1, c.last) g WHERE c.register = %s AND c.period = %s "
            "AND NOT EXISTS (SELECT 1 FROM cases_case k WHERE k.code = %s || lpad(g::text, greatest(4, length(g::text)), '0'))",
            [f"case:{unit_code}", f"{day:%y%m%d}", f"{unit_code}-{day:%y%m%d}-"],
        )
        return [row[0] for row in cursor.fetchall()]


__all__ = [
    "Filing",
    "Incomplete",
    "Intake",
    "Paper",
    "SimilarCase",
    "UnknownReason",
    "accept",
    "check",
    "file_at_counter",
    "form_set_on",
    "gaps",
    "missing_papers",
    "reason_in_force",
    "refuse",
    "submit",
    "take_code",
]
