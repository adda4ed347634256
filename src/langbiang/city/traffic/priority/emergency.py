"""Green for emergency vehicles: when to begin, with which stage, how long at most, and who is served first afterwards.

Begin at ETA - (discharge of the queue ahead + margin + change of stage). Only stages of the junction are asked for, so
yellow, clearing, minimum greens and pedestrians stay with the lamp driver and the safety gate.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.control.recall import RecallClock
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.network import GREEN, Junction, Network, Stage
from langbiang.city.traffic.perception import JunctionView
from langbiang.city.traffic.priority.order import LegalOrder
from langbiang.city.traffic.priority.requests import EmergencyRequest, Passage

QUEUED_MPS = 5.0
START_UP_S = 2.0
HEADWAY_S = 2.0
PERMISSIVE_HEADWAY_S = 4.0
NEVER_DUE = 1e9


@dataclass(frozen=True, slots=True)
class EmergencySettings:
    """Seconds; chosen on training seeds."""

    margin_s: float = 5.0
    longest_hold_s: float = 75.0
    """A vehicle that has not come through by then has stopped or been misjudged: the junction goes on."""
    recall_margin_s: float = 3.0
    recovery_from_red_s: float = 90.0
    recovery_s: float = 120.0


@dataclass(slots=True)
class _Call:
    vehicle: str
    kind: str
    rank: int
    first_at: float
    expires_at: float
    passages: dict[str, Passage]


@dataclass(slots=True)
class _Post:
    junction: Junction
    stages: tuple[Stage, ...]
    recall: RecallClock
    serving: str = ""
    since: float = 0.0
    given_up: set[str] = field(default_factory=set)
    recovering: list[int] = field(default_factory=list)
    recovery_ends: float = 0.0


class EmergencyService:
    """All emergency vehicles on all junctions of one controller."""

    def __init__(
        self,
        network: Network,
        stages: Mapping[str, tuple[Stage, ...]],
        order: LegalOrder,
        settings: EmergencySettings | None = None,
    ) -> None:
        self.settings = settings or EmergencySettings()
        self.order = order
        self._calls: dict[str, _Call] = {}
        self._posts = {
            j.id: _Post(j, stages[j.id], RecallClock(j, stages[j.id])) for j in network.junctions.values()
        }

    def take(self, request: EmergencyRequest, now: float) -> None:
        """A request the desk has accepted replaces what the vehicle asked before; an empty route ends it."""
        known = self._calls.get(request.vehicle)
        first = known.first_at if known else now
        if not request.route:
            self._calls.pop(request.vehicle, None)
            return
        self._calls[request.vehicle] = _Call(
            request.vehicle,
            request.kind,
            self.order.rank(request.kind),
            first,
            request.expires_at,
            {p.junction: p for p in request.route},
        )

    def tick(self, now: float, lamps: Mapping[str, LampDriver]) -> None:
        """One second: expired calls end, the red clocks go on."""
        self._calls = {v: c for v, c in self._calls.items() if c.expires_at > now}
        for junction_id, post in self._posts.items():
            post.recall.tick(lamps[junction_id].state())

    def decide(
        self, junction_id: str, now: float, view: JunctionView, driver: LampDriver, planned: Decision | None = None
    ) -> Decision | None:
        """What this junction must do for an emergency vehicle or to recover from one; None leaves it to the policy.

        ``planned`` is what the policy wants: a change after which the way could not be clear in time is not made.
        """
        post = self._posts[junction_id]
        goes_to = driver.stage if planned is None else planned.stage
        call, stage = self._due(post, now, view, driver, goes_to)
        if call is None or stage is None:
            if post.serving:
                self._end(post, now, view)
            return self._recovery(post, now, driver)
        if post.serving != call.vehicle:
            post.serving, post.since = call.vehicle, now
        hard = self._hard_recall(post, view, driver, call)
        if hard is not None and hard != stage:
            return Decision(hard, "Recall before the priority vehicle: another movement has waited as long as it may.", True)
        if driver.stage == stage:
            return Decision(driver.stage, f"Keeps green for {call.vehicle} ({call.kind}).", True)
        if not driver.may_go(stage):
            return Decision(driver.stage, f"Minimum green runs, then green for {call.vehicle} ({call.kind}).", True)
        left = call.passages[junction_id].eta_s - now
        return Decision(stage, f"Green for {call.vehicle} ({call.kind}), at the stop line in {max(0.0, left):.0f} s.", True)

    def serving(self, junction_id: str) -> str:
        """The vehicle that rules this junction now; empty when none does."""
        return self._posts[junction_id].serving

    def let_go(self, junction_id: str) -> None:
        """Nobody drives this junction any more: no vehicle rules it and nothing is recovered."""
        post = self._posts[junction_id]
        post.serving, post.recovering = "", []

    def given_up(self, junction_id: str) -> frozenset[str]:
        """Vehicles still on their way here whose green was ended because they did not come through."""
        return frozenset(self._posts[junction_id].given_up)

    def is_recovering(self, junction_id: str) -> bool:
        """Whether movements that waited for an emergency vehicle are still to be served."""
        return bool(self._posts[junction_id].recovering)

    def is_busy(self, junction_id: str) -> bool:
        """Whether an emergency vehicle or the recovery from one drives this junction."""
        post = self._posts[junction_id]
        return bool(post.serving or post.recovering)

    def _due(
        self, post: _Post, now: float, view: JunctionView, driver: LampDriver, goes_to: int
    ) -> tuple[_Call | None, int | None]:
        """The call that rules this junction now: by legal rank, then first come."""
        wanted = [c for c in self._calls.values() if post.junction.id in c.passages]
        post.given_up &= {c.vehicle for c in wanted}
        detour = 2 * driver.limits.intergreen_s + driver.limits.min_green_s
        soon: tuple[_Call, int] | None = None
        for call in sorted(wanted, key=lambda c: (c.rank, c.first_at, c.vehicle)):
            if call.vehicle in post.given_up:
                continue
            if post.serving == call.vehicle and now - post.since > self.settings.longest_hold_s:
                post.given_up.add(call.vehicle)
                continue
            passage = call.passages[post.junction.id]
            stage = best_stage(post.junction, post.stages, passage, driver.stage)
            if stage is None:
                continue
            lead = self._lead_s(post, passage, stage, view, driver)
            if goes_to not in (driver.stage, stage):
                # Going elsewhere first costs that change, its minimum green and a change back.
                lead += detour
            if post.serving == call.vehicle or now >= passage.eta_s - lead:
                # Nor is a later or lower one served first when the better would then come to a red.
                return soon if soon is not None and soon[1] != stage else (call, stage)
            if soon is None and now >= passage.eta_s - lead - detour:
                soon = call, stage
        return None, None

    def _lead_s(self, post: _Post, passage: Passage, stage: int, view: JunctionView, driver: LampDriver) -> float:
        links = movement_links(post.junction, passage)
        lanes = {post.junction.lanes.index(post.junction.links[k].from_lane) for k in links}
        queued: dict[int, int] = {}
        for v in view.vehicles:
            if v.lane in lanes and v.speed_mps < QUEUED_MPS and v.kind != "emergency":
                queued[v.lane] = queued.get(v.lane, 0) + 1
        longest = max(queued.values(), default=0)
        is_protected = all(post.stages[stage].protects(k) for k in links)
        discharge = longest * (HEADWAY_S if is_protected else PERMISSIVE_HEADWAY_S) + (START_UP_S if longest else 0.0)
        change = 0.0
        if stage != driver.stage or driver.is_changing:
            change = driver.limits.intergreen_s + (
                driver.remaining_change_s + driver.limits.min_green_s if driver.is_changing else driver.wait_for(stage)
            )
        return discharge + change + self.settings.margin_s

    def _hard_recall(self, post: _Post, view: JunctionView, driver: LampDriver, call: _Call) -> int | None:
        """The stage without which somebody would be red beyond the limit: not even an emergency breaks that.

        Where turns are known a movement nobody in view wants is left out, as in the recall of the policy.
        """
        limit = driver.limits.max_red_s - self.settings.recall_margin_s
        wanted = {v.link for v in view.vehicles} if view.is_turn_known else set(range(post.junction.size))
        links = movement_links(post.junction, call.passages[post.junction.id])
        liking = [float(sum(s.serves(k) for k in links)) for s in post.stages]
        limits = [limit if k in wanted else NEVER_DUE for k in range(post.junction.size)]
        due = post.recall.due(driver, limits, liking)
        if due is None or not driver.may_go(due[0]):
            return None
        return due[0]

    def _end(self, post: _Post, now: float, view: JunctionView) -> None:
        """The vehicle is through: note who waited longest, with somebody in view."""
        post.serving = ""
        lanes = {v.lane for v in view.vehicles}
        waiting = [
            (post.recall.red_for[k], k)
            for k, link in enumerate(post.junction.links)
            if post.recall.red_for[k] >= self.settings.recovery_from_red_s
            and (view.is_blind or post.junction.lanes.index(link.from_lane) in lanes)
        ]
        post.recovering = [k for _, k in sorted(waiting, reverse=True)]
        post.recovery_ends = now + self.settings.recovery_s

    def _recovery(self, post: _Post, now: float, driver: LampDriver) -> Decision | None:
        """Longest red first, until each has been green once or two cycles are over."""
        going = driver.stage if driver.target is None else driver.target
        post.recovering = [
            k for k in post.recovering if post.stages[going].state[k] not in GREEN and post.recall.red_for[k] > 0
        ]
        if now >= post.recovery_ends:
            post.recovering = []
        if not post.recovering or not driver.may_switch:
            return None
        oldest = post.recovering[0]
        serving = [s.index for s in post.stages if s.serves(oldest) and driver.may_go(s.index)]
        if not serving:
            return None
        best = max(serving, key=lambda s: (sum(post.stages[s].serves(k) for k in post.recovering), -s))
        return Decision(best, "Recovers after an emergency vehicle: the longest red goes first.", True)


def movement_links(junction: Junction, passage: Passage) -> tuple[int, ...]:
    """Links of a movement: all lanes from one edge into another; all of the edge where nobody said which way it turns."""
    return tuple(
        k.index
        for k in junction.links
        if junction.edge_of(k.from_lane) == passage.from_edge and passage.to_edge in ("", junction.edge_of(k.to_lane))
    )


def best_stage(junction: Junction, stages: tuple[Stage, ...], passage: Passage, running: int) -> int | None:
    """The stage that clears the vehicle's way best: its movement, protected, with its whole lane; rather the running one."""
    links = movement_links(junction, passage)
    lanes = {junction.links[k].from_lane for k in links}
    same_lane = [k.index for k in junction.links if k.from_lane in lanes]

    def worth(stage: Stage) -> tuple[int, int, int, bool, int]:
        return (
            sum(stage.serves(k) for k in links),
            sum(stage.protects(k) for k in links),
            sum(stage.serves(k) for k in same_lane),
            stage.index == running,
            sum(c in GREEN for c in stage.state),
        )

    found = [s for s in stages if any(s.serves(k) for k in links)]
    return max(found, key=worth).index if found else None
