"""From a wanted stage to lamp states second by second, and back: the only code that draws a transition.

Rules of a transition a -> b: links green in both stay green; a link that loses green shows yellow, then red; a link
that gains green waits until yellow and all-red of the losing links are over.
"""

from dataclasses import dataclass

from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.network import GREEN, Junction, Phase, Stage


def yellow_state(a: str, b: str) -> str:
    """Lamps while the losing links show yellow."""
    return "".join(
        (y if y in GREEN else "y") if x in GREEN else "r" for x, y in zip(a, b, strict=True)
    )


def clearing_state(a: str, b: str) -> str:
    """Lamps while the losing links are already red and the gaining ones still are."""
    return "".join(y if x in GREEN and y in GREEN else "r" for x, y in zip(a, b, strict=True))


def loses_green(a: str, b: str) -> bool:
    """Whether going from a to b takes green away from any link (and so needs an intergreen)."""
    return any(x in GREEN and y not in GREEN for x, y in zip(a, b, strict=True))


@dataclass(slots=True)
class LampDriver:
    """The lamp sequence of one junction: asked for a stage, it walks there and never takes a short cut."""

    junction: Junction
    limits: Limits
    stages: tuple[Stage, ...]
    stage: int = 0
    green_for_s: int = 0
    target: int | None = None
    changing_for_s: int = 0

    @property
    def is_changing(self) -> bool:
        return self.target is not None

    @property
    def may_switch(self) -> bool:
        """Minimum green is over and no transition runs."""
        return self.target is None and self.green_for_s >= self.limits.min_green_s

    def ask(self, stage: int) -> bool:
        """Ask for a stage; refused (False) while a transition or the minimum green runs."""
        if stage == self.stage and self.target is None:
            return True
        if not self.may_switch or not 0 <= stage < len(self.stages):
            return False
        a, b = self.stages[self.stage].state, self.stages[stage].state
        if loses_green(a, b):
            self.target, self.changing_for_s = stage, 0
        else:
            self.stage, self.green_for_s = stage, 0
        return True

    @property
    def remaining_change_s(self) -> int:
        return 0 if self.target is None else self.limits.intergreen_s - self.changing_for_s

    def state(self) -> str:
        """Lamps now, one letter per link."""
        if self.target is None:
            return self.stages[self.stage].state
        a, b = self.stages[self.stage].state, self.stages[self.target].state
        return yellow_state(a, b) if self.changing_for_s < self.limits.yellow_s else clearing_state(a, b)

    def tick(self) -> None:
        """One second passes."""
        if self.target is None:
            self.green_for_s += 1
            return
        self.changing_for_s += 1
        if self.changing_for_s >= self.limits.intergreen_s:
            self.stage, self.green_for_s, self.target = self.target, 0, None


def programme_under(junction: Junction, limits: Limits, greens: dict[str, float] | None = None) -> list[Phase]:
    """The shipped programme re-timed under the given limits: same stages, same order, same greens.

    Greens below the minimum are raised to it; each change shows yellow and all-red of the limits. ``greens`` (by
    state) replaces the shipped lengths, as an optimised plan does.
    """
    order = [p for p in junction.programme if p.state in {s.state for s in junction.stages}]
    phases: list[Phase] = []
    for i, phase in enumerate(order):
        following = order[(i + 1) % len(order)]
        length = max((greens or {}).get(phase.state, phase.duration_s), limits.min_green_s)
        phases.append(Phase(phase.state, length))
        if loses_green(phase.state, following.state):
            phases.append(Phase(yellow_state(phase.state, following.state), limits.yellow_s))
            if limits.all_red_s:
                phases.append(Phase(clearing_state(phase.state, following.state), limits.all_red_s))
    return phases
