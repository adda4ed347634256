"""Two persons, bounded times, and a database that insists on both."""

import copy
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from langbiang.city.junctions import following, queries, services
from langbiang.city.junctions.models import Alert, JunctionStatus, Layout, Lease, Override, Plan
from langbiang.city.junctions.services.arming import settle_expired
from langbiang.foundation.access import Forbidden, Stale
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.events.models import EventRow
from tests.city.junctions.conftest import NOW, Control

MINUTE = timedelta(minutes=1)


def both(control: Control) -> object:
    """A person who may operate and approve."""
    return control.head


def test_a_layout_of_ones_own_is_not_approved_by_oneself(control: Control) -> None:
    content = copy.deepcopy(control.junctions["kim-cuc"].layouts.get(state="approved").content)
    draft = services.define_layout(control.engineer, junction_code="kim-cuc", content=content, note="", at=NOW)
    Layout.objects.filter(pk=draft.pk).update(created_by_id=control.head.account_id)
    with pytest.raises(services.SamePerson):
        services.approve_layout(control.head, layout_id=draft.pk, at=NOW)


def test_an_unsafe_layout_is_not_even_drafted(control: Control) -> None:
    content = copy.deepcopy(control.junctions["kim-cuc"].layouts.get(state="approved").content)
    content["stages"][0]["movements"].append("ET")
    with pytest.raises(services.Unsound) as refused:
        services.define_layout(control.engineer, junction_code="kim-cuc", content=content, note="", at=NOW)
    assert "stage:1:ET" in {fault.field for fault in refused.value.faults}


def another_layout(control: Control, *, at: datetime) -> Layout:
    """A draft whose red between two movements is longer, looked at and approved."""
    before = control.junctions["kim-cuc"].layouts.get(state="approved")
    content = copy.deepcopy(before.content)
    content["intergreens"]["NT>ET"] += 1
    draft = services.define_layout(control.engineer, junction_code="kim-cuc", content=content, note="", at=at)
    return services.approve_layout(control.head, layout_id=draft.pk, at=at, compared_with=before.pk)


def test_a_new_layout_ends_leases_and_plans_made_for_the_old_one(control: Control) -> None:
    control.arm()
    plan = control.plan()
    services.approve_plan(control.head, plan_id=plan.pk, at=NOW)
    row = another_layout(control, at=NOW + MINUTE)
    found = following.orders("kim-cuc", at=NOW + 2 * MINUTE)
    assert (found.lease, found.plan, found.fingerprint) == (None, None, row.fingerprint)


def acts_and_events() -> tuple[list[str], list[str]]:
    """What was written down and what was told, in order of name."""
    return (
        sorted(Entry.objects.filter(action__startswith="traffic.").values_list("action", flat=True)),
        sorted(EventRow.objects.filter(name__startswith="traffic.").values_list("name", flat=True)),
    )


def test_what_a_new_layout_ends_is_written_down_and_told(control: Control) -> None:
    lease = control.arm()
    plan = control.plan()
    services.approve_plan(control.head, plan_id=plan.pk, at=NOW)
    order = services.override(control.operator, junction_code="kim-cuc", kind="flash", minutes=10, reason="Festival", at=NOW)
    acts, told = acts_and_events()
    another_layout(control, at=NOW + MINUTE)
    acts_after, told_after = acts_and_events()
    new_acts, new_events = Counter(acts_after) - Counter(acts), Counter(told_after) - Counter(told)
    assert {"traffic.disarmed", "traffic.override_cancelled", "traffic.plan_replaced"} <= set(new_acts)
    assert {"traffic.arming_changed", "traffic.override_changed", "traffic.plan_changed"} <= set(new_events)
    for row in (lease, order):
        row.refresh_from_db()
        assert (row.ended_at, row.ended_by) == (NOW + MINUTE, control.head.label)
    assert lease.end_reason == "Another layout is in force."


def test_what_had_run_out_before_a_new_layout_keeps_its_own_end(control: Control) -> None:
    lease = control.arm()
    order = services.override(control.operator, junction_code="kim-cuc", kind="flash", minutes=10, reason="Festival", at=NOW)
    another_layout(control, at=NOW + timedelta(hours=3))
    for row in (lease, order):
        row.refresh_from_db()
        assert (row.ended_at, row.ended_by) == (row.expires_at, "")
    assert not Entry.objects.filter(action__in=["traffic.disarmed", "traffic.override_cancelled"]).exists()


def test_a_layout_is_approved_only_beside_the_one_in_force(control: Control) -> None:
    first = control.junctions["kim-cuc"].layouts.get(state="approved")
    draft = services.define_layout(control.engineer, junction_code="kim-cuc", content=first.content, note="", at=NOW)
    second = another_layout(control, at=NOW + MINUTE)
    for compared in (None, first.pk, draft.pk):
        with pytest.raises(Stale):
            services.approve_layout(control.head, layout_id=draft.pk, at=NOW + 2 * MINUTE, compared_with=compared)
    draft.refresh_from_db()
    assert draft.state == "draft"
    services.approve_layout(control.head, layout_id=draft.pk, at=NOW + 2 * MINUTE, compared_with=second.pk)
    second.refresh_from_db()
    assert second.state == "past"


def test_a_draft_made_from_an_old_layout_is_refused(control: Control) -> None:
    first = control.junctions["kim-cuc"].layouts.get(state="approved")
    second = another_layout(control, at=NOW)
    given: dict[str, Any] = {"junction_code": "kim-cuc", "content": first.content, "note": "", "at": NOW + MINUTE}
    with pytest.raises(Stale):
        services.define_layout(control.engineer, made_from=first.pk, **given)
    assert services.define_layout(control.engineer, made_from=second.pk, **given).number == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cycle_s": 90}, "cycle_s"),
        ({"offset_s": 81}, "offset_s"),
        ({"splits": [{"stage": "1", "green_s": 25}, {"stage": "9", "green_s": 30}]}, "green_9"),
        ({"splits": [{"stage": "1", "green_s": 5}, {"stage": "2", "green_s": 50}]}, "green_1"),
        ({"weekdays": []}, "weekdays"),
        ({"name": " "}, "name"),
    ],
)
def test_a_plan_that_cannot_run_is_refused_by_its_field(control: Control, change: dict[str, object], field: str) -> None:
    with pytest.raises(services.BadPlan) as refused:
        control.plan(**change)
    assert refused.value.field == field


def test_a_plan_holds_only_when_somebody_else_approved_it(control: Control) -> None:
    plan = control.plan()
    assert queries.plan_at(plan.junction_id, at=NOW) is None
    with pytest.raises(Forbidden):
        services.approve_plan(control.engineer, plan_id=plan.pk, at=NOW)
    services.approve_plan(control.head, plan_id=plan.pk, at=NOW)
    assert queries.plan_at(plan.junction_id, at=NOW) == plan
    assert queries.plan_at(plan.junction_id, at=NOW + timedelta(days=4)) is None, "not on a Saturday"
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(approved_by_id=plan.created_by_id)


def test_a_draft_is_withdrawn_by_who_plans_but_a_plan_in_use_is_not(control: Control) -> None:
    draft, used = control.plan(), control.plan(name="Chợ đêm")
    services.withdraw_plan(control.engineer, plan_id=draft.pk, reason="Đếm lại", at=NOW)
    draft.refresh_from_db()
    assert draft.state == "withdrawn"
    services.approve_plan(control.head, plan_id=used.pk, at=NOW)
    with pytest.raises(Forbidden):
        services.withdraw_plan(control.engineer, plan_id=used.pk, reason="Đếm lại", at=NOW)
    with pytest.raises(Forbidden):
        services.withdraw_plan(control.operator, plan_id=control.plan(name="Khác").pk, reason="Đếm lại", at=NOW)


@pytest.mark.parametrize(("after", "ended_by_somebody"), [(MINUTE, True), (11 * MINUTE, False)])
def test_a_withdrawn_plan_ends_the_order_that_runs_it(control: Control, after: timedelta, ended_by_somebody: bool) -> None:
    plan = control.plan()
    services.approve_plan(control.head, plan_id=plan.pk, at=NOW)
    order = services.override(
        control.operator, junction_code="kim-cuc", kind="plan", plan_id=plan.pk, minutes=10, reason="Festival", at=NOW
    )
    services.withdraw_plan(control.head, plan_id=plan.pk, reason="Đếm lại", at=NOW + after)
    order.refresh_from_db()
    assert order.ended_at == (NOW + after if ended_by_somebody else order.expires_at)
    assert Entry.objects.filter(action="traffic.override_cancelled").exists() is ended_by_somebody
    assert EventRow.objects.filter(name="traffic.override_changed").count() == 1 + ended_by_somebody


def test_a_withdrawn_plan_leaves_another_order_alone(control: Control) -> None:
    plan = control.plan()
    services.approve_plan(control.head, plan_id=plan.pk, at=NOW)
    order = services.override(control.operator, junction_code="kim-cuc", kind="flash", minutes=10, reason="Festival", at=NOW)
    services.withdraw_plan(control.head, plan_id=plan.pk, reason="Đếm lại", at=NOW + MINUTE)
    assert queries.override_at(order.junction_id, at=NOW + 2 * MINUTE) == order


def test_a_plan_changed_since_it_was_looked_at_is_not_approved(control: Control) -> None:
    plan = control.plan()
    control.plan(plan_id=plan.pk, name="Khác", at=NOW + MINUTE)
    with pytest.raises(Stale):
        services.approve_plan(control.head, plan_id=plan.pk, drafted_at=NOW, at=NOW + 2 * MINUTE)
    services.approve_plan(control.head, plan_id=plan.pk, drafted_at=NOW + MINUTE, at=NOW + 2 * MINUTE)


def test_arming_takes_two_persons(control: Control) -> None:
    control.shadow("kim-cuc")
    asked = control.ask(control.head)
    with pytest.raises(services.SamePerson):
        services.confirm_arming(control.head, request_id=asked.pk, at=NOW)
    with pytest.raises(Forbidden):
        services.confirm_arming(control.operator, request_id=asked.pk, at=NOW)
    assert following.orders("kim-cuc", at=NOW).lease is None


def test_an_armed_junction_hands_the_gate_a_lease_it_accepts(control: Control) -> None:
    lease = control.arm()
    found = following.orders("kim-cuc", at=NOW + MINUTE)
    assert found.lease is not None
    assert found.lease.objection("kim-cuc", found.fingerprint, (NOW + MINUTE).timestamp(), 300) is None
    late = following.orders("kim-cuc", at=lease.expires_at - MINUTE)
    assert late.lease is not None
    assert late.lease.expires_at == lease.expires_at.timestamp()
    assert following.orders("kim-cuc", at=lease.expires_at).lease is None


def test_a_lease_of_one_person_is_impossible(control: Control) -> None:
    lease = control.arm()
    with pytest.raises(IntegrityError), transaction.atomic():
        Lease.objects.filter(pk=lease.pk).update(confirmed_by_id=lease.operator_id)


def test_a_status_armed_without_a_lease_is_impossible(control: Control) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        JunctionStatus.objects.create(junction=control.junctions["kim-cuc"], at=NOW, mode="armed")


def test_a_controller_too_short_in_shadow_is_not_armed(control: Control) -> None:
    control.shadow("kim-cuc", days=6)
    with pytest.raises(services.NotReady, match="6 of 7"):
        control.ask()


def test_a_controller_the_gate_denied_in_shadow_is_not_armed(control: Control) -> None:
    control.shadow("kim-cuc", denials=1)
    with pytest.raises(services.NotReady):
        control.ask()


def test_a_request_expires(control: Control) -> None:
    control.shadow("kim-cuc")
    asked = control.ask()
    with pytest.raises(services.WrongState):
        services.confirm_arming(control.head, request_id=asked.pk, at=NOW + 11 * MINUTE)


def test_one_person_disarms_at_once(control: Control) -> None:
    control.arm()
    assert services.disarm(control.operator, junction_code="kim-cuc", reason="Crash", at=NOW + MINUTE)
    assert following.orders("kim-cuc", at=NOW + MINUTE).lease is None
    assert not services.disarm(control.operator, junction_code="kim-cuc", reason="", at=NOW + MINUTE)
    assert Entry.objects.filter(action="traffic.disarmed").exists()
    assert EventRow.objects.filter(name="traffic.arming_changed").count() == 3


def test_an_expired_lease_makes_room_for_the_next(control: Control) -> None:
    lease = control.arm()
    later = lease.expires_at + MINUTE
    services.confirm_arming(control.head, request_id=control.ask(at=later).pk, at=later)
    lease.refresh_from_db()
    assert lease.ended_at == lease.expires_at
    assert settle_expired(at=later) == 0


def test_an_override_ends_by_itself_and_the_next_replaces_it(control: Control) -> None:
    place = control.junctions["kim-cuc"].pk
    given = {"junction_code": "kim-cuc", "minutes": 10, "reason": "Festival"}
    services.override(control.operator, kind="stage", stage="1", at=NOW, **given)  # type: ignore[arg-type]  # named values of one type
    second = services.override(control.operator, kind="flash", at=NOW + MINUTE, **given)  # type: ignore[arg-type]  # named values of one type
    running = queries.override_at(place, at=NOW + 2 * MINUTE)
    assert running == second
    assert queries.override_at(place, at=NOW + 11 * MINUTE) is None
    assert Entry.objects.filter(action="traffic.override_cancelled").count() == 1, "the order that was replaced"
    services.override(control.operator, kind="flash", at=NOW + 30 * MINUTE, **given)  # type: ignore[arg-type]  # named values of one type
    assert Override.objects.filter(ended_at=None).count() == 1
    assert services.cancel_override(control.operator, junction_code="kim-cuc", at=NOW + 31 * MINUTE)
    assert queries.override_at(place, at=NOW + 31 * MINUTE) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [({"stage": "9"}, "stage"), ({"minutes": 31}, "minutes"), ({"reason": " "}, "reason"), ({"kind": "red"}, "kind"),
     ({"kind": "plan", "plan_id": 1}, "plan")],
)  # fmt: skip
def test_an_order_that_cannot_be_is_refused_by_its_field(control: Control, change: dict[str, object], field: str) -> None:
    given = {"junction_code": "kim-cuc", "kind": "stage", "stage": "1", "minutes": 5, "reason": "x", "at": NOW}
    with pytest.raises(services.BadOverride) as refused:
        services.override(control.operator, **{**given, **change})  # type: ignore[arg-type]  # named values of one type
    assert refused.value.field == field


def test_an_alert_is_raised_once_and_closed_with_words(control: Control) -> None:
    for n in range(3):
        following.report_alert("kim-cuc", at=NOW + n * MINUTE, kind="queue", text="Queue over the zone")
    alert = Alert.objects.get()
    assert alert.times == 3
    services.acknowledge_alert(control.operator, alert_id=alert.pk, at=NOW)
    with pytest.raises(services.NoNote):
        services.close_alert(control.operator, alert_id=alert.pk, note=" ", at=NOW)
    services.close_alert(control.operator, alert_id=alert.pk, note="Cleared", at=NOW)
    following.report_alert("kim-cuc", at=NOW, kind="queue", text="Again")
    assert Alert.objects.count() == 2


def test_a_foreign_unit_finds_no_junction(control: Control) -> None:
    with pytest.raises(services.NoSuch):
        services.disarm(control.foreign, junction_code="kim-cuc", reason="", at=NOW)
    assert queries.live(control.foreign, at=NOW) == []
