"""A few dozen cases walked through the real services up to every stage, so that signed files exist to look at."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from langbiang.foundation.access import Actor
from langbiang.foundation.accounts import queries as accounts
from langbiang.foundation.forms import queries as forms
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.people import queries as people
from langbiang.government.procedures import queries as procedures

from .. import queries, services
from ..documents import results
from ..models import Case

if TYPE_CHECKING:
    from .load import Seat, Staff

TOTAL = 24
STAGES = ("receive", "assign", "process", "sign", "number", "return", "returned", "returned")
CODES = ("1.001193", "2.000815", "1.000894", "2.000635")


def walk(dice: random.Random, staff: "Staff", *, at: datetime, progress: Callable[[int], None]) -> None:
    """Walk TOTAL cases, each up to its stage."""
    day = timezone.localtime(at).date()
    offered = [p for p in procedures.fileable(on=day) if p.code in CODES] or procedures.fileable(on=day)[:3]
    communes = organizations.commune_agencies(on=day)[:6]
    persons = people.sample(count=400)
    for number in range(TOTAL if offered else 0):
        procedure = offered[number % len(offered)]
        commune = communes[number % len(communes)].id
        person_id, name = persons[number * 7 % len(persons)]
        _one(dice, staff, procedure, commune, person_id, name, STAGES[number % len(STAGES)], at - timedelta(hours=3))
        progress(number + 1)


def _actor(seat: "Seat", at: datetime) -> Actor:
    return accounts.actor_of_account(seat.account_id, position_id=seat.position_id, at=at)


def _one(
    dice: random.Random,
    staff: "Staff",
    procedure: procedures.PinnedProcedure,
    commune: int,
    person_id: int,
    name: str,
    stage: str,
    at: datetime,
) -> None:
    """One case from the counter to its stage."""
    receiver = staff.pick(dice, commune, "receiver")
    if receiver is None:
        return
    competent = procedures.competent_agency(
        procedure, place_code=organizations.place_of(commune), on=timezone.localtime(at).date()
    )
    answers = forms.example_answers(procedure.form, full_name=name, seed=dice.randrange(1 << 30))
    papers = [
        services.Paper(requirement=d.key, name=d.name, originals=d.originals or 1)
        for d in procedure.documents
        if d.required and not d.present_only
    ]
    filing = services.Filing(
        procedure=procedure,
        owner_id=person_id,
        submitter_id=person_id,
        competent_unit_id=competent,
        receiving_unit_id=commune,
        intake="direct",
        answers=answers,
        papers=papers,
    )
    case = services.file_at_counter(_actor(receiver, at), filing=filing, confirmed_second=True, at=at)
    for minutes in range(5, 200, 5):
        if not _advance(dice, staff, case.pk, stage, at + timedelta(minutes=minutes)):
            return


def _advance(dice: random.Random, staff: "Staff", case_id: int, stage: str, at: datetime) -> bool:
    """Do the next thing; false when the stage is reached or nothing is left."""
    case = Case.objects.get(pk=case_id)
    items = queries.open_work(case)
    if not items:
        return False
    item = items[0]
    reached = {
        "receive": ("assign", "step"),
        "assign": ("step",),
        "process": ("sign",),
        "sign": ("number",),
        "number": ("return",),
        "return": ("return",),
    }
    if stage != "returned" and item.kind in reached.get(stage, ()) and not (stage == "process" and item.kind == "step"):
        if stage in ("receive", "assign", "return") or item.kind != "step":
            return False
    seat = staff.pick(dice, item.agency_id, item.role)
    if seat is None:
        return False
    actor = _actor(seat, at)
    match item.kind:
        case "assign":
            officer = staff.pick(dice, item.agency_id, "officer") or seat
            services.assign_case(
                actor, case_id=case_id, officer=services.Officer(officer.account_id, officer.label.split(",")[0]), at=at
            )
        case "step":
            if item.assignee_id and item.assignee_id != actor.account_id:
                actor = accounts.actor_of_account(item.assignee_id, at=at)
            _work(actor, case, item.role, at)
        case "sign":
            services.approve_and_sign(actor, case_id=case_id, at=at)
        case "number":
            services.number_and_release(actor, case_id=case_id, at=at)
        case "return":
            services.hand_over_result(
                actor,
                case_id=case_id,
                collector=case.owner_name,
                identity_last4=(case.owner.identity_no or "")[-4:],
                at=at,
            )
            return False
        case _:
            return False
    return True


def _work(actor: Actor, case: Case, role: str, at: datetime) -> None:
    """An ordinary step: the officer before the signature proposes the result, everybody else sends on."""
    if role == "officer" and not case.results.filter(state="proposed").exists() and _leads_to_signature(case):
        rows = results.prefill(procedures.pinned(case.procedure_version_id), case.answers)
        content = {row.id: row.value or "—" for row in rows}
        services.propose_result(actor, case_id=case.pk, outcome="granted", content=content, at=at)
        return
    services.complete_step(actor, case_id=case.pk, at=at)


def _leads_to_signature(case: Case) -> bool:
    rows = procedures.sheet(case.sheet_id or 0).rows
    keys = {item.step_key for item in queries.open_work(case)}
    for index, row in enumerate(rows):
        if row.key in keys and row.role == "officer":
            return not any(later.role == "officer" for later in rows[index + 1 :])
    return False
