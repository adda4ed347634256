"""Our controller: plays the next minute for every candidate each second and takes the first step of the best.

Guards around the optimiser, in order: per-link recall (no link waits for ever), then the plan. What the optimiser
knows about a vehicle it has from the camera view alone; where that shows nothing the shipped plan is followed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.control.blind import PlanFollower
from langbiang.city.traffic.control.estimate import Estimate, Estimator
from langbiang.city.traffic.control.neighbours import Outflow
from langbiang.city.traffic.control.recall import RecallClock
from langbiang.city.traffic.control.rollout import play, price
from langbiang.city.traffic.control.settings import HorizonSettings
from langbiang.city.traffic.control.tables import Tables, make_tables
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.network import Network, Stage
from langbiang.city.traffic.perception import JunctionView

NEVER = 1e9


@dataclass(slots=True)
class _Post:
    """What the controller keeps about one junction."""

    tables: Tables
    estimator: Estimator
    recall: RecallClock
    costs: Any


class RollingHorizon:
    """Rolling-horizon control of all junctions of a network."""

    name = "ours"

    def __init__(
        self,
        network: Network,
        limits: Limits,
        stages: Mapping[str, tuple[Stage, ...]],
        settings: HorizonSettings | None = None,
    ) -> None:
        self.settings = settings or HorizonSettings()
        self._limits = limits
        self._vector = self.settings.vector(limits)
        self._holds = np.array(self.settings.holds, np.float64)
        self._seconds = np.array(self.settings.second_greens, np.float64)
        self._outflow = Outflow(network)
        self._plans = PlanFollower(network, limits, stages)
        self._posts: dict[str, _Post] = {}
        fed = {lane for road in self._outflow.roads.values() for lane in road.lanes}
        for junction in network.junctions.values():
            tables = make_tables(
                network, junction, stages[junction.id], headway_scale=self.settings.headway_scale
            )
            self._posts[junction.id] = _Post(
                tables,
                Estimator(tables, self.settings, missed_share=self.settings.missed_share, fed_lanes=fed),
                RecallClock(junction, stages[junction.id]),
                np.zeros((tables.size, len(self._holds))),
            )

    def decide(
        self, now: float, views: Mapping[str, JunctionView], lamps: Mapping[str, LampDriver]
    ) -> dict[str, Decision]:
        """One decision for every junction free to switch."""
        decisions = {}
        for junction_id, post in self._posts.items():
            driver, view = lamps[junction_id], views[junction_id]
            state = driver.state()
            post.recall.tick(state)
            coming = (
                self._outflow.arrivals(junction_id, now, view.range_m) if self.settings.use_neighbours else []
            )
            estimate = post.estimator.update(now, view, state, coming)
            goal, hold = driver.stage, NEVER
            if driver.may_switch:
                decision = self._recalled(post, driver, estimate)
                if decision is not None:
                    goal, hold = decision.stage, 0.0
                elif view.is_blind:
                    decision = self._plans.decide(junction_id, driver.stage, now)
                else:
                    decision, goal, hold = self._planned(post, driver, estimate)
                decisions[junction_id] = decision
            if self.settings.use_neighbours:
                self._tell_neighbours(now, post, driver, estimate, view, goal, hold)
        return decisions

    def holds(self, view: JunctionView, driver: LampDriver) -> bool:
        """A green into somebody who could not leave the junction locks both: the change waits, within bounds."""
        return self.settings.waits_for_clear and driver.stands_in_the_way(view.inside)

    def _tell_neighbours(
        self,
        now: float,
        post: _Post,
        driver: LampDriver,
        e: Estimate,
        view: JunctionView,
        goal: int,
        hold: float,
    ) -> None:
        t = post.tables
        links = t.junction.links
        for key, k in view.passed:
            self._outflow.released(t.junction.id, links[k].to_lane, key, now)
        releases = []
        if len(e.eta):
            stage = driver.stage if driver.target is None else driver.target
            ages = np.array(driver.ages, np.float64)
            out = np.empty(len(e.eta))
            play(
                t.stage_link,
                t.loses,
                t.link_lane,
                t.headway,
                t.yield_from,
                t.yield_to,
                t.link_exit,
                e.lane_from,
                e.eta,
                e.link[0],
                e.weight,
                e.is_stopped,
                e.room,
                stage,
                ages,
                max(hold, 0.0),
                goal if goal != stage else -1,
                0.0,
                self._vector,
                out,
            )
            releases = [
                (e.ids[i], links[e.link[0, i]].to_lane, now + out[i])
                for i in range(len(e.ids))
                if out[i] >= 0.0 and "@" not in e.ids[i]
            ]
        self._outflow.planned(t.junction.id, releases)

    def _recalled(self, post: _Post, driver: LampDriver, estimate: Estimate) -> Decision | None:
        due = post.recall.due(driver, estimate.longest_red)
        if due is None:
            return None
        stage, link = due
        direction = post.tables.junction.links[link]
        return Decision(
            stage,
            f"Recall: the movement {direction.from_lane} to {direction.to_lane} has been red for "
            f"{post.recall.red_for[link]} s and must be served.",
            is_forced=True,
        )

    def _planned(self, post: _Post, driver: LampDriver, e: Estimate) -> tuple[Decision, int, float]:
        t = post.tables
        if not len(e.eta):
            return Decision(driver.stage, "Keeps green: nobody in view."), driver.stage, NEVER
        out = np.empty(len(e.eta))
        price(
            t.stage_link,
            t.loses,
            t.link_lane,
            t.headway,
            t.yield_from,
            t.yield_to,
            t.link_exit,
            e.lane_from,
            e.eta,
            e.link,
            e.weight,
            e.is_stopped,
            e.room,
            driver.stage,
            np.array(driver.ages, np.float64),
            self._holds,
            self._seconds,
            self._vector,
            post.costs,
            out,
        )
        for s in range(t.size):
            if s != driver.stage and not (driver.may_go(s) and post.recall.leaves_time(driver, s, e.longest_red)):
                post.costs[s, 0] = NEVER * 10
        best = int(np.argmin(post.costs))
        goal, hold = divmod(best, len(self._holds))
        keep = float(post.costs[driver.stage, 0])
        now_cost = np.min(post.costs[:, 0] + np.where(np.arange(t.size) == driver.stage, NEVER, 0.0))
        best_cost = float(post.costs.flat[best])
        later = np.min(np.where(np.arange(t.size)[:, None] == driver.stage, NEVER, post.costs)[:, 1:])
        if goal == driver.stage:
            sentence = f"Keeps stage {driver.stage + 1}: no switch pays in the next minute."
            return Decision(driver.stage, sentence), driver.stage, NEVER
        if hold == 0 and now_cost + self.settings.min_gain_s < min(keep, later):
            sentence = (
                f"Switches to stage {goal + 1}: saves {min(keep, later) - best_cost:.0f} vehicle-seconds in the next "
                f"{self.settings.horizon_s} s against waiting; {e.waiting} waiting in view."
            )
            return Decision(goal, sentence), goal, 0.0
        planned = max(1.0, float(self._holds[hold]))
        sentence = f"Keeps stage {driver.stage + 1} about {planned:.0f} s more, then stage {goal + 1}."
        return Decision(driver.stage, sentence), goal, planned
