"""Three weeks of counts of three detectors on one street, then a day with a fault put in: found soon, and nobody else blamed."""

import math
import random
from collections import deque

import pytest

from langbiang.city.traffic.incidents.detectors import (
    CheckSettings,
    DetectorHealth,
    Fault,
    Found,
    Reading,
    figure,
    out_of_balance,
)
from langbiang.city.traffic.incidents.profiles import DayClass, Profile

SHARE = {"up1": 0.6, "up2": 0.4, "down": 1.0}
"""Two lanes flow into one counted again downstream."""
FAULT_FROM = 8 * 12
BOUNDS = CheckSettings()


def usual(slot: int) -> float:
    """Vehicles in five minutes on the whole street: night, two peaks."""
    hour = slot / 12
    return 4 + 60 * math.exp(-((hour - 8) ** 2) / 3) + 70 * math.exp(-((hour - 17) ** 2) / 4) + 25 * math.exp(-((hour - 12) ** 2) / 12)


def poisson(draw: random.Random, mean: float) -> int:
    return sum(1 for _ in range(int(20 * mean)) if draw.random() < 0.05)


def day(seed: str) -> list[dict[str, Reading]]:
    draw = random.Random(seed)
    level = draw.uniform(0.85, 1.15)
    slots = []
    for slot in range(288):
        flows = {d: poisson(draw, level * SHARE[d] * usual(slot)) for d in ("up1", "up2")}
        flows["down"] = max(0, sum(flows.values()) + draw.randint(-2, 2))
        slots.append(
            {
                d: Reading(d, slot, flow, min(0.9, flow * 5.5 / 9.0 / 300), 9.0 if flow else None, 20.0, 2 * flow, 5)
                for d, flow in flows.items()
            }
        )
    return slots


def broken(reading: Reading, kind: str) -> Reading:
    d, slot = reading.detector, reading.slot
    match kind:
        case "stuck on":
            return Reading(d, slot, 0.0, 1.0, None, 300.0, 0, 5)
        case "cut off":
            return Reading(d, slot, 0.0, 0.0, None, 0.0, 0, 5)
        case "chatter":
            return Reading(d, slot, reading.flow, reading.occupancy, reading.speed_mps, 1.0, 2400, 5)
        case "doubled":
            return Reading(d, slot, 2.2 * reading.flow, min(0.9, 2.2 * reading.occupancy), reading.speed_mps, 20.0, 4 * int(reading.flow), 5)
        case "halved":
            return Reading(d, slot, 0.4 * reading.flow, 0.4 * reading.occupancy, reading.speed_mps, 20.0, int(reading.flow), 5)
    raise ValueError(kind)


@pytest.fixture(scope="module")
def profiles() -> dict[str, Profile]:
    made = {d: Profile() for d in SHARE}
    for n in range(15):
        for d, profile in made.items():
            profile.learn(DayClass.WORKDAY, [(r[d].slot, r[d].flow, r[d].occupancy) for r in day(f"learnt {n}")])
    return made


def watched(profiles: dict[str, Profile], seed: str, kind: str = "", which: str = "up1") -> list[tuple[int, str, Fault]]:
    """(slot, detector, fault) of every slot in which some detector is not believed."""
    health = {d: DetectorHealth(d) for d in SHARE}
    quarter: deque[dict[str, Reading]] = deque(maxlen=3)
    found = []
    for slot, readings in enumerate(day(seed)):
        if kind and slot >= FAULT_FROM:
            readings[which] = broken(readings[which], kind)
        quarter.append(readings)
        expected = {d: profiles[d].expected(DayClass.WORKDAY, slot) for d in SHARE}
        sums = {d: sum(q[d].flow for q in quarter) for d in SHARE}
        triple = {d: e and type(e)(3 * e.flow, e.flow_mad, e.occupancy, e.occupancy_mad, e.days, e.day_class) for d, e in expected.items()}
        suspected = [d for d in SHARE if not health[d].is_believed]
        blame = out_of_balance({d: sums[d] for d in ("up1", "up2")}, {"down": sums["down"]}, triple, BOUNDS, suspected)
        for d in SHARE:
            told = [Found(Fault.OUT_OF_BALANCE, blame[1])] if blame and blame[0] == d else []
            found += [(slot, d, f.fault) for f in health[d].check(readings[d], expected[d], *told)]
    return found


@pytest.mark.parametrize("which", ["up1", "down"])
@pytest.mark.parametrize("kind", ["stuck on", "cut off", "chatter", "doubled", "halved"])
def test_a_fault_in_the_morning_peak_is_found_within_half_an_hour(profiles: dict[str, Profile], kind: str, which: str) -> None:
    for seed in range(5):
        found = watched(profiles, f"faulty {seed}", kind, which)
        mine = [slot for slot, d, _ in found if d == which and slot >= FAULT_FROM]
        assert mine, (kind, which, seed)
        assert mine[0] - FAULT_FROM <= 6
        blamed_wrongly = {slot for slot, d, _ in found if d != which and slot >= FAULT_FROM}
        assert len(blamed_wrongly) <= 6


def test_sound_days_raise_next_to_nothing(profiles: dict[str, Profile]) -> None:
    faults = [f for seed in range(10) for f in watched(profiles, f"sound {seed}")]
    assert len(faults) <= 0.001 * 10 * 288 * len(SHARE)


def test_what_stands_in_follows_a_day_busier_than_usual_better_than_the_profile_alone(profiles: dict[str, Profile]) -> None:
    true_flow = with_neighbours = alone = 0.0
    for seed in range(4):
        for slot, readings in enumerate(day(f"busier {seed}")):
            if not 84 <= slot < 228:
                continue
            health = DetectorHealth("up1")
            expected = {d: profiles[d].expected(DayClass.WORKDAY, slot) for d in SHARE}
            health.check(broken(readings["up1"], "stuck on"), expected["up1"])
            neighbours = [(1.3 * readings[d].flow, e) for d in ("up2", "down") if (e := expected[d]) is not None]
            truth = 1.3 * readings["up1"].flow
            true_flow += truth
            with_neighbours += abs(figure(readings["up1"], health, expected["up1"], neighbours).flow - truth)
            alone += abs(figure(readings["up1"], health, expected["up1"], []).flow - truth)
    assert with_neighbours < 0.8 * alone
    assert with_neighbours < 0.25 * true_flow
