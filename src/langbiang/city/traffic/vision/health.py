"""Whether a camera sees: frozen, dark, fogged, blurred, moved. Nothing of a picture is kept but figures and features."""

from collections import deque
from pathlib import Path

import cv2
import numpy as np

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
SMALL = (160, 90)
LEAST_MATCHES = 18


class Health:
    """The state of one camera out of its frames; `word` is what it is now."""

    def __init__(self, reference: "Reference | None" = None) -> None:
        self.word = OK
        self.reference = reference
        self._last: Image | None = None
        self._looked_at = -1e9
        self._changed_at: float | None = None
        self._changes: deque[float] = deque(maxlen=240)
        self._best: deque[tuple[float, float]] = deque(maxlen=240)
        self._doubt, self._doubt_since = OK, 0.0
        # Instants of the frames: since when the picture has been as `word` says, and when that was believed.
        self.turned_at = self.believed_at = 0.0
        self._asked_at = -1e9
        self._shifts = 0

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
        clear = self._clear(small, mean)
        if clear != OK:
            return clear
        if self._changed_at is not None and at - self._changed_at >= FROZEN_S:
            return FROZEN
        return MOVED if self._is_moved(grey, at) else OK

    def _still(self) -> float:
        """Below this a picture stands still: an encoder goes on polishing one that is frozen, though less than a sensor's noise does."""
        if len(self._changes) < LEAST_CHANGES:
            return STILL
        return max(STILL, STILL_SHARE * float(np.percentile(self._changes, 10)))

    def _clear(self, small: Image, mean: float) -> str:
        """Detail and contrast, each as a share of the brightness, against the best of the last minutes."""
        detail = float(cv2.Laplacian(small, cv2.CV_64F).var()) / max(mean, 8.0) ** 2
        contrast = float(small.std()) / max(mean, 8.0)
        if float(small.std()) < FLAT and mean > DARK_MEAN:
            return FOG
        if len(self._best) >= 10:
            best_detail, best_contrast = (float(np.median(column)) for column in zip(*self._best, strict=True))
            if detail < DETAIL_LEFT * best_detail:
                return FOG if contrast < CONTRAST_LEFT * best_contrast else BLIND
        self._best.append((detail, contrast))
        return OK

    def _is_moved(self, grey: Image, at: float) -> bool:
        if self.reference is None:
            self.reference = Reference.of(grey)
            return False
        if at - self._asked_at >= MOVED_EVERY_S:
            self._asked_at = at
            shift = self.reference.shift(grey)
            if shift is not None:
                self._shifts = self._shifts + 1 if shift > MOVED_SHARE else 0
        return self._shifts >= MOVED_TIMES


class Reference:
    """Features of the still parts of a view, by which a moved camera is noticed. No picture can be made of them."""

    def __init__(self, points: Image, features: Image, width: int) -> None:
        self.points, self.features, self.width = points, features, width

    @classmethod
    def of(cls, grey: Image) -> "Reference":
        """The features of a picture."""
        points, features = _features(grey)
        return cls(points, features, grey.shape[1])

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
        """Keep the features for the next start."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            np.savez_compressed(target, points=self.points, features=self.features, width=self.width)

    @classmethod
    def load(cls, path: Path) -> "Reference | None":
        """Features kept before; None where there are none that can be read."""
        try:
            with np.load(path, allow_pickle=False) as kept:
                return cls(kept["points"], kept["features"], int(kept["width"]))
        except (OSError, ValueError, KeyError):
            return None


def _features(grey: Image) -> tuple[Image, Image]:
    even = cv2.equalizeHist(cv2.GaussianBlur(grey, (5, 5), 0))
    points, features = cv2.ORB.create(nfeatures=500).detectAndCompute(even, None)
    if features is None:
        return np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8)
    return np.array([p.pt for p in points], np.float32), np.asarray(features)
