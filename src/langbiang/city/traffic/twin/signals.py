"""The signals of a described junction as the twin needs them: stages, changes and minima of its own layout.

Every controller of a replay lives under these: a change takes what the gate would make it take (yellow or walk
clearance of who loses green, then the intergreen to who gains it), a stage lasts at least its longest minimum.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from langbiang.city.traffic.lamps import LampDriver, clearing_state, loses_green, yellow_state
from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.network import GREEN, Network, Phase, Stage
from langbiang.city.traffic.twin.described import CannotDraw, Place
from langbiang.city.traffic.twin.programmes import ACTUATED_MAX_GREEN_S, Plan, logic_xml, phase_xml

MOST_CYCLE_S = 240


@dataclass(frozen=True)
class Signals:
    """Stages of one junction by key, seconds of every change between them, and the least green of each."""

    keys: tuple[str, ...]
    stages: tuple[Stage, ...]
    changes_s: tuple[tuple[int, ...], ...]
    minima_s: tuple[int, ...]
    yellow_s: int
    max_red_s: int

    @property
    def limits(self) -> Limits:
        """The longest of each, for whoever plans with one figure for the junction."""
        longest = max(max(row) for row in self.changes_s)
        return Limits("layout", self.yellow_s, max(0, longest - self.yellow_s), max(self.minima_s), self.max_red_s)

    def change(self, a: int, b: int) -> list[Phase]:
        """Lamps between two stages."""
        x, y = self.stages[a].state, self.stages[b].state
        seconds = self.changes_s[a][b]
        if not seconds:
            return []
        phases = [Phase(yellow_state(x, y), min(self.yellow_s, seconds))]
        if seconds > self.yellow_s:
            phases.append(Phase(clearing_state(x, y), seconds - self.yellow_s))
        return phases

    def plan(self, splits: Sequence[Mapping[str, Any]], offset_s: float) -> Plan:
        """A fixed plan of this junction as SUMO runs it. Raises KeyError for a stage the layout does not have."""
        order = [self.keys.index(str(row["stage"])) if str(row["stage"]) in self.keys else -1 for row in splits]
        if -1 in order:
            raise KeyError(str(splits[order.index(-1)]["stage"]))
        phases: list[Phase] = []
        for n, (stage, row) in enumerate(zip(order, splits, strict=True)):
            green = max(float(row["green_s"]), float(self.minima_s[stage]))
            phases += [Phase(self.stages[stage].state, green), *self.change(stage, order[(n + 1) % len(order)])]
        # SUMO begins the first stage `offset` seconds after a multiple of the cycle since midnight, as a cabinet does.
        return Plan(offset_s, tuple(phases))

    def even_plan(self, extra_s: int = 10) -> Plan:
        """All stages in order, each a little above its minimum: what runs where nobody has approved a plan."""
        return self.plan([{"stage": k, "green_s": m + extra_s} for k, m in zip(self.keys, self.minima_s, strict=True)], 0)


def signals_of(place: Place) -> Signals:
    """Stages, changes and minima from the layout of one place. Raises CannotDraw."""
    layout = place.layout
    rows = {m["key"]: m for m in layout["movements"]}
    vehicles = {t.movement for t in place.turns}
    ways = {(a, b) for a, b in layout.get("gives_way", [])}
    states, keys = [], []
    for stage in layout["stages"]:
        mine = list(stage["movements"])
        for key in mine:
            if key not in rows:
                raise CannotDraw(place.code, f"stage:{stage['key']}", f"names the movement {key!r}, which the layout does not have")
        gives = {a for a, b in ways if a in mine and b in mine and b in vehicles}
        state = "".join("r" if t.movement not in mine else "g" if t.movement in gives else "G" for t in place.turns)
        if not set(state) & set(GREEN):
            raise CannotDraw(place.code, f"stage:{stage['key']}", "gives green to no vehicle; such a stage cannot be simulated")
        if state in states:
            raise CannotDraw(place.code, f"stage:{stage['key']}", "shows vehicles the same as another stage")
        states.append(state)
        keys.append(str(stage["key"]))
    if len(states) < 2:
        raise CannotDraw(place.code, "stages", "a junction needs at least two")
    for n, turn in enumerate(place.turns):
        if all(state[n] == "r" for state in states):
            raise CannotDraw(place.code, f"movement:{turn.movement}", "no stage ever gives it green")
    return Signals(
        keys=tuple(keys),
        stages=tuple(Stage(i, s) for i, s in enumerate(states)),
        changes_s=tuple(tuple(change_s(layout, a, b) if a != b else 0 for b in keys) for a in keys),
        minima_s=tuple(_minimum_s(rows, stage["movements"]) for stage in layout["stages"]),
        yellow_s=math.ceil(max(float(rows[key].get("yellow_s", 3)) for key in vehicles)),
        max_red_s=int(layout.get("max_red_s", 120)),
    )


def change_s(layout: Mapping[str, Any], leaving: str, coming: str) -> int:
    """Whole seconds from the end of one stage to the green of another, as the gate would draw them."""
    stages = {str(s["key"]): list(s["movements"]) for s in layout["stages"]}
    a, b = stages[leaving], stages[coming]
    ends = {
        m["key"]: float(m.get("yellow_s", 3) if m["kind"] == "vehicle" else m.get("clear_s", 0)) for m in layout["movements"]
    }
    pairs = {(x, y) for x, y in layout.get("conflicts", [])}
    lost = [key for key in a if key not in b]
    waits = [
        ends[x] + float(layout.get("intergreens", {}).get(f"{x}>{y}", 0))
        for x in lost
        for y in b
        if y not in a and (x, y) in pairs
    ]
    return math.ceil(max(waits, default=max((ends[x] for x in lost), default=0.0)))


def _minimum_s(rows: Mapping[str, Mapping[str, Any]], movements: Sequence[str]) -> int:
    least = [float(rows[m]["min_green_s"] if rows[m]["kind"] == "vehicle" else rows[m].get("walk_s", 0)) for m in movements]
    return math.ceil(max(least))


def with_own_stages(network: Network, signals: Mapping[str, Signals]) -> Network:
    """The network read from the drawn net, its junctions holding the stages of their layouts and no others."""
    return replace(network, junctions={j: replace(x, stages=signals[j].stages) for j, x in network.junctions.items()})


@dataclass(slots=True)
class LayoutDriver(LampDriver):
    """A lamp driver under one layout: each change takes its own seconds, each stage its own least green."""

    signals: Signals | None = None
    _plain: Limits = field(default=Limits("layout", 3, 0, 5), init=False)

    def __post_init__(self) -> None:
        # Called by name: a dataclass with slots is another class than the one `super()` would mean here.
        LampDriver.__post_init__(self)
        assert self.signals is not None
        self._plain = self.limits

    def wait_for(self, stage: int) -> int:
        """Seconds until the least green of the running stage allows going to another."""
        assert self.signals is not None
        a, b = self.stages[self.stage].state, self.stages[stage].state
        least = self.signals.minima_s[self.stage]
        losing = (k for k in range(len(a)) if a[k] in GREEN and b[k] not in GREEN)
        return max(0, max((least - self.ages[k] for k in losing), default=0))

    def ask(self, stage: int) -> bool:
        """As the plain driver; the change it begins lasts what the layout says."""
        assert self.signals is not None
        if 0 <= stage < len(self.stages) and self.target is None:
            seconds = self.signals.changes_s[self.stage][stage]
            self.limits = replace(self._plain, all_red_s=max(0, seconds - self._plain.yellow_s))
        done = LampDriver.ask(self, stage)
        if self.target is None:
            self.limits = self._plain
        return done

    def tick(self, *, hold: bool = False) -> None:
        """As the plain driver; once the change is over the figures of the junction hold again."""
        LampDriver.tick(self, hold=hold)
        if self.target is None:
            self.limits = self._plain


def drivers(network: Network, signals: Mapping[str, Signals]) -> dict[str, LampDriver]:
    """Lamp drivers of every junction at the start of a run."""
    return {
        code: LayoutDriver(junction, signals[code].limits, signals[code].stages, signals=signals[code])
        for code, junction in network.junctions.items()
    }


def common_limits(signals: Mapping[str, Signals]) -> Limits:
    """What a controller that plans with one figure for all junctions reckons with: the rounded mean of the changes."""
    changes = [s for each in signals.values() for row in each.changes_s for s in row if s]
    yellow = max(each.yellow_s for each in signals.values())
    mean = round(sum(changes) / len(changes)) if changes else yellow
    minima = [m for each in signals.values() for m in each.minima_s]
    return Limits(
        "layout", yellow, max(0, mean - yellow), round(sum(minima) / len(minima)), min(e.max_red_s for e in signals.values())
    )


def bounds_of(signals: Mapping[str, Signals]) -> dict[str, int]:
    """The limits all controllers of a replay share, as figures (seconds)."""
    changes = [s for each in signals.values() for row in each.changes_s for s in row if s]
    minima = [m for each in signals.values() for m in each.minima_s]
    return {
        "yellow_s": max(each.yellow_s for each in signals.values()), "change_least_s": min(changes), "change_most_s": max(changes),
        "green_least_s": min(minima), "green_most_s": max(minima),
    }  # fmt: skip


def told_limits(signals: Mapping[str, Signals]) -> str:
    """The same in a line."""
    b = bounds_of(signals)
    return (
        f"yellow {b['yellow_s']} s, changes {b['change_least_s']}-{b['change_most_s']} s, "
        f"min green {b['green_least_s']}-{b['green_most_s']} s"
    )


def write_actuated(path: Path, signals: Mapping[str, Signals]) -> None:
    """SUMO's gap-based actuated control under the layouts: least and longest greens, changes of the layout."""
    logics = []
    for code, each in signals.items():
        phases = []
        for n, stage in enumerate(each.stages):
            extra = f' minDur="{each.minima_s[n]}" maxDur="{max(ACTUATED_MAX_GREEN_S, each.minima_s[n])}"'
            phases.append(phase_xml(Phase(stage.state, each.minima_s[n]), extra))
            phases += [phase_xml(p) for p in each.change(n, (n + 1) % len(each.stages))]
        logics.append(logic_xml(code, "actuated", 0, phases))
    path.write_text("<additional>\n" + "\n".join(logics) + "\n</additional>\n", encoding="utf-8")


def shown_in(signals: Signals) -> list[Phase]:
    """The programme written into a net file: green and change of every stage, none of them mistaken for a stage."""
    phases: list[Phase] = []
    for n, stage in enumerate(signals.stages):
        onward = (n + 1) % len(signals.stages)
        phases.append(Phase(stage.state, signals.minima_s[n] + 10))
        if loses_green(stage.state, signals.stages[onward].state):
            phases.append(Phase(yellow_state(stage.state, signals.stages[onward].state), signals.changes_s[n][onward]))
    return phases
