"""Injected faults are found and named, sound detectors are left alone, and what stands in says that it does."""

import math
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langbiang.city.traffic.incidents.detectors import (
    CheckSettings,
    DetectorHealth,
    Fault,
    Found,
    Reading,
    Source,
    figure,
    out_of_balance,
    physical_faults,
)
from langbiang.city.traffic.incidents.profiles import DayClass, Expected, Profile, class_of

BOUNDS = CheckSettings()
USUAL = Expected(30.0, 3.0, 0.15, 0.02, 20, DayClass.WORKDAY)


def reading(**changes: float) -> Reading:
    given = {"detector": "d", "slot": 100, "flow": 30.0, "occupancy": 0.15, "speed_mps": 9.0, "longest_on_s": 12.0, "changes": 60, "greens": 5}
    return Reading(**(given | changes))  # type: ignore[arg-type]  # named values of one type


def faults(**changes: float) -> set[Fault]:
    return {found.fault for found in physical_faults(reading(**changes), BOUNDS)}


def test_an_ordinary_slot_has_no_fault() -> None:
    assert faults() == set()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"longest_on_s": 300.0, "occupancy": 1.0, "flow": 0.0}, Fault.STUCK_ON),
        ({"changes": 900}, Fault.ERRATIC),
        ({"flow": 400.0, "occupancy": 0.6}, Fault.ERRATIC),
        ({"speed_mps": 60.0}, Fault.IMPOSSIBLE),
        ({"speed_mps": -1.0}, Fault.IMPOSSIBLE),
        ({"occupancy": 1.2}, Fault.IMPOSSIBLE),
        ({"flow": math.nan}, Fault.IMPOSSIBLE),
        ({"occupancy": 0.9, "speed_mps": 12.0}, Fault.IMPOSSIBLE),
        ({"occupancy": 0.0}, Fault.IMPOSSIBLE),
    ],
)
def test_an_injected_fault_is_named(changes: dict[str, float], fault: Fault) -> None:
    assert fault in faults(**changes)


def test_a_long_queue_at_a_long_red_is_not_stuck() -> None:
    assert faults(occupancy=0.85, longest_on_s=110.0, flow=25.0, speed_mps=2.0) == set()


def test_silence_is_a_fault_only_where_somebody_was_to_be_expected() -> None:
    busy, night = DetectorHealth("d"), DetectorHealth("d")
    silent = reading(flow=0.0, occupancy=0.0, speed_mps=None, changes=0, longest_on_s=0.0)
    assert [f.fault for f in busy.check(silent, USUAL)] == [Fault.STUCK_OFF]
    quiet = Expected(0.0, 0.0, 0.0, 0.0, 20, DayClass.WORKDAY)
    for _ in range(60):
        assert night.check(silent, quiet) == ()


def test_a_detector_that_flickers_but_counts_nobody_is_inactive_and_not_cut_off() -> None:
    health = DetectorHealth("d")
    assert [f.fault for f in health.check(reading(flow=0.0, occupancy=0.02, speed_mps=None, changes=8), USUAL)] == [Fault.NO_ACTIVITY]


def test_belief_returns_after_three_sound_slots() -> None:
    health = DetectorHealth("d")
    health.check(reading(changes=900), USUAL)
    believed = []
    for _ in range(4):
        health.check(reading(), USUAL)
        believed.append(health.is_believed)
    assert believed == [False, False, True, True]


def test_the_detector_out_of_balance_is_the_one_that_left_its_own_profile() -> None:
    expected = {name: Expected(90.0, 5.0, 0.2, 0.02, 20, DayClass.WORKDAY) for name in ("up1", "up2", "down")}
    expected["down"] = Expected(180.0, 9.0, 0.3, 0.02, 20, DayClass.WORKDAY)
    found = out_of_balance({"up1": 88.0, "up2": 30.0}, {"down": 176.0}, expected, BOUNDS)
    assert found is not None
    assert found[0] == "up2"
    assert "118 vehicles flowed in and 176 out" in found[1]


def test_a_road_as_empty_as_a_holiday_on_both_sides_is_in_balance() -> None:
    expected: dict[str, Expected | None] = {name: USUAL for name in ("up", "down")}
    assert out_of_balance({"up": 9.0}, {"down": 10.0}, expected, BOUNDS) is None


def test_without_profiles_nobody_is_blamed() -> None:
    assert out_of_balance({"up": 100.0}, {"down": 20.0}, {"up": None, "down": None}, BOUNDS) is None


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_sound_detectors_with_counting_noise_are_hardly_ever_blamed(seed: int) -> None:
    draw = random.Random(seed)
    expected: dict[str, Expected | None] = {
        name: Expected(float(usual), 5.0, 0.2, 0.02, 20, DayClass.WORKDAY) for name, usual in (("a", 60), ("b", 40), ("c", 100))
    }
    level = draw.uniform(0.5, 1.5)
    flow = {name: float(sum(draw.random() < level / 2 for _ in range(int(2 * usual)))) for name, usual in (("a", 60), ("b", 40))}
    seen = {"c": sum(flow.values()) + draw.randint(-4, 4)}
    assert out_of_balance(flow, seen, expected, BOUNDS) is None


def test_what_is_counted_is_called_counted() -> None:
    made = figure(reading(), DetectorHealth("d"), USUAL, [])
    assert (made.flow, made.source, made.quality) == (30.0, Source.CAMERA, 1.0)


def test_a_faulty_count_is_replaced_by_the_usual_scaled_with_the_neighbours_and_says_so() -> None:
    health = DetectorHealth("d")
    health.check(reading(changes=900), USUAL)
    neighbours = [(45.0, USUAL), (48.0, USUAL), (300.0, USUAL)]
    made = figure(reading(flow=0.0), health, USUAL, neighbours)
    assert made.flow == pytest.approx(48.0)
    assert made.source is Source.NEIGHBOUR
    assert made.quality < 1.0
    assert "3 neighbours" in made.text


def test_with_no_neighbour_the_usual_stands_in_with_less_quality_and_with_no_profile_nothing_does() -> None:
    health = DetectorHealth("d")
    health.check(reading(changes=900), USUAL)
    alone, bare = figure(reading(), health, USUAL, []), figure(reading(), health, None, [])
    assert (alone.flow, alone.source) == (USUAL.flow, Source.PROFILE)
    assert bare.quality == 0.0 < alone.quality < figure(reading(), health, USUAL, [(30.0, USUAL)]).quality


def test_a_neighbour_gone_wild_moves_the_figure_no_further_than_its_bounds() -> None:
    health = DetectorHealth("d")
    health.check(reading(), USUAL, Found(Fault.OUT_OF_BALANCE, "told by the neighbours"))
    assert figure(reading(), health, USUAL, [(9000.0, USUAL)]).flow == 4 * USUAL.flow


def test_the_profile_is_median_and_spread_and_one_odd_day_does_not_move_it() -> None:
    profile = Profile()
    for flow in (28, 30, 32, 30, 300):
        profile.learn(DayClass.WORKDAY, [(100, flow, 0.15)])
    usual = profile.expected(DayClass.WORKDAY, 100)
    assert usual is not None
    assert (usual.flow, usual.flow_mad) == (30, 2)
    assert usual.is_unusual(80)
    assert not usual.is_unusual(40)


def test_a_holiday_is_its_own_class_and_borrows_from_sunday_until_it_has_days_of_its_own() -> None:
    tet = date(2026, 2, 17)
    assert class_of(tet) is DayClass.WORKDAY
    assert class_of(tet, holidays={tet}) is DayClass.HOLIDAY
    assert class_of(tet, holidays={tet}, festivals={tet}) is DayClass.FESTIVAL
    profile = Profile()
    for _ in range(3):
        profile.learn(DayClass.WORKDAY, [(100, 30, 0.2)])
        profile.learn(DayClass.SUNDAY, [(100, 12, 0.1)])
    borrowed = profile.expected(DayClass.HOLIDAY, 100)
    assert borrowed is not None
    assert (borrowed.flow, borrowed.day_class) == (12, DayClass.SUNDAY)
    for _ in range(3):
        profile.learn(DayClass.HOLIDAY, [(100, 5, 0.05)])
    own = profile.expected(DayClass.HOLIDAY, 100)
    assert own is not None
    assert (own.flow, own.day_class) == (5, DayClass.HOLIDAY)


def test_a_slot_nobody_learnt_has_no_profile_and_a_bad_figure_is_refused() -> None:
    profile = Profile()
    assert profile.expected(DayClass.WORKDAY, 3) is None
    with pytest.raises(ValueError, match="slot 288"):
        profile.learn(DayClass.WORKDAY, [(288, 1, 0.1)])
    with pytest.raises(ValueError, match="occupancy 2"):
        profile.learn(DayClass.WORKDAY, [(1, 1, 2)])
