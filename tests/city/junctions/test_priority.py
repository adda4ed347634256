"""Emergency vehicles and buses: who may announce them, what is refused, how they end, and that each step is written down."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from langbiang.city.junctions import following, services
from langbiang.city.junctions.models import BusPosition, Junction, PriorityCall, PriorityRun, Street
from langbiang.city.traffic.priority.requests import EmergencyRequest, Passage
from langbiang.city.traffic.priority.route import Leg, NoWay, Road, way
from langbiang.city.traffic.process.outbox import Outbox
from langbiang.foundation.access import Actor
from langbiang.foundation.access.actor import SYSTEM
from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.accounts import keys
from langbiang.foundation.audit.models import Entry
from langbiang.site import signals
from tests.city.junctions.conftest import NOW, Control, text

SECOND = timedelta(seconds=1)
HERE = services.Place("kim-cuc", "N")


def announce(control: Control, actor: Actor | None = None, **changes: Any) -> PriorityRun:
    given: dict[str, Any] = {
        "vehicle": "49A-115.15", "kind": "ambulance", "start": HERE, "goal": None, "eta_s": 20, "minutes": 5, "reason": "Cấp cứu", "at": NOW,
    }  # fmt: skip
    return services.announce_run(actor or control.operator, **{**given, **changes})


def acts() -> list[str]:
    return list(Entry.objects.filter(action__startswith="traffic.priority").order_by("pk").values_list("action", flat=True))


# Announced by a person.


def test_an_announced_vehicle_reaches_the_control_process_and_ends_at_its_instant(control: Control) -> None:
    run = announce(control)
    asked = following.priority_asked(at=NOW + SECOND)
    assert set(asked) == {"kim-cuc"}
    told = asked["kim-cuc"].runs[0]
    assert (told.run, told.vehicle, told.kind, told.from_approach, told.to_approach) == (run.pk, "49A-115.15", "ambulance", "N", "")
    assert told.eta == NOW.timestamp() + 20
    assert following.priority_asked(at=NOW + timedelta(minutes=5)) == {}
    assert services.end_expired(at=NOW + timedelta(minutes=6)) == 1
    run.refresh_from_db()
    assert (run.end, run.ended_at) == ("expired", NOW + timedelta(minutes=5))
    assert acts() == ["traffic.priority_announced", "traffic.priority_expired"]
    assert services.end_expired(at=NOW + timedelta(minutes=6)) == 0


@pytest.mark.parametrize("role", ["traffic_engineer", "leader", "bus_control", "officer"])
def test_who_may_not_announce_is_refused_and_nothing_is_kept(control: Control, role: str) -> None:
    with pytest.raises((Forbidden, services.NoSuch)):
        announce(control, control.world.officer(role))
    assert not PriorityRun.objects.exists()


@pytest.mark.parametrize("role", ["traffic_operator", "traffic_head", "emergency_dispatch"])
def test_who_may_announce_may_call_off_and_another_unit_may_neither(control: Control, role: str) -> None:
    run = announce(control, control.world.officer(role))
    with pytest.raises(services.NoSuch):
        services.cancel_run(control.foreign, run_id=run.pk, at=NOW)
    with pytest.raises(services.NoSuch):
        services.mark_passed(control.foreign, run_id=run.pk, junction_code="kim-cuc", at=NOW)
    with pytest.raises(services.NoSuch):
        announce(control, control.foreign)
    assert services.cancel_run(control.operator, run_id=run.pk, at=NOW + SECOND)
    assert not services.cancel_run(control.operator, run_id=run.pk, at=NOW + SECOND)
    assert following.priority_asked(at=NOW + 2 * SECOND) == {}
    assert acts() == ["traffic.priority_announced", "traffic.priority_cancelled"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"vehicle": "  "}, "vehicle"), ({"vehicle": "x" * 41}, "vehicle"), ({"kind": "taxi"}, "kind"), ({"minutes": 0}, "minutes"), ({"minutes": 16}, "minutes"),
        ({"eta_s": -1}, "eta_s"), ({"eta_s": 400}, "eta_s"), ({"start": services.Place("kim-cuc", "X")}, "route.0"),
        ({"goal": services.Place("yersin", "W")}, "goal"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(control: Control, change: dict[str, Any], field: str) -> None:
    with pytest.raises(services.BadPriority) as caught:
        announce(control, **change)
    assert caught.value.field == field
    assert str(caught.value)
    assert not PriorityRun.objects.exists()


def test_a_second_announcement_of_a_vehicle_takes_the_place_of_the_first(control: Control) -> None:
    first = announce(control)
    second = announce(control, start=services.Place("kim-cuc", "S"), at=NOW + SECOND)
    first.refresh_from_db()
    assert first.end == "replaced"
    assert [run.run for run in following.priority_asked(at=NOW + 2 * SECOND)["kim-cuc"].runs] == [second.pk]


def test_a_way_leads_over_the_streets_and_the_run_ends_at_its_last_junction(control: Control) -> None:
    Street.objects.create(
        junction_a=control.junctions["kim-cuc"], arm_a="S", junction_b=control.junctions["yersin"], arm_b="N", length_m=500, speed_kmh=36, source="test"
    )
    run = announce(control, goal=services.Place("yersin", "S"))
    stops = list(run.passages.order_by("number").values_list("junction__code", "from_approach", "to_approach", "eta"))
    assert stops == [("kim-cuc", "N", "S", NOW + 20 * SECOND), ("yersin", "N", "S", NOW + 70 * SECOND)]
    services.mark_passed(control.operator, run_id=run.pk, junction_code="kim-cuc", at=NOW + 30 * SECOND)
    assert set(following.priority_asked(at=NOW + 31 * SECOND)) == {"yersin"}
    services.mark_passed(control.operator, run_id=run.pk, junction_code="yersin", at=NOW + 90 * SECOND)
    run.refresh_from_db()
    assert run.end == "passed"
    assert acts() == ["traffic.priority_announced", "traffic.priority_passed", "traffic.priority_passed", "traffic.priority_ended"]


def test_the_quickest_way_is_taken_and_one_that_turns_nowhere_is_none() -> None:
    roads = [
        Road("a", "E", "b", "W", 60.0), Road("a", "S", "c", "N", 10.0), Road("c", "E", "b", "S", 10.0), Road("b", "E", "d", "W", 5.0),
    ]  # fmt: skip
    turns = {"a": frozenset({("W", "E"), ("W", "S")}), "b": frozenset({("W", "E"), ("S", "E")}), "c": frozenset({("N", "E")}), "d": frozenset({("W", "E")})}
    legs = way(roads, turns, ("a", "W"), ("d", ""), first_s=5.0)
    assert legs == (Leg("a", "W", "S", 5.0), Leg("c", "N", "E", 15.0), Leg("b", "S", "E", 25.0), Leg("d", "W", "", 30.0))
    with pytest.raises(NoWay):
        way(roads, turns, ("a", "W"), ("d", "N"), first_s=5.0)


def test_what_the_lights_did_stands_in_the_audit_and_at_the_passage(control: Control) -> None:
    run = announce(control)
    box = Outbox()
    at = NOW.timestamp()
    box.priority("kim-cuc", at=at, run=run.pk, vehicle=run.vehicle, what="green", text="Green for 49A-115.15 (ambulance), at the stop line in 9 s.")
    box.priority("kim-cuc", at=at + 30, run=run.pk, vehicle=run.vehicle, what="given_up", text="x")
    box.priority("kim-cuc", at=at, run=0, vehicle="05", what="extended", text="Keeps green for bus 05, 90 s late, 40 on board.")
    signals.deliver(box.take(100, wait_s=0))
    passage = run.passages.get()
    assert (passage.green_at, passage.given_up_at) == (NOW, NOW + 30 * SECOND)
    used = Entry.objects.filter(action="traffic.priority_used").order_by("pk")
    assert [row.detail["after"]["what"] for row in used] == ["green", "given_up", "extended"]


def test_what_is_asked_for_costs_four_statements_for_any_number(control: Control) -> None:
    announce(control)
    announce(control, vehicle="49A-114.14", kind="fire", start=services.Place("yersin", "N"))
    with CaptureQueriesContext(connection) as asked:
        assert set(following.priority_asked(at=NOW + SECOND)) == {"kim-cuc", "yersin"}
    assert len(asked) == 4


# Asked for by a machine.


def request(**changes: Any) -> EmergencyRequest:
    at = NOW.timestamp()
    given: dict[str, Any] = {
        "vehicle": "C1", "kind": "ambulance", "sequence": 1, "issued_at": at, "expires_at": at + 20,
        "route": (Passage("kim-cuc", "N", "S", at + 15), Passage("yersin", "N", "S", at + 60)),
    }  # fmt: skip
    return EmergencyRequest(**{**given, **changes})


def test_later_requests_replace_the_earlier_and_silence_ends_them(control: Control) -> None:
    centre = control.world.officer("emergency_dispatch")
    run = services.take_request(centre, request=request(), at=NOW)
    assert run is not None
    at = NOW.timestamp() + 20
    later = NOW + 20 * SECOND - SECOND
    again = request(sequence=2, issued_at=at - 1, expires_at=at + 19, route=(Passage("yersin", "N", "", at + 30),))
    same = services.take_request(centre, request=again, at=later)
    assert same is not None
    assert same.pk == run.pk
    asked = following.priority_asked(at=later + SECOND)
    assert set(asked) == {"yersin"}
    assert asked["yersin"].runs[0].eta == at + 30
    assert following.priority_asked(at=NOW + timedelta(seconds=40)) == {}
    assert acts() == ["traffic.priority_announced", "traffic.priority_changed"]


def test_an_empty_route_ends_the_run(control: Control) -> None:
    centre = control.world.officer("emergency_dispatch")
    run = services.take_request(centre, request=request(), at=NOW)
    assert run is not None
    assert services.take_request(centre, request=request(sequence=2, route=()), at=NOW + SECOND) is None
    run.refresh_from_db()
    assert run.end == "passed"
    with pytest.raises(services.BadPriority):  # what was sent before the end is no use after it
        services.take_request(centre, request=request(sequence=2), at=NOW + 2 * SECOND)


def elsewhere(control: Control) -> Actor:
    """The dispatch centre of the neighbouring unit, which runs a junction of its own."""
    Junction.objects.filter(code="yersin").update(agency_id=control.world.neighbour.pk)
    return control.world.officer("emergency_dispatch", control.world.neighbour)


def at_yersin(**changes: Any) -> EmergencyRequest:
    return request(**{"route": (Passage("yersin", "N", "S", NOW.timestamp() + 15),), **changes})


def test_two_agencies_have_a_vehicle_of_the_same_name_on_its_way_each_with_numbers_of_its_own(control: Control) -> None:
    there, here = elsewhere(control), control.world.officer("emergency_dispatch")
    mine = services.take_request(here, request=request(sequence=1_780_000_000_000, route=(Passage("kim-cuc", "N", "S", NOW.timestamp()),)), at=NOW)
    theirs = services.take_request(there, request=at_yersin(sequence=1), at=NOW + SECOND)
    assert mine is not None
    assert theirs is not None
    assert (mine.pk, mine.vehicle) != (theirs.pk, theirs.vehicle)
    assert {code: [one.vehicle for one in asked.runs] for code, asked in following.priority_asked(at=NOW + 2 * SECOND).items()} == {
        "kim-cuc": ["C1"], "yersin": ["C1"],
    }  # fmt: skip
    assert services.take_request(there, request=at_yersin(sequence=2, route=()), at=NOW + 2 * SECOND) is None
    mine.refresh_from_db()
    assert mine.ended_at is None, "whoever ends their own ends nobody else's"
    again = announce(control, there, vehicle="C1", start=services.Place("yersin", "N"), at=NOW + 3 * SECOND)
    announce(control, there, vehicle="C1", start=services.Place("yersin", "S"), at=NOW + 4 * SECOND)
    again.refresh_from_db()
    mine.refresh_from_db()
    assert (again.end, mine.end) == ("replaced", "")


def test_two_vehicles_of_the_same_name_at_one_junction_are_told_apart(control: Control) -> None:
    first = announce(control)
    second = announce(control, start=services.Place("kim-cuc", "S"), vehicle="other", at=NOW + SECOND)
    PriorityRun.objects.filter(pk=second.pk).update(agency_id=control.world.neighbour.pk, vehicle=first.vehicle)
    told = following.priority_asked(at=NOW + 2 * SECOND)["kim-cuc"].runs
    assert [(one.run, one.vehicle) for one in told] == [(first.pk, "49A-115.15"), (second.pk, "49A-115.15 (2)")]


def test_a_counter_that_begins_anew_is_taken_once_the_last_request_has_expired_and_before_the_way_out_is_told(control: Control) -> None:
    centre = control.world.officer("emergency_dispatch")
    services.take_request(centre, request=request(sequence=1_780_000_000_000), at=NOW)
    soon = NOW + 5 * SECOND
    with pytest.raises(services.BadPriority, match="a counter that began anew is taken 30 seconds after") as caught:
        services.take_request(centre, request=request(sequence=1, issued_at=soon.timestamp(), expires_at=soon.timestamp() + 20), at=soon)
    assert caught.value.field == "replay"
    later = NOW + 20 * SECOND
    for n in (1, 2):
        begun = request(sequence=n, issued_at=later.timestamp() + n, expires_at=later.timestamp() + 20)
        assert services.take_request(centre, request=begun, at=later + n * SECOND) is not None


@pytest.mark.parametrize("route", [request().route, ()], ids=["a way", "the end"])
def test_a_captured_request_is_of_no_use_within_its_life_or_after_it(control: Control, route: tuple[Passage, ...]) -> None:
    centre, at = control.world.officer("emergency_dispatch"), NOW.timestamp()
    captured = request(sequence=5, expires_at=at + 30, route=route)
    services.take_request(centre, request=captured, at=NOW)
    # A later request that lives shorter must not shorten the memory of the one before it.
    services.take_request(centre, request=request(sequence=6, issued_at=at + 1, expires_at=at + 3), at=NOW + SECOND)
    services.end_expired(at=NOW + 10 * SECOND)
    known = PriorityRun.objects.count()
    for seconds in (*range(2, 31), 31, 45, 60, 90, 3600, 86_400):
        services.end_expired(at=NOW + seconds * SECOND)
        with pytest.raises(services.BadPriority) as caught:
            services.take_request(centre, request=captured, at=NOW + seconds * SECOND)
        assert caught.value.field == ("replay" if seconds < 30 else "expired")
    assert PriorityRun.objects.count() == known
    assert not PriorityCall.objects.exists(), "what can be used no more is not remembered for ever"


def test_a_request_held_back_is_not_taken_after_a_later_one_has_expired(control: Control) -> None:
    centre, at = control.world.officer("emergency_dispatch"), NOW.timestamp()
    held_back = request(sequence=5, expires_at=at + 30)
    services.take_request(centre, request=request(sequence=6, issued_at=at + 1, expires_at=at + 3), at=NOW + SECOND)
    for seconds in range(2, 30):
        with pytest.raises(services.BadPriority) as caught:
            services.take_request(centre, request=held_back, at=NOW + seconds * SECOND)
        assert caught.value.field == "replay"


def test_a_way_costs_the_same_number_of_statements_however_many_junctions_there_are(control: Control) -> None:
    Street.objects.create(
        junction_a=control.junctions["kim-cuc"], arm_a="S", junction_b=control.junctions["yersin"], arm_b="N", length_m=500, speed_kmh=36, source="test"
    )

    def reads() -> int:
        with CaptureQueriesContext(connection) as asked:
            announce(control, goal=services.Place("yersin", "S"))
        return sum('FROM "junctions_layout"' in query["sql"] for query in asked)

    before = reads()
    layout = control.junctions["yersin"].layouts.get(state="approved")
    for n in range(3):
        place = Junction.objects.get(code="yersin")
        place.pk, place.code = None, f"far-{n}"
        place.save()
        layout.pk, layout.junction = None, place
        layout.save()
    assert reads() == before == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "taxi"}, "kind"), ({"vehicle": " "}, "vehicle"), ({"issued_at": NOW.timestamp() + 5}, "clock"), ({"expires_at": NOW.timestamp() - 1}, "expired"),
        ({"expires_at": NOW.timestamp() + 31}, "life"), ({"route": (Passage("kim-cuc", "N", "N9", NOW.timestamp()),)}, "route.0"),
        ({"route": (Passage("kim-cuc", "N", "S", NOW.timestamp()), Passage("kim-cuc", "S", "N", NOW.timestamp()))}, "route"),
    ],
)  # fmt: skip
def test_a_request_that_breaks_a_rule_is_refused_by_it(control: Control, change: dict[str, Any], field: str) -> None:
    with pytest.raises(services.BadPriority) as caught:
        services.take_request(control.world.officer("emergency_dispatch"), request=request(**change), at=NOW)
    assert caught.value.field == field
    assert not PriorityRun.objects.exists()


@pytest.fixture
def post(control: Control) -> Callable[..., Any]:
    """Send with the key of a seat."""
    keys._honoured.clear()

    def send(address: str, body: Any, *, role: str = "emergency_dispatch", agency: Any = None) -> Any:
        seat = control.world.officer(role, agency or control.world.commune).position_id
        assert seat is not None
        key = keys.issue_key(SYSTEM, name=f"Trung tâm {role}", position_id=seat, days=30, at=timezone.now())[1]
        return Client().post(
            f"/api/v1/junctions/{address}", json.dumps(body), content_type="application/json",
            headers={"Authorization": f"Bearer {key}", "Accept-Language": "en", "Cookie": "django_language=en"},
        )  # fmt: skip

    return send


def body(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "vehicle": "C1", "kind": "ambulance", "sequence": 1, "issued_at": now.isoformat(), "expires_at": (now + 20 * SECOND).isoformat(),
        "route": [{"junction": "kim-cuc", "from_approach": "N", "to_approach": "S", "eta": (now + 15 * SECOND).isoformat()}], **changes,
    }  # fmt: skip


def test_a_dispatch_centre_asks_over_the_interface(control: Control, post: Callable[..., Any]) -> None:
    told = body()
    answer = post("priority", told)
    assert answer.status_code == 200, answer.content
    assert answer.json()["run"] == PriorityRun.objects.get().pk
    assert set(following.priority_asked(at=timezone.now())) == {"kim-cuc"}
    again = post("priority", told)
    assert again.status_code == 422
    assert again.json()["field"] == "replay"
    refused = Entry.objects.get(action="traffic.priority_refused")
    assert refused.detail["after"]["vehicle"] == "C1"


@pytest.mark.parametrize("role", ["traffic_engineer", "leader", "bus_control", "receiver"])
def test_a_key_of_another_seat_asks_in_vain(control: Control, post: Callable[..., Any], role: str) -> None:
    assert post("priority", body(), role=role).status_code == 403
    assert not PriorityRun.objects.exists()


def test_a_key_of_another_unit_finds_no_junction_and_none_at_all_opens_nothing(control: Control, post: Callable[..., Any]) -> None:
    assert post("priority", body(), agency=control.world.neighbour).status_code == 404
    assert Client().post("/api/v1/junctions/priority", json.dumps(body()), content_type="application/json").status_code == 401
    assert not PriorityRun.objects.exists()


def bus(**changes: Any) -> dict[str, Any]:
    return {
        "vehicle": "05", "junction": "kim-cuc", "from_approach": "N", "to_approach": "S", "distance_m": 150, "speed_kmh": 30, "lateness_s": 90,
        "passengers": 35, "at": datetime.now(UTC).isoformat(), **changes,
    }  # fmt: skip


def test_buses_tell_where_they_are_and_are_on_their_way_to_one_junction(control: Control, post: Callable[..., Any]) -> None:
    assert post("buses", {"reports": [bus()]}, role="bus_control").json() == {"taken": 1}
    told = following.priority_asked(at=timezone.now())["kim-cuc"].buses[0]
    assert (told.vehicle, told.distance_m, round(told.speed_mps, 2), told.passengers) == ("05", 150.0, 8.33, 35)
    assert post("buses", {"reports": [bus(junction="yersin")]}, role="bus_control").status_code == 200
    assert set(following.priority_asked(at=timezone.now())) == {"yersin"}
    assert following.priority_asked(at=timezone.now() + timedelta(seconds=31)) == {}
    services.forget_buses(at=timezone.now() + timedelta(minutes=11))
    assert not BusPosition.objects.exists()


@pytest.mark.parametrize(
    ("change", "status"),
    [({"distance_m": -1}, 422), ({"to_approach": "N9"}, 422), ({"junction": "nowhere"}, 404), ({"at": "2026-01-01T00:00:00Z"}, 422), ({"passengers": 999}, 422)],
)
def test_a_bus_report_that_cannot_be_is_refused(control: Control, post: Callable[..., Any], change: dict[str, Any], status: int) -> None:
    assert post("buses", {"reports": [bus(**change)]}, role="bus_control").status_code == status
    assert not BusPosition.objects.exists()


@pytest.mark.parametrize("role", ["traffic_operator", "emergency_dispatch", "traffic_engineer"])
def test_only_bus_control_tells_where_buses_are(control: Control, post: Callable[..., Any], role: str) -> None:
    assert post("buses", {"reports": [bus()]}, role=role).status_code == 403


# The pages.


FORM = {"vehicle": "49A-115.15", "kind": "ambulance", "start": "kim-cuc:N", "goal": "", "eta_s": "20", "minutes": "5", "reason": "Cấp cứu"}


def test_an_operator_announces_and_the_pages_show_it(control: Control, browser: Callable[[Actor], Client]) -> None:
    client = browser(control.operator)
    assert "No junction is armed now" in text(client.get("/work/traffic/priority/announce/?at=kim-cuc"))
    page = text(client.post("/work/traffic/priority/announce/", FORM, follow=True))
    assert "49A-115.15" in page
    assert "On its way" in page
    assert "not armed: lights do not wait" in page
    for address in ("/work/traffic/at/kim-cuc/live/", "/work/traffic/live/"):
        assert "49A-115.15</strong> (ambulance)" in text(client.get(address))
    run = PriorityRun.objects.get()
    page = text(client.post(f"/work/traffic/priority/{run.pk}/passed/kim-cuc/", follow=True))
    assert "No priority vehicle is on the way" in page
    assert "Through" in page
    assert "49A-115.15" not in text(client.get("/work/traffic/live/"))


def test_a_mistake_in_the_form_is_named_and_nothing_is_lost(control: Control, browser: Callable[[Actor], Client]) -> None:
    page = text(browser(control.operator).post("/work/traffic/priority/announce/", FORM | {"minutes": "99"}))
    assert "A run lasts from 1 to 15 minutes." in page
    assert 'value="49A-115.15"' in page


def test_who_may_only_look_sees_it_and_finds_no_button(control: Control, browser: Callable[[Actor], Client]) -> None:
    run = announce(control, at=timezone.now())
    client = browser(control.engineer)
    page = text(client.get("/work/traffic/priority/"))
    assert "49A-115.15" in page
    assert "Call it off" not in page
    assert "announce/" not in page
    assert client.post(f"/work/traffic/priority/{run.pk}/cancel/").status_code == 403
    assert client.get("/work/traffic/priority/announce/").status_code == 403


def test_another_unit_sees_nothing_of_it(control: Control, browser: Callable[[Actor], Client]) -> None:
    run = announce(control, at=timezone.now())
    client = browser(control.foreign)
    assert "49A-115.15" not in text(client.get("/work/traffic/priority/"))
    assert client.post(f"/work/traffic/priority/{run.pk}/cancel/").status_code == 404
    assert "kim-cuc" not in text(client.get("/work/traffic/priority/announce/"))
    assert PriorityRun.objects.get().ended_at is None
