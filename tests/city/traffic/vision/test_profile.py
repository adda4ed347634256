"""What is usual on a lane, learnt from healthy days."""

from datetime import date, datetime
from pathlib import Path

import pytest

from langbiang.city.traffic.vision.profile import SLOT_S, ZONE, Profile

MONDAY = datetime(2026, 11, 2, 7, 0, tzinfo=ZONE).timestamp()
DAY_S = 86_400


def learn(profile: Profile, day: int, vehicles: int, *, begin: float = MONDAY, until: float = SLOT_S + 1, queue: float = 4) -> None:
    """One five-minute slot of a day, and the first second of the next."""
    at = begin + day * DAY_S
    for second in range(0, int(until), 5):
        profile.take("N1", at=at + second, left=1000 * day + vehicles * second // SLOT_S, occupancy=0.4, queue=queue)
    profile.take("N1", at=at + SLOT_S, left=1000 * day + vehicles, occupancy=0.4, queue=queue)
    profile.drop("N1")


def test_the_median_of_days_of_the_same_class_is_usual() -> None:
    profile = Profile()
    for day, vehicles in enumerate((30, 60, 45)):
        learn(profile, day, vehicles)
    usual = profile.usual("N1", MONDAY + 3 * DAY_S + 120)
    assert usual is not None
    assert usual.flow * SLOT_S == pytest.approx(45)
    assert usual.flow_mad * SLOT_S == pytest.approx(15)
    assert (usual.occupancy, usual.queue, usual.days) == (pytest.approx(0.4), pytest.approx(4), 3)


def test_two_days_are_too_few_and_other_hours_and_days_are_not_mixed_in() -> None:
    profile = Profile()
    learn(profile, 0, 30)
    learn(profile, 1, 30)
    assert profile.usual("N1", MONDAY + 2 * DAY_S) is None
    learn(profile, 2, 30)
    assert profile.usual("N1", MONDAY + 3 * DAY_S) is not None
    assert profile.usual("N1", MONDAY + 5 * DAY_S) is None  # Saturday
    assert profile.usual("N1", MONDAY + 3 * DAY_S + SLOT_S) is None
    assert profile.usual("S1", MONDAY + 3 * DAY_S) is None


def test_a_festival_is_a_class_of_its_own() -> None:
    festival = date(2026, 11, 4)
    profile = Profile(lambda day: "festival" if day == festival else "work")
    for day in range(3):
        learn(profile, day, 30)
    assert profile.usual("N1", MONDAY + DAY_S) is None  # the third day was the festival: two working days are too few
    assert profile.usual("N1", MONDAY + 2 * DAY_S) is None


def test_a_slot_seen_in_part_does_not_count() -> None:
    profile = Profile()
    for day in range(4):
        at = MONDAY + day * DAY_S
        for begins, ends in ((0, 100), (110, 305)):  # in between the camera did not see
            for second in range(begins, ends, 5):
                profile.take("N1", at=at + second, left=second // 10, occupancy=0, queue=0)
            profile.drop("N1")
    assert profile.usual("N1", MONDAY) is None
    for day in range(4):
        learn(profile, day, 30)
    usual = profile.usual("N1", MONDAY)
    assert usual is not None
    assert usual.days == 4


def test_a_profile_survives_a_restart_and_a_torn_file_is_an_empty_one(tmp_path: Path) -> None:
    profile = Profile()
    for day in range(3):
        learn(profile, day, 30)
    profile.save(tmp_path / "p.json")
    assert Profile.load(tmp_path / "p.json").usual("N1", MONDAY) == profile.usual("N1", MONDAY)
    (tmp_path / "torn.json").write_text('{"N1|work|84": [[0.1')
    assert Profile.load(tmp_path / "torn.json").usual("N1", MONDAY) is None
