"""The ladder down which a junction falls when it sees less, and up which it climbs only after quiet cycles."""

from enum import IntEnum

QUIET_CYCLES = 3


class Level(IntEnum):
    """From best to last resort; below `LOCAL` there is only the flashing of the cabinet itself."""

    ADAPTIVE = 0
    SUBSTITUTED = 1
    PRESSURE = 2
    PATTERN = 3
    LOCAL = 4


WORDS = {
    Level.ADAPTIVE: "Adaptive control",
    Level.SUBSTITUTED: "Adaptive control, lanes that are not seen taken from their history",
    Level.PRESSURE: "Pressure of the lanes, lanes that are not seen served as if somebody always waited",
    Level.PATTERN: "The pattern of the hour stored in the cabinet",
    Level.LOCAL: "The cabinet's own plan",
}


class Ladder:
    """Down at once, up only when it would have been possible for three whole cycles."""

    def __init__(self, level: Level = Level.ADAPTIVE) -> None:
        self.level = level
        self._hope: Level | None = None
        self._from = 0

    def begin(self, possible: Level) -> bool:
        """The first sight since the start: it holds at once, since nothing was lost that quiet cycles would have to win back."""
        changed = possible is not self.level
        self.level, self._hope = possible, None
        return changed

    def settle(self, possible: Level, cycles: int) -> bool:
        """Take in the best level possible now and the cycles counted so far; True when the level changed."""
        if possible >= self.level:
            changed = possible > self.level
            self.level, self._hope = possible, None
            return changed
        if self._hope is None or possible > self._hope:
            self._hope, self._from = possible, cycles  # worse than a moment ago: the quiet begins anew
        if cycles - self._from < QUIET_CYCLES:
            return False
        self.level, self._hope = self._hope, None
        return True
