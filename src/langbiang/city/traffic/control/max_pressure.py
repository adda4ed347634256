"""Max-pressure control: serve the stage with the largest difference between vehicles waiting and room ahead.

The plain form is a baseline. The weighted form, with recall, is cheap and robust; it is what our controller falls
back to when its own planning is not possible.
"""

from collections.abc import Mapping

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.control.recall import RecallClock
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.network import Network, Stage
from langbiang.city.traffic.perception import JunctionView

DECISION_EVERY_S = 5
NEAR_FULL_M = 12.0
FAR_M = 150.0
RECALL_S = 90.0


class MaxPressure:
    """Acyclic max-pressure; with ``is_weighted`` distance, permissive greens and full exits count too."""

    name = "max_pressure"

    def __init__(
        self, network: Network, stages: Mapping[str, tuple[Stage, ...]], *, is_weighted: bool = False
    ) -> None:
        self._network = network
        self._stages = stages
        self._is_weighted = is_weighted
        self._recall = {j.id: RecallClock(j, stages[j.id]) for j in network.junctions.values()}

    def holds(self, view: JunctionView, driver: LampDriver) -> bool:
        """Plain max-pressure looks at queues alone; the weighted form waits for an empty junction."""
        return self._is_weighted and driver.stands_in_the_way(view.inside)

    def decide(
        self, now: float, views: Mapping[str, JunctionView], lamps: Mapping[str, LampDriver]
    ) -> dict[str, Decision]:
        """Decisions every five seconds (plain) or every second (weighted)."""
        decisions = {}
        for junction_id, driver in lamps.items():
            recall = self._recall[junction_id]
            recall.tick(driver.state())
            if not driver.may_switch or (not self._is_weighted and int(now) % DECISION_EVERY_S):
                continue
            view = views[junction_id]
            if self._is_weighted:
                due = recall.due(driver, [RECALL_S] * driver.junction.size)
                if due is not None:
                    decisions[junction_id] = Decision(
                        due[0], f"Recall: link {due[1]} was red too long.", True
                    )
                    continue
            decisions[junction_id] = self._decide_one(junction_id, driver, view)
        return decisions

    def _decide_one(self, junction_id: str, driver: LampDriver, view: JunctionView) -> Decision:
        pressures = [self.pressure(junction_id, stage, view) for stage in self._stages[junction_id]]
        here = pressures[driver.stage]
        allowed = [s for s in range(len(pressures)) if s == driver.stage or driver.may_go(s)]
        best = max(allowed, key=lambda s: pressures[s])
        needed = 1.1 * here + 1.5 if self._is_weighted else here
        if best != driver.stage and pressures[best] > needed:
            return Decision(
                best, f"Stage {best + 1} has pressure {pressures[best]:.1f} against {here:.1f} now."
            )
        return Decision(
            driver.stage, f"Keeps stage {driver.stage + 1}: no other has more pressure than {here:.1f}."
        )

    def pressure(self, junction_id: str, stage: Stage, view: JunctionView) -> float:
        """Vehicles a stage would serve, less those standing in its exits."""
        links = self._network.junctions[junction_id].links
        value = 0.0
        exits = set()
        for vehicle in view.vehicles:
            if not stage.serves(vehicle.link):
                continue
            exit_lane = links[vehicle.link].to_lane
            exits.add(exit_lane)
            if not self._is_weighted:
                value += 1.0
                continue
            seen = view.exits.get(exit_lane)
            if seen is not None and seen.free_m < NEAR_FULL_M:
                continue
            weight = 1.0 if vehicle.speed_mps < 2.0 else max(0.0, 1.0 - vehicle.distance_m / FAR_M)
            value += weight * (1.0 if stage.protects(vehicle.link) else 0.5)
        if not self._is_weighted:
            exits = {links[k].to_lane for k in range(len(links)) if stage.serves(k)}
            value -= sum(view.exits[e].standing + view.exits[e].rolling for e in exits if e in view.exits)
        return value
