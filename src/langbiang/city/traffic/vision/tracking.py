"""Vehicles followed from frame to frame on the map, so that each counts once.

Nearest neighbours around a predicted place, best pairs first. Light on purpose: on the ground plane vehicles keep their
distance and obey their direction, so that a filter with covariances or an appearance model earns nothing; and no track
outlives the camera's view, nothing about a vehicle is kept.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .scene import Points
from .seen import Seen

LOST_AFTER_S = 1.0
LOST_STANDING_S = 3.0
SURE_AFTER = 3
# m/s: vehicles faster than this are noise; and slower than the other ones stand.
FASTEST = 28.0
STANDING = 1.4
# m/s: who is faster keeps to its way; m/s²: half of what a vehicle that turns is driven aside.
DRIVES, TURNS = 3.0, 2.5
# Of its own size a vehicle learns this share with every frame in which it is seen alone, and in which it is not.
LEARNT_ALONE, LEARNT_AMONG = 0.3, 0.03
# How sure a sighting at least is that shows nobody else; so often of the same length, and the size of a vehicle is known.
SHARED, SETTLED = 0.28, 4
# A track with so few sightings may be a piece of any vehicle it runs into.
A_PIECE = 6


@dataclass
class Track:
    """One vehicle while it is in view."""

    id: int
    place: Points
    seen_at: float
    born_at: float
    speed: Points = field(default_factory=lambda: np.zeros(2))
    area_m2: float = 0.0
    length_m: float = 0.0
    width_m: float = 0.0
    # The unit vector it drives along; zero until it drove.
    way: Points = field(default_factory=lambda: np.zeros(2))
    # The track it was first seen right beside, of which it may be a piece; 0 for none.
    beside: int = 0
    hits: int = 1
    alike: int = 0
    kinds: dict[str, float] = field(default_factory=dict)
    origin: Points = field(default_factory=lambda: np.zeros(2))
    before: Points = field(default_factory=lambda: np.zeros(2))
    at: float = 0.0
    # Filled by whoever counts: lane of entry, metres to the line when first seen in it, whether counted, exit.
    lane: int = -1
    ahead: float = np.nan
    first_ahead: float = np.nan
    is_counted: bool = False
    again: int = 0
    exit: str = ""
    standing_since: float | None = None

    @property
    def is_sure(self) -> bool:
        """Whether it was seen often enough to be a vehicle."""
        return self.hits >= SURE_AFTER

    @property
    def is_settled(self) -> bool:
        """Whether its size is known: it was seen alone, and whole, often enough."""
        return self.alike >= SETTLED

    @property
    def mps(self) -> float:
        """Speed."""
        return float(np.hypot(*self.speed))

    @property
    def kind(self) -> str:
        """The class it was taken for most."""
        return max(self.kinds, key=lambda k: (self.kinds[k], k), default="car")

    def expected(self, at: float) -> Points:
        """Where it should be."""
        return self.place + self.speed * min(at - self.seen_at, 1.5)


class Tracker:
    """Tracks of one camera."""

    def __init__(self, *, gate_m: float = 1.8, smallest_gap_m: float = 1.0) -> None:
        self.gate_m = gate_m
        self.smallest_gap_m = smallest_gap_m
        self.tracks: list[Track] = []
        self.ended: list[Track] = []
        self._next = 1

    def step(self, seen: list[Seen], at: float) -> list[Track]:
        """Take in what one frame shows; gives the tracks seen or expected now. `ended` holds those that ended."""
        # After a gap an old track would reach so far that it takes any vehicle.
        gone = [t for t in self.tracks if at - t.seen_at > LOST_STANDING_S]
        self.tracks = [t for t in self.tracks if at - t.seen_at <= LOST_STANDING_S]
        pairs = self._pairs(seen, at)
        taken = {n for _t, n in pairs}
        for t, n in pairs:
            self._go_on(self.tracks[t], seen[n], at)
        for n, one in enumerate(seen):
            if n not in taken:
                self.tracks.append(self._begin(one, at))
        self._unite(at)
        self.ended = gone
        kept: list[Track] = []
        for track in self.tracks:
            patience = LOST_STANDING_S if track.is_sure and track.mps < STANDING else LOST_AFTER_S
            if not track.is_sure:
                patience = 0.35
            (kept if at - track.seen_at <= patience else self.ended).append(track)
        self.tracks = kept
        return kept

    def _pairs(self, seen: list[Seen], at: float) -> list[tuple[int, int]]:
        if not self.tracks or not seen:
            return []
        expected = np.array([t.expected(at) for t in self.tracks])
        places = np.array([s.place for s in seen])
        far = np.hypot(*(expected[:, None] - places[None]).transpose(2, 0, 1))
        told = {s.track: n for n, s in enumerate(seen) if s.track is not None}
        elapsed = np.array([at - t.seen_at for t in self.tracks])
        speeds = np.array([t.mps for t in self.tracks])
        young = np.array([t.hits < 2 for t in self.tracks])
        # One who was seen once may have any speed; one who is known strays with what brakes and turns can do.
        gates = self.gate_m + np.where(young, 14.0 * elapsed, 0.35 * speeds * elapsed + 2.0 * elapsed)
        cost = far / gates[:, None]
        cost[self._is_beside_its_way(places, elapsed)] = np.inf
        # Sure tracks choose first: a fresh speck must not steal the vehicle of an old track.
        cost = np.where(cost <= 1.0, cost + np.where(young, 0.6, 0.0)[:, None], np.inf)
        # Who was recognised needs no guess.
        pairs = [(t, told[track.id]) for t, track in enumerate(self.tracks) if track.id in told]
        rows, columns = {t for t, _n in pairs}, set(told.values())
        for flat in np.argsort(cost, axis=None):
            t, n = divmod(int(flat), len(seen))
            if not np.isfinite(cost[t, n]):
                break
            if t not in rows and n not in columns:
                pairs.append((t, n))
                rows.add(t)
                columns.add(n)
        return pairs

    def _is_beside_its_way(self, places: Points, elapsed: NDArray[np.float64]) -> NDArray[np.bool_]:
        """By track and sighting: whether a vehicle that drives would have had to jump aside or back to be there."""
        ways = np.array([t.way for t in self.tracks])
        off = places[None] - np.array([t.place for t in self.tracks])[:, None]
        back = -(off * ways[:, None]).sum(axis=2)
        aside = np.abs(off[..., 1] * ways[:, None, 0] - off[..., 0] * ways[:, None, 1])
        drives = np.array([t.is_sure and t.mps > DRIVES and bool(t.way.any()) for t in self.tracks])
        return np.asarray(drives[:, None] & ((back > 1.0) | (aside > self.gate_m * 0.7 + TURNS * elapsed[:, None] ** 2)))

    def _unite(self, at: float) -> None:
        """A track that lost its sighting inside another vehicle is that vehicle: the older of the two goes on."""
        gone: set[int] = set()
        for lost in self.tracks:
            if lost.seen_at == at or not lost.is_sure or "motorcycle" in lost.kinds:
                continue
            expected = lost.expected(at)
            for other in self.tracks:
                inside = other.seen_at == at and other.id not in gone and other.length_m >= 3.0
                near = inside and float(np.hypot(*(other.place - expected))) < min(4.5, 0.42 * other.length_m)
                if near and _may_be_one(lost, other):
                    old, young = (lost, other) if lost.hits > other.hits else (other, lost)
                    old.is_counted |= young.is_counted
                    if old is lost:
                        old.place, old.before, old.speed, old.seen_at = other.place, other.before, other.speed, at
                        old.length_m, old.area_m2 = other.length_m, other.area_m2
                    gone.add(young.id)
                    break
        self.tracks = [track for track in self.tracks if track.id not in gone]

    def _begin(self, one: Seen, at: float) -> Track:
        track = Track(
            self._next, one.place, at, at, area_m2=one.area_m2, length_m=one.length_m, width_m=one.width_m, origin=one.place,
            before=one.place, at=at,
        )  # fmt: skip
        reach = [(float(np.hypot(*(t.expected(at) - one.place))) - 0.6 * max(t.length_m, one.length_m), t.id) for t in self.tracks]
        if reach and min(reach)[0] < 1.0:
            track.beside = min(reach)[1]
        # What joins moving traffic is taken to move as its neighbours do until it is seen again.
        near = [t for t in self.tracks if t.is_sure and float(np.hypot(*(t.place - one.place))) < 6.0 and t.seen_at == at]
        if near:
            track.speed = np.mean([t.speed for t in near], axis=0) * 0.7
        track.kinds[one.kind] = one.sureness
        self._next += 1
        return track

    def _go_on(self, track: Track, one: Seen, at: float) -> None:
        elapsed = max(1e-3, at - track.seen_at)
        expected = track.expected(at)
        off = one.place - expected
        is_alone = one.sureness > SHARED
        weight = 0.75 if track.hits > 2 else 1.0
        place = expected + weight * off
        if track.hits == 1:
            speed = (place - track.place) / elapsed
        else:
            speed = track.speed + (0.35 if is_alone else 0.2) * off / elapsed
        fast = float(np.hypot(*speed))
        track.speed = speed if fast <= FASTEST else speed * (FASTEST / fast)
        track.before, track.place, track.seen_at = track.place, place, at
        learnt = LEARNT_ALONE if is_alone else LEARNT_AMONG
        if is_alone and abs(one.length_m - track.length_m) < 0.12 * track.length_m + 0.2:
            track.alike += 1
        track.area_m2 += learnt * (one.area_m2 - track.area_m2)
        if is_alone or track.alike < SETTLED:
            track.length_m += learnt * (one.length_m - track.length_m)
            track.width_m += learnt * (one.width_m - track.width_m)
        if track.mps > (STANDING if is_alone else DRIVES):
            way = track.way + 0.5 * (track.speed / track.mps - track.way) if track.way.any() else track.speed / track.mps
            track.way = way / max(1e-6, float(np.hypot(*way)))
        track.hits += 1
        track.kinds[one.kind] = track.kinds.get(one.kind, 0.0) + one.sureness


def _may_be_one(one: Track, other: Track) -> bool:
    """Whether two tracks may be of one vehicle: one is new, or they began right beside each other."""
    old, young = (one, other) if one.hits > other.hits else (other, one)
    return young.hits <= A_PIECE or young.beside == old.id or old.beside == young.id
