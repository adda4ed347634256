"""Which vehicle each count was for: the missed, the doubled and the invented, not only their difference."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.junction_twin import World
from langbiang.city.traffic.vision.counting import Counter
from langbiang.city.traffic.vision.scene import Points

# A count belongs to a vehicle whose middle is this near: first of all to one that has not counted yet.
NEAR_M = 4.5


class Account:
    """Takes in what was and what counted, frame by frame; vehicles that passed in [begins, ends) seconds are judged."""

    def __init__(self, lanes: Sequence[str], begins: float, ends: float) -> None:
        self.lanes, self.begins, self.ends = tuple(lanes), begins, ends
        self.passed: dict[str, tuple[float, str]] = {}
        self.counted: dict[str, str] = {}
        self.twice: list[tuple[float, str, str]] = []
        self.nothing: list[tuple[float, str]] = []
        self.left: dict[str, str] = {}
        self.seen_leaving: dict[str, str] = {}
        self._of_track: dict[int, str] = {}

    def take(self, at: float, world: World, counter: Counter) -> None:
        """One frame."""
        for name, lane in world.passed:
            if lane in self.lanes:
                self.passed[name] = (at, lane)
        for name, _lane, exit_ in world.turned:
            self.left[name] = exit_
        for track in counter.passing:
            lane = counter.scene.lanes[track.lane].key
            name = self._whose(world, track.place)
            if name is None:
                self.nothing.append((at, lane))
            elif name in self.counted:
                self.twice.append((at, name, lane))
            else:
                self.counted[name], self._of_track[track.id] = lane, name
        for track in counter.leaving:
            if track.id in self._of_track:
                self.seen_leaving[self._of_track[track.id]] = track.exit

    def _whose(self, world: World, place: Points) -> str | None:
        """The nearest vehicle, one that has not counted before one that has."""
        if not world.bodies:
            return None
        far = np.hypot(*(np.array([b.middle for b in world.bodies]) - place).T)
        near = [(body.id in self.counted, float(d), body.id) for body, d in zip(world.bodies, far, strict=True) if d < NEAR_M]
        return min(near)[2] if near else None

    def told(self) -> dict[str, Any]:
        """Figures of the window."""
        judged = {name: lane for name, (at, lane) in self.passed.items() if self.begins <= at < self.ends}
        missed = [name for name in judged if name not in self.counted]
        twice = [row for row in self.twice if self.begins <= row[0] < self.ends]
        nothing = [row for row in self.nothing if self.begins <= row[0] < self.ends]
        wrong = [name for name, lane in judged.items() if self.counted.get(name, lane) != lane]
        by_lane = dict.fromkeys(self.lanes, 0)
        for name, lane in judged.items():
            by_lane[lane] -= 1
            if name in self.counted:
                by_lane[self.counted[name]] += 1
        for row in [*twice, *nothing]:
            by_lane[row[-1]] += 1
        turned = [name for name in judged if name in self.left]
        followed = [name for name in turned if name in self.seen_leaving]
        return {
            "passed": len(judged), "counted": len(judged) - len(missed) + len(twice) + len(nothing), "missed": len(missed),
            "twice": len(twice), "nothing": len(nothing), "wrong_lane": len(wrong), "by_lane": by_lane,
            "turns": {
                "true": len(turned), "followed": len(followed), "wrong": sum(self.seen_leaving[n] != self.left[n] for n in followed),
            },
            "who": {"missed": [(n, *self.passed[n]) for n in missed], "twice": twice, "nothing": nothing, "wrong_lane": wrong},
        }  # fmt: skip
