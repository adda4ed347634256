"""Vehicles from frame to frame, also over a time in which nothing was seen."""

import numpy as np

from langbiang.city.traffic.vision.seen import Seen
from langbiang.city.traffic.vision.tracking import Tracker


def car(x: float) -> Seen:
    return Seen(np.array([x, 0.0]), 11.0, 4.6, "car", 0.8, 2.0)


def test_after_a_minute_without_pictures_nobody_goes_on_in_another_vehicle() -> None:
    tracker = Tracker()
    for n in range(20):
        tracker.step([car(0.0)], n / 10)
    (old,) = tracker.tracks
    tracks = tracker.step([car(30.0)], 62.0)
    assert [track.hits for track in tracks] == [1]
    assert old.id not in {track.id for track in tracks}
    assert tracker.ended == [old]


def test_a_waiting_vehicle_that_is_not_seen_for_two_seconds_is_the_same() -> None:
    tracker = Tracker()
    for n in range(20):
        tracker.step([car(0.0)], n / 10)
    (old,) = tracker.tracks
    tracker.step([car(0.2)], 3.9)
    assert [track.id for track in tracker.tracks] == [old.id]
