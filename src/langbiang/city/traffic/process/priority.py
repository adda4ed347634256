"""Emergency vehicles and buses at one junction, live: around whatever controller drives, in front of the same gate.

What is asked for comes with the orders of people, so that it ends at its instant although nobody can be asked any more.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.gate.lamps import LampSequence
from langbiang.city.traffic.gate.rules import GateRules
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.perception import JunctionView
from langbiang.city.traffic.priority.asked import BUS_LIVES_S, Asked, Run
from langbiang.city.traffic.priority.buses import BusReport, BusSettings
from langbiang.city.traffic.priority.controller import PriorityController
from langbiang.city.traffic.priority.emergency import EmergencyService
from langbiang.city.traffic.priority.order import BadOrder, LegalOrder, order_on
from langbiang.city.traffic.priority.requests import EmergencyRequest, Passage
from langbiang.city.traffic.priority.weighted import RadioVehicle
from langbiang.city.traffic.signals.codes import (
    BUS_EARLY_GREEN,
    BUS_EXTENDED_GREEN,
    PREEMPT_ENTRY,
    PREEMPT_EXIT,
    PREEMPT_OFF,
    PREEMPT_ON,
)

from .counting import VIETNAM
from .deciding import Picture
from .mirror import Model, model_of

# A bus beyond this has no queue to weigh in yet.
REACH_M = 100.0
# The parameter under which buses stand in the event log; emergency vehicles are numbered from 1.
BUS = 1


@dataclass(frozen=True)
class Use:
    """What priority did: green, through, given_up, interrupted (emergency); early_green, extended (bus). `run` is 0 for a bus."""

    what: str
    vehicle: str
    run: int
    text: str


# The controller that drives, asked with the buses put into the picture.
Chooser = Callable[[Picture], Decision]


class _Planned:
    """What `PriorityController` holds inside: the live controller, told of the buses of this second."""

    name = "live"

    def __init__(self, model: Model) -> None:
        self.model = model
        self.radio: dict[str, list[RadioVehicle]] = {}
        self.picture: Picture | None = None
        self.choose: Chooser | None = None

    def holds(self, view: JunctionView, driver: LampDriver) -> bool:
        """The gate lets a change run to its end."""
        return False

    def decide(self, now: float, views: Mapping[str, JunctionView], lamps: Mapping[str, LampDriver]) -> dict[str, Decision]:
        """The live controller's decision."""
        assert self.picture is not None
        assert self.choose is not None
        heard = [v for v in self.radio.get(self.model.junction.id, ()) if v.weight > 1.0]
        extra: dict[str, float] = {}
        for vehicle in heard:
            lanes = self._lanes(vehicle)
            if vehicle.distance_m <= REACH_M:
                for lane in lanes:
                    extra[lane] = extra.get(lane, 0.0) + (vehicle.weight - 1.0) / len(lanes)
        return {self.model.junction.id: self.choose(replace(self.picture, radio=tuple(heard), extra=extra))}

    def _lanes(self, vehicle: RadioVehicle) -> list[str]:
        junction = self.model.junction
        way = vehicle.from_edge, vehicle.to_edge
        return list(
            dict.fromkeys(k.from_lane for k in junction.links if (junction.edge_of(k.from_lane), junction.edge_of(k.to_lane)) == way)
        )


@dataclass
class Priority:
    """Call `choose` once a second, armed or not; `uses` and `rows` (of the event log) are what is to be told of it."""

    layout: Mapping[str, Any]
    rules: GateRules
    asked: Asked = field(default_factory=Asked)
    uses: list[Use] = field(default_factory=list)
    rows: list[tuple[float, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model = model_of(self.layout, self.rules)
        code = self.model.junction.id
        self._day: date | None = None
        self._emergency = EmergencyService(self.model.network, {code: self.model.stages}, LegalOrder(()))
        self._planned = _Planned(self.model)
        self._controller = PriorityController(self._planned, self.model.network, self._emergency, BusSettings())
        self._known: dict[str, Run] = {}
        self._serving = ""
        self._helped: dict[str, set[str]] = {}
        self._numbers: dict[str, tuple[int, int]] = {}  # run, and its number in the event log

    @property
    def is_busy(self) -> bool:
        """Whether an emergency vehicle is on its way here."""
        return bool(self._known)

    def choose(self, controller: Chooser, picture: Picture, sequence: LampSequence, now: float, *, is_armed: bool) -> Decision:
        """The stage wanted now. At a junction nobody armed vehicles are followed and nothing is decided for them."""
        code = self.model.junction.id
        driver = self.model.driver(sequence, now)
        self._hear(now)
        if not is_armed:
            if self._serving:
                self._use("interrupted", self._serving, "The junction is not armed any more.", now, PREEMPT_EXIT)
                self._emergency.let_go(code)
                self._serving = ""
            self._emergency.tick(now, {code: driver})
            return controller(picture)
        self._planned.picture, self._planned.choose = picture, controller
        self._controller.bus_reports = self._buses(now)
        before = self._controller.uses.bus_green, self._controller.uses.bus_extended
        decision = self._controller.decide(now, {code: self.model.view(picture, now)}, {code: driver})[code]
        self._tell_emergency(decision, now)
        self._tell_buses(before, decision, now)
        return decision

    def take_told(self) -> tuple[list[Use], list[tuple[float, int, int]]]:
        """What is to be told since the last time."""
        told = self.uses, self.rows
        self.uses, self.rows = [], []
        return told

    def _hear(self, now: float) -> None:
        """Take in who is on the way; who is no longer named has passed or was called off."""
        day = datetime.fromtimestamp(now, UTC).astimezone(VIETNAM).date()
        if day != self._day:
            with suppress(BadOrder):
                self._emergency.order = order_on(day)
            self._day = day
        runs = {run.vehicle: run for run in self.asked.runs if run.expires_at > now}
        for vehicle in [vehicle for vehicle in self._known if vehicle not in runs]:
            gone = self._known.pop(vehicle)
            self._emergency.take(EmergencyRequest(vehicle, gone.kind, 0, now, now, ()), now)
            self.rows.append((now, PREEMPT_OFF, self._numbers[vehicle][1]))
        self._numbers = {v: both for v, both in self._numbers.items() if v in self._known or v == self._serving}
        for vehicle, run in runs.items():
            if self._known.get(vehicle) == run:
                continue
            to_edge = f"out-{run.to_approach}" if run.to_approach else ""
            passage = Passage(self.model.junction.id, run.from_approach, to_edge, run.eta)
            with suppress(BadOrder):  # a kind that lost its priority at midnight
                self._emergency.take(EmergencyRequest(vehicle, run.kind, 0, now, run.expires_at, (passage,)), now)
                if vehicle not in self._known:
                    self._numbers[vehicle] = run.run, self._number()
                    self.rows.append((now, PREEMPT_ON, self._numbers[vehicle][1]))
                self._known[vehicle] = run

    def _buses(self, now: float) -> list[BusReport]:
        """Buses carried on along the road since they told where they are; one nobody heard of for long is forgotten."""
        return [
            BusReport(
                bus.vehicle, self.model.junction.id, bus.from_approach, f"out-{bus.to_approach}",
                max(2.0, bus.distance_m - bus.speed_mps * max(0.0, now - bus.at)), bus.speed_mps, bus.lateness_s, bus.passengers,
            )
            for bus in self.asked.buses
            if now - bus.at <= BUS_LIVES_S
        ]  # fmt: skip

    def _tell_emergency(self, decision: Decision, now: float) -> None:
        code = self.model.junction.id
        serving, given_up = self._emergency.serving(code), self._emergency.given_up(code)
        if serving != self._serving:
            if self._serving:
                what = "given_up" if self._serving in given_up else "through"
                self._use(what, self._serving, decision.reason, now, PREEMPT_EXIT)
            if serving:
                self._use("green", serving, decision.reason, now, PREEMPT_ENTRY)
        self._serving = serving

    def _tell_buses(self, before: tuple[int, int], decision: Decision, now: float) -> None:
        near = {bus.vehicle for bus in self.asked.buses}
        self._helped = {vehicle: done for vehicle, done in self._helped.items() if vehicle in near}
        uses = self._controller.uses
        for what, grew, row in (
            ("early_green", uses.bus_green > before[0], BUS_EARLY_GREEN), ("extended", uses.bus_extended > before[1], BUS_EXTENDED_GREEN),
        ):  # fmt: skip
            vehicle = next((v for v in sorted(near, key=len, reverse=True) if f" {v}, " in decision.reason), "") if grew else ""
            if vehicle and what not in self._helped.setdefault(vehicle, set()):
                self._helped[vehicle].add(what)
                self._use(what, vehicle, decision.reason, now, row)

    def _use(self, what: str, vehicle: str, text: str, now: float, row: int) -> None:
        run, number = self._numbers.get(vehicle, (0, BUS))
        self.uses.append(Use(what, vehicle, run, text))
        self.rows.append((now, row, number))

    def _number(self) -> int:
        """The smallest number no vehicle on its way has: the parameter under which its rows stand in the event log."""
        taken = {self._numbers[vehicle][1] for vehicle in self._known}
        return next(n for n in range(1, len(taken) + 2) if n not in taken)
