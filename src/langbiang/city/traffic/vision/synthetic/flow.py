"""A small intersection whose vehicles are known exactly: they come by chance, follow, wait on red, cross, leave."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..scene import Exit, Lane, Points, Scene

# (length, width, height) in metres.
SIZES: Mapping[str, tuple[float, float, float]] = {
    "car": (4.6, 1.8, 1.5), "van": (5.4, 2.0, 2.0), "truck": (8.0, 2.4, 3.0), "bus": (11.5, 2.5, 3.1), "motorcycle": (2.0, 0.75, 1.5),
}  # fmt: skip
MIX: Mapping[str, float] = {"car": 0.86, "van": 0.08, "truck": 0.03, "bus": 0.03}
ARM_M, LANE_M, BOX_M = 50.0, 3.2, 8.0
FREE_MPS, ACCELERATION, BRAKING = 11.0, 2.2, 3.5
GAP_M = 2.2
GREEN_S, CHANGE_S = 16.0, 4.0
# Vehicles appear this far before the first point of a lane.
BEFORE_M = 12.0


@dataclass(frozen=True)
class Body:
    """A vehicle to be drawn: its middle, where it points (radians, counter-clockwise from east), its size and colour."""

    id: str
    middle: tuple[float, float]
    angle: float
    size: tuple[float, float, float]
    colour: tuple[int, int, int]
    kind: str = "car"


@dataclass
class _Driver:
    id: str
    lane: int
    path: Points
    gone: float
    mps: float
    kind: str
    colour: tuple[int, int, int]
    stop_at: float
    aside: float = 0.0
    has_left: bool = False


@dataclass(frozen=True)
class Truth:
    """What really is: vehicles past each stop line, and those that stand before it."""

    left: Mapping[str, int]
    queue: Mapping[str, int]
    turns: Mapping[tuple[str, str], int]


def crossroads(arm_m: float = ARM_M) -> Scene:
    """Four arms with a lane straight on and right, and a lane to the left; exits on the other side of each arm."""
    lanes, exits = [], []
    for name, (x, y) in {"N": (0, 1), "E": (1, 0), "S": (0, -1), "W": (-1, 0)}.items():
        out, right = np.array([x, y], float), np.array([-y, x], float)
        for number, aside in ((1, 1.5 * LANE_M), (2, 0.5 * LANE_M)):
            lanes.append(Lane(f"{name}{number}", np.array([out * arm_m + right * aside, out * BOX_M + right * aside]), LANE_M))
        exits.append(Exit(name, np.array([out * (BOX_M + 1.5) - right * 0.1, out * (BOX_M + 1.5) - right * 3 * LANE_M])))
    return Scene(tuple(lanes), tuple(exits))


def _curve(a: Points, way: Points, b: Points, onward: Points) -> Points:
    """From a stop line through the middle to an exit."""
    reach = 0.55 * float(np.hypot(*(b - a)))
    t = np.linspace(0, 1, 12)[:, None]
    p1, p2 = a + way * reach, b - onward * reach
    return np.asarray((1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * b)


class Flow:
    """The crossroads of `crossroads()`, in steps of `pass_time`. Seeded; nothing is random but who comes and how."""

    STAGES = (("N1", "S1"), ("N2", "S2"), ("E1", "W1"), ("E2", "W2"))

    def __init__(self, seed: int, *, rate: float = 0.16, mix: Mapping[str, float] | None = None, arm_m: float = ARM_M) -> None:
        """`rate`: vehicles a second of a lane straight on; lanes to the left get half."""
        self.scene = crossroads(arm_m)
        self.dice = random.Random(seed)
        self.rate, self.mix = rate, dict(mix or MIX)
        self.at = 0.0
        self._drivers: list[_Driver] = []
        self._left = dict.fromkeys(self.scene.keys, 0)
        self._turns: dict[tuple[str, str], int] = {}
        self._waiting = dict.fromkeys(self.scene.keys, 0)
        self._made = 0

    def green(self) -> frozenset[str]:
        """Lanes that may go now."""
        whole = GREEN_S + CHANGE_S
        stage, into = int(self.at // whole) % len(self.STAGES), self.at % whole
        return frozenset(self.STAGES[stage]) if into < GREEN_S else frozenset()

    def pass_time(self, seconds: float) -> None:
        """Go on; steps of at most 0.1 s."""
        while seconds > 1e-9:
            step = min(0.1, seconds)
            self._step(step)
            seconds -= step

    def truth(self) -> Truth:
        """What really is now; who stands is slower than 0.5 m/s and on a lane of the scene."""
        queue = dict.fromkeys(self.scene.keys, 0)
        for d in self._drivers:
            if d.mps < 0.5 and not d.has_left and d.gone - SIZES[d.kind][0] / 2 > BEFORE_M:
                queue[self.scene.keys[d.lane]] += 1
        return Truth(dict(self._left), queue, dict(self._turns))

    def bodies(self) -> list[Body]:
        """All vehicles as they stand."""
        found = []
        for d in self._drivers:
            size = SIZES[d.kind]
            (x, y), angle = self._pose(d.path, d.gone - size[0] / 2)
            aside = (x - d.aside * float(np.sin(angle)), y + d.aside * float(np.cos(angle)))
            found.append(Body(d.id, aside, angle, size, d.colour, d.kind))
        return found

    @staticmethod
    def _pose(path: Points, gone: float) -> tuple[tuple[float, float], float]:
        deltas = np.diff(path, axis=0)
        lengths = np.hypot(deltas[:, 0], deltas[:, 1])
        for n, length in enumerate(lengths):
            if gone <= length or n == len(lengths) - 1:
                way = deltas[n] / length
                spot = path[n] + way * gone
                return (float(spot[0]), float(spot[1])), float(np.arctan2(way[1], way[0]))
            gone -= length
        raise AssertionError("a path has a piece")

    def _step(self, step: float) -> None:
        self.at += step
        for n, key in enumerate(self.scene.keys):
            if self.dice.random() < self.rate * (1.0 if key.endswith("1") else 0.5) * step:
                self._waiting[key] += 1
            if self._waiting[key] and self._has_room(n):
                self._waiting[key] -= 1
                self._drivers.append(self._driver(n))
        green = self.green()
        for d in self._drivers:
            self._drive(d, step, green)
        gone = [d for d in self._drivers if d.gone > float(np.hypot(*np.diff(d.path, axis=0).T).sum()) + 12]
        self._drivers = [d for d in self._drivers if d not in gone]

    def _has_room(self, lane: int) -> bool:
        mine = [d for d in self._drivers if d.lane == lane and not d.has_left]
        return all(d.gone - SIZES[d.kind][0] > GAP_M + 1.0 for d in mine)

    def _driver(self, n: int) -> _Driver:
        lane = self.scene.lanes[n]
        names = "NESW"
        arm = names.index(lane.key[0])
        turn = 1 if lane.key.endswith("2") else (2 if self.dice.random() < 0.75 else 3)
        target = self.scene.exits[(arm + turn) % 4]
        outward = {"N": (0, 1), "E": (1, 0), "S": (0, -1), "W": (-1, 0)}[target.key]
        onward, right = np.array(outward, float), np.array([outward[1], -outward[0]], float)
        aside = 0.5 if lane.key.endswith("2") else 1.5
        end = onward * BOX_M + right * aside * LANE_M
        curve = _curve(lane.path[-1], lane.heading, end, onward)
        path = np.concatenate([lane.path[:-1] - lane.heading * BEFORE_M, lane.path[-1:], curve[1:], (end + onward * (ARM_M - BOX_M))[None]])
        kind = self.dice.choices(list(self.mix), list(self.mix.values()))[0]
        self._made += 1
        shade = self.dice.choice([(40, 38, 36), (215, 215, 220), (160, 160, 165), (40, 40, 150), (130, 70, 30), (230, 232, 235), (60, 90, 60)])
        width = SIZES[kind][1]
        return _Driver(
            f"v{self._made}", n, path, 0.0, 8.0, kind, shade, float(np.hypot(*np.diff(path[:2], axis=0).T).sum()),
            aside=self.dice.uniform(-1, 1) * max(0.1, (lane.width_m - width) / 2 - 0.6),
        )  # fmt: skip

    def _drive(self, d: _Driver, step: float, green: frozenset[str]) -> None:
        key = self.scene.keys[d.lane]
        limits = []
        if not d.has_left and key not in green and d.gone <= d.stop_at:
            # Who could only stop hard goes on.
            if d.mps**2 / (2 * BRAKING * 1.4) <= d.stop_at - 0.6 - d.gone + 0.5:
                limits.append(d.stop_at - 0.6 - d.gone)
        leader = min((o for o in self._drivers if o.lane == d.lane and o is not d and o.gone > d.gone), key=lambda o: o.gone, default=None)
        if leader is not None:
            limits.append(leader.gone - SIZES[leader.kind][0] - GAP_M - d.gone + leader.mps**2 / (2 * BRAKING))
        free = FREE_MPS if d.gone < d.stop_at - 4 or d.gone > d.stop_at + 16 else (9.0 if key.endswith("1") else 7.0)
        target = min([free] + [max(0.0, (2 * BRAKING * max(0.0, room)) ** 0.5) for room in limits])
        d.mps = min(d.mps + ACCELERATION * step, target) if target > d.mps else max(target, d.mps - 6.0 * step)
        d.gone += d.mps * step
        if not d.has_left and d.gone - SIZES[d.kind][0] / 2 > d.stop_at + 1.0:
            d.has_left = True
            self._left[key] += 1
            exit_ = min(self.scene.exits, key=lambda e: float(np.hypot(*(e.line.mean(axis=0) - d.path[-2]))))
            self._turns[(key, exit_.key)] = self._turns.get((key, exit_.key), 0) + 1


def bodies_of(rows: Sequence[tuple[str, float, float, float, float, float]]) -> list[Body]:
    """Bodies from (id, x, y of the front bumper, angle, length, width), as a simulator gives them."""
    shades = ((40, 38, 36), (215, 215, 220), (160, 160, 165), (40, 40, 150), (130, 70, 30), (230, 232, 235), (60, 90, 60))
    found = []
    for name, x, y, angle, length, width in rows:
        middle = (x - float(np.cos(angle)) * length / 2, y - float(np.sin(angle)) * length / 2)
        kind = "motorcycle" if width < 1.2 else "car" if length < 5.6 else "truck" if length < 9 else "bus"
        height = SIZES[kind][2]
        colour = shades[sum(name.encode()) % len(shades)]
        found.append(Body(name, middle, angle, (length, width, height), colour, kind))
    return found
