"""Lamp sequence of the gate, by group and by matrix; the only code behind the gate that turns a lamp green."""

from collections.abc import Sequence

from langbiang.city.traffic.gate.rules import GateRules

RED, YELLOW, GREEN = 0, 1, 2


class LampSequence:
    """Walks from stage to stage: losing groups through yellow, gaining groups once every clearance is over."""

    def __init__(self, rules: GateRules, now: float, stage: int = 0) -> None:
        self.rules = rules
        self.stage = stage
        self.target = stage
        size = len(rules.groups)
        self.lamps = [GREEN if rules.stages[stage][g] else RED for g in range(size)]
        self.since = [now] * size
        self.stage_since = now
        self._foes = [[b for b in range(size) if rules.conflicts[a][b]] for a in range(size)]

    @property
    def is_changing(self) -> bool:
        return self.target != self.stage

    def adopt(self, lamps: Sequence[int], now: float) -> bool:
        """Take over what a cabinet shows by itself; True when that is one of the stages, at rest.

        A lamp is as old as it has been seen: a green taken over counts its minimum from then on.
        """
        for g, lamp in enumerate(lamps):
            if lamp != self.lamps[g]:
                self.lamps[g], self.since[g] = lamp, now
        for s, stage in enumerate(self.rules.stages):
            if all((lamp == GREEN) == on and lamp != YELLOW for lamp, on in zip(lamps, stage, strict=True)):
                if s != self.stage or self.target != s:
                    self.stage_since = now
                self.stage = self.target = s
                return True
        return False

    def losing(self, stage: int) -> list[int]:
        """Groups green now that the stage does not hold."""
        wanted = self.rules.stages[stage]
        return [g for g, lamp in enumerate(self.lamps) if lamp == GREEN and not wanted[g]]

    def green_missing_s(self, stage: int, now: float) -> float:
        """Seconds until every losing group has had its minimum green."""
        groups = self.rules.groups
        return max((groups[g].min_green_s - (now - self.since[g]) for g in self.losing(stage)), default=0.0)

    def begin(self, stage: int, now: float) -> None:
        """Start the change; the caller has checked that it may begin."""
        for g in self.losing(stage):
            self.lamps[g], self.since[g] = YELLOW, now
        self.target = stage
        self.advance(now)

    def advance(self, now: float) -> None:
        """Move lamps on to ``now``."""
        rules, lamps, since = self.rules, self.lamps, self.since
        for g, lamp in enumerate(lamps):
            if lamp == YELLOW and now - since[g] >= rules.groups[g].yellow_s:
                lamps[g], since[g] = RED, now
        if self.target == self.stage:
            return
        is_done = True
        for g, wanted in enumerate(rules.stages[self.target]):
            if not wanted or lamps[g] == GREEN:
                continue
            if lamps[g] == RED and all(
                lamps[f] == RED and now - since[f] >= rules.clearance_s[f][g] for f in self._foes[g]
            ):
                lamps[g], since[g] = GREEN, now
            else:
                is_done = False
        if is_done and all(lamp != YELLOW for lamp in lamps):
            self.stage, self.stage_since = self.target, now

    def clock_set(self, step: float) -> None:
        """Somebody set the clock of the caller by so much: every lamp keeps its age."""
        self.since = [at + step for at in self.since]
        self.stage_since += step

    def red_for(self, g: int, now: float) -> float:
        """Seconds without green, yellow not counted as green."""
        if self.lamps[g] == GREEN:
            return 0.0
        return now - self.since[g] + (self.rules.groups[g].yellow_s if self.lamps[g] == RED else 0.0)
