"""What a junction tells of itself: its picture, the event log, what the gate said. Nothing here waits."""

from collections.abc import Sequence
from typing import Any, Protocol

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.gate.gate import CabinetState, Outcome, SafetyGate, Verdict
from langbiang.city.traffic.ntcip.adapter import Shown

from .counting import Seen
from .deciding import Picture, Wants
from .ladder import WORDS, Level
from .priority import Use
from .watching import Finding

# Codes of the event log (Indiana enumeration).
BEGIN_GREEN, BEGIN_YELLOW, END_YELLOW, BEGIN_WALK, BEGIN_CLEAR, DONT_WALK = 1, 8, 9, 21, 22, 23
# One refusal repeated each second is one line of the log.
SAME_FOR_S = 30.0


class Sink(Protocol):
    """Where a junction tells what it does. Must come back at once: nothing in a tick waits for a database."""

    def status(self, junction: str, **told: Any) -> None: ...

    def decision(self, junction: str, **told: Any) -> None: ...

    def verdict(self, junction: str, **told: Any) -> None: ...

    def events(self, junction: str, rows: list[tuple[float, int, int]]) -> None: ...

    def alert(self, junction: str, **told: Any) -> None: ...

    def over(self, junction: str, **told: Any) -> None: ...

    def void(self, junction: str, **told: Any) -> None: ...

    def flow(self, junction: str, **told: Any) -> None: ...

    def shadow(self, junction: str, **told: Any) -> None: ...

    def priority(self, junction: str, **told: Any) -> None: ...


class Teller:
    """Tells for one junction; keeps what was told last."""

    def __init__(self, code: str, gate: SafetyGate, sink: Sink, stages: Sequence[str], groups: Sequence[str]) -> None:
        self.code, self.gate, self.sink = code, gate, sink
        self.stages, self.groups = tuple(stages), tuple(groups)
        self._shown: tuple[int, ...] = ()
        self._said: tuple[str, str, int] = ("", "", -1)
        self._said_at = -1e9
        gate._on_verdict = self.verdict

    def clock_set(self) -> None:
        """Somebody set the hour: how long ago something was said cannot be told."""
        self._said_at = -1e9

    def lamps(self, lamps: tuple[int, ...], now: float) -> None:
        """Rows of the event log for every lamp that changed."""
        rows = []
        for g, (old, new) in enumerate(zip(self._shown or lamps, lamps, strict=True)):
            if old != new:
                walk = self.gate.rules.groups[g].is_pedestrian
                code = {2: BEGIN_WALK if walk else BEGIN_GREEN, 1: BEGIN_CLEAR if walk else BEGIN_YELLOW, 0: DONT_WALK if walk else END_YELLOW}[new]
                rows.append((now, code, g + 1))
        if rows:
            self.sink.events(self.code, rows)
        self._shown = lamps

    def verdict(self, now: float, verdict: Verdict) -> None:
        """What the gate changed or refused; what it allowed needs no line."""
        said = (str(verdict.outcome), verdict.rule, verdict.stage)
        if verdict.outcome is Outcome.ALLOW or (said == self._said and now - self._said_at < SAME_FOR_S):
            return
        self._said, self._said_at = said, now
        stage = self.stages[verdict.stage] if 0 <= verdict.stage < len(self.stages) else ""
        self.sink.verdict(self.code, at=now, outcome=said[0], rule=verdict.rule, stage=stage, text=verdict.text)

    def priority(self, uses: Sequence[Use], rows: list[tuple[float, int, int]], now: float) -> None:
        """What priority did, and its rows of the event log."""
        if rows:
            self.sink.events(self.code, rows)
        for use in uses:
            self.sink.priority(self.code, at=now, run=use.run, vehicle=use.vehicle, what=use.what, text=use.text)

    def finding(self, finding: Finding, now: float) -> None:
        """What the watch found: an alert, or that its cause is over."""
        if finding.is_over:
            self.sink.over(self.code, at=now, kind=finding.kind)
        else:
            self.sink.alert(self.code, at=now, kind=finding.kind, text=finding.text)

    def status(
        self, shown: Shown, now: float, *, wants: Wants, decision: Decision | None, picture: Picture | None, seen: Seen | None, note: str
    ) -> None:
        """The picture people see."""
        gate = self.gate
        mode = "armed" if gate.is_armed else "local" if shown.state is CabinetState.NORMAL else str(shown.state)
        letters = [
            {2: "w" if group.is_pedestrian else "G", 1: "y", 0: "r"}[lamp]
            for group, lamp in zip(gate.rules.groups, shown.lamps, strict=True)
        ]
        reason = "\n".join(  # a line a sentence: each is said in the language of who reads it
            part for part in (
                note,
                f"{WORDS[wants.ladder.level]}." if not note and wants.ladder.level is not Level.ADAPTIVE else "",
                decision.reason if decision else "",
            ) if part
        )  # fmt: skip
        queues = {lane: round(queue, 1) for lane, queue in picture.queues.items() if queue is not None} if picture else {}
        self.sink.status(
            self.code, at=now, mode=mode, controller=wants.name, stage=self.stages[gate.sequence.stage],
            stage_since=gate.sequence.stage_since, reason=reason, lamps=dict(zip(self.groups, letters, strict=True)), queues=queues,
            cameras=dict(seen.cameras) if seen else {},
        )  # fmt: skip
