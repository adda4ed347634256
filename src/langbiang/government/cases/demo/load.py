"""Writes the invented history in bulk, and walks some cases through the real services so that signed results exist."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from langbiang.foundation import audit
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.access import queries as access
from langbiang.foundation.calendars import deadlines
from langbiang.foundation.calendars import queries as calendars
from langbiang.foundation.forms import queries as forms
from langbiang.foundation.language.folding import fold
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.people import queries as people
from langbiang.government.procedures import queries as procedures

from ..models import Case, CaseDocument, CaseEvent, CaseResult, Charge, DueChange, Rating, Supplement, WorkItem
from ..services import clock, record
from . import walk
from .course import Course, invent

DAYS = 182
BATCH = 2000
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Seat:
    """An officer in a role at an agency."""

    account_id: int
    position_id: int
    label: str


@dataclass(frozen=True)
class Plan:
    """One case to be invented."""

    filed_at: datetime
    procedure: procedures.PinnedProcedure
    competent: int
    receiving: int
    online: bool
    person_id: int
    person_name: str


class Staff:
    """Who sits where: officers by agency and role, always the same one for the same case."""

    def __init__(self, on: date) -> None:
        self.seats: dict[tuple[int, str], list[Seat]] = defaultdict(list)
        for holder in access.holders(on=on):
            self.seats[(holder.agency_id, holder.role)].append(
                Seat(holder.account_id, holder.position_id, holder.label)
            )

    def pick(self, dice: random.Random, agency_id: int, role: str) -> Seat | None:
        """An officer of the agency in the role; the leader stands in where the role is not filled."""
        for wanted in (role, "dispatcher", "signer", "officer"):
            if found := self.seats.get((agency_id, wanted)):
                return dice.choice(found)
        return None


def load(*, at: datetime, seed: int, progress: Progress, cases: int = 20_000) -> None:
    """Invent `cases` cases over the last six months and walk a few dozen through the services."""
    dice = random.Random(seed)
    day = timezone.localtime(at).date()
    staff = Staff(day)
    plans = _plan(dice, at, cases)
    codes: Counter[tuple[str, str]] = Counter()
    results: Counter[tuple[str, str]] = Counter()
    for begin in range(0, len(plans), BATCH):
        with transaction.atomic():
            _write(dice, plans[begin : begin + BATCH], at, staff, codes, results)
        progress(min(begin + BATCH, len(plans)), len(plans) + walk.TOTAL)
    with transaction.atomic():
        _set_counters(codes, results)
        audit.record(SYSTEM, "cases.demo_loaded", "demo", after={"cases": len(plans), "seed": seed}, at=at)
    walk.walk(dice, staff, at=at, progress=lambda done: progress(len(plans) + done, len(plans) + walk.TOTAL))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _plan(dice: random.Random, at: datetime, count: int) -> list[Plan]:
    """What is filed when, where, by whom: counters are busiest in the morning, communes differ in size."""
    day = timezone.localtime(at).date()
    offered = _offered(day)
    if not offered:
        return []
    weights = [weight for _, weight in offered]
    communes = organizations.commune_agencies(on=day)
    # Communes differ much in size; the one whose officers are on the list of sign-ins is among the busiest.
    sizes = [dice.paretovariate(1.6) + (8 if "Xuân Hương" in unit.name else 0) for unit in communes]
    calendar = calendars.calendar_for(communes[0].id, on=day)
    persons = people.sample(count=30_000)
    last = day - timedelta(days=0)
    first = day - timedelta(days=DAYS)
    open_days = [
        d for d in (first + timedelta(days=n) for n in range((last - first).days + 1)) if calendar.is_working(d)
    ]
    plans = []
    for _number in range(count):
        procedure = dice.choices(offered, weights)[0][0]
        commune = dice.choices(communes, sizes)[0].id
        competent = commune
        for rule in procedure.competence:
            if code := rule.get("agency"):
                competent = organizations.agency_id_of(code, on=day) or commune
        online = dice.random() < 0.56 and procedure.online_level != "information"
        receiving = competent if competent == commune or online else commune
        if competent == commune and not online and dice.random() < 0.06:
            receiving = dice.choices(communes, sizes)[0].id
        chosen = dice.choice(open_days)
        hour = dice.choices([7, 8, 9, 10, 13, 14, 15, 16, 20], [6, 18, 16, 9, 8, 14, 11, 5, 6 if online else 0])[0]
        moment = datetime(
            chosen.year, chosen.month, chosen.day, hour, dice.randrange(60), dice.randrange(60), tzinfo=deadlines.LOCAL
        )
        if not online:
            moment = calendar.after_minutes(moment, 1)
        if moment > at:
            moment -= timedelta(days=7)
        person_id, name = dice.choice(persons)
        plans.append(Plan(moment, procedure, competent, receiving, online, person_id, name))
    plans.sort(key=lambda plan: plan.filed_at)
    return plans


def _offered(day: date) -> list[tuple[procedures.PinnedProcedure, float]]:
    weights = {
        "2.000815": 30,
        "2.000884": 10,
        "1.001193": 14,
        "1.000894": 6,
        "1.000656": 5,
        "1.004873": 12,
        "2.000635": 10,
    }
    found = []
    for procedure in procedures.fileable(on=day):
        found.append((procedure, float(weights.get(procedure.code, 3))))
    return found


def _write(
    dice: random.Random,
    plans: list[Plan],
    at: datetime,
    staff: Staff,
    codes: Counter[tuple[str, str]],
    results: Counter[tuple[str, str]],
) -> None:
    """Write one batch: cases first, then everything that hangs on them."""
    made: list[tuple[Case, Course, Plan]] = []
    sheets: dict[int, procedures.Sheet] = {}
    ids = _take_ids(len(plans))
    for plan, case_id in zip(plans, ids, strict=True):
        sheet = sheets.get(plan.procedure.procedure_id)
        if sheet is None:
            sheet = procedures.sheet_in_force(plan.procedure.procedure_id)
            sheets[plan.procedure.procedure_id] = sheet
        course = invent(
            dice,
            filed_at=plan.filed_at,
            online=plan.online,
            now=at,
            calendar=calendars.calendar_for(plan.competent, on=plan.filed_at.astimezone(deadlines.LOCAL).date()),
            term=clock.term_of(plan.procedure, "online" if plan.online else "direct"),
            cutoff=deadlines.CutoffRule(deadlines.CutoffScope(plan.procedure.cutoff_scope)),
            sheet=sheet,
            late_bias=2.2 if plan.competent % 17 == 3 else 0.8,
        )
        case = _case(dice, plan, course, sheet.id, codes)
        case.pk = case_id
        made.append((case, course, plan))
    lines: list[CaseEvent] = []
    work: list[WorkItem] = []
    others: dict[type[Any], list[Any]] = defaultdict(list)
    for case, course, plan in made:
        _history(dice, case, course, staff, lines)
        _work(dice, case, course, staff, work)
        _attachments(dice, case, course, plan, results, others)
    Case.objects.bulk_create([case for case, _, _ in made], batch_size=500)
    CaseEvent.objects.bulk_create(lines, batch_size=1000)
    WorkItem.objects.bulk_create(work, batch_size=1000)
    for model, rows in others.items():
        model.objects.bulk_create(rows, batch_size=1000)


def _take_ids(count: int) -> list[int]:
    """Numbers of rows to come: the history of a case hashes its number, so it must be known before the row is written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('cases_case', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]


def _case(dice: random.Random, plan: Plan, course: Course, sheet_id: int, codes: Counter[tuple[str, str]]) -> Case:
    code = None
    if course.received_at is not None:
        unit = organizations.code_of(plan.receiving)
        period = f"{course.received_at.astimezone(deadlines.LOCAL):%y%m%d}"
        codes[(unit, period)] += 1
        code = f"{unit}-{period}-{codes[(unit, period)]:04d}"
    term = clock.term_of(plan.procedure, "online" if plan.online else "direct")
    processing = plan.competent if course.received_at else plan.receiving
    decided = course.business in ("decided", "returned")
    return Case(
        filing_ref=record.new_filing_ref(),
        code=code,
        procedure_version_id=plan.procedure.version_id,
        sheet_id=sheet_id if course.received_at else None,
        field=plan.procedure.field,
        receiving_unit_id=plan.receiving,
        competent_unit_id=plan.competent,
        processing_unit_id=processing,
        owner_id=plan.person_id,
        submitter_id=plan.person_id,
        owner_name=plan.person_name,
        owner_folded=fold(plan.person_name)[:200],
        intake="online" if plan.online else dice.choices(["direct", "postal"], [19, 1])[0],
        business=course.business,
        delivery="handed_over" if course.returned_at else "ready" if course.business == "decided" else "not_ready",
        outcome=(course.outcome or "granted") if decided else "",
        answers=forms.example_answers(plan.procedure.form, full_name=plan.person_name, seed=dice.randrange(1 << 30)),
        names={
            "procedure": plan.procedure.title,
            "competent_unit": organizations.name_of(plan.competent),
            "receiving_unit": organizations.name_of(plan.receiving),
        },
        submitted_at=course.submitted_at,
        answer_due_at=next((w.due_at for w in course.work if w.kind == "intake"), None),
        received_at=course.received_at,
        effective_start=course.start_day,
        term={"amount": f"{term.amount.normalize():f}", "unit": term.unit.value} if course.received_at else {},
        due_original=course.due_first,
        due_current=course.due,
        processing_end_at=course.ended_at,
        handed_over_at=course.returned_at,
        closed_at=course.closed_at,
        previous_state="processing" if course.business == "supplement" else "",
        step_key=course.step_key,
    )


def _history(dice: random.Random, case: Case, course: Course, staff: Staff, lines: list[CaseEvent]) -> None:
    value = b""
    for seq, line in enumerate(sorted(course.lines, key=lambda item: item.at), start=1):
        agency = case.receiving_unit_id if line.role in ("receiver", "returner") else case.competent_unit_id
        seat = None if line.role == "applicant" else staff.pick(dice, agency, line.role)
        data = dict(line.data)
        if line.kind == "assigned" and (officer := staff.pick(dice, agency, "officer")):
            data["officer"] = officer.label.split(",")[0]
        event = CaseEvent(
            case_id=case.pk,
            seq=seq,
            at=line.at,
            kind=line.kind,
            account_id=seat.account_id if seat else None,
            position_id=seat.position_id if seat else None,
            agency_id=agency if seat else None,
            actor_label=seat.label if seat else case.owner_name,
            is_public=line.public,
            note=line.note,
            data=data,
        )
        event.hash = value = record.chain(value, record.line_of(event))
        lines.append(event)
    case.history_seq = len(course.lines)
    case.history_hash = value


def _work(dice: random.Random, case: Case, course: Course, staff: Staff, rows: list[WorkItem]) -> None:
    for item in course.work:
        agency = case.receiving_unit_id if item.place == "receiving" else case.competent_unit_id
        seat = staff.pick(dice, agency, item.role)
        is_open = item.done_at is None
        rows.append(
            WorkItem(
                case=case,
                kind=item.kind,
                agency_id=agency,
                role=item.role,
                field=case.field,
                assignee_id=seat.account_id if seat and item.role == "officer" else None,
                step_key=item.step_key,
                name=item.name,
                opened_at=item.opened_at,
                seen_at=item.opened_at if not is_open else None,
                due_at=item.due_at,
                case_due_at=item.due_at if item.kind in ("intake", "waiting") else case.due_current,
                is_open=is_open,
                done_at=item.done_at,
                done_by="" if is_open or seat is None else seat.label[:300],
                outcome=item.outcome,
            )
        )


def _attachments(
    dice: random.Random,
    case: Case,
    course: Course,
    plan: Plan,
    results: Counter[tuple[str, str]],
    others: dict[type[Any], list[Any]],
) -> None:
    """Papers, promise, supplement, result, fees and rating of one case."""
    for paper in plan.procedure.documents:
        if paper.required and not paper.present_only:
            others[CaseDocument].append(
                CaseDocument(
                    case=case,
                    requirement=paper.key,
                    name=paper.name,
                    originals=paper.originals,
                    copies=paper.copies,
                    digitisation=0,
                    added_at=case.submitted_at,
                    added_by=case.owner_name,
                )
            )
    if case.received_at and case.due_original:
        others[DueChange].append(
            DueChange(
                case=case,
                kind="start",
                due_to=case.due_original,
                explanation=course.explanation,
                actor_label="",
                at=case.received_at,
            )
        )
    if course.supplement:
        asked = course.supplement
        others[Supplement].append(
            Supplement(
                case=case,
                stage="appraisal",
                state="answered" if asked["answered"] else "open",
                items=[{"requirement": "", "question": "", "what": asked["what"], "why": asked["why"]}],
                legal_ground="Nghị định 118/2025/NĐ-CP",
                due_at=asked["due"],
                asked_at=asked["asked"],
                asked_by="",
                answered_at=asked["answered"],
            )
        )
    if course.ended_at:
        others[CaseResult].append(_result(case, course, plan, results))
    for rule in procedures.fees_due(
        plan.procedure,
        channel="online" if plan.online else "direct",
        answers=case.answers,
        agency_id=plan.competent,
        on=case.submitted_at.date(),
    ):
        paid = case.received_at is not None
        others[Charge].append(
            Charge(
                case=case,
                kind=rule.kind,
                label=rule.label,
                quantity=rule.quantity,
                amount_vnd=rule.amount_vnd,
                legal_source=rule.legal_source,
                charged_at=case.submitted_at,
                paid_vnd=rule.amount_vnd if paid else 0,
                paid_at=case.received_at if paid else None,
            )
        )
    if course.returned_at and dice.random() < 0.22:
        score = dice.choices([5, 4, 3, 2, 1], [60, 28, 7, 3, 2])[0]
        others[Rating].append(Rating(case=case, score=score, at=course.returned_at + timedelta(hours=2)))


def _result(case: Case, course: Course, plan: Plan, results: Counter[tuple[str, str]]) -> CaseResult:
    assert course.ended_at is not None
    kind = plan.procedure.results[0] if plan.procedure.results else None
    denied = course.outcome == "denied"
    register = (kind.register if kind and not denied else "") or "TB"
    unit = organizations.code_of(plan.competent)
    year = f"{course.ended_at.astimezone(deadlines.LOCAL):%Y}"
    results[(f"result:{unit}:{register}", year)] += 1
    number = results[(f"result:{unit}:{register}", year)]
    pattern = (kind.number_pattern if kind and not denied else "") or "{number:02d}/{year}/" + register
    return CaseResult(
        case=case,
        state="released",
        kind_code=kind.code if kind and not denied else "",
        title=(kind.name if kind and not denied else "Thông báo không giải quyết")[:300],
        outcome=course.outcome or "granted",
        reason="Không đáp ứng điều kiện theo quy định của pháp luật chuyên ngành." if denied else "",
        signed_at=course.ended_at,
        number=number,
        number_text=pattern.format(number=number, year=year, unit=unit),
        numbered_at=course.ended_at,
        released_at=course.ended_at,
        token=record.new_token(),
        issuer_name=organizations.name_of(plan.competent),
        owner_id=case.owner_id,
        owner_name=case.owner_name,
        is_paper=True,
    )


def _set_counters(codes: Counter[tuple[str, str]], results: Counter[tuple[str, str]]) -> None:
    """The numbers invented are taken: the registers go on after them, without gaps."""
    rows = [(f"case:{unit}", period, last) for (unit, period), last in codes.items()]
    rows += [(register, year, last) for (register, year), last in results.items()]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO numbering_counter (register, period, last) VALUES (%s, %s, %s) "
            "ON CONFLICT (register, period) DO UPDATE SET last = EXCLUDED.last",
            rows,
        )
