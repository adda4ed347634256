"""Changing the promise: suspend and resume on a listed ground, extend with an apology, follow a changed calendar."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal

from .. import events, policies
from ..models import Case, Suspension, WorkItem
from ..models.case import Business
from . import clock, intake, issue, record, work

MAX_EXTENSIONS = 1  # unverified: how often the law lets a date be put off; a row of the form set decides once known


class EvidenceMissing(Refusal):
    """This ground needs its evidence as a file."""


class TooLate(Refusal):
    """An extension is decided before the due time, and only so many times."""


@dataclass(frozen=True)
class Move:
    """What a changed calendar would do to one case."""

    case_id: int
    code: str
    due_from: datetime
    due_to: datetime


@transaction.atomic
def suspend(
    actor: Actor,
    *,
    case_id: int,
    reason_code: str,
    note: str,
    evidence_id: int | None = None,
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> Suspension:
    """A leader stops the legal clock on a listed ground, with its evidence where the list demands it.

    Raises Forbidden, WrongState, UnknownReason, EvidenceMissing, Stale.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="suspend", case=case, at=at)
    policies.require(policies.may_lead(actor, case))
    work.require_state(case, Business.ACCEPTED, Business.PROCESSING)
    reason = intake.reason_in_force("suspension", reason_code, timezone.localtime(at).date())
    if reason.needs_evidence and evidence_id is None:
        raise EvidenceMissing(_("This ground needs its document attached."), field="evidence")
    suspension = Suspension.objects.create(case=case, reason=reason, note=note, evidence_id=evidence_id, started_at=at)
    case.previous_state = case.business
    case.business = Business.SUSPENDED
    record.note_down(
        actor,
        case,
        "suspended",
        at=at,
        note=note,
        public=True,
        data={"ground": reason.text, "legal": reason.legal_source},
    )
    record.save(case, "business", "previous_state")
    record.tell(actor, case, events.CaseSuspended(case_id=case.pk, ground=reason.code), at=at)
    return suspension


@transaction.atomic
def resume_case(
    actor: Actor, *, case_id: int, note: str = "", revision: int | None = None, key: str = "", at: datetime
) -> Case:
    """The ground has ended: the due time moves by exactly the time the clock stood. Raises Forbidden, WrongState."""
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="resume", case=case, at=at)
    policies.require(policies.may_manage(actor, case))
    work.require_state(case, Business.SUSPENDED)
    case.business = case.previous_state or Business.PROCESSING
    case.previous_state = ""
    clock.resume(actor, case, at=at)
    record.note_down(actor, case, "resumed", at=at, note=note, public=True, data={"due": case.due_current})
    record.save(case, "business", "previous_state", "due_current")
    record.tell(actor, case, events.CaseResumed(case_id=case.pk), at=at)
    return case


@transaction.atomic
def extend(
    actor: Actor,
    *,
    case_id: int,
    reason_code: str,
    explanation: str,
    due: datetime,
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> Case:
    """Put off the date with an apology (form 04): the first promise is kept beside the new one.

    Decided before the due time (Decree 118/2025). Raises Forbidden, WrongState, TooLate, UnknownReason, Stale.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="extend", case=case, at=at)
    policies.require(policies.may_lead(actor, case))
    work.require_state(case, Business.ACCEPTED, Business.PROCESSING)
    reason = intake.reason_in_force("extension", reason_code, timezone.localtime(at).date())
    if case.due_current is None or at > case.due_current:
        raise TooLate(
            _("The due time has passed; it cannot be put off any more."),
            way_out=_("Finish the case; it counts as late. You can still write to the applicant."),
        )
    if case.due_changes.filter(kind="extension").count() >= MAX_EXTENSIONS:
        raise TooLate(_("This case has been put off already."))
    if due <= case.due_current:
        raise TooLate(_("The new date must lie after the present one."), field="due")
    if not clock.is_working_day(case.competent_unit_id, due):
        raise TooLate(_("The new date is a day off."), field="due", way_out=_("Choose a working day."))
    if len(explanation.strip()) < 10:
        raise TooLate(_("Explain the delay in at least one sentence: the applicant reads it."), field="explanation")
    before = case.due_current
    case.due_current = clock.end_of_office(case.competent_unit_id, due)
    clock.remember(
        actor, case, "extension", due_from=before, ground=f"{reason.text}. {explanation.strip()}", explanation=[], at=at
    )
    WorkItem.objects.filter(case=case, is_open=True, kind__in=["step", "assign", "sign", "number", "approve"]).update(
        case_due_at=case.due_current
    )
    record.note_down(
        actor,
        case,
        "extended",
        at=at,
        note=explanation.strip(),
        public=True,
        data={"from": before, "to": case.due_current, "reason": reason.text},
    )
    record.save(case, "due_current")
    issue.apology(actor, case, reason=f"{reason.text}. {explanation.strip()}", at=at)
    record.tell(actor, case, events.CaseExtended(case_id=case.pk, due=case.due_current.isoformat()), at=at)
    return case


def propose_moves(*, since: date, until: date) -> list[Move]:
    """Which open cases would get another due time under the calendar as it is now, for a leader to confirm.

    A day that became a working day never shortens a promise already printed.
    """
    moves = []
    rows = Case.objects.filter(
        business__in=["accepted", "processing", "supplement", "suspended"],
        due_current__gte=_midnight(since),
        received_at__lt=_midnight(until),
    ).order_by("pk")
    for case in rows.iterator():
        due = clock.recalculated(case)
        if due is not None and case.due_current is not None and due > case.due_current:
            moves.append(Move(case.pk, str(case), case.due_current, due))
    return moves


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


@transaction.atomic
def confirm_moves(actor: Actor, *, moves: list[Move], reason: str, at: datetime) -> int:
    """A leader lets a changed calendar move the dates; a case that changed meanwhile is left alone. Gives how many moved.

    Raises Forbidden when a case lies outside the actor's unit.
    """
    moved = 0
    for move in moves:
        case = record.lock_case(move.case_id)
        policies.require(policies.may_lead(actor, case))
        if case.due_current != move.due_from or clock.recalculated(case) != move.due_to:
            continue
        case.due_current = move.due_to
        clock.remember(actor, case, "calendar", due_from=move.due_from, ground=reason, explanation=[], at=at)
        case.work.filter(is_open=True, case_due_at=move.due_from).update(case_due_at=move.due_to)
        record.note_down(
            actor, case, "due_moved", at=at, note=reason, public=True, data={"from": move.due_from, "to": move.due_to}
        )
        record.save(case, "due_current")
        record.tell(actor, case, events.DueMoved(case_id=case.pk, due=move.due_to.isoformat()), at=at)
        moved += 1
    return moved
