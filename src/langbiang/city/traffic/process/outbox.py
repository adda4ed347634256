"""What a junction tells, kept until somebody has time for it: a tick never waits, and what is too much falls away at the old end."""

import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

MOST = 5000


@dataclass(frozen=True)
class Told:
    """One thing told: kind (status, decision, verdict, events, alert, over, void, flow, shadow, priority), junction, what."""

    kind: str
    junction: str
    what: dict[str, Any]


class Outbox:
    """Between the ticks and the thread that reports. Of statuses only the latest of each junction is kept."""

    def __init__(self, most: int = MOST) -> None:
        self.dropped = 0
        self._lost: Counter[str] = Counter()  # by junction, not told of yet
        self._rows: deque[Told] = deque()
        self._statuses: dict[str, Told] = {}
        self._most = most
        self._lock = threading.Lock()
        self._wake = threading.Event()

    def __len__(self) -> int:
        return len(self._rows) + len(self._statuses)

    def status(self, junction: str, **told: Any) -> None:
        """The latest picture of a junction; the one before is of no use any more."""
        with self._lock:
            self._statuses[junction] = Told("status", junction, told)
        self._wake.set()

    def decision(self, junction: str, **told: Any) -> None:
        """A stage a controller chose."""
        self._put(Told("decision", junction, told))

    def verdict(self, junction: str, **told: Any) -> None:
        """What the gate replaced or denied."""
        self._put(Told("verdict", junction, told))

    def events(self, junction: str, rows: list[tuple[float, int, int]]) -> None:
        """Rows of the event log."""
        self._put(Told("events", junction, {"rows": rows}))

    def alert(self, junction: str, **told: Any) -> None:
        """Something an operator must look at."""
        self._put(Told("alert", junction, told))

    def over(self, junction: str, **told: Any) -> None:
        """The cause of an alert is over."""
        self._put(Told("over", junction, told))

    def void(self, junction: str, **told: Any) -> None:
        """A lease under which the lamps did not follow."""
        self._put(Told("void", junction, told))

    def flow(self, junction: str, **told: Any) -> None:
        """The count of a lane over five minutes."""
        self._put(Told("flow", junction, told))

    def shadow(self, junction: str, **told: Any) -> None:
        """The score of a controller that drives nothing."""
        self._put(Told("shadow", junction, told))

    def priority(self, junction: str, **told: Any) -> None:
        """What priority did for a vehicle."""
        self._put(Told("priority", junction, told))

    def take(self, most: int, *, wait_s: float) -> list[Told]:
        """What waits, statuses first; waits for something at most so long."""
        if not self._wake.wait(wait_s):
            return []
        with self._lock:
            found = list(self._statuses.values())
            self._statuses.clear()
            while self._rows and len(found) < most:
                found.append(self._rows.popleft())
            if not self._rows:
                self._wake.clear()
        return found

    def give_back(self, rows: list[Told]) -> None:
        """What could not be delivered now, oldest first; statuses are out of date by then and not kept."""
        with self._lock:
            for row in reversed(rows):
                if row.kind == "status":
                    continue
                if len(self._rows) >= self._most:
                    self._drop(row)
                    continue
                self._rows.appendleft(row)
            if self._rows:
                self._wake.set()

    def _put(self, row: Told) -> None:
        with self._lock:
            if len(self._rows) >= self._most:
                self._drop(self._rows.popleft())
            self._rows.append(row)
        self._wake.set()

    def _drop(self, row: Told) -> None:
        self.dropped += 1
        self._lost[row.junction] += 1

    def take_lost(self) -> dict[str, int]:
        """How many reports of each junction fell away since this was asked last."""
        with self._lock:
            found = dict(self._lost)
            self._lost.clear()
        return found
