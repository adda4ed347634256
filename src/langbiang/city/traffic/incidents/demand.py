"""The demand of a scenario rewritten for a plan: same trips, same seeds, only what the plan changes."""

import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from langbiang.city.traffic.incidents.plans import BadPlan, EventPlan, motorbikes_per_car
from langbiang.city.traffic.network import Network
from langbiang.city.traffic.twin.scenario import Scenario

MOTORBIKE = "motorbike"
LATERAL_RESOLUTION_M = 0.4
SORTED_OUT_S = 20
CAR_CLASSES = frozenset({"passenger", "private", ""})
MOTORBIKE_TYPE = (
    f'  <vType id="{MOTORBIKE}" vClass="motorcycle" length="1.9" width="0.7" minGap="0.8" accel="2.8" decel="5.5" '
    'latAlignment="arbitrary" maxSpeedLat="1.2" minGapLat="0.25" speedDev="0.1"/>'
)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The scenario to run, and what the plan did to the demand."""

    scenario: Scenario
    wanted: int
    """Vehicles wanted in the window, those added included and those cut off not."""
    cut_off: int
    """Trips that begin or end on a closed edge."""
    no_way: int
    """Trips for which the roads left open make no way."""
    converted: int
    motorbikes: int
    added: int
    arguments: tuple[str, ...]


def rewrite(scenario: Scenario, network: Network, plan: EventPlan, seed: int, folder: Path) -> Rewritten:
    """Write the demand of a plan into ``folder``; seeded, so that every controller meets the same vehicles."""
    closed = plan.closed_edges(network)
    shut = plan.closed_lanes(network)
    has_closure = bool(shut)
    ways = _Ways(network, shut)
    draw = random.Random(f"what-if {seed}")
    per_car = motorbikes_per_car(plan.kept) if plan.motorbikes else 1.0
    types: list[str] = []
    classes: dict[str, str] = {}
    trips: list[tuple[float, str]] = []
    cut = lost = converted = bikes = 0
    for path in scenario.routes:
        for element in ElementTree.parse(path).getroot():
            if element.tag == "vType":
                classes[element.attrib["id"]] = element.get("vClass", "")
                types.append(_text(element))
            elif element.tag in {"trip", "vehicle"}:
                trip = _as_trip(element) if has_closure else element
                depart = float(element.get("depart", "0"))
                if not scenario.begin_s <= depart < scenario.end_s:
                    continue
                if {trip.get("from"), trip.get("to")} & closed:
                    cut += 1
                    continue
                if has_closure and not ways.lead(trip.get("from", ""), trip.get("to", "")):
                    lost += 1
                    continue
                if classes.get(trip.get("type", ""), "") in CAR_CLASSES and draw.random() < plan.motorbikes:
                    made = _motorbikes(trip, per_car, draw)
                    converted, bikes = converted + 1, bikes + len(made)
                    trips += [(depart, text) for text in made]
                else:
                    trips.append((depart, _text(trip)))
            elif element.tag in {"flow", "route"}:
                raise BadPlan(f"{path.name}: <{element.tag}> is not understood by what-if; write the demand as trips or vehicles")
            else:
                types.append(_text(element))
    extra = _extra_trips(scenario, plan, draw)
    trips += extra
    trips.sort(key=lambda pair: pair[0])
    out = folder / "what-if.rou.xml"
    head = [*types, *([MOTORBIKE_TYPE] if plan.motorbikes else [])]
    out.write_text("<routes>\n" + "\n".join([*head, *(t for _, t in trips)]) + "\n</routes>\n", encoding="utf-8")
    # Side by side, drivers inside an unsignalled junction can wait for one another for ever; real ones sort it out.
    mixed = ("--lateral-resolution", str(LATERAL_RESOLUTION_M), "--ignore-junction-blocker", str(SORTED_OUT_S))
    arguments = mixed if plan.motorbikes else ()
    return Rewritten(
        replace(scenario, routes=(out,), trips=len(trips)),
        len(trips),
        cut,
        lost,
        converted,
        bikes,
        len(extra),
        (*arguments, *(("--ignore-route-errors",) if has_closure else ())),
    )


class _Ways:
    """Whether the open lanes lead from one edge to another; every edge is searched from once."""

    def __init__(self, network: Network, shut: frozenset[str]) -> None:
        self._onward: dict[str, set[str]] = {}
        self._reached: dict[str, set[str]] = {}
        for lane, following in network.successors.items():
            if lane not in shut:
                onward = self._onward.setdefault(network.lanes[lane].edge, set())
                onward.update(network.lanes[n].edge for n in following if n not in shut)

    def lead(self, first: str, last: str) -> bool:
        if first not in self._reached:
            reached, open_ = {first}, [first]
            while open_:
                for edge in self._onward.get(open_.pop(), ()):
                    if edge not in reached:
                        reached.add(edge)
                        open_.append(edge)
            self._reached[first] = reached
        return last in self._reached[first]


def _as_trip(element: ElementTree.Element) -> ElementTree.Element:
    """A vehicle with its route becomes a trip, so that it finds its way around what is closed."""
    route = element.find("route")
    edges = route.get("edges", "").split() if route is not None else []
    if not edges:
        return element
    trip = ElementTree.Element("trip", {**element.attrib, "from": edges[0], "to": edges[-1]})
    return trip


def _motorbikes(trip: ElementTree.Element, per_car: float, draw: random.Random) -> list[str]:
    """The motorbikes in the place of one car; a fraction is drawn, so that the mean is kept."""
    count = int(per_car) + (draw.random() < per_car - int(per_car))
    made = []
    for n in range(count):
        bike = ElementTree.Element(trip.tag, {**trip.attrib, "type": MOTORBIKE, "id": f"{trip.attrib['id']}~{n}"})
        bike.attrib.pop("departLane", None)
        bike.extend(list(trip))
        made.append(_text(bike))
    return made


def _extra_trips(scenario: Scenario, plan: EventPlan, draw: random.Random) -> list[tuple[float, str]]:
    made: list[tuple[float, str]] = []
    for i, extra in enumerate(plan.extras):
        at = scenario.begin_s + draw.expovariate(extra.per_hour / 3600)
        while at < scenario.end_s:
            made.append(
                (
                    at,
                    f'  <trip id="extra{i}.{len(made)}" depart="{at:.1f}" departLane="best" '
                    f"from={quoteattr(extra.from_edge)} to={quoteattr(extra.to_edge)}/>",
                )
            )
            at += draw.expovariate(extra.per_hour / 3600)
    return made


def _text(element: ElementTree.Element) -> str:
    return "  " + ElementTree.tostring(element, encoding="unicode").strip()


@dataclass
class Closures:
    """Companion of a run: nobody may use the closed lanes; extra demand must have a way."""

    network: Network
    plan: EventPlan

    def begin(self, sumo: Any) -> None:
        """Close. Raises BadPlan when no road leads from where extra demand starts to where it ends."""
        for lane in sorted(self.plan.closed_lanes(self.network)):
            sumo.lane.setDisallowed(lane, ["all"])
        for extra in self.plan.extras:
            if not sumo.simulation.findRoute(extra.from_edge, extra.to_edge).edges:
                raise BadPlan(f"extra: no road leads from {extra.from_edge} to {extra.to_edge} under this plan")

    def second(self, sumo: Any, now: float) -> None:
        """Nothing changes."""
