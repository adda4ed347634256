"""What a lane usually carries at this hour: the stand-in for a camera that does not see."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

SLOT_S = 300
KEPT = 40
LEAST = 3
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DayClass = Callable[[date], str]


def weekday_class(day: date) -> str:
    """work, saturday or sunday; festivals and holidays come from whoever knows the calendar."""
    return {5: "saturday", 6: "sunday"}.get(day.weekday(), "work")


@dataclass(frozen=True)
class Usual:
    """Median and median absolute deviation of flow (vehicles a second), occupancy and queue; over how many days."""

    flow: float
    flow_mad: float
    occupancy: float
    occupancy_mad: float
    queue: float
    days: int


class Profile:
    """By lane, class of day and five-minute slot: the last values of each."""

    def __init__(self, day_class: DayClass = weekday_class) -> None:
        self.day_class = day_class
        self._kept: dict[str, list[tuple[float, float, float]]] = {}
        self._open: dict[str, tuple[int, float, int, float, float, int]] = {}

    def _slot(self, lane: str, at: float) -> str:
        local = datetime.fromtimestamp(at, ZONE)
        return f"{lane}|{self.day_class(local.date())}|{(local.hour * 3600 + local.minute * 60 + local.second) // SLOT_S}"

    def take(self, lane: str, *, at: float, left: int, occupancy: float, queue: float) -> None:
        """A reading of a healthy camera, about once a second; `left` is the running total."""
        number = int(at // SLOT_S)
        known = self._open.get(lane)
        if known is not None and known[0] != number:
            self._close(lane, known, left, at)
            known = None
        if known is None or left < known[2]:
            self._open[lane] = (number, at, left, occupancy, queue, 1)
        else:
            _n, begun, first, o, q, count = known
            self._open[lane] = (number, begun, first, o + occupancy, q + queue, count + 1)

    def _close(self, lane: str, known: tuple[int, float, int, float, float, int], left: int, at: float) -> None:
        _number, begun, first, occupancy, queue, count = known
        # Half a slot is too little to stand for the whole.
        if at - begun >= SLOT_S * 0.8 and at - begun < SLOT_S * 1.2 and left >= first:
            rows = self._kept.setdefault(self._slot(lane, begun), [])
            rows.append(((left - first) / (at - begun), occupancy / count, queue / count))
            del rows[:-KEPT]

    def drop(self, lane: str) -> None:
        """The camera stopped seeing: what was open does not count."""
        self._open.pop(lane, None)

    def usual(self, lane: str, at: float) -> Usual | None:
        """What is usual now; None where too few days are known."""
        rows = self._kept.get(self._slot(lane, at), [])
        if len(rows) < LEAST:
            return None
        flows, occupancies, queues = ([row[n] for row in rows] for n in range(3))
        flow, occupancy = median(flows), median(occupancies)
        return Usual(
            flow, median(abs(v - flow) for v in flows), occupancy, median(abs(v - occupancy) for v in occupancies), median(queues), len(rows)
        )

    def save(self, path: Path) -> None:
        """Write it whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(self._kept))
        os.replace(new, path)

    @classmethod
    def load(cls, path: Path, day_class: DayClass = weekday_class) -> "Profile":
        """What was kept; an empty one where nothing can be read."""
        found = cls(day_class)
        try:
            kept = json.loads(path.read_text())
            found._kept = {str(k): [(float(a), float(b), float(c)) for a, b, c in rows] for k, rows in kept.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            pass
        return found
