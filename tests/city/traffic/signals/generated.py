"""Event logs made up from a seed: hundreds of cycles over midnight, with everything that goes wrong in a real log.

Eight phases in four pairs, left turns and side streets passed over without a call; patterns that change the cycle; walks on
the even phases; detectors upstream, at the stop line and behind it; overload in part of the time. Then a priority vehicle,
bus changes, a clock that is set, a silence, rows sent twice and rows lost.
"""

import random
from dataclasses import dataclass

from langbiang.city.traffic.signals.detectors import ADVANCE, COUNT, PRESENCE, YELLOW_RED, Detector
from langbiang.city.traffic.signals.log import EventLog

PAIRS = ((2, 6), (1, 5), (4, 8), (3, 7))
PATTERNS = {1: 90, 2: 110, 3: 70, 254: 0}
EVENING_MS = 20_422 * 86_400_000 + 19 * 3_600_000  # 19:00 of a day
Row = tuple[int, int, int]


def table() -> list[Detector]:
    """Detectors of every phase: two at the stop line, one upstream, one behind the line."""
    found = []
    for phase in range(1, 9):
        found += [Detector(phase * 4 + lane, phase, role) for lane in (0, 1) for role in (PRESENCE, COUNT)]
        found += [Detector(phase * 4 + 2, phase, ADVANCE, 80.0, 40.0), Detector(phase * 4 + 3, phase, YELLOW_RED)]
    return found


@dataclass
class Making:
    """A log under way, in tenths of a second from its beginning."""

    dice: random.Random
    rows: list[Row]
    waiting: set[int]  # phases called in vain until now

    def add(self, at: float, code: int, parameter: int) -> None:
        """One event."""
        self.rows.append((round(at), code, parameter))


def _signals(made: Making, length: int) -> dict[int, list[tuple[int, int]]]:
    """Lamps, calls, walks and patterns; gives the greens of each phase."""
    dice, now, pattern = made.dice, 3, 1
    greens: dict[int, list[tuple[int, int]]] = {phase: [] for phase in range(1, 9)}
    changes = sorted(dice.sample(range(0, length, 600), 6))
    while now < length:
        if changes and now >= changes[0]:
            changes.pop(0)
            pattern = dice.choice([p for p in PATTERNS if p != pattern])
            made.add(now, 131, pattern)
            made.add(now, 132, PATTERNS[pattern])
            made.add(now, 133, dice.randrange(0, 60))
        cycle = (PATTERNS[pattern] or 80) * 10
        for pair in PAIRS:
            if pair[0] in (1, 3) and dice.random() < 0.5:
                for phase in pair:  # passed over, and sometimes although somebody waits
                    if phase not in made.waiting and dice.random() < 0.6:
                        made.add(now + dice.randrange(2, 100), 43, phase)
                        made.waiting.add(phase)
                continue
            share = 0.34 if pair[0] == 2 else 0.3 if pair[0] == 4 else 0.12
            ends = []
            for phase in pair:
                green = max(50, round(cycle * share * dice.uniform(0.75, 1.1)) - 60)
                ends.append(_green(made, phase, now, green))
                greens[phase].append((now, now + green))
            now = max(ends) + 1
    return greens


def _green(made: Making, phase: int, now: int, green: int) -> int:
    dice = made.dice
    made.add(now, 0, phase)
    made.add(now, 1, phase)
    if phase in made.waiting or dice.random() < 0.8:
        if phase not in made.waiting:
            made.add(now - dice.randrange(20, 900), 43, phase)
        made.waiting.discard(phase)
        if dice.random() < 0.9:
            made.add(now + dice.randrange(3, green + 200), 44, phase)
    if phase % 2 == 0 and dice.random() < 0.5:
        walk = now + 1
        made.add(walk, 21, phase)
        made.add(walk + 20, 22, phase)
        made.add(walk + 45, 23, phase)
        for _press in range(dice.randrange(0, 4)):
            made.add(walk - dice.randrange(5, 700), 90, phase)
    if dice.random() < 0.1:
        made.add(now + dice.randrange(1, green), 114 if dice.random() < 0.5 else 113, 1)
        made.add(now + green - 1, 115, 1)
    made.add(now + green, dice.choices((4, 5, 6), (6, 2, 3))[0], phase)
    made.add(now + green, 7, phase)
    made.add(now + green, 8, phase)
    made.add(now + green + 35, 9, phase)
    made.add(now + green + 35, 10, phase)
    made.add(now + green + 55, 11, phase)
    made.add(now + green + 55, 12, phase)
    return now + green + 55


def _detectors(made: Making, greens: dict[int, list[tuple[int, int]]], length: int) -> None:
    """On and off of every channel; an even number of channels is overloaded in the second quarter of the time."""
    dice = made.dice
    for phase, mine in greens.items():
        for lane in range(4):
            channel, now = phase * 4 + lane, dice.randrange(1, 60)
            place = 0
            while now < length:
                is_full = length // 4 < now < length // 2 and phase in (2, 4, 7)
                if lane < 2:
                    while place + 1 < len(mine) and mine[place][1] < now:
                        place += 1
                    begin, _end = mine[place] if mine else (now, now)
                    # Who stands at the line in red stays until green; overload keeps it occupied through green and beyond.
                    off = max(now + 3, begin + dice.randrange(10, 40)) if now < begin and dice.random() < 0.9 else now + dice.randrange(3, 15)
                    if is_full and dice.random() < 0.9:
                        off = now + dice.randrange(60, 500)
                else:
                    off = now + dice.randrange(2, 9)
                made.add(now, 82, channel)
                made.add(off, 81, channel)
                now = off + dice.randrange(2, 8 if is_full else 260)


def _trouble(rows: list[Row], dice: random.Random, length: int) -> list[Row]:
    """A priority vehicle, a clock that is set, a silence; rows lost and rows sent twice."""
    at = dice.randrange(length // 3, length // 2)
    rows += [(at, 102, 1), (at + 300, 104, 1)]
    rows.append((dice.randrange(length // 2, length), 181, 2))
    quiet = dice.randrange(length // 2, length - 12_000)
    rows = [row for row in rows if not quiet <= row[0] < quiet + 9_500]
    rows = [row for row in rows if dice.random() >= 0.004]
    return rows + dice.sample(rows, 200)


def _unmistakable(rows: list[Row]) -> list[Row]:
    """Without rows of one parameter at one instant that belong to one measure: their order would be anybody's guess."""
    together = ({81, 82}, {21, 22, 23, 90}, {43, 44, 1, 7}, {113, 114, 115}, {131}, {132}, {8, 9}, {10, 11}, {0, 12})
    taken: dict[tuple[int, int, int], int] = {}
    kept = []
    for at, code, parameter in rows:
        keys = [(n, at, 0 if code in (131, 132) else parameter) for n, group in enumerate(together) if code in group]
        if all(taken.get(key, code) == code for key in keys):
            taken.update(dict.fromkeys(keys, code))
            kept.append((at, code, parameter))
    return kept


def rows_of(seed: int, hours: int = 6) -> list[Row]:
    """Rows (ms, code, parameter) of a junction from 19:00 on, in no order."""
    dice, length = random.Random(seed), hours * 36_000
    made = Making(dice, [], set())
    _detectors(made, _signals(made, length), length)
    rows = _trouble(_unmistakable(made.rows), dice, length)
    rows = [(EVENING_MS + at * 100, code, parameter) for at, code, parameter in rows if 0 <= at < length]
    dice.shuffle(rows)
    return rows


def log_of(seed: int, hours: int = 6) -> EventLog:
    """The same as a log."""
    return EventLog.of(rows_of(seed, hours))
