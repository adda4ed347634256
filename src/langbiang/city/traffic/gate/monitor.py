"""An independent look at the lamps: sees only what is shown, knows only the rules, and reports every violation.

Written apart from the gate on purpose, as the cabinet's conflict monitor is apart from its controller.
"""

from collections.abc import Sequence

from langbiang.city.traffic.gate.rules import GateRules

RED, YELLOW, GREEN = 0, 1, 2
EPSILON = 1e-6


class LampMonitor:
    """Feed it every lamp image with its time; ``look`` returns the rules broken, in words."""

    def __init__(self, rules: GateRules, lamps: Sequence[int], now: float) -> None:
        self._rules = rules
        self._lamps = tuple(lamps)
        size = len(rules.groups)
        self._green_at = [now if lamp == GREEN else -1e9 for lamp in lamps]
        self._yellow_at = [-1e9] * size
        self._red_at = [-1e9] * size
        self._left_green_at = [now] * size
        self._pairs = [(a, b) for a in range(size) for b in range(a) if rules.conflicts[a][b]]

    def look(self, lamps: Sequence[int], now: float) -> list[str]:
        """Violations shown by this image, given all before it."""
        rules, before = self._rules, self._lamps
        found: list[str] = []
        shown = tuple(lamps)
        if shown != before:
            for g, (old, new) in enumerate(zip(before, shown, strict=True)):
                if old != new:
                    self._changed(g, old, new, now, found)
            if not rules.is_yellow_trap_accepted:
                self._trapped(before, shown, found)
            for a, b in self._pairs:
                if shown[a] != RED and shown[b] != RED:
                    found.append(f"conflict: {a} and {b} both not red")
            self._lamps = shown
        for g, lamp in enumerate(shown):
            if lamp != GREEN and now - self._left_green_at[g] > rules.max_red_s + EPSILON:
                found.append(f"max red: group {g} for {now - self._left_green_at[g]:.1f} s")
        return found

    def _trapped(self, before: Sequence[int], shown: Sequence[int], found: list[str]) -> None:
        for g, ways in enumerate(self._rules.gives_way):
            if before[g] != GREEN or shown[g] == GREEN:
                continue
            for f, is_yielded_to in enumerate(ways):
                if is_yielded_to and before[f] == GREEN and shown[f] == GREEN:
                    found.append(f"yellow trap: {g} ends while {f} keeps green")

    def _changed(self, g: int, old: int, new: int, now: float, found: list[str]) -> None:
        rules, group = self._rules, self._rules.groups[g]
        if new == GREEN:
            if old != RED:
                found.append(f"sequence: group {g} went to green from {old}")
            for f, is_foe in enumerate(rules.conflicts[g]):
                if is_foe and now - self._red_at[f] < rules.clearance_s[f][g] - EPSILON:
                    found.append(f"intergreen: {f} to {g} after {now - self._red_at[f]:.1f} s")
            self._green_at[g] = now
        elif new == YELLOW:
            if old != GREEN:
                found.append(f"sequence: group {g} went to yellow from {old}")
            if now - self._green_at[g] < group.min_green_s - EPSILON:
                found.append(f"min green: group {g} after {now - self._green_at[g]:.1f} s")
            self._yellow_at[g] = self._left_green_at[g] = now
        else:
            if old != YELLOW:
                found.append(f"sequence: group {g} went from green to red")
            elif now - self._yellow_at[g] < group.yellow_s - EPSILON:
                found.append(f"yellow: group {g} after {now - self._yellow_at[g]:.1f} s")
            self._red_at[g] = now
