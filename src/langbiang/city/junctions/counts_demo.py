"""Made-up counts of a day for the described network: what enters follows a course of the day and is carried through the turns."""

import math
import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from langbiang.city.traffic.twin.described import Arm, Description

from .models import Flow, Junction

SOURCE = "Số đếm giả định để trình diễn, không phải số đếm của camera"
QUARTER = timedelta(minutes=15)
# Part of the busiest hour, by hour of the day.
COURSE = (
    0.05, 0.03, 0.02, 0.03, 0.07, 0.22, 0.62, 1.0, 0.82, 0.62, 0.58, 0.70, 0.58, 0.52, 0.58, 0.68, 0.90, 1.0, 0.82, 0.60, 0.45,
    0.30, 0.17, 0.09,
)  # fmt: skip
CLASSES = {"motorcycle": 0.79, "car": 0.15, "van": 0.03, "truck": 0.02, "bus": 0.01}
TURNS = {"straight": 0.6, "left": 0.18, "right": 0.22}
ENTERING_AN_HOUR = (300, 420)
ROUNDS = 40


def turning(description: Description) -> dict[Arm, dict[str, float]]:
    """Shares of the arms left by, for every approach."""
    shares: dict[Arm, dict[str, float]] = {}
    for code, place in description.places.items():
        for turn in place.turns:
            shares.setdefault((code, turn.approach), {})[turn.exit] = TURNS[turn.kind]
    return {arm: {goal: share / sum(row.values()) for goal, share in row.items()} for arm, row in shares.items()}


def carried(description: Description, entering: Mapping[Arm, float]) -> dict[Arm, float]:
    """Vehicles an hour at every approach when these enter: what leaves one junction arrives at the next."""
    shares = turning(description)
    flows = {arm: entering.get(arm, 0.0) for arm in description.arms}
    for _ in range(ROUNDS):
        arriving = dict.fromkeys(flows, 0.0)
        for (code, arm), volume in flows.items():
            for goal, share in shares[code, arm].items():
                onward = description.across(code, goal)
                if onward is not None:
                    arriving[onward] += volume * share
        flows = {arm: entering.get(arm, 0.0) + arriving[arm] for arm in flows}
    return flows


def by_lane(description: Description, flows: Mapping[Arm, float]) -> dict[tuple[str, str], float]:
    """Vehicles an hour on every lane: each turn spread over the lanes that allow it."""
    shares = turning(description)
    found: dict[tuple[str, str], float] = {}
    for code, place in description.places.items():
        for turn in place.turns:
            lanes = [t.lane for t in place.turns if (t.approach, t.exit) == (turn.approach, turn.exit)]
            key = code, place.lanes(turn.approach)[turn.lane]["key"]
            volume = flows[code, turn.approach] * shares[code, turn.approach][turn.exit] / len(lanes)
            found[key] = found.get(key, 0.0) + volume
    return found


def _drawn(dice: random.Random, mean: float) -> int:
    """A count around a mean as counts scatter (normal, with the spread of Poisson)."""
    return max(0, round(dice.gauss(mean, math.sqrt(mean)))) if mean > 0 else 0


def counts(description: Description, junctions: Mapping[str, Junction], *, day: date, seed: int) -> Iterator[Flow]:
    """A day of counts by lane and class, a quarter of an hour each; every row says that it is made up."""
    dice = random.Random(f"{seed}/{day.isoformat()}")
    entering = {arm: dice.uniform(*ENTERING_AN_HOUR) for arm in description.entries}
    lanes = by_lane(description, carried(description, entering))
    begin = timezone.make_aware(datetime.combine(day, time()))
    for quarter in range(96):
        begun = begin + quarter * QUARTER
        for (code, lane), volume in lanes.items():
            for kind, share in CLASSES.items():
                vehicles = _drawn(dice, volume * COURSE[quarter // 4] * share / 4)
                if vehicles or kind == "motorcycle":  # a lane nobody passed was counted all the same
                    yield Flow(
                        junction=junctions[code], lane=lane, vehicle_class=kind, begun_at=begun, ended_at=begun + QUARTER,
                        vehicles=vehicles, quality="0.95", source=SOURCE,
                    )  # fmt: skip
