"""Moving a case along its process sheet: open the next step, assign, hand over, complete, return for correction."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import SYSTEM, Actor, Refusal
from langbiang.foundation.prepared import insert
from langbiang.government.procedures import queries as procedures

from .. import events, policies
from ..models import Case, WorkItem
from ..models.case import Business
from . import clock, record

KIND_OF_STEP = {
    "sign": WorkItem.Kind.SIGN,
    "release": WorkItem.Kind.NUMBER,
    "return": WorkItem.Kind.RETURN,
    "consult": WorkItem.Kind.CONSULT,
}


class NotYourWork(Refusal):
    """There is no open work on this case that this actor may do."""

    status = 403


class ResultMissing(Refusal):
    """The next step needs a proposed result, and there is none yet."""


@dataclass(frozen=True)
class Officer:
    """Who is to do a piece of work."""

    account_id: int
    name: str


def sheet_of(case: Case) -> procedures.Sheet:
    """The process sheet a case was received under. Raises WrongState for a case that was never received."""
    if case.sheet_id is None:
        raise record.WrongState(_("This case has no process sheet."))
    return procedures.sheet(case.sheet_id)


def agency_of_step(case: Case, step: procedures.SheetRow) -> int:
    """Which agency works a step: the deciding unit, the receiving counter, or one named by code."""
    if step.place == "receiving":
        return case.receiving_unit_id
    if step.place == "competent":
        return case.competent_unit_id
    return procedures.agency_of_place(step.place, case.competent_unit_id)


def open_step(case: Case, step: procedures.SheetRow, *, at: datetime, assignee: Officer | None = None) -> WorkItem:
    """Put a step into the queue of those who do it, with its own soft due time from real entry."""
    agency_id = agency_of_step(case, step)
    case.step_key = step.key
    if step.kind not in ("return",):
        case.processing_unit_id = agency_id
    item = WorkItem(
        case=case,
        kind=KIND_OF_STEP.get(step.kind, WorkItem.Kind.ASSIGN if step.role == "dispatcher" else "step"),
        agency_id=agency_id,
        role=step.role,
        field=case.field,
        step_key=step.key,
        name=step.name,
        opened_at=at,
        assignee_id=assignee.account_id if assignee else None,
        due_at=clock.after_working_hours(agency_id, at, Decimal(step.hours)) if step.hours else None,
        case_due_at=case.due_current,
    )
    insert(item)
    return item


def open_next(case: Case, after: str, *, at: datetime, assignee: Officer | None = None) -> list[WorkItem]:
    """Open what follows a finished step: nothing while parallel steps of its group are still open."""
    rows = sheet_of(case).rows
    index = next((i for i, row in enumerate(rows) if row.key == after), -1)
    current = rows[index] if index >= 0 else None
    if current and current.parallel_group:
        group = [row.key for row in rows if row.parallel_group == current.parallel_group]
        if WorkItem.objects.filter(case=case, step_key__in=group, is_open=True).exists():
            return []
        index = max(i for i, row in enumerate(rows) if row.key in group)
    if index + 1 >= len(rows):
        return []
    first = rows[index + 1]
    opened = [open_step(case, first, at=at, assignee=assignee)]
    if first.parallel_group:
        opened += [
            open_step(case, row, at=at) for row in rows[index + 2 :] if row.parallel_group == first.parallel_group
        ]
    return opened


def close_item(item: WorkItem, actor: Actor, *, outcome: str, at: datetime) -> None:
    """Mark a piece of work as done."""
    item.is_open = False
    item.done_at = at
    item.done_by = actor.label[:300]
    item.outcome = outcome
    item.save(update_fields=["is_open", "done_at", "done_by", "outcome"])


def close_all(case: Case, actor: Actor, *, outcome: str, at: datetime) -> None:
    """Close everything still open on a case."""
    WorkItem.objects.filter(case=case, is_open=True).update(
        is_open=False, done_at=at, done_by=actor.label[:300], outcome=outcome
    )


def open_item(actor: Actor, case: Case, *, kinds: tuple[str, ...] = (), item_id: int | None = None) -> WorkItem:
    """The open work on a case this actor may do, locked. Raises NotYourWork."""
    items = WorkItem.objects.select_for_update().filter(case=case, is_open=True)
    if kinds:
        items = items.filter(kind__in=kinds)
    if item_id is not None:
        items = items.filter(pk=item_id)
    reason: object = _("There is nothing to do here for you now; somebody may have done it already.")
    for item in items.order_by("id"):
        answer = policies.may_act_on(actor, item)
        if answer:
            return item
        reason = answer.reason
    raise NotYourWork(str(reason), way_out=_("Open the case again to see where it stands."))


def require_state(case: Case, *states: str) -> None:
    """Raise WrongState unless the case stands in one of these states."""
    if case.business not in states:
        raise record.WrongState(
            _("This cannot be done while the case is “%(state)s”.") % {"state": Business(case.business).label},
            way_out=_("Open the case again to see where it stands."),
        )


@transaction.atomic
def assign_case(
    actor: Actor,
    *,
    case_id: int,
    officer: Officer,
    note: str = "",
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> Case:
    """The head of a unit gives the case to an officer; the step "assign" is done and the next one is theirs.

    Without an open step "assign" the present work changes hands instead. Raises NotYourWork, WrongState, Stale.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="assign", case=case, at=at)
    require_state(case, Business.ACCEPTED, Business.PROCESSING)
    waiting = WorkItem.objects.select_for_update().filter(case=case, is_open=True, kind=WorkItem.Kind.ASSIGN).first()
    if waiting is not None:
        if not policies.may_act_on(actor, waiting):
            raise NotYourWork(policies.may_act_on(actor, waiting).reason)
        close_item(waiting, actor, outcome="assigned", at=at)
        open_next(case, waiting.step_key, at=at, assignee=officer)
    else:
        policies.require(policies.may_lead(actor, case))
        item = WorkItem.objects.select_for_update().filter(case=case, is_open=True, kind=WorkItem.Kind.STEP).first()
        if item is None:
            raise record.WrongState(_("There is no work on this case that could be assigned."))
        item.assignee_id = officer.account_id
        item.seen_at = None
        item.save(update_fields=["assignee", "seen_at"])
    case.business = Business.PROCESSING
    record.note_down(actor, case, "assigned", at=at, note=note, data={"officer": officer.name})
    record.save(case, "business", "step_key", "processing_unit")
    record.tell(actor, case, events.CaseAssigned(case_id=case.pk, account_id=officer.account_id), at=at)
    return case


@transaction.atomic
def hand_over(
    actor: Actor,
    *,
    case_id: int,
    officer: Officer,
    reason: str,
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> Case:
    """An officer hands the present step to a colleague of the same unit. Raises NotYourWork, WrongState, Stale."""
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="hand_over", case=case, at=at)
    item = open_item(actor, case)
    item.assignee_id = officer.account_id
    item.seen_at = None
    item.save(update_fields=["assignee", "seen_at"])
    record.note_down(
        actor, case, "handed_over", at=at, note=reason, data={"officer": officer.name, "step": item.step_key}
    )
    record.save(case)
    record.tell(actor, case, events.CaseAssigned(case_id=case.pk, account_id=officer.account_id), at=at)
    return case


@transaction.atomic
def claim(actor: Actor, *, case_id: int, at: datetime) -> Case:
    """Take unassigned work of one's own queue. Raises NotYourWork."""
    case = record.lock_case(case_id)
    item = open_item(actor, case)
    if item.assignee_id is None and actor.account_id:
        item.assignee_id = actor.account_id
        item.seen_at = at
        item.save(update_fields=["assignee", "seen_at"])
        record.note_down(actor, case, "claimed", at=at, data={"step": item.step_key})
        record.save(case)
        record.tell(actor, case, events.CaseAssigned(case_id=case.pk, account_id=actor.account_id), at=at)
    return case


@transaction.atomic
def complete_step(
    actor: Actor,
    *,
    case_id: int,
    note: str = "",
    findings: dict[str, object] | None = None,
    item_id: int | None = None,
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> Case:
    """Do one ordinary step: its findings are kept and the next step opens in the same transaction.

    A step that leads to a signature needs a proposed result first. Raises NotYourWork, ResultMissing, WrongState, Stale.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="complete_step", case=case, at=at)
    require_state(case, Business.ACCEPTED, Business.PROCESSING)
    item = open_item(actor, case, kinds=(WorkItem.Kind.STEP, WorkItem.Kind.ASSIGN), item_id=item_id)
    finish_step(actor, case, item, note=note, findings=findings, at=at)
    return case


def finish_step(
    actor: Actor,
    case: Case,
    item: WorkItem,
    *,
    note: str,
    findings: dict[str, object] | None = None,
    at: datetime,
    outcome: str = "done",
) -> None:
    """Close a step of a locked case, open what follows, and tell."""
    rows = sheet_of(case).rows
    index = next((i for i, row in enumerate(rows) if row.key == item.step_key), -1)
    follows_signature = index >= 0 and index + 1 < len(rows) and rows[index + 1].kind == "sign"
    if follows_signature and not case.results.filter(state="proposed").exists():
        raise ResultMissing(
            _("The signing leader needs a draft result."), way_out=_("Propose a result first, then send it on.")
        )
    if case.consultations.filter(state="open").exists() and rows[index].kind == "consult":
        raise record.WrongState(
            _("Not every unit has answered yet."), way_out=_("Wait for the answers, or recall the question.")
        )
    close_item(item, actor, outcome=outcome, at=at)
    opened = open_next(case, item.step_key, at=at)
    case.business = Business.PROCESSING
    record.note_down(
        actor,
        case,
        "step_completed",
        at=at,
        note=note,
        data={"step": item.step_key, "name": item.name, "findings": findings or {}, "next": [i.name for i in opened]},
    )
    record.save(case, "business", "step_key", "processing_unit")
    record.tell(actor, case, events.StepCompleted(case_id=case.pk, step=item.step_key), at=at)


def start_process(case: Case, actor: Actor, *, at: datetime) -> None:
    """Begin the sheet of a case just accepted: reception itself is its first step and is done."""
    rows = sheet_of(case).rows
    first = rows[0]
    if first.role == "receiver":
        reception = WorkItem(
            case=case,
            kind="step",
            agency_id=case.receiving_unit_id,
            role=first.role,
            field=case.field,
            step_key=first.key,
            name=first.name,
            opened_at=case.submitted_at,
            case_due_at=case.due_current,
            is_open=False,
            done_at=at,
            done_by=actor.label[:300],
            outcome="accepted",
        )
        insert(reception)
        open_next(case, first.key, at=at)
    else:
        open_step(case, first, at=at)


def mark_seen(actor: Actor, case: Case, *, at: datetime) -> None:
    """Remember that the one who has to do it has opened it: from then on it cannot simply be recalled."""
    if actor.account_id:
        WorkItem.objects.filter(case=case, is_open=True, assignee_id=actor.account_id, seen_at=None).update(seen_at=at)


@transaction.atomic
def recall(
    actor: Actor, *, case_id: int, reason: str, revision: int | None = None, key: str = "", at: datetime
) -> Case:
    """Take back a step just sent on, as long as the next one has not opened it. Raises WrongState, NotYourWork."""
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="recall", case=case, at=at)
    last = (
        WorkItem.objects.filter(case=case, is_open=False, done_by=actor.label[:300]).order_by("-done_at", "-id").first()
    )
    following = list(WorkItem.objects.select_for_update().filter(case=case, is_open=True))
    if last is None or not following or any(item.opened_at != last.done_at for item in following):
        raise record.WrongState(_("There is nothing of yours to take back."))
    if any(item.seen_at for item in following):
        raise record.WrongState(
            _("The next person has opened it already."), way_out=_("Ask them to return it for correction.")
        )
    for item in following:
        close_item(item, actor, outcome="recalled", at=at)
    row = sheet_of(case).row(last.step_key)
    open_step(case, row, at=at, assignee=Officer(actor.account_id or 0, actor.label) if actor.account_id else None)
    record.note_down(actor, case, "recalled", at=at, note=reason, data={"step": last.step_key})
    record.save(case, "step_key", "processing_unit")
    record.tell(actor, case, events.StepCompleted(case_id=case.pk, step=f"recall:{last.step_key}"), at=at)
    return case


def system_actor_for(case: Case) -> Actor:
    """The platform itself, acting for the unit that handles a case (timeouts, scheduled work)."""
    return Actor(kind="system", agency_id=case.processing_unit_id, label=SYSTEM.label, channel="job")
