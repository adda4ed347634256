"""The street in front of a cabinet: vehicles come by chance, wait on red, leave on green; counted as cameras would."""

import asyncio
import math
import random
import time
from collections.abc import Mapping
from typing import Any

from simulators.cabinet.controller import GREEN, Cabinet

# Vehicles a second that leave a lane on green, most of them motorbikes; and how many come in a quiet and a busy hour.
DISCHARGE = 0.9
COMING = (0.05, 0.28)
WAVE_S = 900.0


class Street:
    """Queues by lane. What it tells is what a camera would: queue, arrivals and departures since the start, age."""

    def __init__(self, layout: Mapping[str, Any], cabinet: Cabinet, *, seed: int) -> None:
        self.cabinet = cabinet
        self.lanes = [lane["key"] for lane in layout["lanes"]]
        self.serving = {
            lane: [cabinet.numbers[row["key"]] for row in layout["movements"] if lane in row.get("lanes", ())] for lane in self.lanes
        }
        self.queue = dict.fromkeys(self.lanes, 0)
        self.arrived = dict.fromkeys(self.lanes, 0)
        self.left = dict.fromkeys(self.lanes, 0)
        self.credit = dict.fromkeys(self.lanes, 0.0)
        self.dice = random.Random(seed)
        # The more stages share the hour, the fewer vehicles a junction was built for.
        busy = 2 / max(2, len(layout["stages"]))
        self.share = {lane: busy * self.dice.uniform(0.4, 1.0) for lane in self.lanes}
        self.phase = self.dice.uniform(0, WAVE_S)
        self.at = time.time()
        self.is_lost = False

    def pass_second(self, now: float) -> None:
        """One second of traffic."""
        self.at = now
        busy = 0.5 - 0.5 * math.cos((now + self.phase) / WAVE_S * 2 * math.pi)
        image = self.cabinet.image()
        for lane in self.lanes:
            rate = self.share[lane] * (COMING[0] + busy * (COMING[1] - COMING[0]))
            came = int(self.dice.random() < rate) + int(self.dice.random() < rate / 4)
            self.queue[lane] += came
            self.arrived[lane] += came
            if any(image[n - 1] == GREEN for n in self.serving[lane]):
                self.credit[lane] = min(2.0, self.credit[lane] + DISCHARGE)
                go = min(self.queue[lane], int(self.credit[lane]))
                self.queue[lane] -= go
                self.left[lane] += go
                self.credit[lane] -= go
            else:
                self.credit[lane] = 0.0

    def told(self) -> dict[str, Any]:
        """What is seen now; a lost camera tells nothing new."""
        if self.is_lost:
            return {"at": self.at, "lanes": {}, "lost": True}
        return {
            "at": self.at, "lost": False, "lamps": self.lamps(),
            "lanes": {lane: {"queue": self.queue[lane], "arrived": self.arrived[lane], "left": self.left[lane]} for lane in self.lanes},
        }  # fmt: skip

    def lamps(self) -> dict[str, str]:
        """What each lane is shown: G green, y yellow, r red."""
        image = self.cabinet.image()
        return {lane: "ryG"[max((image[n - 1] for n in self.serving[lane]), default=0)] for lane in self.lanes}

    async def run(self) -> None:
        """Second by second."""
        while True:
            self.pass_second(time.time())
            await asyncio.sleep(1.0)
