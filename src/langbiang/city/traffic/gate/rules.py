"""The signed configuration of one junction: what the gate will ever let its lamps do."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.network import GREEN, Junction, Stage

ABSOLUTE_MIN_GREEN_S = 5.0
ABSOLUTE_MIN_YELLOW_S = 3.0
MIN_WALK_S = 5.0
# A change is seen second by second: yellow, red and minimum green of a stage on the way may each end a second late.
LATE_S = 3.0


class UnsafeConfiguration(ValueError):
    """The configuration would allow a dangerous or impossible signal; the message names rule and place."""


@dataclass(frozen=True, slots=True)
class Group:
    """Lamps that always show the same. For pedestrians green is walk and yellow is the clearance."""

    name: str
    min_green_s: float
    yellow_s: float
    is_pedestrian: bool = False


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old a command and what it rests on may be, in seconds."""

    decision_s: float = 2.0
    perception_s: float = 3.0
    heartbeat_s: float = 5.0
    skew_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Ways:
    """From each stage (row) to each other (column): the stage to go to first, and the seconds stages on the way take at most."""

    first: tuple[tuple[int, ...], ...]
    extra_s: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class GateRules:
    """Checked on construction; ``fingerprint`` is what the arming person signs."""

    junction: str
    groups: tuple[Group, ...]
    stages: tuple[tuple[bool, ...], ...]
    """Per stage, which groups are green."""
    conflicts: tuple[tuple[bool, ...], ...]
    clearance_s: tuple[tuple[float, ...], ...]
    """Row ends, column starts: red of the one to green of the other (all-red by matrix)."""
    gives_way: tuple[tuple[bool, ...], ...]
    """``gives_way[a][b]``: permissive group a yields to b; both may be green in one stage."""
    max_red_s: float = 120.0
    max_green_s: float = 90.0
    max_changes_per_minute: int = 8
    max_lease_s: float = 300.0
    commit_s: float = 0.0
    """Countdown displays: the end of green is committed this long ahead."""
    is_yellow_trap_accepted: bool = False
    freshness: Freshness = Freshness()

    def __post_init__(self) -> None:
        size = len(self.groups)
        for name, matrix in (
            ("conflicts", self.conflicts),
            ("clearance_s", self.clearance_s),
            ("gives_way", self.gives_way),
        ):
            if len(matrix) != size or any(len(row) != size for row in matrix):
                raise UnsafeConfiguration(f"{self.junction}: {name} must be {size} by {size}")
        for a in range(size):
            for b in range(size):
                if self.conflicts[a][b] != self.conflicts[b][a]:
                    raise UnsafeConfiguration(
                        f"{self.junction}: conflict of groups {a} and {b} is not symmetric"
                    )
                if self.clearance_s[a][b] < 0:
                    raise UnsafeConfiguration(f"{self.junction}: clearance {a} to {b} is negative")
        for i, group in enumerate(self.groups):
            self._check_group(i, group)
        for s, stage in enumerate(self.stages):
            self._check_stage(s, stage)
        ways = self.ways()
        every = range(len(self.stages))
        for a in every:
            for b in every:
                if math.isinf(ways.extra_s[a][b]):
                    raise UnsafeConfiguration(
                        f"{self.junction}: from stage {a} to stage {b} every way ends a permissive turn while the traffic it "
                        f"yields to keeps green (G9); add a stage between them, or let both end together"
                    )
        worst = sum(self.stage_time_s(s) + max(ways.extra_s[a][s] for a in every) for s in self.recall_stages())
        if worst > self.max_red_s:
            raise UnsafeConfiguration(
                f"{self.junction}: serving every group once takes {worst:.0f} s, more than the maximum red of "
                f"{self.max_red_s:.0f} s; shorten minimum greens or join stages"
            )

    def _check_group(self, i: int, group: Group) -> None:
        least_green = MIN_WALK_S if group.is_pedestrian else ABSOLUTE_MIN_GREEN_S
        if group.min_green_s < least_green:
            raise UnsafeConfiguration(
                f"{self.junction}: group {group.name} has a minimum green below {least_green} s"
            )
        if group.yellow_s < ABSOLUTE_MIN_YELLOW_S:
            raise UnsafeConfiguration(
                f"{self.junction}: group {group.name} has a yellow (or walk clearance) below {ABSOLUTE_MIN_YELLOW_S} s"
            )
        if not any(stage[i] for stage in self.stages if len(stage) == len(self.groups)):
            raise UnsafeConfiguration(f"{self.junction}: no stage ever gives green to group {group.name}")

    def _check_stage(self, s: int, stage: tuple[bool, ...]) -> None:
        if len(stage) != len(self.groups):
            raise UnsafeConfiguration(
                f"{self.junction}: stage {s} names {len(stage)} groups of {len(self.groups)}"
            )
        green = [g for g, on in enumerate(stage) if on]
        if not green:
            raise UnsafeConfiguration(f"{self.junction}: stage {s} has no green group")
        for a in green:
            for b in green:
                if a < b and self.conflicts[a][b]:
                    raise UnsafeConfiguration(
                        f"{self.junction}: stage {s} shows the conflicting groups {self.groups[a].name} and "
                        f"{self.groups[b].name} together"
                    )

    def stage_time_s(self, stage: int) -> float:
        """Longest time from starting a change to ``stage`` until it could be left again."""
        green = [g for g, on in enumerate(self.stages[stage]) if on]
        change = max(
            (
                self.groups[a].yellow_s + self.clearance_s[a][b]
                for a in range(len(self.groups))
                for b in green
                if self.conflicts[a][b]
            ),
            default=0.0,
        )
        return change + max(self.groups[g].min_green_s for g in green)

    def recall_stages(self) -> tuple[int, ...]:
        """A small set of stages that together serve every group."""
        missing = set(range(len(self.groups)))
        chosen = []
        while missing:
            best = max(range(len(self.stages)), key=lambda s: (sum(self.stages[s][g] for g in missing), -s))
            chosen.append(best)
            missing -= {g for g in missing if self.stages[best][g]}
        return tuple(chosen)

    def is_yellow_trap(self, leaving: int, coming: int) -> bool:
        """Whether this change ends a permissive turn while traffic it yields to keeps green (G9)."""
        if self.is_yellow_trap_accepted:
            return False
        here, there = self.stages[leaving], self.stages[coming]
        kept = [f for f, on in enumerate(here) if on and there[f]]
        return any(self.gives_way[g][f] for g, on in enumerate(here) if on and not there[g] for f in kept)

    def ways(self) -> "Ways":
        """How to go from each stage to each other without a yellow trap, by way of others where it has to be."""
        every = range(len(self.stages))
        times = [self.stage_time_s(s) + LATE_S for s in every]
        trap = [[self.is_yellow_trap(a, b) for b in every] for a in every]
        # From a to b: what the stages between them take at most, each with its change and its minimum green.
        extra = [[math.inf if trap[a][b] else 0.0 for b in every] for a in every]
        first = [list(every) for _ in every]
        if any(any(row) for row in trap):
            for c in every:
                for a in every:
                    for b in every:
                        if c not in (a, b) and extra[a][c] + times[c] + extra[c][b] < extra[a][b]:
                            extra[a][b], first[a][b] = extra[a][c] + times[c] + extra[c][b], first[a][c]
        return Ways(tuple(map(tuple, first)), tuple(map(tuple, extra)))

    @property
    def fingerprint(self) -> str:
        """Hash of everything above; a command or lease made for another configuration does not pass."""
        content = json.dumps(
            [
                self.junction,
                [[g.name, g.min_green_s, g.yellow_s, g.is_pedestrian] for g in self.groups],
                self.stages,
                self.conflicts,
                self.clearance_s,
                self.gives_way,
                self.max_red_s,
                self.max_green_s,
                self.max_changes_per_minute,
                self.max_lease_s,
                self.commit_s,
                self.is_yellow_trap_accepted,
                [
                    self.freshness.decision_s,
                    self.freshness.perception_s,
                    self.freshness.heartbeat_s,
                    self.freshness.skew_s,
                ],
            ]
        )
        return hashlib.sha256(content.encode()).hexdigest()


def rules_of(junction: Junction, limits: Limits, stages: Sequence[Stage] | None = None) -> GateRules:
    """Gate rules of a junction: pairs its own programme shows together are permissive, all other foes conflict."""
    size = junction.size
    used = tuple(stages or junction.stages)
    served = [k for k in range(size) if any(s.serves(k) for s in used)]
    if len(served) != size:
        dark = [k for k in range(size) if k not in served]
        raise UnsafeConfiguration(f"{junction.id}: links {dark} are green in no stage")
    return GateRules(
        junction=junction.id,
        groups=tuple(
            Group(f"{k.index}", float(limits.min_green_s), float(limits.yellow_s)) for k in junction.links
        ),
        stages=tuple(tuple(letter in GREEN for letter in s.state) for s in used),
        conflicts=tuple(
            tuple(not junction.may_be_green_together(a, b) for b in range(size)) for a in range(size)
        ),
        clearance_s=tuple(
            tuple(
                0.0 if junction.may_be_green_together(a, b) else float(limits.all_red_s) for b in range(size)
            )
            for a in range(size)
        ),
        gives_way=tuple(
            tuple(junction.permitted[a][b] and junction.yields[a][b] for b in range(size))
            for a in range(size)
        ),
        max_red_s=float(limits.max_red_s),
    )
