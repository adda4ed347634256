"""From the counts of an hour to vehicles that drive: turning shares, what joins and leaves between junctions, routes.

Vehicles enter exactly as they were counted at the arms that lead into the area, period by period, and class by class where
the counts tell the class; where they do not, classes are drawn from a mix before anything else is reckoned. Inside, each turns by shares drawn with the seed. Where more were counted at a stop line than the junctions before it let
go, the rest joins from side streets; where fewer, some leave there.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from xml.sax.saxutils import quoteattr

from langbiang.city.traffic.twin.described import STRAIGHT, Arm, Description, edge_into, edge_out_of

Key = TypeVar("Key")
Cell = tuple[str, int, str]
"""Approach, lane index, exit arm."""
HOUR_S = 3600
ROUNDS = 60
# How drivers of a shared lane turn before any count says otherwise.
PRIOR = {STRAIGHT: 0.7}
OTHERWISE = 0.15
# A count of nobody at the next junction makes a turn unlikely, never impossible: the lane must still find its way out.
LEAST = 1e-3
MOST_JUNCTIONS = 20
KINDS = {
    "motorcycle": 'vClass="motorcycle" length="2.0" width="0.8" minGap="1.0" maxSpeed="16.7" speedDev="0.1"',
    "bicycle": 'vClass="bicycle" length="1.8" width="0.65" minGap="1.0" maxSpeed="5.5"',
    "car": 'vClass="passenger" length="4.3" width="1.8" minGap="2.0" speedDev="0.1"',
    "van": 'vClass="delivery" length="5.5" width="2.0" minGap="2.0" speedDev="0.1"',
    "bus": 'vClass="bus" length="11.0" width="2.5" minGap="2.5"',
    "truck": 'vClass="truck" length="8.0" width="2.4" minGap="2.5"',
}


@dataclass(frozen=True, slots=True)
class Count:
    """Vehicles of one class counted on one lane from one second of the day to another."""

    junction: str
    lane: str
    vehicle_class: str
    begun_s: int
    ended_s: int
    vehicles: int


@dataclass(frozen=True)
class HourDemand:
    """One hour: what was counted at every approach, how it turns, what joins and leaves before each stop line."""

    begin_s: int
    counted: dict[Arm, float]
    turning: dict[Arm, dict[str, float]]
    joining: dict[Arm, float]
    leaving: dict[Arm, float]
    """Share of those on their way to a stop line who never reach it."""
    classes: dict[Arm, dict[str, float]]
    entering: tuple[tuple[Arm, Count], ...]

    @property
    def side_share(self) -> float:
        """Part of all counted vehicles inside the area that the junctions before do not explain."""
        inside = sum(self.counted[arm] for arm in self.joining)
        lost = sum(self.counted[arm] * share / max(1e-9, 1 - share) for arm, share in self.leaving.items())
        return (sum(self.joining.values()) + lost) / inside if inside else 0.0


@dataclass(frozen=True, slots=True)
class Departure:
    """One vehicle: when it wants to start, what it is, and the edges it drives; it may end midway on the last."""

    at_s: float
    vehicle_class: str
    edges: tuple[str, ...]
    ends_midway: bool = False
    starts_midway: bool = False


def unclassed_share(counts: Iterable[Count]) -> float:
    """Part of the vehicles counted without a class the twin knows."""
    total, unclassed = 0, 0
    for count in counts:
        total += count.vehicles
        unclassed += count.vehicles if count.vehicle_class not in KINDS else 0
    return unclassed / total if total else 0.0


def classed(counts: Iterable[Count], mix: Mapping[str, float]) -> list[Count]:
    """The same vehicles, each with a class the twin knows: those counted without one are drawn from `mix` (shares by class).

    The draw hangs on junction, lane and period alone, so that every run and every repetition meets the same classes.
    Raises ValueError where there are such vehicles and no mix.
    """
    found = []
    for count in counts:
        if count.vehicle_class in KINDS:
            found.append(count)
            continue
        if not set(mix) <= set(KINDS) or not any(mix.values()):
            raise ValueError(f"no class mix for vehicles counted as {count.vehicle_class!r}")
        draw = random.Random(f"{count.junction}/{count.lane}/{count.begun_s}/{count.vehicle_class}")
        drawn = Counter(draw.choices(list(mix), list(mix.values()), k=count.vehicles))
        found += [replace(count, vehicle_class=kind, vehicles=drawn[kind]) for kind in mix if drawn[kind]]
    return found


def lane_totals(counts: Iterable[Count]) -> dict[tuple[str, str], float]:
    """Vehicles of all classes by junction and lane."""
    totals: dict[tuple[str, str], float] = {}
    for count in counts:
        key = count.junction, count.lane
        totals[key] = totals.get(key, 0.0) + count.vehicles
    return totals


def turning_flows(description: Description, totals: Mapping[tuple[str, str], float]) -> dict[str, dict[Cell, float]]:
    """Vehicles by junction and (approach, lane index, exit arm), balanced so that lanes hold exactly and the next
    junction's counts as far as the turns allow (Furness)."""
    found = {}
    for code, place in description.places.items():
        lane_keys = {(arm, n): lane["key"] for arm in place.approaches() for n, lane in enumerate(place.lanes(arm))}
        cells = {(t.approach, t.lane, t.exit): PRIOR.get(t.kind, OTHERWISE) for t in place.turns}
        wanted: dict[str, float] = {}
        for arm in {t.exit for t in place.turns}:
            onward = description.across(code, arm)
            if onward is not None:
                lanes = description.places[onward[0]].lanes(onward[1])
                wanted[arm] = max(LEAST, sum(totals.get((onward[0], lane["key"]), 0.0) for lane in lanes))
        for n in range(ROUNDS):
            if n:
                _scale(cells, lambda cell: cell[2], wanted)
            _scale(cells, lambda cell: (cell[0], cell[1]), {at: totals.get((code, key), 0.0) for at, key in lane_keys.items()})
        found[code] = cells
    return found


def _scale(cells: dict[Cell, float], group: Callable[[Cell], Key], wanted: Mapping[Key, float]) -> None:
    """Scale the cells of each group to its wanted sum; groups nobody named stay as they are."""
    sums: dict[Key, float] = {}
    for cell, value in cells.items():
        key = group(cell)
        sums[key] = sums.get(key, 0.0) + value
    for cell in cells:
        key = group(cell)
        if key in wanted:
            cells[cell] *= wanted[key] / sums[key] if sums[key] > 0 else 0.0


def hour_demand(description: Description, counts: Sequence[Count], *, begin_s: int) -> HourDemand:
    """The demand behind the counts of one hour; counts outside it are left aside."""
    mine = [c for c in counts if begin_s <= c.begun_s and c.ended_s <= begin_s + HOUR_S]
    totals = lane_totals(mine)
    flows = turning_flows(description, totals)
    arm_of = {
        (code, lane["key"]): (code, lane["approach"]) for code, place in description.places.items() for lane in place.layout["lanes"]
    }
    counted = dict.fromkeys(description.arms, 0.0)
    classes: dict[Arm, dict[str, float]] = {arm: {} for arm in description.arms}
    for count in mine:
        here = arm_of.get((count.junction, count.lane))
        if here is not None:
            counted[here] += count.vehicles
            classes[here][count.vehicle_class] = classes[here].get(count.vehicle_class, 0.0) + count.vehicles
    turning = {}
    arriving: dict[Arm, float] = {}
    for code, place in description.places.items():
        for arm in place.approaches():
            row: dict[str, float] = {}
            for (origin, _lane, goal), value in flows[code].items():
                if origin == arm:
                    row[goal] = row.get(goal, 0.0) + value
            total = sum(row.values())
            turning[code, arm] = {goal: value / total for goal, value in row.items()} if total else _even(row)
            for goal, value in row.items():
                onward = description.across(code, goal)
                if onward is not None:
                    arriving[onward] = arriving.get(onward, 0.0) + value
    entries = set(description.entries)
    inside = [arm for arm in description.arms if arm not in entries]
    joining = {arm: max(0.0, counted[arm] - arriving.get(arm, 0.0)) for arm in inside}
    leaving = {arm: max(0.0, 1 - counted[arm] / arriving[arm]) if arriving.get(arm) else 0.0 for arm in inside}
    entering = tuple((arm_of[c.junction, c.lane], c) for c in mine if arm_of.get((c.junction, c.lane)) in entries)
    return HourDemand(begin_s, counted, turning, joining, leaving, classes, entering)


def _even(row: Mapping[str, float]) -> dict[str, float]:
    return {goal: 1 / len(row) for goal in row}


def departures(description: Description, demand: HourDemand, seed: int) -> list[Departure]:
    """The vehicles of one hour for one seed, in order of departure."""
    draw = random.Random(f"{seed}/{demand.begin_s}")
    made: list[Departure] = []
    for arm, count in demand.entering:
        for _ in range(count.vehicles):
            made.append(_drive(description, demand, arm, draw.uniform(count.begun_s, count.ended_s), count.vehicle_class, draw))
    for arm, value in demand.joining.items():
        mix = demand.classes[arm] or {"motorcycle": 1.0}
        # The part of a vehicle is drawn: over many seeds as many join as were counted.
        for _ in range(int(value + draw.random())):
            kind = draw.choices(list(mix), list(mix.values()))[0]
            at = draw.uniform(demand.begin_s, demand.begin_s + HOUR_S)
            made.append(_drive(description, demand, arm, at, kind, draw, joined=True))
    return sorted(made, key=lambda d: d.at_s)


def _drive(
    description: Description, demand: HourDemand, arm: Arm, at_s: float, kind: str, draw: random.Random, *, joined: bool = False
) -> Departure:
    edges = [edge_into(*arm)]
    for _ in range(MOST_JUNCTIONS):
        shares = demand.turning[arm]
        goal = draw.choices(list(shares), list(shares.values()))[0] if any(shares.values()) else next(iter(shares))
        edges.append(edge_out_of(description, arm[0], goal))
        onward = description.across(arm[0], goal)
        if onward is None:
            return Departure(at_s, kind, tuple(edges), starts_midway=joined)
        if draw.random() < demand.leaving.get(onward, 0.0):
            break
        arm = onward
    return Departure(at_s, kind, tuple(edges), ends_midway=True, starts_midway=joined)


def write_routes(path: Path, vehicles: Sequence[Departure]) -> None:
    """Write the vehicles as SUMO reads them. Raises ValueError for a class without a description: nobody drives as something else."""
    unknown = sorted({each.vehicle_class for each in vehicles} - set(KINDS))
    if unknown:
        raise ValueError(f"no vehicle is described for the classes {', '.join(map(repr, unknown))}")
    lines = ["<routes>"]
    lines += [f"  <vType id={quoteattr(kind)} {text}/>" for kind, text in KINDS.items()]
    for n, each in enumerate(vehicles):
        start = ' departPos="random_free" departSpeed="0"' if each.starts_midway else ' departPos="base" departSpeed="max"'
        stop = ' arrivalPos="random"' if each.ends_midway else ""
        lines.append(
            f'  <vehicle id="v{n}" type="{each.vehicle_class}" depart="{each.at_s:.1f}" departLane="best"{start}{stop}>'
            f'<route edges={quoteattr(" ".join(each.edges))}/></vehicle>'
        )
    path.write_text("\n".join([*lines, "</routes>", ""]), encoding="utf-8")


def even_counts(description: Description, *, begin_s: int, per_lane: int) -> list[Count]:
    """The same count on every lane, for trying a network nobody has counted yet."""
    return [
        Count(code, lane["key"], kind, begin_s, begin_s + HOUR_S, max(0, round(per_lane * share)))
        for code, place in description.places.items()
        for lane in place.layout["lanes"]
        for kind, share in (("motorcycle", 0.8), ("car", 0.2))
    ]
