"""Green in time for who asked with right, through legal stages only, and the others' turn afterwards."""

from datetime import date

import pytest

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.control.horizon import RollingHorizon
from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.gate.gate import Command, Outcome, SafetyGate
from langbiang.city.traffic.gate.monitor import LampMonitor
from langbiang.city.traffic.gate.rules import rules_of
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.limits import FIELD
from langbiang.city.traffic.network import Lane, Network
from langbiang.city.traffic.perception import JunctionView, SeenVehicle
from langbiang.city.traffic.priority.buses import BusReport, BusSettings, CycleLock, weight_of
from langbiang.city.traffic.priority.controller import PriorityController
from langbiang.city.traffic.priority.emergency import EmergencyService, EmergencySettings
from langbiang.city.traffic.priority.order import order_on
from langbiang.city.traffic.priority.requests import EmergencyRequest, Passage
from langbiang.city.traffic.priority.weighted import RadioVehicle, WeightedHorizon, with_radio
from tests.city.traffic.conftest import crossroads
from tests.city.traffic.gate.test_assault import with_pedestrians

JUNCTION = crossroads()
LANES = {
    f"{arm}{way}_0": Lane(f"{arm}{way}_0", f"{arm}{way}", 0, 300.0, 13.9) for arm in "NESW" for way in ("in", "out")
}
NETWORK = Network({"X": JUNCTION}, LANES, {k.from_lane: (k.to_lane,) for k in JUNCTION.links})
STAGES = {"X": JUNCTION.stages}
ORDER = order_on(date(2026, 11, 1))
LANE = {lane: i for i, lane in enumerate(JUNCTION.lanes)}


def car(name: str, arm: str, link: int, distance: float, speed: float = 0.0, kind: str = "passenger") -> SeenVehicle:
    return SeenVehicle(name, LANE[f"{arm}in_0"], link, distance, speed, kind)


def view(now: float, *vehicles: SeenVehicle, known: bool = True) -> JunctionView:
    return JunctionView(now, sorted(vehicles, key=lambda v: (v.lane, v.distance_m)), {}, is_turn_known=known)


def call(vehicle: str, eta: float, arm: str = "E", to: str = "W", kind: str = "ambulance", expires: float = 1e6) -> EmergencyRequest:
    return EmergencyRequest(vehicle, kind, 1, 0.0, expires, (Passage("X", f"{arm}in", f"{to}out", eta),))


def service(**settings: float) -> EmergencyService:
    return EmergencyService(NETWORK, STAGES, ORDER, EmergencySettings(**settings))


def play(made: EmergencyService, driver: LampDriver, until: int, *cars: SeenVehicle, start: int = 0) -> list[int]:
    """Let the service alone drive the lamps; returns the stage shown each second."""
    shown = []
    for now in range(start, until):
        made.tick(float(now), {"X": driver})
        driver.tick()
        wanted = made.decide("X", float(now), view(float(now), *cars), driver)
        if wanted is not None and wanted.stage != driver.stage:
            driver.ask(wanted.stage)
        shown.append(driver.stage if driver.target is None else -1)
    return shown


def test_green_stands_before_the_vehicle_arrives_and_not_much_earlier() -> None:
    made = service()
    made.take(call("C1", 60.0), 0.0)
    shown = play(made, LampDriver(JUNCTION, FIELD, JUNCTION.stages), 60)
    first = shown.index(1)
    assert 45 <= first <= 56
    assert set(shown[first:]) == {1}


def test_a_queue_ahead_brings_the_green_forward_by_its_discharge() -> None:
    cars = [car(f"q{i}", "E", 2, 2 + 7.5 * i) for i in range(8)]
    free, queued = service(), service()
    for made in (free, queued):
        made.take(call("C1", 80.0), 0.0)
    alone = play(free, LampDriver(JUNCTION, FIELD, JUNCTION.stages), 80).index(1)
    behind = play(queued, LampDriver(JUNCTION, FIELD, JUNCTION.stages), 80, *cars).index(1)
    assert alone - behind == 2 + 2 * 8


def test_a_green_that_runs_is_not_given_up_when_it_could_not_return_in_time() -> None:
    made = service()
    made.take(call("C1", 40.0, "N", "S"), 0.0)
    driver = LampDriver(JUNCTION, FIELD, JUNCTION.stages)
    for now in range(25):
        made.tick(float(now), {"X": driver})
        driver.tick()
    assert made.decide("X", 25.0, view(25.0), driver, Decision(1, "plan")) is not None
    assert service().decide("X", 25.0, view(25.0), driver, Decision(1, "plan")) is None


def test_the_legal_order_decides_between_two_and_then_who_came_first() -> None:
    made = service()
    made.take(call("C1", 20.0, "N", "S"), 0.0)
    made.take(call("F1", 20.0, "E", "W", "fire"), 1.0)
    shown = play(made, LampDriver(JUNCTION, FIELD, JUNCTION.stages), 40)
    assert shown[-1] == 1
    equal = service()
    equal.take(call("C1", 20.0, "N", "S"), 0.0)
    equal.take(call("C2", 20.0, "E", "W"), 1.0)
    assert set(play(equal, LampDriver(JUNCTION, FIELD, JUNCTION.stages), 40)) == {0}


def test_an_expired_call_lets_go() -> None:
    made = service()
    made.take(call("C1", 10.0, expires=12.0), 0.0)
    driver = LampDriver(JUNCTION, FIELD, JUNCTION.stages)
    play(made, driver, 12)
    made.tick(12.0, {"X": driver})
    assert made.decide("X", 12.0, view(12.0), driver) is None
    assert not made.is_busy("X")


def test_a_vehicle_that_never_comes_does_not_hold_the_junction_for_ever() -> None:
    made = service(longest_hold_s=30.0)
    made.take(call("C1", 5.0, "N", "S"), 0.0)
    driver = LampDriver(JUNCTION, FIELD, JUNCTION.stages)
    play(made, driver, 40)
    assert made.decide("X", 40.0, view(40.0), driver) is None


def test_not_even_an_ambulance_keeps_another_red_beyond_the_limit() -> None:
    made = service(longest_hold_s=1e6)
    made.take(call("C1", 5.0, "N", "S"), 0.0)
    driver = LampDriver(JUNCTION, FIELD, JUNCTION.stages)
    shown = play(made, driver, 300, car("w", "E", 2, 3.0))
    longest = run = 0
    for stage in shown:
        run = 0 if stage == 1 else run + 1
        longest = max(longest, run)
    assert longest <= FIELD.max_red_s
    assert 1 in shown


def test_afterwards_the_longest_red_goes_first() -> None:
    made = service(recovery_from_red_s=20.0)
    driver = LampDriver(JUNCTION, FIELD, JUNCTION.stages)
    made.take(call("C1", 30.0, "N", "S", expires=60.0), 0.0)
    shown = play(made, driver, 90, car("w", "E", 2, 3.0))
    assert set(shown[:60]) == {0}
    assert 1 in shown[60:75]


def test_no_walk_or_clearance_is_cut_for_an_ambulance() -> None:
    """The controller waits by itself; and were it not to, the gate would still show no foot in front of a wheel."""
    walking = {"until": 30.0}
    controller = PriorityController(
        WeightedHorizon(NETWORK, FIELD, STAGES),
        NETWORK,
        service(),
        None,
        pedestrians=lambda _junction, now: max(0.0, walking["until"] - now),
    )
    assert controller._emergency is not None
    controller._emergency.take(call("C1", 5.0), 0.0)
    driver = LampDriver(JUNCTION, FIELD, JUNCTION.stages)
    changed = None
    for now in range(60):
        driver.tick()
        wanted = controller.decide(float(now), {"X": view(float(now))}, {"X": driver}).get("X")
        if wanted and wanted.stage != driver.stage and driver.ask(wanted.stage) and changed is None:
            changed = now
    assert changed == 30


def test_the_gate_lets_a_hostile_emergency_command_break_no_lamp_rule() -> None:
    rules = with_pedestrians(rules_of(JUNCTION, FIELD))
    gate = SafetyGate(rules, 0.0)
    gate.arm(ArmLease("X", gate.fingerprint, "An", "Bình", 0.0, 300.0), 0.0)
    monitor = LampMonitor(rules, gate.lamps, 0.0)
    outcomes, broken = set(), []
    for tenth in range(2500):
        now = tenth / 10
        # As if two emergency vehicles from crossing streets tore at the junction ten times a second.
        verdict = gate.submit(Command("X", (0, 2)[tenth % 2], gate.fingerprint, now, now, now), now)
        outcomes.add(verdict.outcome)
        broken += monitor.look(gate.lamps, now)
    assert broken == []
    assert Outcome.DENY in outcomes


@pytest.mark.parametrize(
    ("lateness", "passengers", "wanted"), [(-30.0, 60, 1.0), (0.0, 20, 1.0), (120.0, 0, 1.0)]
)
def test_a_bus_that_is_early_or_on_time_or_empty_weighs_as_a_car(lateness: float, passengers: int, wanted: float) -> None:
    assert weight_of(BusReport("B", "X", "Ein", "Wout", 50.0, 9.0, lateness, passengers), BusSettings()) == wanted


def test_weight_grows_with_lateness_and_load_up_to_a_bound() -> None:
    def weight(late: float, load: int) -> float:
        return weight_of(BusReport("B", "X", "Ein", "Wout", 50.0, 9.0, late, load), BusSettings())

    assert 1.0 < weight(30, 20) < weight(60, 20) <= weight(60, 40) <= BusSettings().most_weight
    assert weight(1e9, 10_000) == BusSettings().most_weight
    assert weight(0, BusSettings().full_passengers) > 1.0


def test_after_one_bus_the_others_have_their_turn_before_the_next() -> None:
    lock = CycleLock(JUNCTION, 90.0)
    lock.close(10.0, "GgrrGgrr", view(10.0, car("a", "E", 2, 5.0)))
    assert lock.is_closed
    lock.tick(20.0, "GgrrGgrr")
    assert lock.is_closed
    lock.tick(21.0, "rrGgrrGg")
    assert not lock.is_closed


def test_the_lock_opens_when_nobody_waits_or_too_long() -> None:
    lock = CycleLock(JUNCTION, 90.0)
    lock.close(10.0, "GgrrGgrr", view(10.0))
    assert not lock.is_closed
    lock.close(10.0, "GgrrGgrr", view(10.0, car("a", "E", 2, 5.0)))
    lock.tick(100.0, "GgrrGgrr")
    assert not lock.is_closed


def test_a_radio_vehicle_takes_the_place_of_its_track_or_is_added() -> None:
    seen = view(0.0, car("t1", "E", 3, 48.0, 8.0, "bus"), car("t2", "E", 2, 20.0, 8.0))
    bus = RadioVehicle("B", "bus", "Ein", "Wout", 52.0, 8.0, 4.0)
    told, known = with_radio(seen, JUNCTION, [bus])
    assert [v.id for v in told.vehicles] == ["t2", "t1"]
    assert known == {"t1": (4.0, 2)}
    assert told.vehicles[1].link == 2
    far = RadioVehicle("B", "bus", "Ein", "Wout", 180.0, 8.0, 4.0)
    told, known = with_radio(seen, JUNCTION, [far])
    assert [v.id for v in told.vehicles] == ["t2", "t1", "radio:B"]
    assert len(seen.vehicles) == 2


def _first_green_for_the_bus(buses: BusSettings | None) -> int:
    controller = PriorityController(WeightedHorizon(NETWORK, FIELD, STAGES), NETWORK, None, buses)
    driver = LampDriver(JUNCTION, FIELD, JUNCTION.stages)
    bus = BusReport("B", "X", "Ein", "Wout", 4.0, 0.0, 200.0, 60)
    for now in range(100):
        driver.tick()
        # A car every five seconds on the running green.
        stream = [car(f"n{i}", "N", 0, 50.0 * i - 10.0 * now, 10.0) for i in range(30) if 0 < 50 * i - 10 * now <= 150]
        controller.bus_reports = (bus,) if buses else ()
        wanted = controller.decide(float(now), {"X": view(float(now), *stream, car("b", "E", 2, 4.0, 0.0, "bus"))}, {"X": driver}).get("X")
        if wanted and wanted.stage == 1:
            return now
    return 100


def test_a_late_full_bus_gets_its_green_earlier_than_a_car_would() -> None:
    assert _first_green_for_the_bus(BusSettings()) < _first_green_for_the_bus(None)


def test_without_radios_the_controller_decides_as_the_plain_horizon() -> None:
    plain, wrapped = RollingHorizon(NETWORK, FIELD, STAGES), PriorityController(
        WeightedHorizon(NETWORK, FIELD, STAGES), NETWORK, service(), BusSettings()
    )
    drivers = [LampDriver(JUNCTION, FIELD, JUNCTION.stages) for _ in range(2)]
    for now in range(200):
        seen = [car(f"e{i}", "E", 2, 3.0 + 8 * i) for i in range(now % 7)]
        stages = []
        for controller, driver in zip((plain, wrapped), drivers, strict=True):
            driver.tick()
            wanted = controller.decide(float(now), {"X": view(float(now), *seen)}, {"X": driver}).get("X")
            if wanted:
                driver.ask(wanted.stage)
            stages.append(driver.state())
        assert stages[0] == stages[1]
