"""The junction of a layout as planners see it: a network of one, its stages, its limits, and the gate's lamps as their driver."""

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langbiang.city.traffic.gate.lamps import GREEN, LampSequence
from langbiang.city.traffic.gate.rules import GateRules
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.network import Junction, Lane, Link, Network, Phase, Stage, make_junction
from langbiang.city.traffic.perception import JunctionView, SeenVehicle

from .deciding import Picture

SPEED_MPS = 10.0
CROSSING_M = 20.0
EXIT_M = 200.0
SPACE_M = 5.0
MOST_IN_LINE = 40
RANGE_M = 80.0


@dataclass(frozen=True)
class Model:
    """One junction for a planner; `groups` is the signal group of each link."""

    rules: GateRules
    network: Network
    junction: Junction
    groups: tuple[int, ...]
    stages: tuple[Stage, ...]
    limits: Limits

    def driver(self, sequence: LampSequence, now: float) -> LampDriver:
        """The lamps of the gate, to be read only."""
        return _Mirror(self.junction, self.limits, self.stages, self.groups, sequence, now)

    def view(self, picture: Picture, now: float, *, passed: list[tuple[str, int]] | None = None) -> JunctionView:
        """The queues of a picture as vehicles in line: the n-th of a queue is the n-th since the source began."""
        found = []
        for index, lane in enumerate(self.junction.lanes):
            queue, link = picture.queues.get(lane), self.junction.lane_links[lane][0]
            if queue is None:  # nobody sees it: somebody always waits
                found.append(SeenVehicle(f"{lane}:unseen", index, link, 2.0, 0.0, "vehicle"))
                continue
            first = picture.left.get(lane, 0)
            for n in range(min(MOST_IN_LINE, math.ceil(queue - 0.5))):
                found.append(SeenVehicle(f"{lane}:{first + n}", index, link, 2.0 + SPACE_M * n, 0.0, "vehicle"))
        return JunctionView(now, found, {}, passed=passed or [], is_turn_known=False, range_m=RANGE_M)


def model_of(layout: Mapping[str, Any], rules: GateRules) -> Model:
    """The layout as a planner sees it; people on foot are the gate's to protect."""
    network, groups = network_of(rules.junction, layout)
    junction = network.junctions[rules.junction]
    vehicles = [group for group in rules.groups if not group.is_pedestrian]
    yellow_s = math.ceil(max(group.yellow_s for group in vehicles))
    # A change takes what people on foot need to clear as well; a planner that thinks it cheaper changes too often.
    changes = [change_s(rules, a, b) for a in range(len(rules.stages)) for b in range(len(rules.stages)) if a != b]
    greens = [max(g.min_green_s for g, on in zip(rules.groups, stage, strict=True) if on) for stage in rules.stages]
    limits = Limits(
        "layout", yellow_s=yellow_s, all_red_s=max(0, round(statistics.fmean(changes)) - yellow_s),
        min_green_s=round(statistics.fmean(greens)), max_red_s=int(rules.max_red_s),
    )  # fmt: skip
    stages = tuple(Stage(n, state) for n, state in enumerate(_letters(junction, groups, rules)))
    return Model(rules, network, junction, groups, stages, limits)


class _Mirror(LampDriver):
    """The lamps of the gate as the planner asks for them; it only ever reads."""

    def __init__(
        self, junction: Junction, limits: Limits, stages: tuple[Stage, ...], groups: tuple[int, ...], sequence: LampSequence, now: float
    ) -> None:
        super().__init__(junction, limits, stages, sequence.stage, sequence.target if sequence.is_changing else None)
        self._sequence, self._groups, self._now = sequence, groups, now
        self.ages = [int(now - sequence.since[g]) if sequence.lamps[g] == GREEN else 0 for g in groups]

    def wait_for(self, stage: int) -> int:
        """Seconds until minimum greens and walks allow going to a stage."""
        return max(0, math.ceil(self._sequence.green_missing_s(stage, self._now)))

    def state(self) -> str:
        """Lamps now, one letter per link."""
        going = self.stages[self.stage if self.target is None else self.target].state
        now = self.stages[self.stage].state
        found = []
        for k, g in enumerate(self._groups):
            lamp = self._sequence.lamps[g]
            letter = now[k] if now[k] != "r" else going[k]
            found.append((letter if letter != "r" else "G") if lamp == GREEN else "y" if lamp == 1 else "r")
        return "".join(found)


def change_s(rules: GateRules, a: int, b: int) -> float:
    """From the end of green of one stage to the last green of another."""
    here, there = rules.stages[a], rules.stages[b]
    return max(
        (
            rules.groups[x].yellow_s + rules.clearance_s[x][y]
            for x in range(len(here))
            for y in range(len(here))
            if here[x] and not there[x] and there[y] and not here[y] and rules.conflicts[x][y]
        ),
        default=0.0,
    )


def network_of(code: str, layout: Mapping[str, Any]) -> tuple[Network, tuple[int, ...]]:
    """The junction as the planner sees it, and the signal group of each link. People on foot are the gate's to protect."""
    keys = [m["key"] for m in layout["movements"]]
    conflicts = {(a, b) for a, b in layout["conflicts"]}
    ways = {(a, b) for a, b in layout["gives_way"]}
    lanes = {
        lane["key"]: Lane(lane["key"], lane["approach"], n, float(lane["length_m"]), SPEED_MPS) for n, lane in enumerate(layout["lanes"])
    }
    links: list[Link] = []
    owner: list[str] = []
    for movement in layout["movements"]:
        for lane in movement.get("lanes", ()):
            for goal in movement.get("to") or [movement["approach"]]:
                out = f"out-{goal}"
                lanes.setdefault(out, Lane(out, out, 0, EXIT_M, SPEED_MPS))
                links.append(Link(len(links), lane, out, movement["turn"][0], CROSSING_M, SPEED_MPS))
                owner.append(movement["key"])
    foes = [[(a, b) in conflicts or (a, b) in ways or (b, a) in ways for b in owner] for a in owner]
    yields = [[(a, b) in ways for b in owner] for a in owner]
    programme = [
        Phase("".join("G" if name in stage["movements"] else "r" for name in owner), 20.0)
        for stage in layout["stages"]
        if any(name in stage["movements"] for name in owner)
    ]
    edges = {lane.id: lane.edge for lane in lanes.values()}
    junction = make_junction(code, links, programme, foes, yields, edge_of=edges)
    return Network({code: junction}, lanes, {}), tuple(keys.index(name) for name in owner)


def _letters(junction: Junction, groups: tuple[int, ...], rules: GateRules) -> list[str]:
    found = []
    for stage in rules.stages:
        on = [stage[g] for g in groups]
        found.append(
            "".join(
                "r" if not on[a] else "g" if any(on[b] and junction.yields[a][b] for b in range(len(groups))) else "G"
                for a in range(len(groups))
            )
        )
    return found
