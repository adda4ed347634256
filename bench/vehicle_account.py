"""Which vehicle each count was for: the missed, the doubled and the invented, not only their difference."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from bench.junction_twin import World
from langbiang.city.traffic.vision.counting import Counter
from langbiang.city.traffic.vision.scene import Points
from langbiang.city.traffic.vision.synthetic.flow import Body

# A count belongs to the vehicle in whose box it lies deepest, whether that counted already or not, and to none whose middle
# is not this near. Were one preferred that has not counted, a double beside a miss in the next lane would cancel.
NEAR_M = 4.5


class Account:
    """Takes in what was and what counted, frame by frame; vehicles that passed in [begins, ends) seconds are judged.

    Who passed while the road of its lane was not known yet could not count: it is told apart, as "unready".
    """

    def __init__(self, lanes: Sequence[str], begins: float, ends: float) -> None:
        self.lanes, self.begins, self.ends = tuple(lanes), begins, ends
        self.passed: dict[str, tuple[float, str]] = {}
        self.early: set[str] = set()
        self.counted: dict[str, str] = {}
        self.twice: list[tuple[float, str, str]] = []
        self.nothing: list[tuple[float, str]] = []
        self.left: dict[str, str] = {}
        self.seen_leaving: dict[str, str] = {}
        self._of_track: dict[int, str] = {}

    def take(self, at: float, world: World, counter: Counter, *, unready: Collection[str] = ()) -> None:
        """One frame; in `unready` lanes nothing counts yet."""
        for name, lane in world.passed:
            if lane in self.lanes:
                self.passed[name] = (at, lane)
                if lane in unready:
                    self.early.add(name)
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
        """The vehicle a count is for."""
        near = [(_depth(body, place), body.id) for body in world.bodies if float(np.hypot(*(place - np.array(body.middle)))) < NEAR_M]
        return min(near)[1] if near else None

    def told(self) -> dict[str, Any]:
        """Figures of the window."""
        within = {name: lane for name, (at, lane) in self.passed.items() if self.begins <= at < self.ends}
        judged = {name: lane for name, lane in within.items() if name not in self.early}
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
            "unready": len(within) - len(judged), "passed": len(judged), "counted": len(judged) - len(missed) + len(twice) + len(nothing), "missed": len(missed),
            "twice": len(twice), "nothing": len(nothing), "wrong_lane": len(wrong), "by_lane": by_lane,
            "turns": {
                "true": len(turned), "followed": len(followed), "wrong": sum(self.seen_leaving[n] != self.left[n] for n in followed),
            },
            "who": {"missed": [(n, *self.passed[n]) for n in missed], "twice": twice, "nothing": nothing, "wrong_lane": wrong},
        }  # fmt: skip


def _depth(body: Body, place: Points) -> float:
    """How deep a spot lies in a vehicle's box: 0 in its middle, 1 at a side or an end."""
    off, way = place - np.array(body.middle), np.array([np.cos(body.angle), np.sin(body.angle)])
    along, across = float(off @ way), float(off[1] * way[0] - off[0] * way[1])
    return float(np.hypot(along / (body.size[0] / 2), across / (body.size[1] / 2)))
