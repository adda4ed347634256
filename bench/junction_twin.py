"""SUMO around junction gneJ207 of ingolstadt7, tenth by tenth of a second: what a camera there would have before it.

Seeds differ in who drives when (each vehicle sets out up to two minutes later than the data say) and begin at different
minutes. Who changes lane takes two seconds: by default the simulator moves a vehicle a lane aside within one step, which
no vehicle does and no camera ever has to follow.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from langbiang.city.traffic.vision.scene import Exit, Lane, Scene
from langbiang.city.traffic.vision.synthetic.flow import Body, bodies_of

DATA = Path(os.environ.get("LANGBIANG_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
JUNCTION, IN_VIEW_M, RATE = "gneJ207", 42.0, 10
SLOW_MPS = 5 / 3.6


@dataclass
class World:
    """The junction as it stands after a tenth of a second."""

    bodies: list[Body]
    red: set[str]
    # (vehicle, lane) of those who went over a stop line; (vehicle, lane, exit) of those who left the junction.
    passed: list[tuple[str, str]]
    queue: dict[str, int]
    turned: list[tuple[str, str, str]] = field(default_factory=list)


class Twin:
    """SUMO around one junction."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        from langbiang.city.traffic.twin.sumo import load_sumo

        self.sumo = load_sumo()
        folder = DATA / "traffic" / "ingolstadt7"
        self.sumo.start(
            ["sumo", "-n", str(folder / "ingolstadt7.net.xml"), "-r", str(folder / "ingolstadt7.rou.xml"), "-b", "57600", "-e", "61200",
             "--step-length", "0.1", "--seed", str(seed), "--random-depart-offset", "120", "--lanechange.duration", "2", "--no-step-log", "--no-warnings", "--time-to-teleport", "-1"]
        )  # fmt: skip
        self.links = [link for group in self.sumo.trafficlight.getControlledLinks(JUNCTION) for link in group[:1]]
        self.scene, self.origin, self.chains = self._scene()
        self._on: dict[str, str] = {}
        self._from: dict[str, str] = {}

    def _scene(self) -> tuple[Scene, np.ndarray, dict[str, list[str]]]:
        lane = self.sumo.lane
        before: dict[str, list[str]] = {}
        for one in lane.getIDList():
            if not one.startswith(":"):
                for link in lane.getLinks(one):
                    before.setdefault(link[0], []).append(one)
        names = list(dict.fromkeys(link[0] for link in self.links))
        ends = np.array([lane.getShape(name)[-1] for name in names])
        origin = ends.mean(axis=0)
        lanes, chains = [], {}
        for name in names:
            path, chain = [np.array(p) - origin for p in lane.getShape(name)], [name]
            while _length(path) < IN_VIEW_M and len(before.get(chain[0], [])) == 1:
                chain.insert(0, before[chain[0]][0])
                path = [np.array(p) - origin for p in lane.getShape(chain[0])] + path
            lanes.append(Lane(name, _last(path, IN_VIEW_M), lane.getWidth(name)))
            chains[name] = chain
        exits: dict[str, list[np.ndarray]] = {}
        for _a, to, _via in self.links:
            a, b = (np.array(p) - origin for p in lane.getShape(to)[:2])
            way = (b - a) / np.hypot(*(b - a))
            across = np.array([-way[1], way[0]]) * 1.7
            exits.setdefault(to.rpartition("_")[0], []).extend([a + way * 2 + across, a + way * 2 - across])
        lines = []
        for edge, points in exits.items():
            far = max(((p, q) for p in points for q in points), key=lambda pq: float(np.hypot(*(pq[0] - pq[1]))))
            lines.append(Exit(edge, np.array(far)))
        return Scene(tuple(lanes), tuple(lines)), origin, chains

    def run_in(self) -> None:
        """Until there is traffic: at another minute for every seed."""
        for _n in range((120 + 60 * (self.seed % 10)) * RATE):
            self.step()

    def step(self) -> World:
        """A tenth of a second."""
        sumo = self.sumo
        sumo.simulationStep()
        rows, passed, turned, on = [], [], [], {}
        slow: list[tuple[float, float]] = []
        for name in sumo.vehicle.getIDList():
            x, y = sumo.vehicle.getPosition(name)
            x, y = x - self.origin[0], y - self.origin[1]
            if abs(x) > 110 or abs(y) > 110:
                continue
            angle = np.radians(90 - sumo.vehicle.getAngle(name))
            length = sumo.vehicle.getLength(name)
            rows.append((name, x, y, angle, length, sumo.vehicle.getWidth(name)))
            here = sumo.vehicle.getLaneID(name)
            on[name] = here
            if self._on.get(name) in self.chains and here.startswith(":"):
                passed.append((name, self._on[name]))
                self._from[name] = self._on[name]
            elif name in self._from and not here.startswith(":"):
                turned.append((name, self._from.pop(name), here.rpartition("_")[0]))
            if sumo.vehicle.getSpeed(name) < SLOW_MPS and any(here in chain for chain in self.chains.values()):
                slow.append((x - np.cos(angle) * length / 2, y - np.sin(angle) * length / 2))
        self._on = on
        lamps = sumo.trafficlight.getRedYellowGreenState(JUNCTION)
        green = {link[0] for link, lamp in zip(self.links, lamps, strict=True) if lamp in "Gg"}
        queue = dict.fromkeys(self.scene.keys, 0)
        lanes, ahead = self.scene.lane_of(np.array(slow).reshape(-1, 2))
        for lane, far in zip(lanes, ahead, strict=True):
            if lane >= 0 and far > 0:
                queue[self.scene.keys[lane]] += 1
        return World(bodies_of(rows), set(self.scene.keys) - green, passed, queue, turned)

    def close(self) -> None:
        self.sumo.close()


def _length(path: list[Any]) -> float:
    return float(np.hypot(*np.diff(np.array(path), axis=0).T).sum())


def _last(path: list[Any], metres: float) -> np.ndarray:
    """The end of a path."""
    kept = [path[-1]]
    for a, b in zip(path[-2::-1], path[:0:-1], strict=True):
        step = float(np.hypot(*(b - a)))
        if step < 1e-6:
            continue
        if step >= metres:
            kept.insert(0, b + (a - b) * metres / step)
            break
        kept.insert(0, a)
        metres -= step
    return np.array(kept)
