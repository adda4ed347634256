"""Counts of neighbouring junctions: a camera that misses a fifth is found and named, an even network is left alone."""

import json
import math
import random
from functools import lru_cache
from pathlib import Path

import pytest

import langbiang.city.junctions as room
from langbiang.city.junctions import counts_demo
from langbiang.city.traffic.incidents.balance import (
    Finding,
    Settings,
    Totals,
    balances,
    counted_at,
    judge,
    let_go,
    turning,
)
from langbiang.city.traffic.twin.described import Arm, Description, describe

BEFORE = 14  # days that tell what is usual
HOURS = (6, 14)  # eight rolling hours
WINDOWS = ((4, 12), (6, 14), (9, 17), (12, 20))
SETTINGS = Settings()


@lru_cache(maxsize=1)
def network() -> Description:
    return describe(json.loads((Path(room.__file__).parent / "data" / "dalat.json").read_text(encoding="utf-8")))


def generated(day: int, hours: tuple[int, int] = HOURS, lossy: dict[Arm, float] | None = None, detour: dict[Arm, float] | None = None) -> Totals:
    """Counts of some hours of a made-up day: other volumes every day, every lane a little (2 %) and all counts by chance off what is drawn.

    `lossy`: what the camera of an approach counts of what passes; `detour`: what arrives of what was let go towards it.
    """
    dice = random.Random(f"{day}/{hours}")
    description, losses, away = network(), lossy or {}, detour or {}
    entering = {arm: random.Random(f"{day}/{arm}").uniform(*counts_demo.ENTERING_AN_HOUR) for arm in description.entries}
    flows = counts_demo.carried(description, entering)
    # Who turns off is gone for the counts of that approach; what follows behind it is left as it was.
    course = sum(counts_demo.COURSE[hour] for hour in range(*hours))
    arm_of = {(code, lane["key"]): (code, lane["approach"]) for code, place in description.places.items() for lane in place.layout["lanes"]}
    found = {}
    for key, volume in counts_demo.by_lane(description, flows).items():
        passing = volume * course * (1 + dice.gauss(0, 0.02)) * away.get(arm_of[key], 1.0)
        passed = max(0, round(dice.gauss(passing, math.sqrt(passing))))
        share = losses.get(arm_of[key], 1.0)
        found[key] = float(sum(dice.random() < share for _ in range(passed))) if share <= 1 else passed * share
    return found


@lru_cache(maxsize=len(WINDOWS) + 1)
def usual(hours: tuple[int, int] = HOURS) -> tuple[Totals, ...]:
    return tuple(generated(-n, hours) for n in range(1, BEFORE + 1))


def judged(totals: Totals, days: tuple[Totals, ...]) -> list[Finding]:
    return judge(balances(network(), totals, days, SETTINGS), SETTINGS)


# Approaches that lie at the lower end of a street, and those only the junctions behind them can tell of.
INSIDE = [("kim-cuc", "E"), ("dai-hoc", "S"), ("yersin", "W"), ("ho-tung-mau", "N"), ("ba-thang-tu", "W"), ("phan-dinh-phung", "S")]


@pytest.mark.parametrize("arm", INSIDE)
@pytest.mark.parametrize("day", [1, 2, 3])
def test_a_camera_that_loses_a_fifth_is_found_within_the_day_and_named(arm: Arm, day: int) -> None:
    found = [one for hours in WINDOWS for one in judged(generated(day, hours, lossy={arm: 0.8}), usual(hours))]
    mine = [one for one in found if one.arm == arm]
    assert mine, found
    assert all(one.is_camera and 0.68 < one.share < 0.92 and one.counted < one.expected for one in mine)
    assert len(found) - len(mine) <= 1, found


def test_a_camera_that_counts_a_third_too_many_is_found_as_well() -> None:
    found = judged(generated(4, lossy={("kim-cuc", "E"): 1.33}), usual())
    assert (found[0].arm, found[0].is_camera) == (("kim-cuc", "E"), True)
    assert 1.2 < found[0].share < 1.5


def test_two_cameras_that_lose_a_quarter_are_both_found() -> None:
    lossy = {("kim-cuc", "E"): 0.75, ("dai-hoc", "W"): 0.75}
    assert {one.arm for one in judged(generated(5, lossy=lossy), usual())} == set(lossy)


def test_an_even_network_is_left_alone_on_thirty_days() -> None:
    """120 windows of eight hours, 18 streets each way in each: the rate of false alarms is what is asserted here."""
    false = [(day, hours, one.arm) for day in range(1, 31) for hours in WINDOWS for one in judged(generated(day, hours), usual(hours))]
    assert len(false) <= 1, false


def test_vehicles_that_turn_off_between_are_no_fault_of_a_camera_until_they_are_many() -> None:
    arm = ("yersin", "W")
    few = judged(generated(6, detour={arm: 0.85}), usual())
    assert all(one.arm != arm or one.is_camera for one in few)
    assert judged(generated(6, detour={arm: 0.4}), usual())[0].arm == arm


def test_without_days_before_only_what_assumed_turning_cannot_explain_is_told() -> None:
    assert judged(generated(7, lossy={("yersin", "W"): 0.8}), ()) == []
    dead = judged(generated(7, lossy={("yersin", "W"): 0.02}), ())
    assert [one.arm for one in dead] == [("yersin", "W")]


def test_days_on_which_the_camera_failed_already_do_not_hide_it_while_they_are_fewer_than_half() -> None:
    arm = ("kim-cuc", "E")
    days = tuple(generated(-n, lossy={arm: 0.8} if n <= 5 else None) for n in range(1, BEFORE + 1))
    assert judged(generated(8, lossy={arm: 0.8}), days)[0].arm == arm


def test_a_lane_that_was_not_counted_whole_leaves_its_streets_out() -> None:
    totals = dict(generated(9))
    rows = {row.arm for row in balances(network(), totals, usual(), SETTINGS)}
    assert len(rows) == 2 * len(network().streets)
    del totals["kim-cuc", "E1"]
    left = {row.arm for row in balances(network(), totals, usual(), SETTINGS)}
    assert ("kim-cuc", "E") in rows - left
    assert ("phan-dinh-phung", "S") in rows - left  # E1 leads there
    assert ("kim-cuc", "E") not in counted_at(network(), totals)


def test_a_quiet_street_is_not_judged() -> None:
    assert balances(network(), {key: value / 1000 for key, value in generated(10).items()}, usual(), SETTINGS) == []


def test_what_is_let_go_is_shared_out_whole() -> None:
    for shares in turning(network()).values():
        assert sum(shares.values()) == pytest.approx(1)
    for gone, parts in let_go(network(), generated(11)).values():
        assert gone == pytest.approx(sum(parts.values()))
