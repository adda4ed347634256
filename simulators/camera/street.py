"""Vehicles that do what the counts of a street say: one comes when `arrived` grows, one may pass the line when `left` grows."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from langbiang.city.traffic.vision.scene import Exit, Lane, Points, Scene
from langbiang.city.traffic.vision.synthetic.flow import SIZES, Body

LANE_M, BOX_M, ARM_M = 3.4, 9.0, 58.0
FREE_MPS, ACCELERATION, BRAKING = 9.0, 3.0, 3.5
GAP_M, ASIDE_M = 0.9, 0.55
SHADES = ((40, 38, 36), (215, 215, 220), (165, 165, 170), (40, 40, 150), (140, 70, 30), (230, 232, 235))
KIND = "motorcycle"


def scene_of(layout: Mapping[str, Any]) -> Scene:
    """Lanes and exits of a layout on the map: arms by their bearing, lanes beside each other, the second one inside."""
    lanes, exits = [], []
    for arm in layout["approaches"]:
        angle = math.radians(arm["bearing"])
        out = np.array([math.sin(angle), math.cos(angle)])
        right = np.array([-out[1], out[0]])  # of who drives towards the middle
        mine = [lane for lane in layout["lanes"] if lane["approach"] == arm["key"]]
        for n, lane in enumerate(mine):
            aside = right * LANE_M * (len(mine) - n - 0.5)
            lanes.append(Lane(lane["key"], np.array([out * ARM_M + aside, out * BOX_M + aside]), LANE_M))
        exits.append(Exit(arm["key"], np.array([out * (BOX_M + 2) - right * 0.2, out * (BOX_M + 2) - right * 3 * LANE_M])))
    return Scene(tuple(lanes), tuple(exits))


@dataclass
class Rider:
    """One motorcycle: how far it came along its path, and how fast it is."""

    id: str
    lane: str
    path: Points
    stop_at: float
    aside: float
    shade: tuple[int, int, int]
    gone: float = 0.0
    mps: float = FREE_MPS
    has_left: bool = False


@dataclass
class Riders:
    """All riders of one junction."""

    layout: Mapping[str, Any]
    seed: int = 1
    scene: Scene = field(init=False)

    def __post_init__(self) -> None:
        self.scene = scene_of(self.layout)
        self.dice = random.Random(self.seed)
        self.riders: list[Rider] = []
        self.passed = dict.fromkeys(self.scene.keys, 0)
        self._coming = dict.fromkeys(self.scene.keys, 0)
        self._may_leave = dict.fromkeys(self.scene.keys, 0)
        self._last: dict[str, tuple[int, int]] = {}
        self._made = 0
        self._onward = {
            lane: [to for m in self.layout["movements"] if lane in m.get("lanes", ()) for to in m.get("to", ())] for lane in self.scene.keys
        }

    def hear(self, lanes: Mapping[str, Mapping[str, int]]) -> None:
        """What the street counts now; the first word only sets where counting begins, with its queue standing there."""
        for key in self.scene.keys:
            row = lanes.get(key)
            if row is None:
                continue
            arrived, left = int(row["arrived"]), int(row["left"])
            before = self._last.get(key)
            if before is None or arrived < before[0] or left < before[1]:
                self._coming[key] += int(row.get("queue", 0))
            else:
                self._coming[key] += arrived - before[0]
                self._may_leave[key] += left - before[1]
            self._last[key] = (arrived, left)

    def pass_time(self, seconds: float) -> None:
        """Go on by so much, in steps of a tenth of a second."""
        for _n in range(max(1, round(seconds / 0.1))):
            step = seconds / max(1, round(seconds / 0.1))
            for lane in self.scene.lanes:
                mine = sorted((r for r in self.riders if r.lane == lane.key), key=lambda r: -r.gone)
                last = min((r.gone for r in mine if not r.has_left), default=1e9)
                if self._coming[lane.key] and last > SIZES[KIND][0] + 1.2:
                    self._coming[lane.key] -= 1
                    self.riders.append(self._rider(lane))
                for n, rider in enumerate(mine):
                    self._ride(rider, mine[n - 1] if n else None, step)
        self.riders = [r for r in self.riders if r.gone < _length(r.path)]

    def _rider(self, lane: Lane) -> Rider:
        self._made += 1
        targets = [e for e in self.scene.exits if e.key in self._onward[lane.key]] or list(self.scene.exits)
        exit_ = self.dice.choice(targets)
        a, b = exit_.line
        end = a + (b - a) * (0.3 if self._made % 2 else 0.6)
        onward = exit_.line.mean(axis=0) / float(np.hypot(*exit_.line.mean(axis=0)))
        start, way = lane.path[-1], lane.heading
        reach = 0.5 * float(np.hypot(*(end - start)))
        t = np.linspace(0, 1, 9)[:, None]
        curve = (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * (start + way * reach) + 3 * (1 - t) * t**2 * (end - onward * reach) + t**3 * end
        path = np.concatenate([lane.path[:-1] - way * 6, curve, (end + onward * 60)[None]])
        aside = ASIDE_M if self._made % 2 else -ASIDE_M
        return Rider(f"r{self._made}", lane.key, path, lane.length_m + 6, aside, self.dice.choice(SHADES))

    def _ride(self, rider: Rider, leader: Rider | None, step: float) -> None:
        length = SIZES[KIND][0]
        rooms = []
        if not rider.has_left and not self._may_leave[rider.lane]:
            rooms.append(rider.stop_at - 0.4 - rider.gone)
        if leader is not None:
            rooms.append(leader.gone - length - GAP_M - rider.gone + leader.mps**2 / (2 * BRAKING))
        target = min([FREE_MPS] + [math.sqrt(2 * BRAKING * max(0.0, room)) for room in rooms])
        rider.mps = min(target, rider.mps + ACCELERATION * step) if target > rider.mps else max(target, rider.mps - 7 * step)
        rider.gone += rider.mps * step
        if not rider.has_left and rider.gone > rider.stop_at:
            # Whoever goes over the line uses up one of those the street let go.
            rider.has_left = True
            self._may_leave[rider.lane] -= 1
            self.passed[rider.lane] += 1

    def bodies(self) -> list[Body]:
        """Riders as they stand."""
        found = []
        for r in self.riders:
            (x, y), angle = _pose(r.path, r.gone - SIZES[KIND][0] / 2)
            found.append(Body(r.id, (x - r.aside * math.sin(angle), y + r.aside * math.cos(angle)), angle, SIZES[KIND], r.shade, KIND))
        return found


def _length(path: Points) -> float:
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def _pose(path: Points, gone: float) -> tuple[tuple[float, float], float]:
    """Place and direction so many metres along a path."""
    for a, b in zip(path, path[1:], strict=False):
        length = float(np.hypot(*(b - a)))
        if gone <= length:
            break
        gone -= length
    else:
        gone += length
    way = (b - a) / max(length, 1e-9)
    spot = a + way * gone
    return (float(spot[0]), float(spot[1])), math.atan2(float(way[1]), float(way[0]))
