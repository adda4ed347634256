"""One junction, tick by tick: read back, obey orders, decide, ask the gate, tell the cabinet, tell whoever listens."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.gate.gate import CabinetState, Command, Mode, Outcome, SafetyGate
from langbiang.city.traffic.gate.lamps import GREEN
from langbiang.city.traffic.ntcip import objects
from langbiang.city.traffic.ntcip.adapter import NotFit, Refused, Shown, SnmpCabinet, Unreachable

from .counting import Seen
from .deciding import SKEW_S, Eyes, Picture, Wants
from .ladder import WORDS, Level
from .orders import Order as Order
from .orders import by_hand, note_of
from .planned import by_plan, waits
from .priority import Priority
from .shadow import Reckoning
from .steady import Steady
from .telling import Sink, Teller
from .watching import Watch

DECIDE_EVERY_S = 1.0
HEARTBEAT_EVERY_S = 2.0
OPEN_EVERY_S = 10.0
CHECK_EVERY_S = 30.0
# Without any count for so long after the start the ladder steps down: nothing was ever seen.
FIRST_SIGHT_S = 5.0
# Requests a cabinet may leave unanswered before it counts as gone; its backup timer and the gate's heartbeat go on meanwhile.
MISSES = 3
WATCH_S, DRIVE_S, CHANGE_S = 1.0, 0.5, 0.25


@dataclass
class JunctionLoop:
    """Drives one cabinet while two persons allow it; otherwise watches, decides beside it and says so."""

    code: str
    gate: SafetyGate
    cabinet: SnmpCabinet
    wants: Wants
    eyes: Eyes
    sink: Sink
    stage_names: tuple[str, ...]
    group_names: tuple[str, ...]
    served: tuple[frozenset[str], ...]  # lanes of each group
    patterns: Mapping[str, int] = field(default_factory=dict)
    reckoning: Reckoning | None = None
    priority: Priority | None = None
    watch: Watch | None = None
    approaches: Mapping[str, str] = field(default_factory=dict)  # of each lane
    order: Order = field(default_factory=Order)
    seen: Seen | None = None
    reachable: bool = False
    cycles: int = 0
    _steady: Steady = field(default_factory=Steady)
    _opened_at: float = -1e9
    _checked_at: float = -1e9
    _decided_at: float = -1e9
    _ordered_at: float = -1e9
    _misses: int = 0
    _changing: bool = False
    _unfit: str = ""
    _holding: int | None = None  # the stage held while arming waits to see it stand
    _pattern: int = 0  # ordered of the cabinet by us
    _is_set: bool = False  # something of ours may be set in the cabinet: True until the cabinet has confirmed that nothing is
    _void: int | None = None  # a lease under which the lamps did not follow
    _has_seen: bool = False  # there was a count since the start
    _was_first: bool = False
    _wanted: Decision | None = None
    _picture: Picture | None = None
    _closed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.teller = Teller(self.code, self.gate, self.sink, self.stage_names, self.group_names)

    @property
    def pause_s(self) -> float:
        """How long until the next tick: short while a change is waited for, long while there is only watching."""
        if self.gate.is_armed or self._holding is not None:
            return CHANGE_S if self.gate.sequence.is_changing else DRIVE_S
        return WATCH_S

    async def tick(self, now: float, steady: float | None = None) -> None:
        """One round. A cabinet that does not answer is left to itself: its own timer brings it back to its plan.

        `now` is the hour of the day, `steady` a clock nobody sets; where both disagree somebody has set the hour.
        """
        step = self._steady.tell(now, now if steady is None else steady)
        self._steady.holds(self.order.lease)  # from now on, also where the cabinet does not answer
        if step:
            self._clock_set(step, now)
        try:
            if not self.reachable and not await self._open(now):
                return
            shown = await self.cabinet.read()
            self._misses = 0
            self._take_in(shown, now)
            await self._obey(shown, now)
            if now - self._checked_at >= CHECK_EVERY_S:
                await self._check_again(now)
            if now - self._decided_at >= DECIDE_EVERY_S - 0.1:
                self._decided_at = now
                self._decide(now)
                self.teller.status(
                    shown, now, wants=self.wants, decision=self._wanted, picture=self._picture, seen=self.seen, note=self._note(now)
                )
            if self.gate.is_armed:
                await self._drive(now)
        except Refused as problem:
            await self._refused(now, problem)
        except Unreachable as problem:
            self._misses += 1
            if self._misses >= MISSES or not self.reachable:
                self._gone(now, problem)

    async def leave(self) -> None:
        """Give the junction back; called on every orderly way out."""
        try:
            with contextlib.suppress(Unreachable):  # its own timer does what we could not
                if self.reachable or self._is_set:
                    await self.cabinet.release()
        finally:
            self.cabinet.close()

    def _clock_set(self, step: float, now: float) -> None:
        """Somebody set the hour: what was begun keeps its age, and nothing is driven on across the step."""
        if self.gate.is_armed or self._is_set:
            self.sink.alert(self.code, at=now, kind="clock", text=f"The clock was set by {step:+.0f} s: the junction was given back.")
        self.gate.disarm(now, "the clock was set")
        self.gate.clock_set(step)
        self.teller.clock_set()
        self.eyes.clock_set()
        if self.reckoning is not None:
            self.reckoning.clock_set(step)
        self._holding = None  # what is set is given back by the next round
        self._opened_at += step
        self._checked_at += step
        self._decided_at = self._ordered_at = -1e9

    # The cabinet.

    async def _open(self, now: float) -> bool:
        if now - self._opened_at < OPEN_EVERY_S:
            return False
        self._opened_at = now
        await self._look_whether_fit(now, opening=True)
        self.reachable, self._misses, self._is_set = True, 0, False
        return True

    async def _look_whether_fit(self, now: float, *, opening: bool = False) -> bool:
        """A cabinet that is not fit is watched like any other, and never driven."""
        self._checked_at = now
        try:
            await (self.cabinet.open() if opening else self.cabinet.check())
            self._unfit = ""
        except NotFit as problem:
            if str(problem) != self._unfit:
                self.sink.alert(self.code, at=now, kind="unfit", text=str(problem))
            self._unfit = str(problem)
        return not self._unfit

    async def _check_again(self, now: float) -> None:
        """A cabinet may be set anew in the street at any time; one that is not fit any more is given back, one that is again is taken."""
        if not await self._look_whether_fit(now, opening=bool(self._unfit)):
            self.gate.disarm(now, "the cabinet is not fit to be driven")
            if self._is_set:
                await self._give_back()

    def _gone(self, now: float, problem: Exception) -> None:
        if self.reachable or self._misses == 1:
            self.sink.alert(self.code, at=now, kind="cabinet", text=f"The cabinet does not answer: {problem}")
        self.reachable, self._holding, self._pattern = False, None, 0
        self.gate.disarm(now, "the cabinet does not answer")
        self._fall(Level.LOCAL, now)

    async def _refused(self, now: float, problem: Exception) -> None:
        self.sink.alert(self.code, at=now, kind="refused", text=f"The cabinet refuses what it is told: {problem}")
        self.gate.disarm(now, "the cabinet refuses what it is told")
        self._fall(Level.LOCAL, now)
        await self._give_back()

    async def _give_back(self) -> None:
        """Nothing of ours stays set. Until the cabinet has said so this is asked again each round, and no heartbeat is sent meanwhile."""
        self._holding, self._pattern, self._changing = None, 0, False
        with contextlib.suppress(Unreachable):
            await self.cabinet.release()
            self._is_set = False

    def _take_in(self, shown: Shown, now: float) -> None:
        """What the cabinet shows: the event log, its state, its cycles."""
        self.teller.lamps(shown.lamps, now)
        first = self.gate.rules.stages[0]
        is_first = all((lamp == GREEN) == on for lamp, on in zip(shown.lamps, first, strict=True))
        self.cycles += is_first and not self._was_first
        self._was_first = is_first
        if shown.state is not self.gate.cabinet:
            self.gate.set_cabinet(shown.state, now)
            is_ours = shown.state is CabinetState.FLASH and self._pattern == objects.FLASH
            if shown.state is not CabinetState.NORMAL and not is_ours:
                self.sink.alert(self.code, at=now, kind="fault", text=f"The cabinet is in {shown.state}.")

    def _fall(self, possible: Level, now: float) -> None:
        """Take in what is possible; every step is written down, one down while two persons count on it is an alert as well."""
        before, ladder = self.wants.ladder.level, self.wants.ladder
        is_first = self.seen is not None and not self._has_seen and possible < Level.PATTERN
        self._has_seen = self._has_seen or is_first
        if not (ladder.begin(possible) if is_first else ladder.settle(possible, self.cycles)):
            return
        text = f"{WORDS[ladder.level]}."
        self.sink.decision(
            self.code, at=now, controller=self.wants.name, stage=self.stage_names[self.gate.sequence.stage], reason=text, is_forced=True
        )
        if ladder.level > before and self._lease(now) is not None:
            self.sink.alert(self.code, at=now, kind="ladder", text=text)

    # Orders of people.

    def _pattern_wanted(self, now: float) -> int:
        """The pattern the cabinet is to run: ordered by hand, or of the hour on that step of the ladder; 0 none.

        A cabinet that might not come back by itself gets none: a flashing nobody ends would stay.
        """
        if self._unfit:
            return 0
        override = self.order.override_at(now)
        if override and override["kind"] == "flash":
            return objects.FLASH
        if override and override["kind"] == "plan":
            return self.patterns.get(str(override.get("plan", "")), 0)
        if self._lease(now) is not None:
            return self.patterns.get(self.order.plan_at(now), 0) if self.wants.ladder.level is Level.PATTERN else 0
        signals = self.order.asked.signals_at(now)  # of an event two persons approved: where nobody armed, the cabinet times it itself
        return self.patterns.get(signals.plan, 0) if signals is not None and self.order.lease is None else 0

    def _lease(self, now: float) -> ArmLease | None:
        """The lease that holds, by the hour and by the clock nobody sets."""
        return self.order.lease_at(now, void=self._void) if self._steady.holds(self.order.lease) else None

    async def _obey(self, shown: Shown, now: float) -> None:
        """Run a pattern where one is ordered; arm and disarm as the lease says."""
        gate, lease, pattern = self.gate, self._lease(now), self._pattern_wanted(now)
        may_drive = lease is not None and not pattern and self.seen is not None and self.wants.ladder.level <= Level.PRESSURE
        if gate.is_armed:
            gate.advance(now)
            if not may_drive:
                gate.disarm(now, "no lease any more" if lease is None else "another order is in force")
            elif lease is not None and lease.expires_at > now:
                gate.renew(lease, now)
            if gate.is_armed and gate.read_back(shown.lamps, now):
                self._ordered_at = -1e9  # once more
            if gate.alarm == "the lamps do not follow":
                self._void = self.order.lease_id
                self.sink.void(self.code, at=now, lease_id=self.order.lease_id)
                self.sink.alert(self.code, at=now, kind="lamps", text="The lamps do not follow: disarmed until two persons arm it again.")
                gate.alarm = ""
            if not gate.is_armed:  # one of the steps above may have disarmed it
                await self._give_back()
            return
        at_rest = gate.follow(shown.lamps, now)
        is_left_over = self._is_set and self._holding is None and not self._pattern  # disarmed elsewhere
        is_to_be_freed = is_left_over or bool(self._pattern and self._pattern != pattern)
        if is_to_be_freed:
            await self._give_back()
        if pattern and (shown.state is CabinetState.NORMAL or pattern == self._pattern):
            if self._holding is not None:
                await self._give_back()
            if pattern != self._pattern or now - self._ordered_at >= HEARTBEAT_EVERY_S:
                self._is_set = True  # also when the answer is lost
                await self.cabinet.pattern(pattern)
                self._pattern, self._ordered_at = pattern, now
        elif may_drive and lease is not None and not is_to_be_freed:  # not before a round found nothing of ours set
            await self._arm(lease, at_rest, now)
        elif self._holding is not None:
            await self._give_back()

    async def _arm(self, lease: ArmLease, at_rest: bool, now: float) -> None:
        """Hold the stage the cabinet rests in; armed once it is seen to stand there held. Its times are read anew."""
        gate, stage = self.gate, self.gate.sequence.stage
        if lease.objection(gate.rules.junction, gate.fingerprint, now, gate.rules.max_lease_s):
            gate.arm(lease, now)  # says why not
        elif self._holding is not None and (not at_rest or stage != self._holding):
            await self._give_back()
        elif self._holding is not None:
            self._holding = None
            if gate.arm(lease, now).outcome is Outcome.ALLOW:
                self._ordered_at, self._changing = now, False
            else:
                await self._give_back()
        elif at_rest and self.gate.cabinet is CabinetState.NORMAL and not self._unfit:
            if await self._look_whether_fit(now):
                self._is_set = True
                await self.cabinet.hold(stage)
                self._holding = stage

    # What is wanted.

    def _decide(self, now: float) -> None:
        """The picture of the second, the step of the ladder, the stage; asked of the gate only while it is armed."""
        sequence = self.gate.sequence
        green = frozenset(lane for g, lamp in enumerate(sequence.lamps) if lamp == GREEN for lane in self.served[g])
        closed = frozenset(lane for lane, approach in self.approaches.items() if approach in self.order.asked.closed(now))
        is_usual = not self.order.asked.is_unusual(now)
        picture, possible = self.eyes.look(self.seen, green, now, closed)
        if possible is Level.PATTERN and not self.patterns.get(self.order.plan_at(now)):
            possible = Level.LOCAL
        if self.seen is not None or self.wants.ladder.level is not Level.ADAPTIVE or self._steady.age_s >= FIRST_SIGHT_S:
            self._fall(possible, now)
        self._picture, self._closed = picture, self.order.asked.closed(now)
        if self.seen is not None and -SKEW_S <= now - self.seen.at <= 5.0:
            for flow in self.eyes.flows.take(self.seen, picture.blind, now):
                self.sink.flow(self.code, **flow)
                if flow["quality"] >= 0.9 and is_usual and (self.watch is None or self.watch.believes(flow["lane"])):
                    self.eyes.history.learn(flow["lane"], flow["begun_at"], flow["vehicles"])
            if self.watch is not None and self.gate.cabinet is CabinetState.NORMAL:
                for finding in self.watch.second(self.seen, picture, sequence, now, closed=closed):
                    self.teller.finding(finding, now)
        if self.reckoning is not None:
            for name, score in self.reckoning.second(picture, tuple(sequence.lamps), now):
                self.sink.shadow(self.code, controller=name, day=score.day, **score.told())
        self.gate.beat(now)
        wanted = self._choose(picture, now)
        if sequence.is_changing:
            return
        if self._wanted is None or wanted.stage != self._wanted.stage:
            self.sink.decision(
                self.code, at=now, controller=self.wants.name, stage=self.stage_names[wanted.stage], reason=wanted.reason,
                is_forced=wanted.is_forced,
            )  # fmt: skip
        self._wanted = wanted
        if self.gate.mode is Mode.ARMED and sequence.green_missing_s(wanted.stage, now) <= 0.0:
            self.gate.submit(
                Command(
                    self.code, wanted.stage, self.gate.fingerprint, decided_at=now,
                    perceived_at=picture.at, heartbeat_at=now, blind_share=min(1.0, picture.blind_share),
                ), now,
            )  # fmt: skip

    def _choose(self, picture: Picture, now: float) -> Decision:
        """An emergency vehicle goes before an order by hand, that before the plan of an event, that before the controller; the gate before all of them."""
        sequence = self.gate.sequence

        def driven(seen: Picture) -> Decision:
            wanted = self.wants.choose(self.order.controller, seen, sequence, now)
            wanted = by_plan(self.order.asked.signals_at(now), self.stage_names, wanted, now)
            return by_hand(self.order.override_at(now), self.stage_names, wanted)

        if self.priority is None:
            return driven(picture)
        self.priority.asked = self.order.asked
        wanted = self.priority.choose(driven, picture, sequence, now, is_armed=self.gate.is_armed)
        self.teller.priority(*self.priority.take_told(), now)
        return wanted

    def _note(self, now: float) -> str:
        """What a person must know before the reason of the stage."""
        return note_of(
            override=self.order.override_at(now), lease=self._lease(now), is_armed=self.gate.is_armed,
            is_awaited=self.priority is not None and self.priority.is_busy, pattern=self._pattern,
            is_void=self._void is not None and self.order.lease_id in (0, self._void), unfit=self._unfit, level=self.wants.ladder.level,
            closed=self._closed, planned=waits(self.order.asked.signals_at(now), is_armed=self.gate.is_armed, pattern=self._pattern),
        )  # fmt: skip

    # Towards the lamps.

    async def _drive(self, now: float) -> None:
        """Bring the cabinet to what the gate shows; every order is the heartbeat as well."""
        sequence = self.gate.sequence
        if sequence.is_changing:
            if not self._changing or now - self._ordered_at >= HEARTBEAT_EVERY_S:
                await self.cabinet.change(sequence.stage, sequence.target)
                self._ordered_at = now
            self._changing = True
        elif self._changing or now - self._ordered_at >= HEARTBEAT_EVERY_S:
            await self.cabinet.hold(sequence.stage)
            self._ordered_at, self._changing = now, False
