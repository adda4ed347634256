"""Festivals and closings: two persons, an end of their own, a rehearsal or the reason why there is none; nobody waits where it is closed."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from langbiang.city.junctions import following, services, tasks
from langbiang.city.junctions.layout import Layout
from langbiang.city.junctions.models import EventArm, EventPlan, Flow, Plan
from langbiang.city.junctions.services import happenings
from langbiang.city.junctions.services.plans import cycle_of
from langbiang.city.traffic.twin.described import CannotDraw
from langbiang.city.traffic.twin.replaying import ReplayFailed
from langbiang.city.traffic.twin.sumo import SumoMissing
from langbiang.foundation.access import Actor
from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.audit.models import Entry
from tests.city.junctions.conftest import NOW, Control, text

HOUR = timedelta(hours=1)
CLOSED = services.Arm("kim-cuc", "N", 0.0)


def plan(control: Control, actor: Actor | None = None, **changes: Any) -> EventPlan:
    given: dict[str, Any] = {
        "name": "Festival Hoa", "reason": "Chặn đường diễu hành", "starts_at": NOW + HOUR, "ends_at": NOW + 4 * HOUR,
        "arms": [CLOSED, services.Arm("yersin", "W", 2.0)], "at": NOW,
    }  # fmt: skip
    return services.plan_event(actor or control.engineer, **{**given, **changes})


def acts() -> list[str]:
    return list(Entry.objects.filter(action__startswith="traffic.event").order_by("pk").values_list("action", flat=True))


def test_an_approved_event_reaches_the_control_process_and_is_over_by_itself(control: Control) -> None:
    row = plan(control)
    assert following.priority_asked(at=NOW + 2 * HOUR) == {}
    services.approve_event(control.head, event_id=row.pk, at=NOW)
    asked = following.priority_asked(at=NOW + 2 * HOUR)
    now = (NOW + 2 * HOUR).timestamp()
    assert asked["kim-cuc"].closed(now) == {"N"}
    assert asked["yersin"].closed(now) == frozenset()
    assert asked["yersin"].is_unusual(now)
    assert asked["kim-cuc"].closed(NOW.timestamp()) == frozenset()  # known before it begins
    assert asked["kim-cuc"].closed((NOW + 5 * HOUR).timestamp()) == frozenset()  # and over although nobody can be asked
    assert following.priority_asked(at=NOW + 4 * HOUR) == {}
    assert services.close_past_events(at=NOW + 5 * HOUR) == 1
    assert acts() == ["traffic.event_planned", "traffic.event_approved", "traffic.event_ended"]


def test_who_planned_it_does_not_approve_it_and_the_database_holds_that(control: Control) -> None:
    row = plan(control)
    for refused in (control.engineer, control.operator):
        with pytest.raises(Forbidden):
            services.approve_event(refused, event_id=row.pk, at=NOW)
    with pytest.raises(services.NoSuch):
        services.approve_event(control.foreign, event_id=row.pk, at=NOW)
    EventPlan.objects.filter(pk=row.pk).update(created_by_id=control.head.account_id)
    with pytest.raises(services.SamePerson):
        services.approve_event(control.head, event_id=row.pk, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        EventPlan.objects.filter(pk=row.pk).update(state="approved", approved_by_id=control.head.account_id)


def test_one_person_ends_it_at_once(control: Control) -> None:
    row = plan(control)
    services.approve_event(control.head, event_id=row.pk, at=NOW)
    with pytest.raises(Forbidden):
        services.end_event(control.engineer, event_id=row.pk, at=NOW)
    services.end_event(control.operator, event_id=row.pk, at=NOW + 2 * HOUR)
    assert following.priority_asked(at=NOW + 2 * HOUR) == {}
    with pytest.raises(services.WrongState):
        services.end_event(control.operator, event_id=row.pk, at=NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"), ({"reason": ""}, "reason"), ({"ends_at": NOW}, "ends_at"), ({"ends_at": NOW + HOUR}, "ends_at"),
        ({"ends_at": NOW + timedelta(days=20)}, "ends_at"), ({"arms": []}, "arms"), ({"arms": [services.Arm("kim-cuc", "X", 0.0)]}, "arms"),
        ({"arms": [services.Arm("kim-cuc", "N", 9.0)]}, "arms"), ({"arms": [services.Arm("kim-cuc", "N", 0.5)]}, "arms"),
        ({"arms": [services.Arm("kim-cuc", arm, 0.0) for arm in "NESW"]}, "arms"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(control: Control, change: dict[str, Any], field: str) -> None:
    with pytest.raises(services.BadEvent) as caught:
        plan(control, **change)
    assert caught.value.field == field
    assert not EventArm.objects.exists()


@pytest.mark.parametrize("role", ["traffic_operator", "traffic_head", "emergency_dispatch", "leader"])
def test_who_does_not_plan_there_is_refused(control: Control, role: str) -> None:
    with pytest.raises(Forbidden):
        plan(control, control.world.officer(role))


# A plan of the library for the time of the event.


def in_use(control: Control, code: str = "kim-cuc", **changes: Any) -> Plan:
    """A plan approved by two persons, for Sundays before dawn: the event runs it at another time."""
    row = control.plan(code, name="Lễ hội", weekdays=[6], time_from=time(3), time_to=time(4), **changes)
    return services.approve_plan(control.head, plan_id=row.pk, at=NOW)


def test_the_plan_of_an_approved_event_reaches_the_control_process_with_its_instants(control: Control) -> None:
    row = plan(control, plans=[in_use(control).pk])
    assert following.priority_asked(at=NOW + 2 * HOUR) == {}
    services.approve_event(control.head, event_id=row.pk, at=NOW)
    asked = following.priority_asked(at=NOW + 2 * HOUR)["kim-cuc"]
    signals = asked.signals_at((NOW + 2 * HOUR).timestamp())
    assert signals is not None
    assert (signals.event, signals.plan, signals.cycle_s) == ("Festival Hoa", "Lễ hội", 75)
    assert [stage for stage, _end in signals.marks] == ["1", "2"]
    assert signals.marks[0][1] == 25
    assert signals.marks[1][1] < 75
    begin = signals.offset_s + 75 * 1000
    assert [signals.stage_at(begin + second) for second in (0, 24, 26, 60, 74)] == ["1", "1", "2", "2", "1"]
    assert asked.signals_at(NOW.timestamp()) is None  # known before it begins
    assert asked.signals_at((NOW + 4 * HOUR).timestamp()) is None  # over although nobody can be asked


def test_a_plan_withdrawn_or_of_a_layout_before_is_not_run_by_the_event(control: Control) -> None:
    used = in_use(control)
    row = plan(control, plans=[used.pk])
    services.approve_event(control.head, event_id=row.pk, at=NOW)
    services.withdraw_plan(control.head, plan_id=used.pk, reason="Đếm lại", at=NOW + HOUR)
    assert following.priority_asked(at=NOW + 2 * HOUR)["kim-cuc"].signals == ()


def test_ending_the_event_takes_its_plan_back_at_once(control: Control) -> None:
    row = plan(control, plans=[in_use(control).pk])
    services.approve_event(control.head, event_id=row.pk, at=NOW)
    services.end_event(control.operator, event_id=row.pk, at=NOW + 2 * HOUR)
    assert following.priority_asked(at=NOW + 2 * HOUR) == {}


def test_an_event_names_only_approved_plans_of_junctions_it_changes_one_for_each(control: Control) -> None:
    draft, used, more = control.plan(), in_use(control), in_use(control)
    far = in_use(control, "yersin", splits=splits_of(control, "yersin"), cycle_s=cycle_of_even(control, "yersin"))
    for wrong, arms in (([draft.pk], [CLOSED]), ([used.pk, more.pk], [CLOSED]), ([far.pk], [CLOSED]), ([987654321], [CLOSED])):
        with pytest.raises(services.BadEvent) as caught:
            plan(control, plans=wrong, arms=arms)
        assert caught.value.field == "arms"
    row = plan(control, plans=[used.pk])
    services.withdraw_plan(control.head, plan_id=used.pk, reason="Đếm lại", at=NOW)
    with pytest.raises(services.BadEvent):
        services.approve_event(control.head, event_id=row.pk, at=NOW)


def splits_of(control: Control, code: str) -> list[dict[str, Any]]:
    layout = Layout(control.junctions[code].layouts.get(state="approved").content)
    return [{"stage": key, "green_s": int(layout.min_green_s(key)) + 5} for key in layout.stages]


def cycle_of_even(control: Control, code: str) -> int:
    layout = Layout(control.junctions[code].layouts.get(state="approved").content)
    return round(cycle_of(layout, splits_of(control, code)))


def test_two_events_do_not_run_two_plans_at_one_junction_in_the_same_time(control: Control) -> None:
    used = in_use(control)
    first, second = plan(control, plans=[used.pk]), plan(control, plans=[used.pk], name="Hội chợ", starts_at=NOW + 2 * HOUR)
    services.approve_event(control.head, event_id=first.pk, at=NOW)
    with pytest.raises(services.WrongState, match="Festival Hoa runs a plan at kim-cuc"):
        services.approve_event(control.head, event_id=second.pk, at=NOW)


# The rehearsal.


def counted(control: Control, day: date) -> None:
    """Every lane, every hour of the day."""
    begin = timezone.make_aware(datetime.combine(day, time.min))
    for place in control.junctions.values():
        lanes = place.layouts.get(state="approved").content["lanes"]
        Flow.objects.bulk_create(
            Flow(
                junction=place, lane=lane["key"], vehicle_class="vehicle", begun_at=begin + h * HOUR, ended_at=begin + (h + 1) * HOUR,
                vehicles=100 + h, quality=1,
            )
            for lane in lanes
            for h in range(24)
        )  # fmt: skip


OUTCOME = {
    "hour": 12, "seeds": [1, 2, 3], "limits": "x", "lost": {"cut_off": 12, "no_way": 1, "added": 80},
    "controllers": [
        {"name": "fixed", "before": {"delay_s": 40.1, "max_wait_s": 120, "never_in": 0}, "after": {"delay_s": 66.6, "max_wait_s": 300, "never_in": 4}}
    ],
}  # fmt: skip


def test_a_rehearsal_takes_the_busiest_hour_of_the_event_and_keeps_what_comes_out(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    day = (NOW - timedelta(days=1)).date()
    counted(control, day)
    row = plan(control)
    services.ask_for_rehearsal(control.engineer, event_id=row.pk, day=day, at=NOW)
    with pytest.raises(services.WrongState):
        services.ask_for_rehearsal(control.engineer, event_id=row.pk, day=day, at=NOW)
    jobs: list[Any] = []

    def rehearse(job: Any, event: Any, report: Any) -> dict[str, Any]:
        jobs.append((job, event))
        report(3, 6, "x")
        return OUTCOME

    monkeypatch.setattr(happenings, "rehearse_apart", rehearse)
    found = services.rehearse_event(event_id=row.pk, clock=lambda: NOW)
    job, event = jobs[0]
    assert list(job.hours) == [12]  # the event runs from 10 to 13 o'clock
    assert {c.begun_s for c in job.counts} == {12 * 3600}
    assert event.closed == (("kim-cuc", "N"),)
    assert event.busier == ((("yersin", "W"), 2.0),)
    assert (found.rehearsal, found.outcome["lost"]["added"]) == ("done", 80)
    assert services.rehearse_event(event_id=row.pk, clock=lambda: NOW).rehearsal == "done"
    assert len(jobs) == 1


@pytest.mark.parametrize(
    ("problem", "reason", "words"),
    [
        (None, "no_counts", "were not counted on that day"), (SumoMissing("bin/prepare twin"), "sumo", "bin/prepare twin"),
        (ReplayFailed("killed"), "failed", "broke off: killed"),
        (CannotDraw("yersin", "lane:N1", "no movement uses it"), "cannot_draw", "The layout of yersin cannot be simulated (lane:N1): no movement uses it"),
    ],
)  # fmt: skip
def test_without_a_rehearsal_the_page_and_the_log_say_why(
    control: Control, monkeypatch: pytest.MonkeyPatch, browser: Callable[[Actor], Client], caplog: pytest.LogCaptureFixture,
    problem: Exception | None, reason: str, words: str,
) -> None:  # fmt: skip
    day = (NOW - timedelta(days=1)).date()
    if problem is not None:
        counted(control, day)
    row = plan(control)
    services.ask_for_rehearsal(control.engineer, event_id=row.pk, day=day, at=NOW)

    def rehearse(*_args: Any) -> None:
        assert problem is not None
        raise problem

    monkeypatch.setattr(happenings, "rehearse_apart", rehearse)
    tasks.rehearse(row.pk)
    found = EventPlan.objects.get()
    assert (found.rehearsal, found.rehearsal_reason) == ("none", reason)
    assert words in caplog.text
    page = text(browser(control.engineer).get(f"/work/traffic/events/{row.pk}/"))
    assert words in page
    assert "Rehearse it" in page


def test_a_rehearsal_that_breaks_in_an_unknown_way_is_not_left_running(
    control: Control, monkeypatch: pytest.MonkeyPatch, browser: Callable[[Actor], Client]
) -> None:
    day = (NOW - timedelta(days=1)).date()
    counted(control, day)
    row = plan(control)
    services.ask_for_rehearsal(control.engineer, event_id=row.pk, day=day, at=NOW)

    def rehearse(_job: object, _event: object, report: Any) -> None:
        report(1, 18, "x")
        raise OSError("no space left")

    monkeypatch.setattr(happenings, "rehearse_apart", rehearse)
    with pytest.raises(OSError, match="no space"):
        services.rehearse_event(event_id=row.pk, clock=lambda: NOW)
    page = text(browser(control.engineer).get(f"/work/traffic/events/{row.pk}/"))
    assert "broke off: OSError: no space left" in page
    assert "Rehearse it" in page


@pytest.mark.parametrize(("state", "bound"), [("running", timedelta(minutes=30)), ("waiting", timedelta(days=1))])
def test_a_rehearsal_never_heard_of_again_can_be_asked_for_again_from_the_page(
    control: Control, browser: Callable[[Actor], Client], state: str, bound: timedelta
) -> None:
    row = plan(control)
    client = browser(control.engineer)
    address = f"/work/traffic/events/{row.pk}/"
    form = {"day": f"{timezone.localdate() - timedelta(days=1):%d/%m/%Y}"}
    EventPlan.objects.update(rehearsal=state, rehearsal_day=date(2026, 11, 2), rehearsal_told_at=timezone.now() - bound + timedelta(minutes=2))
    assert "Rehearse it" not in text(client.get(address))
    assert "HX-Refresh" not in client.get(f"{address}rehearsing/").headers
    assert "being rehearsed already" in text(client.post(f"{address}rehearse/", form))
    EventPlan.objects.update(rehearsal_told_at=timezone.now() - bound - timedelta(minutes=2))
    page = text(client.get(address))
    assert "The rehearsal stopped without a word. Ask for it again." in page
    assert "Rehearse it" in page
    assert client.get(f"{address}rehearsing/")["HX-Refresh"] == "true"
    assert client.post(f"{address}rehearse/", form).status_code == 302
    assert EventPlan.objects.get().rehearsal == "waiting"


@pytest.mark.parametrize(
    ("begin", "lasts", "hours"),
    [
        ((22, 0), timedelta(hours=4), [22, 23, 0, 1]),
        ((22, 30), timedelta(hours=2), [22, 23, 0]),
        ((23, 0), timedelta(hours=1), [23]),
        ((9, 0), timedelta(hours=3, minutes=15), [9, 10, 11, 12]),
        ((9, 10), timedelta(minutes=20), [9]),
        ((18, 0), timedelta(hours=23), [*range(18, 24), *range(17)]),
        ((18, 0), timedelta(hours=24), list(range(24))),
        ((18, 0), timedelta(days=3), list(range(24))),
    ],
)
def test_an_event_touches_the_hours_from_its_first_to_its_last(begin: tuple[int, int], lasts: timedelta, hours: list[int]) -> None:
    starts_at = timezone.make_aware(datetime.combine(date(2026, 11, 7), time(*begin)))
    assert happenings.hours_of(starts_at, starts_at + lasts) == hours


def test_a_night_is_rehearsed_at_night_and_by_the_classes_and_plans_told(
    control: Control, monkeypatch: pytest.MonkeyPatch, browser: Callable[[Actor], Client]
) -> None:
    day = (NOW - timedelta(days=1)).date()
    counted(control, day)
    Flow.objects.filter(begun_at__hour__in=(22, 23)).update(vehicles=1)
    begin = timezone.make_aware(datetime.combine(NOW.date(), time(22)))
    row = plan(control, starts_at=begin, ends_at=begin + timedelta(hours=4))
    services.ask_for_rehearsal(control.engineer, event_id=row.pk, day=day, at=NOW)
    jobs: list[Any] = []

    def rehearse(job: Any, _event: object, _report: object) -> dict[str, Any]:
        jobs.append(job)
        return OUTCOME

    monkeypatch.setattr(happenings, "rehearse_apart", rehearse)
    services.rehearse_event(event_id=row.pk, clock=lambda: NOW)
    assert list(jobs[0].hours) == [1]
    assert "vehicle" not in {c.vehicle_class for c in jobs[0].counts}
    page = text(browser(control.engineer).get(f"/work/traffic/events/{row.pk}/"))
    assert "100.0 % of the vehicles were counted without a class" in page
    assert "<td>Evenly timed stages</td>" in page
    assert "Plan of the cabinet" not in page


# The pages.


def test_an_engineer_plans_and_the_head_approves_in_the_browser(control: Control, browser: Callable[[Actor], Client]) -> None:
    engineer = browser(control.engineer)
    day = f"{timezone.localdate() + timedelta(days=1):%d/%m/%Y}"
    form = {
        "name": "Festival Hoa", "reason": "Parade", "first_day": day, "first_hour": "18:00", "last_day": day, "last_hour": "17:00",
        "arm_kim-cuc_N": "0", "arm_yersin_W": "2",
    }  # fmt: skip
    page = text(engineer.post("/work/traffic/events/new/", form))
    assert "The end lies after the beginning." in page
    assert 'value="Festival Hoa"' in page
    page = text(engineer.post("/work/traffic/events/new/", form | {"last_hour": "22:00"}, follow=True))
    assert "Closed, both ways" in page
    assert "2.0 times as many come" in page
    assert "Approve</button>" not in page
    row = EventPlan.objects.get()
    assert engineer.post(f"/work/traffic/events/{row.pk}/approve/").status_code == 403
    head = browser(control.head)
    assert "Approve" in text(head.get(f"/work/traffic/events/{row.pk}/"))
    assert "Approved, not begun" in text(head.post(f"/work/traffic/events/{row.pk}/approve/", {"revision": row.revision}, follow=True))
    assert "Over" in text(browser(control.operator).post(f"/work/traffic/events/{row.pk}/end/", follow=True))


def test_another_unit_finds_no_event(control: Control, browser: Callable[[Actor], Client]) -> None:
    row = plan(control, at=timezone.now(), starts_at=timezone.now(), ends_at=timezone.now() + HOUR)
    client = browser(control.foreign)
    assert "Festival Hoa" not in text(client.get("/work/traffic/events/"))
    for address in ("", "rehearsing/"):
        assert client.get(f"/work/traffic/events/{row.pk}/{address}").status_code == 404
    for act in ("approve", "end"):
        assert client.post(f"/work/traffic/events/{row.pk}/{act}/").status_code == 404
    assert EventPlan.objects.get().state == "draft"


def test_a_plan_is_chosen_in_the_browser_and_changed_again(control: Control, browser: Callable[[Actor], Client]) -> None:
    used, engineer = in_use(control), browser(control.engineer)
    day = f"{timezone.localdate() + timedelta(days=1):%d/%m/%Y}"
    form = {
        "name": "Festival Hoa", "reason": "Parade", "first_day": day, "first_hour": "18:00", "last_day": day, "last_hour": "22:00",
        "arm_kim-cuc_N": "0", "plan_kim-cuc": str(used.pk),
    }  # fmt: skip
    assert "Lễ hội" in text(engineer.get("/work/traffic/events/new/"))
    page = text(engineer.post("/work/traffic/events/new/", form, follow=True))
    assert "Signal plans during the event" in page
    assert f"/work/traffic/plans/{used.pk}/" in page
    row = EventPlan.objects.get()
    assert "selected" in text(engineer.get(f"/work/traffic/events/{row.pk}/change/"))
    assert engineer.post(f"/work/traffic/events/{row.pk}/change/", form | {"plan_kim-cuc": "usual", "revision": 1}).status_code == 302
    assert not row.plans.exists()
