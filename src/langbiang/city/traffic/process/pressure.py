"""Stages by who waits: the queue of the lanes a stage would serve. What a junction falls back to when nothing finer runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.gate.lamps import LampSequence

from .deciding import Picture

# A change has to be worth the seconds of yellow and red it costs.
WORTH = 1.15
AT_LEAST = 2.0
# One who waits to cross counts as a small queue.
PEDESTRIANS = 1.5
MOST_GREEN_S = 60.0


@dataclass(frozen=True)
class Movement:
    """What a group serves: its lanes, or people on foot."""

    name: str
    lanes: tuple[str, ...]
    is_pedestrian: bool


class LanePressure:
    """Weighted max-pressure over counted lanes; a lane that is not seen counts as somebody always waiting."""

    name = "max_pressure"

    def __init__(self, movements: Sequence[Movement], stages: Sequence[Sequence[bool]]) -> None:
        self.movements = tuple(movements)
        self.stages = tuple(tuple(stage) for stage in stages)
        self._shared: dict[str, int] = {}
        for movement in self.movements:
            for lane in movement.lanes:
                self._shared[lane] = self._shared.get(lane, 0) + 1

    def choose(self, picture: Picture, sequence: LampSequence, now: float) -> Decision:
        """The stage wanted now, from the picture of the second."""
        queues = {lane: None if q is None else q + picture.extra.get(lane, 0.0) for lane, q in picture.queues.items()}
        return self.decide(queues, stage=sequence.stage, green_s=now - sequence.stage_since)

    def pressures(self, queues: Mapping[str, float | None]) -> list[float]:
        """How many wait for each stage. None as a queue: not seen."""
        found = []
        for stage in self.stages:
            value = 0.0
            for on, movement in zip(stage, self.movements, strict=True):
                if not on:
                    continue
                if movement.is_pedestrian:
                    value += PEDESTRIANS
                for lane in movement.lanes:
                    queue = queues.get(lane)
                    value += (1.0 if queue is None else queue) / self._shared[lane]
            found.append(value)
        return found

    def decide(self, queues: Mapping[str, float | None], *, stage: int, green_s: float) -> Decision:
        """The stage wanted now and why."""
        pressures = self.pressures(queues)
        here = pressures[stage]
        best = max(range(len(pressures)), key=lambda s: (pressures[s], s != stage, -s))
        if best != stage and pressures[best] >= WORTH * here + AT_LEAST:
            return Decision(best, f"Stage {best + 1}: {pressures[best]:.0f} wait there, {here:.0f} in stage {stage + 1}.")
        if green_s >= MOST_GREEN_S:
            others = [s for s in range(len(pressures)) if s != stage]
            best = max(others, key=lambda s: (pressures[s], -s))
            return Decision(best, f"Stage {best + 1}: stage {stage + 1} has been green for {green_s:.0f} s.", True)
        return Decision(stage, f"Keeps stage {stage + 1}: {here:.0f} wait there, at most {max(pressures):.0f} elsewhere.")
