"""Cases by the thousand with every kind of loss: written as rows, because the services take a day for so many."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from langbiang.foundation.files.models import StoredFile
from langbiang.government.cases.models import (
    Case,
    CaseDocument,
    CaseResult,
    Charge,
    DueChange,
    FormSet,
    IssuedForm,
    Message,
    Rating,
    WorkItem,
)
from langbiang.government.procedures.models import FeeRule
from tests.government.cases.world import World, make_procedure

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


@dataclass
class Generated:
    """The world the cases live in, and how many there are."""

    world: World
    count: int


def generate(world: World, count: int, *, seed: int) -> Generated:
    """Write so many cases, drawn from a seed."""
    chance = random.Random(seed)
    versions = [world.version]
    for place, changes in enumerate(
        (
            {"needs_paper_result": True, "online_level": "partial"},
            {"online_level": "information"},
            {"needs_paper_result": True},
        )
    ):
        versions.append(make_procedure(f"2.{seed}{count}{place}", **changes)[0])
    for version in versions[1:3]:
        FeeRule.objects.create(
            procedure=version.procedure, kind="le_phi", label="Lệ phí", amount_vnd=8000, valid_from=date(2025, 7, 1),
            legal_source="thử",
        )  # fmt: skip
    file = StoredFile.objects.first() or _file()
    units = [world.commune, world.neighbour, world.department]
    officers = [world.officer("officer", unit).account_id for unit in units]
    form_set = FormSet.objects.order_by("pk")[0]
    cases = [_case(chance, world, versions, units, number, seed) for number in range(count)]
    Case.objects.bulk_create(cases, batch_size=2000)
    rows: dict[Any, list[Any]] = {
        kind: [] for kind in (WorkItem, Charge, CaseDocument, CaseResult, DueChange, IssuedForm, Rating, Message)
    }
    for case in cases:
        unit = [u.pk for u in units].index(case.competent_unit_id)
        at = case.received_at or case.submitted_at
        for _ in range(chance.choice((0, 1, 2))):
            rows[WorkItem].append(
                WorkItem(
                    case=case, kind="step", agency=units[unit], role="officer", field=case.field, name="Thẩm định",
                    step_key="appraise", assignee_id=chance.choice((None, officers[unit], officers[0])), opened_at=at,
                    is_open=case.processing_end_at is None, done_at=case.processing_end_at, case_due_at=case.due_current,
                )
            )  # fmt: skip
        for _ in range(chance.choice((0, 1, 1))):
            rows[Charge].append(
                Charge(
                    case=case, kind="le_phi", label="Lệ phí", amount_vnd=chance.choice((0, 8000)), charged_at=at,
                    paid_at=chance.choice((None, at)), payment_note=chance.choice(("online VietQR", "cash")),
                )
            )  # fmt: skip
        for _ in range(chance.choice((0, 1, 3))):
            rows[CaseDocument].append(
                CaseDocument(
                    case=case, name="Giấy tờ", digitisation=chance.randrange(4), file=chance.choice((None, file)),
                    added_at=at,
                )
            )  # fmt: skip
        if case.processing_end_at and chance.random() < 0.8:
            state = chance.choice(("released", "released", "replaced", "draft"))
            rows[CaseResult].append(
                CaseResult(
                    case=case, state=state, title="Kết quả", outcome="granted", issuer_name="UBND",
                    is_paper=(paper := chance.random() < 0.3), file=None if paper else file, sha256="" if paper else "ab",
                    number_text="1/XN", released_at=case.processing_end_at, token=f"r{seed}{case.pk}", owner=case.owner,
                    owner_name="x",
                )
            )  # fmt: skip
        extensions = chance.choice((0, 0, 0, 1, 2)) if case.due_current else 0
        for step in range(extensions):
            due_from = case.due_original if step == 0 else case.due_current
            rows[DueChange].append(
                DueChange(case=case, kind="extension", due_from=due_from, due_to=case.due_current, actor_label="x",
                          at=at + timedelta(days=step, hours=1))
            )  # fmt: skip
            if chance.random() < 0.6:
                rows[IssuedForm].append(
                    IssuedForm(case=case, form_no="04", form_set=form_set, template_version="1", snapshot={},
                               token=f"f{seed}{case.pk}{step}", issued_at=at, issued_by="x")
                )  # fmt: skip
        if chance.random() < 0.4:
            rows[Rating].append(Rating(case=case, score=chance.randint(1, 5), at=at))
        for step in range(chance.choice((0, 0, 1, 2))):
            rows[Message].append(
                Message(case=case, from_applicant=chance.random() < 0.6, author="x", text="x",
                        at=at + timedelta(hours=step))
            )  # fmt: skip
    for kind, made in rows.items():
        kind.objects.bulk_create(made, batch_size=2000)
    return Generated(world, count)


def _case(
    chance: random.Random, world: World, versions: list[Any], units: list[Any], number: int, seed: int
) -> Case:
    submitted = START + timedelta(minutes=chance.randrange(60 * 24 * 280))
    business = chance.choice(
        ("submitted", "refused", "processing", "suspended", "supplement", "decided", "returned", "returned", "returned")
    )
    received = None if business in ("submitted", "refused") else submitted + timedelta(minutes=chance.randrange(2000))
    if business == "supplement" and chance.random() < 0.5:
        received = None
    due = received + timedelta(days=3) if received else None
    moved = due + timedelta(days=chance.choice((0, 0, 2, 5))) if due else None
    ended = received + timedelta(hours=chance.randrange(24 * 9)) if business in ("decided", "returned") else None
    if ended and chance.random() < 0.1:
        ended = moved  # to the very second
    unit = chance.choice(units)
    person = world.citizen.person_id
    return Case(
        filing_ref=f"G{seed}{number}"[:16], code=f"{seed}-{number}" if received else None,
        procedure_version=chance.choice(versions), sheet=world.sheet, field=chance.choice(("test-civil", "dat-dai")),
        receiving_unit=chance.choice(units), competent_unit=unit, processing_unit=unit, owner_id=person,
        submitter_id=person, owner_name="Trần Thị Bưởi", intake=chance.choice(("direct", "online", "portal", "kiosk")),
        business=business, sync=chance.choice(("none", "ok", "ok", "failed", "pending")), submitted_at=submitted,
        received_at=received, due_original=due, due_current=moved, processing_end_at=ended,
        names={"procedure": "Cấp giấy xác nhận mẫu"},
    )  # fmt: skip


def _file() -> StoredFile:
    return StoredFile.objects.create(
        name="giay-to.pdf", sha256="ab" * 32, size=1, mime="application/pdf", room="cases", owner="cases.case:0",
        created_at=START,
    )  # fmt: skip
