"""A junction whose cameras show nothing follows the plan it was shipped with, by the clock, until they see again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.lamps import programme_parts
from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.network import Junction, Network, Stage


@dataclass(frozen=True, slots=True)
class _Programme:
    """When each stage begins to be wanted within the cycle, ascending; the change to it lies in that time."""

    cycle_s: float
    offset_s: float
    wanted: tuple[tuple[float, int], ...]

    def stage_at(self, now: float) -> int:
        at = (now + self.offset_s) % self.cycle_s
        return next(stage for begins, stage in reversed(self.wanted) if begins <= at)


class PlanFollower:
    """The shipped programmes of a network under the limits, as stages to ask for.

    By the clock and with the shipped offsets, so that neighbours that are blind together keep their coordination.
    """

    def __init__(self, network: Network, limits: Limits, stages: Mapping[str, Sequence[Stage]]) -> None:
        self._programmes = {
            j.id: found
            for j in network.junctions.values()
            if (found := _programme(j, limits, stages[j.id])) is not None
        }

    def decide(self, junction_id: str, running: int, now: float) -> Decision:
        """What the plan shows now, or what is running where the junction came without a plan."""
        programme = self._programmes.get(junction_id)
        if programme is None:
            return Decision(running, f"Keeps stage {running + 1}: no camera sees the junction and it has no plan.")
        stage = programme.stage_at(now)
        return Decision(stage, f"Stage {stage + 1} of the stored plan: no camera sees the junction.")


def _programme(junction: Junction, limits: Limits, stages: Sequence[Stage]) -> _Programme | None:
    known = {stage.state: stage.index for stage in stages}
    wanted: list[tuple[float, int]] = []
    begins = at = 0.0
    for phase, is_green in programme_parts(junction, limits):
        if is_green and phase.state in known:
            wanted.append((begins, known[phase.state]))
        at += phase.duration_s
        if is_green:
            begins = at  # the change that follows belongs to the next green
    if not wanted:
        return None
    # What follows the last green is the change to the first of the next cycle.
    return _Programme(at, junction.offset_s, (*wanted, (begins, wanted[0][1])))
