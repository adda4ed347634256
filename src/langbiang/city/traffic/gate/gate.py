"""The gate itself: every command is allowed, replaced or denied with the rule and a sentence."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.gate.lamps import GREEN, LampSequence
from langbiang.city.traffic.gate.rules import GateRules

READ_BACK_S = 1.0
RECALL_MARGIN_S = 1.0


class Mode(StrEnum):
    """Who drives: nobody (the cabinet's own plan), or the server under a lease."""

    LOCAL = "local"
    ARMED = "armed"


class Outcome(StrEnum):
    ALLOW = "allow"
    REPLACE = "replace"
    DENY = "deny"


class CabinetState(StrEnum):
    NORMAL = "normal"
    PREEMPT = "preempt"
    FLASH = "flash"
    MANUAL = "manual"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Command:
    """A stage wanted by a controller; every instant is the sender's clock in seconds."""

    junction: str
    stage: int
    fingerprint: str
    decided_at: float
    perceived_at: float
    heartbeat_at: float
    blind_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a command; ``stage`` is what the lamps will do."""

    outcome: Outcome
    stage: int
    rule: str
    text: str


OnVerdict = Callable[[float, Verdict], None]
KEPT = Verdict(Outcome.ALLOW, -1, "", "Keeps the running stage.")


class SafetyGate:
    """One junction. Call ``advance`` at least once a second; lamps move only there and in ``submit``."""

    def __init__(self, rules: GateRules, now: float, *, on_verdict: OnVerdict | None = None) -> None:
        self.rules = rules
        self.sequence = LampSequence(rules, now)
        self.mode = Mode.LOCAL
        self.cabinet = CabinetState.NORMAL
        self.alarm = ""
        self.fingerprint = rules.fingerprint
        self._now = now
        self._lease: ArmLease | None = None
        self._changes: deque[float] = deque()
        self._on_verdict = on_verdict
        self._heartbeat_at = now
        self._wrong_since: float | None = None
        self._retried = False
        size = len(rules.groups)
        self._serving = [[s for s, st in enumerate(rules.stages) if st[g]] for g in range(size)]
        self._times = [rules.stage_time_s(s) for s in range(len(rules.stages))]
        self._ways = rules.ways()
        self._min_green = [
            max(rules.groups[g].min_green_s for g, on in enumerate(st) if on) for st in rules.stages
        ]

    @property
    def lamps(self) -> tuple[int, ...]:
        """Lamp per group: 0 red, 1 yellow (or walk clearance), 2 green (or walk)."""
        return tuple(self.sequence.lamps)

    @property
    def is_armed(self) -> bool:
        """Whether the server drives, under a lease."""
        return self.mode is Mode.ARMED

    def arm(self, lease: ArmLease, now: float) -> Verdict:
        """Take control under a lease, or say why not (G12, G13)."""
        objection = lease.objection(self.rules.junction, self.fingerprint, now, self.rules.max_lease_s)
        if objection:
            return self._told(
                now, Verdict(Outcome.DENY, self.sequence.stage, "G12", f"Not armed: {objection}.")
            )
        if self.cabinet is not CabinetState.NORMAL:
            text = f"Not armed: the cabinet is in {self.cabinet}."
            return self._told(now, Verdict(Outcome.DENY, self.sequence.stage, "G13", text))
        self._lease, self.mode, self.alarm = lease, Mode.ARMED, ""
        self._heartbeat_at = now
        text = f"Armed by {lease.operator}, confirmed by {lease.confirmed_by}."
        return self._told(now, Verdict(Outcome.ALLOW, self.sequence.stage, "G12", text))

    def renew(self, lease: ArmLease, now: float) -> None:
        """Go on under a later lease; what keeps the controller's heartbeat is not this but the controller."""
        if self.mode is Mode.ARMED:
            objection = lease.objection(self.rules.junction, self.fingerprint, now, self.rules.max_lease_s)
            if objection:
                self.disarm(now, objection)
            else:
                self._lease = lease

    def beat(self, now: float) -> None:
        """The controller lives, also while a change runs and there is nothing to ask for."""
        if now >= self._heartbeat_at:
            self._heartbeat_at = now

    def follow(self, reported: tuple[int, ...], now: float) -> bool:
        """While the cabinet drives, take over what it shows; True when it rests in a stage, so that arming may begin."""
        if self.mode is Mode.ARMED or len(reported) != len(self.rules.groups):
            return False
        self._now = max(self._now, now)
        return self.sequence.adopt(reported, now)

    def disarm(self, now: float, why: str) -> None:
        """Give the junction back to the cabinet; the adapter clears holds, omits, force-offs and calls."""
        if self.mode is Mode.ARMED:
            self.mode, self._lease = Mode.LOCAL, None
            self._told(now, Verdict(Outcome.DENY, self.sequence.stage, "G12", f"Disarmed: {why}."))

    def clock_set(self, step: float) -> None:
        """Somebody set the clock of the caller by so much: what was begun keeps its age."""
        self._now += step
        self._heartbeat_at += step
        self._changes = deque(at + step for at in self._changes)
        self._wrong_since, self._retried = None, False
        self.sequence.clock_set(step)

    def set_cabinet(self, state: CabinetState, now: float) -> None:
        """The cabinet reports its state; anything but normal means hands off (G13)."""
        self.cabinet = state
        if state is not CabinetState.NORMAL:
            self.alarm = f"the cabinet is in {state}"
            self.disarm(now, self.alarm)

    def read_back(self, reported: tuple[int, ...], now: float) -> bool:
        """Compare reported lamps with commanded; returns True when the command should be sent once more (G14)."""
        if self.mode is not Mode.ARMED or reported == self.lamps:
            self._wrong_since, self._retried = None, False
            return False
        if self._wrong_since is None:
            self._wrong_since = now
        if now - self._wrong_since < READ_BACK_S:
            return False
        if not self._retried:
            self._retried, self._wrong_since = True, now
            return True
        self.alarm = "the lamps do not follow"
        self.disarm(now, self.alarm)
        return False

    def submit(self, command: Command, now: float) -> Verdict:
        """Judge one command and, when allowed or replaced, begin the change."""
        self.advance(now)
        verdict = self._judge(command, now)
        if verdict is KEPT:
            return verdict
        if verdict.outcome is not Outcome.DENY and verdict.stage != self.sequence.stage:
            self._begin(verdict.stage, now)
        return self._told(now, verdict)

    def advance(self, now: float) -> None:
        """Lamps on to ``now``; expire lease and heartbeat; insert the recall nobody asked for (G7, G8)."""
        if not now >= self._now:
            return
        self._now = now
        self.sequence.advance(now)
        if self.mode is Mode.ARMED and self._lease is not None:
            if now >= self._lease.expires_at:
                self.disarm(now, "the lease has expired")
            elif now - self._heartbeat_at > self.rules.freshness.heartbeat_s:
                self.disarm(now, "no heartbeat from the controller")
        if self.sequence.is_changing:
            return
        due = self.recall_due(self.sequence.stage, now)
        if due is None and now - self.sequence.stage_since >= self.rules.max_green_s:
            due = self._oldest(now)
        if due is None or due == self.sequence.stage:
            return
        due = self._ways.first[self.sequence.stage][due]
        if self.sequence.green_missing_s(due, now) <= 0.0:
            self._begin(due, now)
            text = f"Stage {due + 1} inserted: a movement has waited as long as it may."
            self._told(now, Verdict(Outcome.REPLACE, due, "G7", text))

    def recall_due(self, stage: int, now: float, ahead_s: float = 0.0) -> int | None:
        """Stage that must start now so that no group outlasts the maximum red; None while there is time.

        ``stage`` is the one running (or about to run, ``ahead_s`` from now until it may be left). Where a yellow trap lies
        between, the stages on the way round it are counted as well; which comes first on that way is what ``advance`` begins.
        """
        rules, sequence, ways = self.rules, self.sequence, self._ways
        served = rules.stages[stage]
        ages = sorted(
            ((sequence.red_for(g, now), g) for g in range(len(rules.groups)) if not served[g]), reverse=True
        )
        if not ages:
            return None
        first: int | None = None
        done: set[int] = set()
        at, place = ahead_s, stage
        for age, g in ages:
            if g in done:
                continue
            choice = self._serving[g][0]
            nearest, widest = math.inf, -1
            for s in self._serving[g]:
                count = sum(rules.stages[s][other] and other not in done for _, other in ages)
                extra = ways.extra_s[place][s]
                if extra < nearest or (extra == nearest and count > widest):
                    choice, nearest, widest = s, extra, count
            if first is None:
                first = choice
                if ahead_s == 0.0:
                    at = max(0.0, sequence.green_missing_s(ways.first[stage][choice], now))
            change = self._times[choice] - self._min_green[choice]
            at += ways.extra_s[place][choice] + change
            place = choice
            if age + at + RECALL_MARGIN_S >= rules.max_red_s:
                return first
            at += self._min_green[choice]
            done.update(other for _, other in ages if rules.stages[choice][other])
        return None

    def _judge(self, c: Command, now: float) -> Verdict:
        rules, sequence = self.rules, self.sequence
        here = sequence.stage
        fresh = rules.freshness

        def deny(rule: str, text: str) -> Verdict:
            return Verdict(Outcome.DENY, here, rule, text)

        if c.junction != rules.junction:
            return deny("G1", "The command is for another junction.")
        if c.fingerprint != self.fingerprint:
            return deny("G1", "The command was made for another configuration.")
        if type(c.stage) is not int or not 0 <= c.stage < len(rules.stages):
            return deny("G1", "The stage is not one of this junction.")
        if self.cabinet is not CabinetState.NORMAL:
            return deny("G13", f"The cabinet is in {self.cabinet}: hands off.")
        if self.mode is not Mode.ARMED:
            return deny("G12", "The junction is not armed.")
        if not (-fresh.skew_s <= now - c.decided_at <= fresh.decision_s):
            return deny("G10", f"The decision is not between {-fresh.skew_s} s and {fresh.decision_s} s old.")
        if not (-fresh.skew_s <= now - c.perceived_at <= fresh.perception_s):
            return deny("G10", f"What the cameras saw is older than {fresh.perception_s} s.")
        if not (-fresh.skew_s <= now - c.heartbeat_at <= fresh.heartbeat_s):
            return deny("G10", "The controller's heartbeat is missing.")
        self._heartbeat_at = max(self._heartbeat_at, min(now, c.heartbeat_at))
        if not 0.0 <= c.blind_share <= 0.5:
            self.alarm = "more than half of the movements are not seen"
            self.disarm(now, self.alarm)
            return deny("G11", "More than half of the movements are not seen: local plan.")
        if c.stage == here and not sequence.is_changing:
            return KEPT
        if sequence.is_changing:
            return deny("G6", "A change is running; yellow and clearing are never cut short.")
        missing = sequence.green_missing_s(c.stage, now)
        if missing > 0.0:
            return deny("G3", f"Minimum green runs {missing:.1f} s more.")
        if rules.commit_s and now - sequence.stage_since < rules.commit_s:
            return deny("G8", "The countdown display has promised this green.")
        while self._changes and now - self._changes[0] >= 60.0:
            self._changes.popleft()
        if len(self._changes) >= rules.max_changes_per_minute:
            return deny("G8", f"More than {rules.max_changes_per_minute} changes in a minute.")
        if self._is_yellow_trap(c.stage):
            return deny("G9", "A permissive turn would end while the traffic it yields to keeps green.")
        due = self.recall_due(c.stage, now, self._times[c.stage])
        if due is not None and due != here:
            due = self._ways.first[here][due]
        if due is not None and due != c.stage and due != here:
            if sequence.green_missing_s(due, now) <= 0.0:
                return Verdict(Outcome.REPLACE, due, "G7", "Another movement has waited as long as it may.")
            return deny("G7", "Another movement has waited as long as it may.")
        return Verdict(Outcome.ALLOW, c.stage, "", f"Stage {c.stage + 1} begins.")

    def _is_yellow_trap(self, stage: int) -> bool:
        """As the lamps stand, which is not by the stage alone."""
        if self.rules.is_yellow_trap_accepted:
            return False
        kept = self.rules.stages[stage]
        for g in self.sequence.losing(stage):
            row = self.rules.gives_way[g]
            if any(row[f] and kept[f] and self.sequence.lamps[f] == GREEN for f in range(len(row))):
                return True
        return False

    def _oldest(self, now: float) -> int | None:
        oldest = max(range(len(self.rules.groups)), key=lambda g: self.sequence.red_for(g, now))
        if self.sequence.red_for(oldest, now) <= 0.0:
            return None
        extra = self._ways.extra_s[self.sequence.stage]
        return min(self._serving[oldest], key=lambda s: extra[s])

    def _begin(self, stage: int, now: float) -> None:
        """Every change of the gate goes through here, its own recall as well as a command."""
        self._changes.append(now)
        self.sequence.begin(stage, now)

    def _told(self, now: float, verdict: Verdict) -> Verdict:
        if self._on_verdict is not None:
            self._on_verdict(now, verdict)
        return verdict
