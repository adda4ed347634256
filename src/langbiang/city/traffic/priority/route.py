"""The way of an emergency vehicle over signalled junctions: the quickest, and when it reaches each stop line."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count


class NoWay(ValueError):
    """No road and turn leads from the one place to the other."""


@dataclass(frozen=True, slots=True)
class Road:
    """From an arm of one junction to an arm of another, in seconds of driving."""

    from_junction: str
    from_arm: str
    to_junction: str
    to_arm: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Leg:
    """A junction on the way: from which arm towards which ("" where it is not known), and after how many seconds."""

    junction: str
    from_arm: str
    to_arm: str
    after_s: float


def way(
    roads: Sequence[Road], turns: Mapping[str, frozenset[tuple[str, str]]], start: tuple[str, str], goal: tuple[str, str], *, first_s: float
) -> tuple[Leg, ...]:
    """Legs from the stop line of `start` (junction, arm) until the vehicle leaves `goal` by its arm ("" by any). Raises NoWay.

    `turns` holds for each junction the (arm, arm) pairs its movements allow; `first_s` is when the first stop line is reached.
    """
    onward = {(road.from_junction, road.from_arm): road for road in roads}
    tie = count()
    open_: list[tuple[float, int, tuple[str, str], tuple[Leg, ...]]] = [(first_s, next(tie), start, ())]
    done: set[tuple[str, str]] = set()
    while open_:
        seconds, _tie, (junction, arm), legs = heapq.heappop(open_)
        if (junction, arm) in done:
            continue
        done.add((junction, arm))
        exits = sorted(to for from_, to in turns.get(junction, ()) if from_ == arm)
        if junction == goal[0] and (goal[1] in exits or (not goal[1] and exits)):
            return (*legs, Leg(junction, arm, goal[1], seconds))
        for to in exits:
            road = onward.get((junction, to))
            if road is not None:
                further = (*legs, Leg(junction, arm, to, seconds))
                heapq.heappush(open_, (seconds + road.seconds, next(tie), (road.to_junction, road.to_arm), further))
    raise NoWay(f"from {start[0]} ({start[1]}) no road leads to {goal[0]} ({goal[1] or 'any arm'})")
