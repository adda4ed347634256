"""The inside of a cabinet: phases, a local plan, the control objects of the system, a conflict monitor. Plain, ticked."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RED, YELLOW, GREEN = 0, 1, 2
OMIT, PED_OMIT, HOLD, FORCE_OFF, VEHICLE_CALL, PED_CALL = 2, 3, 4, 5, 6, 7
LOCAL_GREEN_S = 22.0
# Green of each stage beyond its minimum in the patterns stored here, and what the two special numbers mean.
PATTERNS = {1: 16.0, 2: 8.0, 3: 18.0}
FREE, FLASH = 254, 255
ALL_RED_S = 6.0
Log = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Phase:
    """One signal group of the cabinet, in seconds."""

    name: str
    is_walk: bool
    min_green_s: float
    end_s: float  # yellow, or pedestrian clearance


@dataclass
class Lamp:
    """What a phase shows and since when."""

    shows: int = RED
    since: float = 0.0


@dataclass
class Control:
    """What the system last set; zeroed when it falls silent."""

    bits: dict[int, frozenset[int]] = field(default_factory=dict)
    heard_at: float | None = None
    pattern: int = 0
    preempts: set[int] = field(default_factory=set)


class Cabinet:
    """One junction. `tick` at least ten times a second; phases count from 1."""

    def __init__(self, layout: Mapping[str, Any], now: float, *, backup_s: float = 15.0, log: Log | None = None) -> None:
        rows = layout["movements"]
        self.phases = [
            Phase(row["key"], row["kind"] == "pedestrian", float(row.get("walk_s") or row.get("min_green_s")),
                  float(row.get("clear_s") or row.get("yellow_s")))
            for row in rows
        ]  # fmt: skip
        numbers = {row["key"]: n for n, row in enumerate(rows, start=1)}
        self.numbers = numbers
        self.stages = [frozenset(numbers[key] for key in stage["movements"]) for stage in layout["stages"]]
        self.conflicts = {(numbers[a], numbers[b]) for a, b in layout["conflicts"]}
        self.clearance = {
            (numbers[a], numbers[b]): float(value)
            for (a, _arrow, b), value in ((name.partition(">"), value) for name, value in layout["intergreens"].items())
        }
        self.backup_s = backup_s
        self.control = Control()
        self.stage, self.target = 0, 0
        self.stage_since = now
        self.flash = ""
        self.is_manual = False
        self._was_flashing = False
        self._log = log or (lambda entry: None)
        self.lamps = {n: Lamp(GREEN if n in self.stages[0] else RED, now - 60.0) for n in range(1, len(self.phases) + 1)}
        self._note(now)

    # What the system may set.

    def set_bits(self, column: int, row: int, mask: int, now: float) -> None:
        """A phase control object was set: eight phases of a row."""
        others = {n for n in self.control.bits.get(column, frozenset()) if (n - 1) // 8 != row - 1}
        mine = {(row - 1) * 8 + bit + 1 for bit in range(8) if mask >> bit & 1}
        before = self.control.bits.get(column, frozenset())
        self.control.bits[column] = frozenset(others | {n for n in mine if n <= len(self.phases)})
        self.heard(now)
        if self.control.bits[column] != before:
            self._note(now)

    def heard(self, now: float) -> None:
        """Any setting of a system object keeps the backup timer from running out."""
        self.control.heard_at = now

    def red_clear_s(self, number: int) -> float:
        """The red clearance a phase is said to have: one value a phase in the standard, the longest it gives way to."""
        return max((wait for (ending, _starting), wait in self.clearance.items() if ending == number), default=0.0)

    @property
    def mode(self) -> str:
        """system while it is being set, backup or local otherwise."""
        return "system" if self.control.heard_at is not None and self._is_set() else "local"

    def _is_set(self) -> bool:
        return any(self.control.bits.values()) or self.control.pattern > 0 or bool(self.control.preempts)

    @property
    def is_flashing(self) -> bool:
        """By its own conflict monitor, or because the system asked for it."""
        return bool(self.flash) or self.control.pattern == FLASH

    # Time.

    def tick(self, now: float) -> None:
        """Go on to a moment."""
        if self.control.heard_at is not None and self.backup_s and now - self.control.heard_at > self.backup_s:
            was_set = self._is_set()
            self.control = Control()
            if was_set:
                self._log({"at": now, "event": "backup", "lamps": self.image()})
        if self.is_flashing:
            if not self._was_flashing:
                self._note(now)
            self._was_flashing = True
            return
        if self._was_flashing:  # out of flash by way of all red, as the first time
            self._was_flashing = False
            self.stage = self.target = 0
            self.lamps = {n: Lamp(RED, now) for n in self.lamps}
            self.stage_since = now
            self._note(now)
        if not any(lamp.shows != RED for lamp in self.lamps.values()) and self.target == self.stage:
            self._begin_again(now)
        if self._advance(now):
            self._note(now)
        if self.target == self.stage and (following := self._following(now)) is not None:
            for n in self.stages[self.stage] - self.stages[following]:
                self.lamps[n] = Lamp(YELLOW, now)
            self.target = following
            self._note(now)

    def _begin_again(self, now: float) -> None:
        """After flashing everything has been red for some seconds; then the first stage begins."""
        if now - self.stage_since >= ALL_RED_S:
            for n in self.stages[0]:
                self.lamps[n] = Lamp(GREEN, now)
            self.stage_since = now
            self._note(now)

    def _advance(self, now: float) -> bool:
        moved = False
        for n, lamp in self.lamps.items():
            if lamp.shows == YELLOW and now - lamp.since >= self.phases[n - 1].end_s - 1e-6:
                self.lamps[n], moved = Lamp(RED, now), True
        if self.target == self.stage:
            return moved
        waiting = [n for n in self.stages[self.target] if self.lamps[n].shows != GREEN]
        for n in waiting:
            foes = [(foe, wait) for (foe, mine), wait in self.clearance.items() if mine == n]
            if self.lamps[n].shows == RED and all(
                self.lamps[foe].shows == RED and now - self.lamps[foe].since >= wait - 1e-6 for foe, wait in foes
            ):
                self.lamps[n], moved = Lamp(GREEN, now), True
        if all(self.lamps[n].shows == GREEN for n in self.stages[self.target]) and all(
            lamp.shows != YELLOW for lamp in self.lamps.values()
        ):
            self.stage, self.stage_since = self.target, now
        return moved

    def _following(self, now: float) -> int | None:
        """The stage to go to now, or None."""
        here = self.stages[self.stage]
        bits = self.control.bits
        if any(now - self.lamps[n].since < self.phases[n - 1].min_green_s - 1e-6 for n in here):
            return None
        if not here & {n for n, lamp in self.lamps.items() if lamp.shows == GREEN}:
            return None
        if self.is_manual:
            return None
        if self.control.preempts:
            served = (min(self.control.preempts) - 1) % len(self.stages)
            return served if served != self.stage else None
        forced = bits.get(FORCE_OFF, frozenset()) & here
        if not forced and bits.get(HOLD, frozenset()) & here:
            return None
        if not forced and now - self.stage_since < self._green_s():
            return None
        omitted = bits.get(OMIT, frozenset()) | bits.get(PED_OMIT, frozenset())
        order = [(self.stage + n) % len(self.stages) for n in range(1, len(self.stages))]
        open_ = [s for s in order if not self.stages[s] & omitted]
        called = bits.get(VEHICLE_CALL, frozenset()) | bits.get(PED_CALL, frozenset())
        wanted = [s for s in open_ if (self.stages[s] - here) & called]
        return next(iter(wanted or open_), None)

    def _green_s(self) -> float:
        """How long the running stage stays green by the plan in force: a stored pattern, or the local one."""
        more = PATTERNS.get(self.control.pattern)
        if more is None:
            return LOCAL_GREEN_S
        return more + max(self.phases[n - 1].min_green_s for n in self.stages[self.stage])

    # What it shows.

    def image(self) -> list[int]:
        """Lamps by phase."""
        return [self.lamps[n].shows for n in range(1, len(self.phases) + 1)]

    def _note(self, now: float) -> None:
        """Every change goes through the conflict monitor, which knows nothing of stages."""
        lit = [n for n, lamp in self.lamps.items() if lamp.shows != RED]
        clash = [(a, b) for a in lit for b in lit if (a, b) in self.conflicts]
        if clash:
            self.flash = f"conflict of phases {clash[0]}"
        self._log({"at": now, "lamps": self.image(), "mode": self.mode, "stage": self.stage, "target": self.target,
                   "hold": sorted(self.control.bits.get(HOLD, ())), "pattern": self.control.pattern, "flash": self.flash})  # fmt: skip


def log_to(path: str, *, most: int = 20_000) -> Log:
    """A log with one line a change, written through at once; after so many lines it begins anew, the one before is kept."""
    place = Path(path)
    target = place.open("a", encoding="utf-8", buffering=1)
    lines = 0

    def write(entry: Mapping[str, Any]) -> None:
        nonlocal target, lines
        lines += 1
        if lines > most:
            target.close()
            place.replace(place.with_suffix(".before"))
            target, lines = place.open("a", encoding="utf-8", buffering=1), 1
        target.write(json.dumps(entry) + "\n")

    return write
