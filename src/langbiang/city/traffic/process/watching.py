"""What is wrong on the road or with a count: a lane nobody leaves although it is green, a detector that cannot be believed.

Both look at the very counts the junction is driven with, whoever drives it. They tell; what is done about it people decide.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from statistics import median

from langbiang.city.traffic.gate.lamps import LampSequence
from langbiang.city.traffic.incidents.blocked import BlockedLaneDetector, BlockedSettings
from langbiang.city.traffic.incidents.detectors import CheckSettings, DetectorHealth, Reading
from langbiang.city.traffic.incidents.profiles import DayClass, Expected

from .counting import FLOW_S, History, Seen
from .deciding import Picture
from .mirror import Model

# Counts know no exit, so that a full one looks like a blocked lane: more green has to pass than where the exit is seen.
BLOCKED = BlockedSettings(protected_green_s=20.0, permissive_green_s=60.0)
AT_LEAST = 1.5
BELIEVED_DAYS = 3
# Several motorbikes ride abreast: the largest flow is one of the width.
MOST_PER_H_AND_M = 2400.0
MOST_LEFT_A_SECOND = 10
WRONG_WAY_OVER_S = 120.0


@dataclass(frozen=True)
class Finding:
    """Something an operator must look at, or that it is over (`text` is empty then)."""

    kind: str
    text: str

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return not self.text


@dataclass
class _Slot:
    """One lane in the running five minutes."""

    flow: int = 0
    seconds: int = 0
    occupied: int = 0
    run: int = 0
    longest: int = 0
    changes: int = 0
    greens: int = 0


@dataclass
class Watch:
    """One junction; call `second` once a second with fresh counts. `widths_m` by lane."""

    model: Model
    widths_m: Mapping[str, float]
    history: History
    _blocked: BlockedLaneDetector = field(init=False)
    _health: dict[str, DetectorHealth] = field(init=False)
    _slots: dict[str, _Slot] = field(default_factory=dict)
    _slot: int = -1
    _left: dict[str, int] = field(default_factory=dict)
    _was_green: frozenset[str] = frozenset()
    _told: set[str] = field(default_factory=set)
    _wrong: dict[str, int] = field(default_factory=dict)
    _wrong_at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._blocked = BlockedLaneDetector(self.model.junction, self.model.network.lanes, BLOCKED)
        self._health = {
            lane: DetectorHealth(lane, CheckSettings(longest_on_s=math.inf, most_flow_per_h=MOST_PER_H_AND_M * width))
            for lane, width in self.widths_m.items()
        }

    def believes(self, lane: str) -> bool:
        """Whether the count of a lane is sound, as far as is known."""
        return lane not in self._health or self._health[lane].is_believed

    def second(
        self, seen: Seen, picture: Picture, sequence: LampSequence, now: float, *, closed: frozenset[str] = frozenset()
    ) -> Iterator[Finding]:
        """What has begun or ended this second; lanes closed on purpose are not judged."""
        driver = self.model.driver(sequence, now)
        lamps = driver.state()
        sound = {lane for lane in self.model.junction.lanes if lane in seen.left and lane not in picture.blind | closed}
        left = {lane: self._grown(lane, seen.left[lane]) for lane in sound}
        green = frozenset(self.model.junction.links[k].from_lane for k, lamp in enumerate(lamps) if lamp in "Gg")
        yield from self._blockages(seen, picture, sound, left, lamps, now)
        yield from self._detectors(seen, sound, left, green, now)
        yield from self._wrong_way(seen, picture.blind | closed, now)
        self._was_green = green

    def _grown(self, lane: str, count: int) -> int:
        before = self._left.get(lane)
        self._left[lane] = count
        return count - before if before is not None and 0 <= count - before <= MOST_LEFT_A_SECOND else 0

    def _blockages(
        self, seen: Seen, picture: Picture, sound: set[str], left: Mapping[str, int], lamps: str, now: float
    ) -> Iterator[Finding]:
        """Lanes nobody leaves although they are green; a lane that is not seen, or holds one vehicle only, proves nothing."""
        queues: dict[str, float | None] = {
            lane: seen.queues[lane] if lane in sound and seen.queues.get(lane, 0.0) >= AT_LEAST else 0.0 for lane in self.model.junction.lanes
        }
        passed = [(f"{lane}:{seen.left[lane] - n}", self.model.junction.lane_links[lane][0]) for lane in sound for n in range(1, left[lane] + 1)]
        view = self.model.view(replace(picture, queues=queues, left=seen.left), now, passed=passed)
        for alarm in self._blocked.look(view, lamps, now):
            yield Finding(
                f"blocked:{alarm.lane}",
                f"Lane {alarm.lane}: nobody has left it through {alarm.green_s:.0f} s of green although {queues[alarm.lane] or 0.0:.0f} wait. "
                "The lane or its exit may be blocked.",
            )  # fmt: skip
            self._told.add(alarm.lane)
        for lane in sorted(self._told - set(self._blocked.blocked_lanes)):
            self._told.discard(lane)
            yield Finding(f"blocked:{lane}", "")

    def _wrong_way(self, seen: Seen, left_out: frozenset[str], now: float) -> Iterator[Finding]:
        """Somebody more has driven against a lane; over when nobody did for a while. A counter begun anew tells nothing."""
        for lane, count in seen.wrong_way.items():
            before = self._wrong.get(lane)
            self._wrong[lane] = count
            if before is not None and count > before and lane not in left_out:
                self._wrong_at[lane] = now
                yield Finding(f"wrong-way:{lane}", f"Lane {lane}: a vehicle drives against the traffic. Look at the camera and warn the patrol.")
        for lane, at in list(self._wrong_at.items()):
            if now - at >= WRONG_WAY_OVER_S:
                del self._wrong_at[lane]
                yield Finding(f"wrong-way:{lane}", "")

    def _detectors(self, seen: Seen, sound: set[str], left: Mapping[str, int], green: frozenset[str], now: float) -> Iterator[Finding]:
        """Counts that cannot be, or are far from usual; judged every five minutes where the lane was seen throughout."""
        slot = int(now // FLOW_S)
        if slot != self._slot:
            for lane, one in self._slots.items():
                if one.seconds >= 0.9 * FLOW_S:
                    yield from self._judge(lane, one, self._slot)
            self._slots, self._slot = {}, slot
        for lane in sound:
            one = self._slots.setdefault(lane, _Slot())
            is_on = seen.queues.get(lane, 0.0) >= 0.5 or left[lane] > 0
            one.seconds += 1
            one.flow += left[lane]
            one.changes += is_on != (one.run > 0)
            one.run = one.run + 1 if is_on else 0
            one.longest = max(one.longest, one.run)
            one.occupied += is_on
            one.greens += lane in green and lane not in self._was_green

    def _judge(self, lane: str, one: _Slot, slot: int) -> Iterator[Finding]:
        health = self._health.get(lane)
        if health is None:
            return
        reading = Reading(
            lane, slot, float(one.flow), one.occupied / one.seconds, None, float(one.longest), one.changes, one.greens
        )
        was_believed = health.is_believed
        faults = health.check(reading, self._expected(lane, slot * FLOW_S))
        if faults and was_believed:
            yield Finding(f"detector:{lane}", f"The count of lane {lane} cannot be believed: {faults[0].text}")
        elif not faults and not was_believed:
            yield Finding(f"detector:{lane}", "")

    def _expected(self, lane: str, at: float) -> Expected | None:
        values = self.history.of(lane, at)
        if len(values) < BELIEVED_DAYS:
            return None
        usual = median(values)
        return Expected(usual, median(abs(v - usual) for v in values), 0.0, 0.0, len(values), DayClass.WORKDAY)
