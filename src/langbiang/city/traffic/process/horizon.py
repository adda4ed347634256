"""Our rolling horizon on counted lanes: the layout as a network, the queue as vehicles in line, the gate's lamps as its driver.

Counts know nobody: the n-th vehicle of a queue is the n-th since the source began, first in, first out, which is enough to
give each one the time it has waited. Where they will turn is drawn from what left on which green, as with any camera.
"""

import threading
from collections.abc import Mapping
from typing import Any

from langbiang.city.traffic.compiled import IS_COMPILED
from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.control.settings import HorizonSettings
from langbiang.city.traffic.gate.lamps import LampSequence
from langbiang.city.traffic.gate.rules import GateRules
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.priority.weighted import WeightedHorizon

from .deciding import Picture
from .mirror import MOST_IN_LINE, change_s, model_of

__all__ = ["HorizonOnLanes", "change_s", "is_ready", "make_ready"]

# Vehicles a second the tables assume for one lane at that speed.
TABLE_RATE = 1.0 / 1.75

_ready = threading.Event()


def is_ready() -> bool:
    """Whether the planner has been compiled; before that a decision could take half a minute."""
    return _ready.is_set()


def make_ready(layout: Mapping[str, Any], rules: GateRules) -> None:
    """Compile, by planning once; to be called outside the ticks. Without a compiler the planner is not used at all."""
    if not IS_COMPILED:
        return
    sequence = LampSequence(rules, 0.0)
    trial = HorizonOnLanes(layout, rules)
    lanes = [lane["key"] for lane in layout["lanes"]]
    for now in (60.0, 61.0):
        trial.choose(Picture(now, dict.fromkeys(lanes, 3.0)), sequence, now)
    _ready.set()


class HorizonOnLanes:
    """The rolling horizon for one junction that is counted lane by lane. Asked every second, also while lamps change."""

    name = "ours"

    def __init__(self, layout: Mapping[str, Any], rules: GateRules, *, rate_per_s: float = TABLE_RATE) -> None:
        self.rules = rules
        self.model = model_of(layout, rules)
        self.network, self.junction = self.model.network, self.model.junction
        self.stages, self.limits = self.model.stages, self.model.limits
        settings = HorizonSettings(headway_scale=TABLE_RATE / rate_per_s, use_neighbours=False, missed_share=0.0)
        self.rate_per_s = rate_per_s
        self._policy = WeightedHorizon(self.network, self.limits, {rules.junction: self.stages}, settings)
        self._left: dict[str, int] = {}

    def choose(self, picture: Picture, sequence: LampSequence, now: float) -> Decision:
        """The stage wanted now and why."""
        driver = self.model.driver(sequence, now)
        view = self.model.view(picture, now, passed=self._passed(picture, driver))
        self._policy.radio = {self.junction.id: list(picture.radio)} if picture.radio else {}
        found = self._policy.decide(now, {self.junction.id: view}, {self.junction.id: driver}).get(self.junction.id)
        return found or Decision(sequence.stage, f"Keeps stage {sequence.stage + 1}: its minimum green runs.")

    def _passed(self, picture: Picture, driver: LampDriver) -> list[tuple[str, int]]:
        """Who left since the last second, on the movements of the lane that show green, in turn."""
        found = []
        state = driver.state()
        for lane in self.junction.lanes:
            count, before = picture.left.get(lane), self._left.get(lane)
            if count is None:
                continue
            self._left[lane] = count
            green = [k for k in self.junction.lane_links[lane] if state[k] in "Gg"]
            if before is not None and green and 0 < count - before < MOST_IN_LINE:
                found += [(f"{lane}:{n}", green[n % len(green)]) for n in range(before, count)]
        return found
