"""The empty road, learnt although vehicles wait on it most of the time: the road recurs, every vehicle comes once."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .ground import Image

# Grey levels by which a pixel must differ to show something else.
APART = 26
CANDIDATES = 4
EVERY_S = 0.2
# Looks in a row: how long something else must be seen to end an episode (a drop of rain does not), and to be one itself.
ENDS, HOLDS = 2, 3
# Votes by which the road is sure, how far ahead of anything else; and the share of the ground around that must be sure.
AGAIN, AHEAD, ENOUGH = 3, 1.5, 0.03
# What is seen in a red lane may well be a vehicle that waits.
HELD_WEIGHT, FREE_WEIGHT = 0.3, 1.0
SAMPLES, SAMPLE_EVERY_S = 31, 1.0


class FirstSight:
    """Votes by pixel over what was seen there.

    Time is no measure: in a red lane the vehicle that waits is seen most. But the road is seen again after every
    vehicle, and vehicles differ. So each episode, a time in which a pixel stays as it is, has one vote however long it
    lasts, and hardly any while the lane is red.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._colours = np.zeros((CANDIDATES, *shape, 3), np.float32)
        self._votes = np.zeros((CANDIDATES, *shape), np.float32)
        self._now: Image | None = None
        self._steady = np.zeros(shape, np.int32)
        self._strayed = np.zeros(shape, np.uint8)
        self._samples: list[Image] = []
        self._looked_at = self._sampled_at = -1e9

    def shift_time(self, by: float) -> None:
        """The clock of the frames was set by so many seconds."""
        self._looked_at, self._sampled_at = self._looked_at + by, self._sampled_at + by

    def look(self, frame: Image, at: float, held: NDArray[np.bool_]) -> None:
        """Take in a frame; `held` is the ground of red lanes."""
        if at - self._looked_at < EVERY_S - 1e-6:
            return
        self._looked_at = at
        if at - self._sampled_at >= SAMPLE_EVERY_S:
            self._samples, self._sampled_at = [*self._samples[-SAMPLES + 1 :], frame], at
        if self._now is None:
            self._now = frame.copy()
        other = apart(frame, self._now) > APART
        self._strayed = np.where(other, self._strayed + 1, 0).astype(np.uint8)
        self._steady += ~other
        changed = self._strayed >= ENDS
        self._now[changed], self._steady[changed], self._strayed[changed] = frame[changed], 1, 0
        ys, xs = np.nonzero((self._steady == HOLDS) & ~other)
        self._vote(ys, xs, np.where(held[ys, xs], HELD_WEIGHT, FREE_WEIGHT).astype(np.float32))

    def _vote(self, ys: NDArray[np.intp], xs: NDArray[np.intp], weights: NDArray[np.float32]) -> None:
        assert self._now is not None
        seen = self._now[ys, xs].astype(np.float32)
        far = np.abs(self._colours[:, ys, xs] - seen).max(axis=2)
        far[self._votes[:, ys, xs] == 0] = np.inf
        nearest = far.argmin(axis=0)
        is_new = far[nearest, np.arange(len(ys))] > APART
        # What has the fewest votes makes room.
        which = np.where(is_new, self._votes[:, ys, xs].argmin(axis=0), nearest)
        before = np.where(is_new, 0.0, self._votes[which, ys, xs]).astype(np.float32)
        share = (weights / np.minimum(before + weights, 8.0))[:, None]
        self._colours[which, ys, xs] += share * (seen - self._colours[which, ys, xs])
        self._votes[which, ys, xs] = before + weights

    def best(self) -> Image:
        """What has most votes at every pixel; where nothing was steady yet, what is seen now."""
        if self._now is None:
            raise ValueError("no frame was seen yet")
        first = self._votes.argmax(axis=0)
        colours = np.take_along_axis(self._colours, first[None, ..., None], axis=0)[0]
        known = np.take_along_axis(self._votes, first[None], axis=0)[0] > 0
        return np.where(known[..., None], colours.round(), self._now).astype(np.uint8)

    def road(self, where: NDArray[np.bool_], near_px: int) -> tuple[Image, NDArray[np.bool_]]:
        """(the road, where it is known) within `where`.

        Known is what was seen again and again, and ahead of everything else. Where nothing is ahead, what looks like the
        known road around it (`near_px` pixels) is taken, if it was seen there at all: asphalt goes on, vehicles differ.
        """
        best = self.best()
        votes = np.sort(self._votes, axis=0)
        sure = (votes[-1] >= AGAIN) & (votes[-1] > AHEAD * votes[-2]) & where
        weight = sure.astype(np.float32)
        amount = cv2.boxFilter(weight, -1, (near_px, near_px), normalize=False)
        total = cv2.boxFilter(best.astype(np.float32) * weight[..., None], -1, (near_px, near_px), normalize=False)
        # At first hardly anything is sure; vehicles cover less than half of what is watched.
        usual = np.median(best[sure if np.count_nonzero(sure) > 0.2 * np.count_nonzero(where) else where], axis=0)
        enough = amount > ENOUGH * near_px**2
        around = np.where(enough[..., None], total / np.maximum(amount, 1.0)[..., None], usual)
        far = np.abs(self._colours - around[None]).max(axis=3)
        far[self._votes == 0] = np.inf
        nearest = far.argmin(axis=0)[None]
        alike = ~sure & where & (np.take_along_axis(far, nearest, axis=0)[0] < APART)
        colours = np.take_along_axis(self._colours, nearest[..., None], axis=0)[0].round()
        return np.where(alike[..., None], colours, best).astype(np.uint8), sure | alike

    def pictures(self, best: Image) -> list[Image]:
        """Pictures of the road, of which the last is `best`; together they show how much a pixel varies."""
        found = [np.where((apart(sample, best) < APART)[..., None], sample, best).astype(np.uint8) for sample in self._samples]
        return [*found, best]


def apart(one: Image, other: Image) -> Image:
    """By how much each pixel differs, in the colour in which it differs most."""
    blue, green, red = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(blue, green), red))
