"""What is counted at the junctions: the figure is its records, now and when something happens."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from langbiang.city.junctions import following, services
from langbiang.city.junctions.measures import ALERTS, FLOWS, LEASES, OVERRIDES
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.events.models import EventRow
from langbiang.foundation.events.services import deliver
from langbiang.foundation.measures import Scope, book, declaring, queries
from langbiang.foundation.measures.models import Waiting
from tests.city.junctions.conftest import NOW, Control

DAY = timezone.localdate(NOW)
TODAY = Scope(DAY, DAY)


def count(name: str, scope: Scope = TODAY) -> float | None:
    return queries.total(name, scope).number


def keep(control: Control, **changes: object) -> None:
    told = {"lane": "N1", "vehicle_class": "motorcycle", "begun_at": NOW, "ended_at": NOW + timedelta(minutes=5),
            "vehicles": 40, "quality": 0.9}  # fmt: skip
    following.report_flow("kim-cuc", **{**told, **changes})  # type: ignore[arg-type]  # named values of one type


def test_an_alert_is_open_until_it_is_closed(control: Control) -> None:
    row = services.raise_alert(SYSTEM, junction_code="kim-cuc", kind="fault", text="Tủ báo lỗi", at=NOW)
    services.raise_alert(SYSTEM, junction_code="kim-cuc", kind="fault", text="Tủ báo lỗi", at=NOW + timedelta(minutes=1))
    assert (count("traffic.alerts_raised"), count("traffic.alerts_open")) == (1, 1)
    services.close_alert(control.operator, alert_id=row.pk, note="Đã khởi động lại tủ", at=NOW + timedelta(minutes=9))
    assert (count("traffic.alerts_raised"), count("traffic.alerts_open")) == (1, 0)


def test_a_lease_counts_as_armed_until_it_ends(control: Control) -> None:
    control.arm()
    before = Scope(DAY, DAY, None, {}, NOW + timedelta(minutes=5))
    assert count("traffic.armed", before) == 1
    services.disarm(control.operator, junction_code="kim-cuc", reason="thử", at=NOW + timedelta(minutes=2))
    assert count("traffic.armed") == 0


@pytest.mark.parametrize("how", ["another layout", "plan withdrawn"])
def test_the_book_follows_an_order_that_ends_with_its_layout_or_plan(control: Control, how: str) -> None:
    plan = control.plan()
    services.approve_plan(control.head, plan_id=plan.pk, at=NOW)
    late = NOW + timedelta(hours=14, minutes=45)  # it would run over midnight
    services.override(control.operator, junction_code="kim-cuc", kind="plan", plan_id=plan.pk, reason="Lễ", minutes=30, at=late)
    assert count("traffic.overridden") == 1
    for records in (LEASES, OVERRIDES):
        book.forget()
        book.rebuild(records, at=timezone.now)
    last = EventRow.objects.latest("pk").pk
    at = late + timedelta(minutes=2)
    if how == "another layout":
        before = control.junctions["kim-cuc"].layouts.get(state="approved")
        draft = services.define_layout(control.engineer, junction_code="kim-cuc", content=before.content, note="", at=at)
        services.approve_layout(control.head, layout_id=draft.pk, at=at, compared_with=before.pk)
    else:
        services.withdraw_plan(control.head, plan_id=plan.pk, reason="Đếm lại", at=at)
    for row in EventRow.objects.filter(pk__gt=last).order_by("pk"):
        deliver(row.pk)
    book.follow(at=timezone.now)
    assert book.is_kept(OVERRIDES)
    assert count("traffic.overridden") == queries.records(control.operator, "traffic.overridden", TODAY).total == 0
    book.forget()


def test_only_counts_that_can_be_trusted_are_summed(control: Control) -> None:
    keep(control)
    keep(control, lane="N2", vehicles=900, quality=0.2)
    assert count("traffic.vehicles") == 40
    assert count("traffic.trusted_counts") == 50
    keep(control, vehicles=44)  # the same period again corrects it
    assert count("traffic.vehicles") == 44
    assert count("traffic.vehicles", Scope(DAY, DAY, None, {"junction": "yersin"})) == 0


def test_the_book_follows_a_count_though_no_event_tells_of_it(control: Control) -> None:
    book.forget()
    book.rebuild(FLOWS, at=timezone.now)
    keep(control)
    assert Waiting.objects.filter(records=FLOWS.name).count() == 1
    book.follow(at=timezone.now)
    assert book.is_kept(FLOWS)
    assert count("traffic.vehicles") == 40
    with pytest.raises(RuntimeError), transaction.atomic():
        keep(control, lane="N3")
        raise RuntimeError
    assert not Waiting.objects.exists()
    book.forget()


@pytest.mark.parametrize("name", [each.name for each in declaring.every() if each.name.startswith("traffic.")])
def test_the_records_of_a_figure_are_seen_by_those_who_see_the_junction(control: Control, name: str) -> None:
    keep(control)
    control.arm()
    services.raise_alert(SYSTEM, junction_code="kim-cuc", kind="fault", text="Tủ báo lỗi", at=NOW)
    services.override(control.operator, junction_code="kim-cuc", kind="flash", reason="Thi công", minutes=10, at=NOW)
    scope = Scope(DAY, DAY, None, {}, NOW + timedelta(minutes=6)) if declaring.known(name).is_stock else TODAY
    mine, others = (queries.records(actor, name, scope) for actor in (control.operator, control.foreign))
    assert mine.total == mine.openable == len(mine.rows) == 1
    assert (others.total, others.openable, others.rows) == (1, 0, [])
    records = declaring.known(name).records
    assert records.href(mine.rows[0]) == "/work/traffic/at/kim-cuc/"
    assert len(records.cells(mine.rows[0])) == len(records.head)


def test_what_happens_at_a_junction_moves_its_figures(control: Control) -> None:
    for records in (ALERTS, LEASES):
        book.rebuild(records, at=timezone.now)
    services.raise_alert(SYSTEM, junction_code="kim-cuc", kind="fault", text="Tủ báo lỗi", at=NOW)
    control.arm()
    for row in EventRow.objects.filter(name__startswith="traffic.").order_by("pk"):
        deliver(row.pk)
    waiting = set(Waiting.objects.values_list("records", flat=True))
    assert {ALERTS.name, LEASES.name} <= waiting
    book.forget()
