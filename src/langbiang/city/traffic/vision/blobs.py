"""From foreground to vehicles: connected patches, large ones split by area, each with its class by size."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .claims import Claim, Claims, Known
from .ground import Ground, Image
from .scene import Points
from .seen import Seen

CAR_M2 = 11.0
LEAST, MOST, SPLIT = 0.25, 1.75, 1.15
MOTORCYCLE_M2 = 2.6
TOGETHER_M, ONE_CAR_M = 2.6, 6.0
MOST_WIDE_M, HEAVY_WIDE_M = 4.0, 2.8
# A patch beyond this is more than one motorcycle.
RIDER_WIDE_M, RIDER_LONG_M = 2.0, 3.6
# How long two cars are that stand too close for a gap to be seen.
TWO_CARS_M = 9.2, 11.0
# A patch that is this much of a followed vehicle is that vehicle, and nothing else.
SMALLER, LARGER = 0.75, 1.35
# How sure a vehicle is that was seen among others, in a patch that was shared.
AMONG = 0.25


@dataclass(frozen=True)
class Sizes:
    """What vehicles cover of the mask, m², which grows them by a hand's breadth on every side; `has_motorcycles` lets patches far smaller than a car count."""

    car_m2: float = CAR_M2
    motorcycle_m2: float = MOTORCYCLE_M2
    has_motorcycles: bool = False

    @property
    def least_m2(self) -> float:
        """The smallest patch that is a vehicle."""
        return (0.45 * self.motorcycle_m2) if self.has_motorcycles else LEAST * self.car_m2


def vehicles(mask: Image, ground: Ground, sizes: Sizes, known: Sequence[Known] = ()) -> list[Seen]:
    """Vehicles of a foreground mask; `known`, where those that are followed should be, tells how patches are shared."""
    _count, labels, stats, _centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    patches = Patches(labels, stats, ground.px_per_m)
    fresh = list(range(1, len(stats)))
    if not known:
        return _joined(_fresh(patches, fresh, ground, sizes))
    claims = Claims(labels, ground, known)
    contested = _contested(claims.claims, patches, sizes)
    shared = {patch for claim in contested for patch in claim.patches}
    found = [Seen(c.place, c.area_m2, c.known.length_m, c.known.kind, AMONG, c.known.width_m, c.known.track) for c in contested]
    fresh = [n for n in fresh if n not in shared]
    rest = _left_over(labels, claims.owner, shared, ground)
    if rest is not None:
        _count, labels, stats, _centres = cv2.connectedComponentsWithStats(rest, connectivity=8)
        more = Patches(labels, stats, ground.px_per_m)
        found += [s for s in _joined(_fresh(more, list(range(1, len(stats))), ground, sizes)) if not any(c.holds(s.place) for c in contested)]
    return found + _joined(_fresh(patches, fresh, ground, sizes))


class Patches:
    """Connected patches of a mask, measured when they are asked for."""

    def __init__(self, labels: Image, stats: Image, px_per_m: float) -> None:
        self.labels, self.stats, self.px_per_m = labels, stats, px_per_m

    def area_m2(self, n: int) -> float:
        """What a patch covers."""
        return float(self.stats[n, cv2.CC_STAT_AREA]) / self.px_per_m**2

    def pixels(self, n: int) -> Points:
        """(column, row) of its pixels."""
        left, top, width, height = self.stats[n, :4]
        ys, xs = np.nonzero(self.labels[top : top + height, left : left + width] == n)
        return np.column_stack([xs + left, ys + top]).astype(np.float32)

    def form(self, n: int) -> tuple[float, float, float, float]:
        """(m², length, width, share of the box around it that is filled)."""
        area, pixels, k = self.area_m2(n), self.pixels(n), self.px_per_m
        (_c, (side, other), _angle) = cv2.minAreaRect(np.ascontiguousarray(pixels[:: max(1, len(pixels) // 400)]))
        long, wide = max(side, other) / k + 1 / k, min(side, other) / k + 1 / k
        return area, long, wide, min(1.0, area / max(long * wide, 1e-6))


def _contested(claims: Sequence[Claim], patches: Patches, sizes: Sizes) -> list[Claim]:
    """Claims whose patches are not simply one vehicle each."""
    holders: dict[int, int] = {}
    for claim in claims:
        for patch in claim.patches:
            holders[patch] = holders.get(patch, 0) + 1

    def is_plain(claim: Claim) -> bool:
        if len(claim.patches) != 1:
            return False
        (patch,) = claim.patches
        usual = max(claim.known.area_m2, sizes.least_m2)
        if holders[patch] > 1 or patches.area_m2(patch) < SMALLER * usual:
            return False
        return patches.area_m2(patch) < LARGER * usual or _alone(*patches.form(patch), sizes) is not None

    return [claim for claim in claims if claim.patches and not is_plain(claim)]


def _left_over(labels: Image, owner: Image, shared: Collection[int], ground: Ground) -> Image | None:
    """What nobody claims of patches that are shared; their rims are not vehicles."""
    if not shared:
        return None
    mine = np.zeros(int(labels.max()) + 1, bool)
    mine[list(shared)] = True
    rest: Image = (mine[labels] & (owner < 0)).astype(np.uint8) * 255
    rim = max(3, round(0.7 * ground.px_per_m))
    return np.asarray(cv2.morphologyEx(rest, cv2.MORPH_OPEN, np.ones((rim, rim), np.uint8)))


def _fresh(patches: Patches, which: Sequence[int], ground: Ground, sizes: Sizes) -> list[Seen]:
    """Vehicles of patches about which nothing is known."""
    found: list[Seen] = []
    for n in which:
        if patches.area_m2(n) < sizes.least_m2:
            continue
        area, long, wide, fill = patches.form(n)
        whole = _alone(area, long, wide, fill, sizes)
        pixels = patches.pixels(n)
        if whole is not None:
            found.append(Seen(ground.metres(pixels.mean(axis=0)[None])[0], area, long, *whole, width_m=wide))
            continue
        parts, kind = _parts(area, fill, sizes)
        long = long / parts if wide <= MOST_WIDE_M else long / parts**0.5
        for centre, share in _split(pixels, parts):
            found.append(Seen(ground.metres(centre[None])[0], area * share, long, kind, AMONG))
    return found


def _joined(seen: list[Seen]) -> list[Seen]:
    """Pieces of one vehicle put together again, as a windscreen or a painted line divides it: two cars cannot have
    middles this close, nor can both together be as short as one."""
    found: list[Seen] = []
    for one in sorted(seen, key=lambda s: -s.area_m2):
        for n, other in enumerate(found):
            if "motorcycle" in (one.kind, other.kind):
                continue
            far = float(np.hypot(*(one.place - other.place)))
            if far < TOGETHER_M or far + (one.length_m + other.length_m) / 2 < ONE_CAR_M:
                area = one.area_m2 + other.area_m2
                place = (one.place * one.area_m2 + other.place * other.area_m2) / area
                long = max(other.length_m, far + (one.length_m + other.length_m) / 2)
                found[n] = Seen(place, area, long, other.kind, other.sureness, max(one.width_m, other.width_m))
                break
        else:
            found.append(one)
    return found


def _alone(area: float, long: float, wide: float, fill: float, sizes: Sizes) -> tuple[str, float] | None:
    """(class, sureness) of a patch that is one vehicle; None for one to be split."""
    if sizes.has_motorcycles:
        if area < 1.8 * sizes.motorcycle_m2 and wide <= RIDER_WIDE_M and long <= RIDER_LONG_M:
            return "motorcycle", 0.8 if area > 0.6 * sizes.motorcycle_m2 else 0.6
        if area < 0.5 * sizes.car_m2 or fill < 0.7:
            return None
    if wide > MOST_WIDE_M or fill < 0.6:
        return ("car", 0.6) if area <= MOST * sizes.car_m2 else None
    if long <= 5.8:
        return "car", 0.8
    if long <= 7.2:
        return "van", 0.6
    # Two cars one behind the other are as narrow as one; what is long and wide, or too short or too long for two, is one.
    is_solid = fill > 0.75 and long < 20
    if is_solid and (wide >= HEAVY_WIDE_M or (fill > 0.85 and not TWO_CARS_M[0] <= long <= TWO_CARS_M[1] and long < TWO_CARS_M[1] + 3)):
        return ("bus" if long > 9.8 else "truck"), 0.6
    return ("car", 0.5) if area <= MOST * sizes.car_m2 and long < 8.5 else None


def _parts(area: float, fill: float, sizes: Sizes) -> tuple[int, str]:
    if sizes.has_motorcycles and (area < 0.5 * sizes.car_m2 or (fill < 0.7 and area < 3 * sizes.car_m2)):
        return max(2, round(area / (SPLIT * sizes.motorcycle_m2))), "motorcycle"
    return max(1, round(area / (SPLIT * sizes.car_m2))), "car"


def _split(pixels: Points, parts: int) -> list[tuple[Points, float]]:
    """Middles and shares of the parts of a patch."""
    if parts == 1:
        return [(np.asarray(pixels.mean(axis=0), dtype=np.float64), 1.0)]
    sample = np.ascontiguousarray(pixels[:: max(1, len(pixels) // 400)], dtype=np.float32)
    parts = min(parts, len(sample))
    cv2.setRNGSeed(1)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 0.5)
    _within, labels, centres = cv2.kmeans(sample, parts, np.empty((0, 1), np.int32), criteria, 2, cv2.KMEANS_PP_CENTERS)
    shares = np.bincount(labels.ravel(), minlength=parts) / len(sample)
    return [(np.asarray(centre, dtype=np.float64), float(share)) for centre, share in zip(centres, shares, strict=True)]
