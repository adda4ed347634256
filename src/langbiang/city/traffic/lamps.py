"""From a wanted stage to lamp states second by second, and back: the only code that draws a transition.

Rules of a transition a -> b: links green in both stay green; a link that loses green shows yellow, then red; a link
that gains green waits until yellow and all-red of the losing links are over.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cache

from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.network import GREEN, Junction, Phase, Stage


@cache
def yellow_state(a: str, b: str) -> str:
    """Lamps while the losing links show yellow."""
    return "".join((y if y in GREEN else "y") if x in GREEN else "r" for x, y in zip(a, b, strict=True))


@cache
def clearing_state(a: str, b: str) -> str:
    """Lamps while the losing links are already red and the gaining ones still are."""
    return "".join(y if x in GREEN and y in GREEN else "r" for x, y in zip(a, b, strict=True))


@cache
def loses_green(a: str, b: str) -> bool:
    """Whether going from a to b takes green away from any link (and so needs an intergreen)."""
    return any(x in GREEN and y not in GREEN for x, y in zip(a, b, strict=True))


@cache
def losing_links(a: str, b: str) -> tuple[int, ...]:
    """Links that are green in a and not in b."""
    return tuple(k for k, (x, y) in enumerate(zip(a, b, strict=True)) if x in GREEN and y not in GREEN)


# How long a change may wait for the junction to be empty; afterwards drivers have to sort it out as they do anyway.
MOST_HELD_S = 12


@dataclass(slots=True)
class LampDriver:
    """The lamp sequence of one junction: asked for a stage, it walks there and never takes a short cut.

    Minimum green is kept per link: a link may lose green only after its own minimum, whatever stages it was in.
    """

    junction: Junction
    limits: Limits
    stages: tuple[Stage, ...]
    stage: int = 0
    target: int | None = None
    changing_for_s: int = 0
    held_s: int = 0
    """Seconds the running change has been prolonged because somebody still stood in the junction."""
    ages: list[int] = field(default_factory=list)
    """Seconds each link has been green; negative while it waits for the running change to end."""

    def __post_init__(self) -> None:
        self.ages = [0] * self.junction.size

    @property
    def is_changing(self) -> bool:
        return self.target is not None

    def may_go(self, stage: int) -> bool:
        """No transition runs, and every link that would lose green has had its minimum."""
        return self.target is None and self.wait_for(stage) == 0

    @property
    def may_switch(self) -> bool:
        """Some other stage may be asked for now."""
        if self.target is not None:
            return False
        return any(self.wait_for(s.index) == 0 for s in self.stages if s.index != self.stage)

    def wait_for(self, stage: int) -> int:
        """Seconds until the minimum greens allow going to a stage."""
        losing = losing_links(self.stages[self.stage].state, self.stages[stage].state)
        if not losing:
            return 0
        ages = self.ages
        return max(0, self.limits.min_green_s - min([ages[k] for k in losing]))

    def ask(self, stage: int) -> bool:
        """Ask for a stage; refused (False) while a transition or a minimum green runs."""
        if not 0 <= stage < len(self.stages):
            return False
        if stage == self.stage and self.target is None:
            return True
        if self.target is not None or self.wait_for(stage) > 0:
            return False
        a, b = self.stages[self.stage].state, self.stages[stage].state
        wait = self.limits.intergreen_s if loses_green(a, b) else 0
        for k in range(len(a)):
            if b[k] in GREEN and a[k] not in GREEN:
                self.ages[k] = -wait
        if wait:
            self.target, self.changing_for_s, self.held_s = stage, 0, 0
        else:
            self.stage = stage
        return True

    @property
    def remaining_change_s(self) -> int:
        return 0 if self.target is None else self.limits.intergreen_s - self.changing_for_s

    def state(self) -> str:
        """Lamps now, one letter per link."""
        if self.target is None:
            return self.stages[self.stage].state
        a, b = self.stages[self.stage].state, self.stages[self.target].state
        is_yellow = self.changing_for_s < self.limits.yellow_s and not self.held_s
        return yellow_state(a, b) if is_yellow else clearing_state(a, b)

    def stands_in_the_way(self, inside: Collection[int]) -> bool:
        """Whether one of these links, with somebody on it inside the junction, conflicts with one the change brings green."""
        if self.target is None:
            return False
        a, b = self.stages[self.stage].state, self.stages[self.target].state
        gaining = [k for k in range(len(a)) if b[k] in GREEN and a[k] not in GREEN]
        return any(b[i] not in GREEN and self.junction.conflicts[i][k] for i in inside for k in gaining)

    def tick(self, *, hold: bool = False) -> None:
        """One second passes. With ``hold`` a change that would end now waits, its losing links red, the gaining ones too."""
        if self.target is not None:
            if hold and self.changing_for_s + 1 >= self.limits.intergreen_s and self.held_s < MOST_HELD_S:
                self.held_s += 1
                a, b = self.stages[self.stage].state, self.stages[self.target].state
                for k in range(len(a)):
                    if a[k] in GREEN and b[k] in GREEN:
                        self.ages[k] += 1
                return
            self.changing_for_s += 1
            if self.changing_for_s >= self.limits.intergreen_s:
                self.stage, self.target = self.target, None
        going = self.stages[self.stage if self.target is None else self.target].state
        for k, letter in enumerate(going):
            self.ages[k] = self.ages[k] + 1 if letter in GREEN else 0


def programme_under(
    junction: Junction, limits: Limits, lengths: Sequence[float] | None = None
) -> list[Phase]:
    """The shipped programme re-timed under the given limits: same stages, same order, same greens.

    Greens below the minimum are raised to it; each change shows yellow and all-red of the limits. ``lengths``, in
    programme order, replaces the shipped greens, as an optimised plan does.
    """
    return [phase for phase, _ in programme_parts(junction, limits, lengths)]


def programme_parts(
    junction: Junction, limits: Limits, lengths: Sequence[float] | None = None
) -> list[tuple[Phase, bool]]:
    """``programme_under`` with, for each phase, whether it is a stage's green.

    The state does not tell: what stays green while others clear can look like a stage of its own.
    """
    order = green_order(junction)
    parts: list[tuple[Phase, bool]] = []
    for i, phase in enumerate(order):
        following = order[(i + 1) % len(order)]
        length = max(lengths[i] if lengths is not None else phase.duration_s, limits.min_green_s)
        parts.append((Phase(phase.state, length), True))
        if loses_green(phase.state, following.state):
            parts.append((Phase(yellow_state(phase.state, following.state), limits.yellow_s), False))
            if limits.all_red_s:
                parts.append((Phase(clearing_state(phase.state, following.state), limits.all_red_s), False))
    return parts


def green_order(junction: Junction) -> list[Phase]:
    """The programme's green phases in order."""
    known = {s.state for s in junction.stages}
    return [p for p in junction.programme if p.state in known]
