"""The case's clock: from the facts of a case to its due date, with the reasons, on the calendar of the deciding unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from langbiang.foundation.access import Actor
from langbiang.foundation.calendars import deadlines
from langbiang.foundation.calendars import queries as calendars
from langbiang.foundation.prepared import insert
from langbiang.government.procedures import queries as procedures

from ..models import Case, DueChange, WorkItem

ANSWER_HOURS = Decimal(8)  # working hours to answer an online filing (Decree 118/2025; unverified)


@dataclass(frozen=True)
class Promise:
    """What a person is promised at reception."""

    start: date
    due: datetime
    term: dict[str, str]
    explanation: list[dict[str, Any]]


def _calendar(agency_id: int, at: datetime) -> deadlines.WorkCalendar:
    return calendars.calendar_for(agency_id, on=timezone.localtime(at).date())


def term_of(procedure: procedures.PinnedProcedure, intake: str) -> deadlines.Term:
    """The term promised for a way of filing. A same-day procedure is done within the day it counts for."""
    amount, unit = procedure.term(intake)
    if unit == "working_days" and (amount == 0 or (amount <= 1 and procedure.cutoff_scope == "same_day")):
        return deadlines.Term.same_day()
    return deadlines.Term(Decimal(amount), deadlines.TermUnit(unit))


def promise(case: Case, procedure: procedures.PinnedProcedure, at: datetime) -> Promise:
    """The due date of a case received now, and how it was reckoned."""
    return foresee(case.competent_unit_id, procedure, case.intake, at)


def foresee(agency_id: int, procedure: procedures.PinnedProcedure, intake: str, at: datetime) -> Promise:
    """What would be promised for a filing received at an instant by an agency."""
    calendar = _calendar(agency_id, at)
    term = term_of(procedure, intake)
    facts = deadlines.Facts(
        received_at=at, term=term, cutoff=deadlines.CutoffRule(deadlines.CutoffScope(procedure.cutoff_scope))
    )
    found = deadlines.reckon(calendar, facts)
    return Promise(
        start=found.start.day,
        due=found.due_current,
        term={"amount": f"{term.amount.normalize():f}", "unit": term.unit.value},
        explanation=[step.as_json() for step in deadlines.explain(calendar, facts)],
    )


def _facts(case: Case) -> deadlines.Facts:
    """The facts a case's due date follows from, read back from its record."""
    procedure = procedures.pinned(case.procedure_version_id)
    begun = case.due_changes.filter(kind__in=["start", "reopened"]).order_by("-at", "-pk").first()
    received = begun.at if begun else case.received_at
    assert received is not None
    changes: list[deadlines.Suspension | deadlines.Extension] = [
        deadlines.Suspension(at=s.started_at, until=s.ended_at, ground=s.note)
        for s in case.suspensions.filter(started_at__gte=received)
    ]
    changes += [
        deadlines.Extension(at=c.at, to=c.due_to, reason=c.ground)
        for c in case.due_changes.filter(kind="extension", at__gte=received)
    ]
    return deadlines.Facts(
        received_at=received,
        term=deadlines.Term(Decimal(case.term["amount"]), deadlines.TermUnit(case.term["unit"])),
        cutoff=deadlines.CutoffRule(deadlines.CutoffScope(procedure.cutoff_scope)),
        changes=tuple(changes),
    )


def explain(case: Case) -> Sequence[deadlines.Step]:
    """How the present due date came about, for the page that answers "why then?"."""
    if case.received_at is None:
        return ()
    return deadlines.explain(_calendar(case.competent_unit_id, case.received_at), _facts(case))


def recalculated(case: Case) -> datetime | None:
    """The due date under the calendar as it is now; None for a case without one."""
    if case.received_at is None:
        return None
    return deadlines.reckon(_calendar(case.competent_unit_id, case.received_at), _facts(case)).due_current


def answer_due(agency_id: int, at: datetime) -> datetime:
    """Until when a counter answers an online filing."""
    return after_working_hours(agency_id, at, ANSWER_HOURS)


def after_working_hours(agency_id: int, at: datetime, hours: Decimal) -> datetime:
    """The instant when so many working hours of an agency have passed."""
    return _calendar(agency_id, at).after_minutes(at, max(1, int(hours * 60)))


def is_working_day(agency_id: int, at: datetime) -> bool:
    """Whether the agency works on the local day of an instant."""
    return _calendar(agency_id, at).is_working(timezone.localtime(at).date())


def end_of_office(agency_id: int, at: datetime) -> datetime:
    """The end of office time on the local day of an instant."""
    return _calendar(agency_id, at).closing(timezone.localtime(at).date())


def days_left(case: Case, now: datetime) -> int | None:
    """Working days until the due time, negative when overdue; None when nothing is due."""
    due = case.due_current or case.answer_due_at
    if due is None:
        return None
    left = deadlines.remaining(_calendar(case.competent_unit_id, now), due, now)
    return -left.working_days if left.is_overdue else left.working_days


def remember(
    actor: Actor,
    case: Case,
    kind: str,
    *,
    due_from: datetime | None,
    ground: str,
    explanation: list[dict[str, Any]],
    at: datetime,
    amount: str = "",
) -> DueChange:
    """Keep that the due date was set or moved, by whom, why."""
    assert case.due_current is not None
    change = DueChange(
        case=case,
        kind=kind,
        due_from=due_from,
        due_to=case.due_current,
        ground=ground,
        amount=amount,
        explanation=explanation,
        actor_label=actor.label[:300],
        at=at,
    )
    insert(change)
    return change


def resume(actor: Actor, case: Case, *, at: datetime) -> None:
    """End the open suspension of a locked case, if there is one, and move the due date by the time the clock stood."""
    suspension = case.suspensions.select_for_update().filter(ended_at__isnull=True).first()
    if suspension is None or case.due_current is None:
        return
    suspension.ended_at = at
    suspension.save(update_fields=["ended_at"])
    before = case.due_current
    term = deadlines.Term(Decimal(case.term["amount"]), deadlines.TermUnit(case.term["unit"]))
    calendar = _calendar(case.competent_unit_id, at)
    case.due_current = deadlines.moved_for_suspension(calendar, term, before, suspension.started_at, at)
    units = deadlines.suspended_units(calendar, term, suspension.started_at, at)
    remember(
        actor, case, "suspension", due_from=before, ground=suspension.note, explanation=[], at=at, amount=str(units)
    )
    WorkItem.objects.filter(case=case, is_open=True, case_due_at=before).update(case_due_at=case.due_current)


def restart(actor: Actor, case: Case, *, reason: str, at: datetime) -> None:
    """A reopened case gets its full time from today; the first promise stays on record."""
    before = case.due_current
    fresh = promise(case, procedures.pinned(case.procedure_version_id), at)
    case.due_current = fresh.due
    case.effective_start = fresh.start
    remember(actor, case, "reopened", due_from=before, ground=reason, explanation=fresh.explanation, at=at)
