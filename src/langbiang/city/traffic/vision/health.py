"""Whether a camera sees: frozen, dark, fogged, blurred, moved. Nothing of a picture is kept but figures and features."""

import os
import zipfile
from collections import deque
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .ground import Image

OK, BLIND, FROZEN, FOG, MOVED, DARK, LOST = "ok", "blind", "frozen", "fog", "moved", "dark", "lost"
# The alarm is to stand five seconds after the last frame; the next look may come half a second later.
LOST_AFTER_S = 4.4
LOOK_EVERY_S = 0.5
FROZEN_S, HOLDS_S = 4.5, 3.0
# Grey levels of the small picture: a night without any lamp; sensors move every pixel a little even when nothing happens.
DARK_MEAN, DARK_BRIGHTEST, STILL = 14.0, 60.0, 0.04
# Against the quietest of the last changes, once there are so many.
STILL_SHARE, LEAST_CHANGES = 0.45, 10
# Against the camera's own best: what is left of its detail and contrast.
DETAIL_LEFT, CONTRAST_LEFT, FLAT = 0.2, 0.55, 4.0
MOVED_EVERY_S, MOVED_SHARE, MOVED_TIMES = 2.0, 0.012, 3
# So many looks in a row in which nothing of the view is found again, in light in which it was before: turned away.
TURNED_TIMES = 30
# Light is alike within these factors of brightness and detail. Darker than this on average, no view is taken to compare with.
LIKE_BRIGHT, LIKE_DETAIL, DAY_MEAN = 1.5, 2.5, 40.0
SMALL = (160, 90)
LEAST_MATCHES = 18
# What is kept to notice fog or dirt that comes slowly: a value a minute, for a week; compared where the brightness is alike.
CLEAR_EVERY_S, CLEAR_KEPT, LEAST_CLEAR, CLEAR_LIKE, CLEAR_BEST = 60.0, 7 * 1440, 10, 2.0, 90


class Health:
    """The state of one camera out of its frames; `word` is what it is now."""

    def __init__(self, reference: "Reference | None" = None, clearness: "Clearness | None" = None) -> None:
        self.word = OK
        self.reference = reference
        self.clearness = clearness or Clearness()
        self._last: Image | None = None
        self._looked_at = -1e9
        self._changed_at: float | None = None
        self._changes: deque[float] = deque(maxlen=240)
        self._best: deque[tuple[float, float]] = deque(maxlen=240)
        self._doubt, self._doubt_since = OK, 0.0
        # Instants of the frames: since when the picture has been as `word` says, and when that was believed.
        self.turned_at = self.believed_at = 0.0
        self._asked_at = -1e9
        self._shifts = self._failed = 0
        # A view is kept only once a later frame was found to be the same.
        self._candidate: Reference | None = None
        self._candidate_at = -1e9

    def begin_time_anew(self) -> None:
        """The clock of the frames was set: what was seen holds, what was reckoned over time begins again."""
        self._looked_at = self._asked_at = self._candidate_at = -1e9
        self._last = self._changed_at = None
        self._doubt = ""
        self.clearness.begin_time_anew()

    def look(self, frame: Image, at: float) -> str:
        """Take in a frame; gives the state. A state holds for some seconds before it is believed."""
        if at - self._looked_at < LOOK_EVERY_S:
            return self.word
        self._looked_at = at
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        small = cv2.resize(grey, SMALL, interpolation=cv2.INTER_AREA)
        found = self._judge(small, grey, at)
        if found != self._doubt:
            self._doubt, self._doubt_since = found, at
        if found == self.word or found in (FROZEN, MOVED) or at - self._doubt_since >= HOLDS_S:
            if found != self.word:
                self.turned_at = self._changed_at if found == FROZEN and self._changed_at is not None else self._doubt_since
                self.believed_at = at
            self.word = found
        return self.word

    def _judge(self, small: Image, grey: Image, at: float) -> str:
        change = None if self._last is None else float(cv2.absdiff(small, self._last).mean())
        if change is None or change > self._still():
            self._changed_at = at
            if change is not None:
                self._changes.append(change)
        self._last = small
        mean, brightest = float(small.mean()), float(np.percentile(small, 99.5))
        if mean < DARK_MEAN and brightest < DARK_BRIGHTEST:
            return DARK
        detail = float(cv2.Laplacian(small, cv2.CV_64F).var()) / max(mean, 8.0) ** 2
        clear = self._clear(small, mean, detail, at)
        if clear != OK:
            return clear
        if self._changed_at is not None and at - self._changed_at >= FROZEN_S:
            return FROZEN
        return MOVED if self._is_moved(grey, (mean, detail), at) else OK

    def _still(self) -> float:
        """Below this a picture stands still: an encoder goes on polishing one that is frozen, though less than a sensor's noise does."""
        if len(self._changes) < LEAST_CHANGES:
            return STILL
        return max(STILL, STILL_SHARE * float(np.percentile(self._changes, 10)))

    def _clear(self, small: Image, mean: float, detail: float, at: float) -> str:
        """Detail and contrast, each as a share of the brightness, against the best of the last minutes and of the last week."""
        contrast = float(small.std()) / max(mean, 8.0)
        if float(small.std()) < FLAT and mean > DARK_MEAN:
            return FOG
        bests = [self.clearness.best(mean)]
        if len(self._best) >= 10:
            of_late = np.median(np.array(self._best), axis=0)
            bests.append((float(of_late[0]), float(of_late[1])))
        for best in bests:
            if best is not None and detail < DETAIL_LEFT * best[0]:
                return FOG if contrast < CONTRAST_LEFT * best[1] else BLIND
        self._best.append((detail, contrast))
        self.clearness.note(at, mean, detail, contrast)
        return OK

    def _is_moved(self, grey: Image, light: tuple[float, float], at: float) -> bool:
        if self.reference is not None and not self.reference.can_tell(grey):
            self.reference = None
        if self.reference is None:
            self._seek(grey, light, at)
            return False
        if at - self._asked_at >= MOVED_EVERY_S:
            self._asked_at = at
            shift = self.reference.shift(grey)
            if shift is not None:
                self._shifts = self._shifts + 1 if shift > MOVED_SHARE else 0
                self._failed = 0
                if shift <= MOVED_SHARE:
                    self.reference.light = light
            elif _is_alike(light, self.reference.light):
                # Rain and night hide a view, but they change the light as well.
                self._failed += 1
        return self._shifts >= MOVED_TIMES or self._failed >= TURNED_TIMES

    def _seek(self, grey: Image, light: tuple[float, float], at: float) -> None:
        """Take a view to compare with: by day, and only one that is found again some seconds later."""
        if light[0] < DAY_MEAN or at - self._candidate_at < MOVED_EVERY_S:
            return
        if self._candidate is not None:
            shift = self._candidate.shift(grey)
            if shift is not None and shift <= MOVED_SHARE:
                self.reference, self._candidate = self._candidate, None
                self._shifts = self._failed = 0
                return
        self._candidate, self._candidate_at = Reference.of(grey, light), at


class Clearness:
    """How clear a camera saw over the last week, minute by minute: brightness, detail, contrast. Dirt that comes slowly shows only against that."""

    def __init__(self, rows: NDArray[np.float32] | None = None) -> None:
        self.rows = np.zeros((0, 3), np.float32) if rows is None else rows
        self._noted_at = -1e9

    def begin_time_anew(self) -> None:
        """The clock was set."""
        self._noted_at = -1e9

    def note(self, at: float, mean: float, detail: float, contrast: float) -> None:
        """What a camera that sees well shows; one value a minute is kept."""
        if at - self._noted_at >= CLEAR_EVERY_S:
            self._noted_at = at
            self.rows = np.vstack([self.rows[1 - CLEAR_KEPT :], np.array([[mean, detail, contrast]], np.float32)])

    def best(self, mean: float) -> tuple[float, float] | None:
        """Detail and contrast on good minutes of a similar brightness; None where too few are known."""
        alike = self.rows[(self.rows[:, 0] > mean / CLEAR_LIKE) & (self.rows[:, 0] < mean * CLEAR_LIKE)]
        if len(alike) < LEAST_CLEAR:
            return None
        detail, contrast = np.percentile(alike[:, 1:], CLEAR_BEST, axis=0)
        return float(detail), float(contrast)

    def save(self, path: Path) -> None:
        """Keep the figures for the next start. Raises OSError."""
        _write(path, rows=self.rows)

    @classmethod
    def load(cls, path: Path) -> "Clearness":
        """Figures kept before; none where there are none that can be read."""
        kept = _read(path)
        rows = kept.get("rows")
        is_sound = rows is not None and rows.ndim == 2 and rows.shape[1] == 3 and rows.dtype.kind == "f"
        return cls(rows.astype(np.float32) if rows is not None and is_sound else None)


def _is_alike(light: tuple[float, float], other: tuple[float, float] | None) -> bool:
    """Whether brightness and detail are such that a view would be found again."""
    if other is None:
        return False
    return all(1 / most < (a + 1e-9) / (b + 1e-9) < most for a, b, most in zip(light, other, (LIKE_BRIGHT, LIKE_DETAIL), strict=True))


class Reference:
    """Features of the still parts of a view, by which a moved camera is noticed. No picture can be made of them."""

    def __init__(
        self, points: Image, features: Image, width: int, light: tuple[float, float] | None = None, view: tuple[str, int] = ("", 0)
    ) -> None:
        """`light`: brightness and detail in which it was last found again; `view`: zone and number of the calibration of then."""
        self.points, self.features, self.width = points, features, width
        self.light, self.view = light, view

    @classmethod
    def of(cls, grey: Image, light: tuple[float, float] | None = None) -> "Reference":
        """The features of a picture."""
        points, features = _features(grey)
        return cls(points, features, grey.shape[1], light)

    def can_tell(self, grey: Image) -> bool:
        """Whether pictures of this size can be compared with it at all."""
        return grey.shape[1] == self.width and len(self.points) >= LEAST_MATCHES

    def shift(self, grey: Image) -> float | None:
        """How far the picture as a whole moved, as a share of its width; None where it cannot be told (night, rain)."""
        points, features = _features(grey)
        if len(points) < LEAST_MATCHES or len(self.points) < LEAST_MATCHES or grey.shape[1] != self.width:
            return None
        matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(self.features, features)
        if len(matches) < LEAST_MATCHES:
            return None
        before = np.array([self.points[m.queryIdx] for m in matches])
        after = np.array([points[m.trainIdx] for m in matches])
        cv2.setRNGSeed(1)
        matrix, inliers = cv2.estimateAffinePartial2D(before, after, ransacReprojThreshold=3.0)
        if matrix is None or int(inliers.sum()) < LEAST_MATCHES:
            return None
        height, width = grey.shape
        corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], float)
        return float(np.hypot(*(corners @ matrix.T - corners[:, :2]).T).mean() / width)

    def save(self, path: Path) -> None:
        """Keep the features for the next start. Raises OSError."""
        light = np.array(self.light if self.light is not None else (), np.float64)
        _write(path, points=self.points, features=self.features, width=self.width, light=light, view=np.array([self.view[0], str(self.view[1])]))

    @classmethod
    def load(cls, path: Path) -> "Reference | None":
        """Features kept before; None where there are none that can be read."""
        kept = _read(path)
        try:
            light, (zone, number) = kept.get("light", np.zeros(0)), kept.get("view", ("", "0"))
            known = (float(light[0]), float(light[1])) if len(light) == 2 else None
            return cls(kept["points"], kept["features"], int(kept["width"]), known, (str(zone), int(number)))
        except (ValueError, KeyError, TypeError):
            return None


def _write(path: Path, **figures: Any) -> None:
    """Whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with new.open("wb") as target:
        np.savez_compressed(target, **figures)
    os.replace(new, path)


def _read(path: Path) -> dict[str, NDArray[Any]]:
    """Figures kept before; none where they cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}


def _features(grey: Image) -> tuple[Image, Image]:
    even = cv2.equalizeHist(cv2.GaussianBlur(grey, (5, 5), 0))
    points, features = cv2.ORB.create(nfeatures=500).detectAndCompute(even, None)
    if features is None:
        return np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8)
    return np.array([p.pt for p in points], np.float32), np.asarray(features)
