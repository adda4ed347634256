"""What moves or stands in front of the empty road: MOG2 that never learns a waiting vehicle away."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from .first_sight import APART, FirstSight, apart
from .ground import Image

SHADOW = 127
FLOOD_SHARE, FLOOD_S = 0.6, 3.0
# Specks up to this are dropped, gaps up to this are closed.
SPECKS_M, GAPS_M = 0.75, 1.25
# The road around a pixel, by which it is judged while it is not sure; the share of a lane that must be known before it counts.
AROUND_M, KNOWN_SHARE = 6.0, 0.88
# How long after the warm-up what was learnt of the road is still put right, how often, and by how much it must be wrong.
MENDED_FOR_S, MEND_EVERY_S, LEAST_MENDED_PX = 600.0, 2.0, 30


@dataclass(frozen=True)
class Learning:
    """How the empty road is learnt; the rate is per frame at ten frames a second and scales with time."""

    history: int = 500
    threshold: float = 25.0
    rate: float = 2e-4
    warm_up_s: float = 60.0
    every_s: float = 1.0
    blur: int = 3


class EmptyRoad:
    """The background of one view. `look` gives the foreground; what stands on held ground is never learnt.

    MOG2 has one learning rate for the whole picture. So it only judges (rate 0) on every frame, and learns about once a
    second from a composed picture: the frame, but where a lane is held (red lamp, or somebody stands there) the last
    clean pixel instead of the waiting vehicle.
    """

    def __init__(
        self, road: Image, learning: Learning | None = None, *, background: Image | None = None,
        px_per_m: float = 4.0,
    ) -> None:  # fmt: skip
        """`road`: where vehicles can be (255). `background`: the empty road where it is known (self-test): no warm-up.
        """
        self._specks, self._gaps = (np.ones((max(1, round(m * px_per_m)),) * 2, np.uint8) for m in (SPECKS_M, GAPS_M))
        self._around_px = max(3, round(AROUND_M * px_per_m))
        self.learning = learning or Learning()
        self.road = road
        self._box = cv2.boundingRect(road)
        self._begun: float | None = None
        self._learnt_at = self._mended_at = -1e9
        self._flooded_since: float | None = None
        self._clean: Image | None = None
        self._first: FirstSight | None = None
        # Grows whenever more, or something else, is known of the road.
        self.learnt = 0
        self._new_model()
        if background is not None:
            self._learn_from([self._prepared(background)])
            self._first = None

    def _new_model(self) -> None:
        x, y, w, h = self._box
        self._model = cv2.createBackgroundSubtractorMOG2(self.learning.history, self.learning.threshold, detectShadows=True)
        self._first, self._clean = FirstSight((h, w)), None
        self._known = np.zeros((h, w), bool)
        self.learnt += 1

    def _learn_from(self, pictures: list[Image]) -> None:
        for n, picture in enumerate(pictures):
            self._model.apply(picture, learningRate=1.0 / (n + 1))
        self._clean = pictures[-1].copy()
        self.learnt += 1

    def _prepared(self, flat: Image) -> Image:
        x, y, w, h = self._box
        return np.asarray(cv2.GaussianBlur(flat[y : y + h, x : x + w], (self.learning.blur, self.learning.blur), 0), dtype=np.uint8)

    @property
    def is_warming(self) -> bool:
        """Whether the road is still being learnt: nothing is counted until then."""
        return self._clean is None

    def is_known(self, ground: Image) -> bool:
        """Whether the road of some ground (255) was seen; where nobody drove off for ten minutes, what is there is taken for it."""
        if self._first is None:
            return not self.is_warming
        x, y, w, h = self._box
        here = (ground & self.road)[y : y + h, x : x + w] > 0
        return not self.is_warming and bool(np.count_nonzero(self._known & here) >= KNOWN_SHARE * np.count_nonzero(here))

    def look(self, flat: Image, at: float, held: Iterable[Image] = ()) -> Image:
        """Foreground (255) of a frame seen from above: shadows dropped, specks opened, holes closed."""
        frame = self._prepared(flat)
        x, y, w, h = self._box
        if self._begun is None:
            self._begun = self._learnt_at = at
        if self._first is not None:
            self._first.look(frame, at, self._together(held) > 0)
            if self._clean is not None:
                self._mend(self._first, at)
            elif at - self._begun >= self.learning.warm_up_s:
                best, self._known = self._first.road(self.road[y : y + h, x : x + w] > 0, self._around_px)
                self._learn_from(self._first.pictures(best))
            else:
                return np.zeros(flat.shape[:2], np.uint8)
        raw = self._model.apply(frame, learningRate=0)
        whole = self._tidy(raw, flat.shape[:2])
        if at - self._learnt_at >= self.learning.every_s:
            self._learn(frame, raw, whole[y : y + h, x : x + w], at, self._together(held))
        self._watch_flood(whole, at)
        return whole

    def shift_time(self, by: float) -> None:
        """The clock of the frames was set by so many seconds."""
        self._begun = None if self._begun is None else self._begun + by
        self._flooded_since = None
        self._learnt_at, self._mended_at = self._learnt_at + by, self._mended_at + by
        if self._first is not None:
            self._first.shift_time(by)

    def _mend(self, first: FirstSight, at: float) -> None:
        """A lane that waited through the whole warm-up shows its road only later; until then its vehicles leave ghosts."""
        assert self._begun is not None
        assert self._clean is not None
        if at - self._mended_at < MEND_EVERY_S:
            return
        self._mended_at = at
        x, y, w, h = self._box
        here = self.road[y : y + h, x : x + w] > 0
        best, self._known = first.road(here, self._around_px)
        self.learnt += 1
        wrong = (apart(best, self._clean) > APART) & here
        if np.count_nonzero(wrong) >= LEAST_MENDED_PX:
            self._learn_from(first.pictures(np.where(wrong[..., None], best, self._clean)))
        if at - self._begun > self.learning.warm_up_s + MENDED_FOR_S:
            self._first = None

    def _together(self, masks: Iterable[Image]) -> Image:
        x, y, w, h = self._box
        found = np.zeros((h, w), np.uint8)
        for mask in masks:
            found |= mask[y : y + h, x : x + w]
        return found

    def _learn(self, frame: Image, raw: Image, found: Image, at: float, held: Image) -> None:
        assert self._clean is not None
        near = cv2.dilate(found, np.ones((9, 9), np.uint8))
        np.copyto(self._clean, frame, where=((raw == 0) & (near == 0))[..., None])
        composed = frame
        # On held ground only what stands out is replaced: the light on the free road there is still followed.
        out = held & near
        if out.any():
            composed = frame.copy()
            np.copyto(composed, self._clean, where=(out > 0)[..., None])
        rate = self.learning.rate * 10.0 * min(5.0, at - self._learnt_at)
        self._model.apply(composed, learningRate=min(0.05, rate))
        self._learnt_at = at

    def _tidy(self, raw: Image, shape: tuple[int, ...]) -> Image:
        x, y, w, h = self._box
        solid = cv2.threshold(raw, SHADOW, 255, cv2.THRESH_BINARY)[1]
        solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, self._specks)
        solid = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, self._gaps)
        whole = np.zeros(shape, np.uint8)
        whole[y : y + h, x : x + w] = solid
        return np.asarray(whole & self.road)

    def _watch_flood(self, whole: Image, at: float) -> None:
        """A sudden change of light turns the road itself into foreground; learn anew rather than count ghosts."""
        share = cv2.countNonZero(whole) / max(1, cv2.countNonZero(self.road))
        if share < FLOOD_SHARE:
            self._flooded_since = None
        elif self._flooded_since is None:
            self._flooded_since = at
        elif at - self._flooded_since >= FLOOD_S:
            self._flooded_since, self._begun = None, at
            self._new_model()
