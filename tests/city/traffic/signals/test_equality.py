"""Row by row the same as the package `atspm`, over logs with lost events, silences, rows sent twice and skipped phases."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from langbiang.city.traffic.signals import arrivals, codes, counts, failures, intervals, pedestrians, phases
from langbiang.city.traffic.signals.detectors import ADVANCE, PRESENCE, Detector
from langbiang.city.traffic.signals.log import EventLog, has_data
from tests.city.traffic.signals.conftest import MEASURES, SPLIT_FAILURES, Reference
from tests.city.traffic.signals.generated import log_of, table
from tests.city.traffic.signals.package import MISSING

LATENCY_MS = 1500
Rows = list[dict[str, Any]]


def keyed(rows: Rows, keys: Iterable[str], values: Iterable[str]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Rows by key; a key that stands there twice fails."""
    keys, values = list(keys), list(values)
    found = {tuple(row[k] for k in keys): tuple(row[v] for v in values) for row in rows}
    assert len(found) == len(rows)
    return found


def same(ours: dict[tuple[Any, ...], tuple[Any, ...]], theirs: dict[tuple[Any, ...], tuple[Any, ...]], *, least: int = 20) -> None:
    """The same keys and, to the precision of a float of 32 bits, the same figures; and enough of them to mean something."""
    assert len(theirs) >= least
    assert set(ours) == set(theirs)
    for key, row in theirs.items():
        assert ours[key] == pytest.approx(row, rel=2e-6, abs=1e-6), key


def judge(log: EventLog) -> intervals.Trust:
    return intervals.trust(log, heard=has_data(log))


def test_bins_with_data(reference: Reference) -> None:
    theirs = sorted(row["TimeStamp"] for row in reference.rows("has_data"))
    assert 15 < len(theirs) < 24, "the generated silence must cost bins"
    assert has_data(reference.log).tolist() == theirs


def test_actuations(reference: Reference) -> None:
    ours = {(r.bin_ms, r.channel): (r.vehicles,) for r in counts.actuations(reference.log)}
    same(ours, keyed(reference.rows("actuations"), ["TimeStamp", "Detector"], ["Total"]))


def test_actuations_with_zeros_where_the_junction_was_heard(ask_package: Callable[..., dict[str, Rows]]) -> None:
    log = log_of(4, 3)
    log = log.where((log.parameter != 8) | (log.ms % 3_600_000 < 1_500_000))
    theirs = ask_package(log, table(), [{"name": "actuations", "params": {"fill_in_missing": True}}])["actuations"]
    assert any(row["Total"] == 0 for row in theirs)
    ours = {(r.bin_ms, r.channel): (r.vehicles,) for r in counts.actuations(log, is_filled=True)}
    same(ours, keyed(theirs, ["TimeStamp", "Detector"], ["Total"]))


def test_arrivals_on_green(reference: Reference) -> None:
    rows = arrivals.arrivals_on_green(reference.log, reference.detectors, latency_ms=LATENCY_MS, is_travelling=False)
    theirs = keyed(reference.rows("arrival_on_green"), ["TimeStamp", "Phase"], ["Total_Actuations", "Percent_AOG"])
    same({(r.bin_ms, r.phase): (r.arrivals, r.share) for r in rows if r.on_green}, theirs)


def test_arrivals_at_the_stop_line_are_those_of_a_log_moved_by_the_travel_time(ask_package: Callable[..., dict[str, Rows]]) -> None:
    log, detectors = log_of(5, 3), table()
    travel = {d.channel: d.travel_ms for d in detectors if d.role == ADVANCE}
    assert set(travel.values()) == {7200}
    is_upstream = (log.code == codes.DETECTOR_ON) & np.isin(log.parameter, list(travel))
    moved = EventLog.of_columns(log.shifted(np.where(is_upstream, 7200, 0)), log.code, log.parameter)
    theirs = ask_package(moved, detectors, [{"name": "arrival_on_green", "params": {"latency_offset_seconds": 0}}])["arrival_on_green"]
    ours = {(r.bin_ms, r.phase): (r.arrivals, r.share) for r in arrivals.arrivals_on_green(log, detectors) if r.on_green}
    same(ours, keyed(theirs, ["TimeStamp", "Phase"], ["Total_Actuations", "Percent_AOG"]))


def test_a_bin_without_arrivals_on_green_is_kept_with_zero(ask_package: Callable[..., dict[str, Rows]]) -> None:
    # Two detections in red, none in green: the package has no row for this, and it is what a bad offset looks like.
    rows = [(1000, 1, 2), (9000, 8, 2), (12_000, 10, 2), (20_000, 82, 10), (25_000, 82, 10), (60_000, 1, 2), (70_000, 8, 2)]
    log = EventLog.of(rows)
    theirs = ask_package(log, table(), [{"name": "arrival_on_green", "params": {"latency_offset_seconds": 0}}])["arrival_on_green"]
    assert theirs == []
    found = arrivals.arrivals_on_green(log, table(), is_travelling=False)
    assert [(r.phase, r.arrivals, r.on_green, r.share, r.platoon_ratio) for r in found] == [(2, 2, 0, 0.0, 0.0)]


def test_platoon_ratio(reference: Reference) -> None:
    rows = arrivals.arrivals_on_green(reference.log, reference.detectors, latency_ms=LATENCY_MS, is_travelling=False)
    names = ["Total_Actuations", "Green_Actuations", "Green_Seconds", "Green_Ratio", "Platoon_Ratio", "Arrival_Type"]
    theirs = keyed(reference.rows("platoon_ratio"), ["TimeStamp", "Phase"], names)
    kept = [r for r in rows if r.on_green and r.green_s > 0]
    same(
        {(r.bin_ms, r.phase): (r.arrivals, r.on_green, r.green_s, r.green_ratio, r.platoon_ratio) for r in kept},
        {key: row[:-1] for key, row in theirs.items()},
    )
    # The package holds the share in 32 bits: a ratio of exactly 1.5 may come out above it, and one type higher.
    on_a_bound = {(r.bin_ms, r.phase) for r in kept if min(abs((r.platoon_ratio or 0) - b) for b in arrivals.ARRIVAL_TYPES) < 1e-6}
    assert len(on_a_bound) < 5
    types = {(r.bin_ms, r.phase): r.arrival_type for r in kept}
    assert {k: v for k, v in types.items() if k not in on_a_bound} == {k: row[-1] for k, row in theirs.items() if k not in on_a_bound}


def test_split_failures_of_approaches(reference: Reference) -> None:
    rows = failures.by_bin(failures.judged(reference.log, reference.detectors))
    theirs = reference.rows("split_failures")
    assert sum(row["Split_Failure"] for row in theirs) > 10
    ours = {(r.bin_ms, r.phase): (r.failures, r.green_s, r.green_occupancy, r.red_occupancy) for r in rows}
    same(ours, keyed(theirs, ["TimeStamp", "Phase"], ["Split_Failure", "Green_Time", "Green_Occupancy", "Red_Occupancy"]))


@pytest.mark.parametrize("lane", [0, 1])
def test_split_failures_of_lanes_are_those_of_approaches_with_one_lane(ask_package: Callable[..., dict[str, Rows]], lane: int) -> None:
    # By lane the package itself gives nothing: it looks for lamps of a detector 0 that no lane has.
    log, detectors = log_of(6, 4), table()
    by_lane = {"name": "split_failures", "params": {**SPLIT_FAILURES, "by_approach": False}}
    assert ask_package(log, detectors, [by_lane])["split_failures"] == []
    mine = [d for d in detectors if d.channel % 4 == lane]
    wanted = {"name": "split_failures", "params": {**SPLIT_FAILURES, "by_approach": True, "by_cycle": True}}
    theirs = keyed(
        ask_package(log, mine, [wanted])["split_failures"], ["TimeStamp", "Phase"],
        ["Split_Failure", "Green_Time", "Green_Occupancy", "Red_Occupancy"],
    )  # fmt: skip
    judged = [r for r in failures.judged(log, detectors, by_lane=True) if r.channel % 4 == lane]
    same({(r.at_ms, r.phase): (int(r.is_failure), r.green_s, r.green_occupancy, r.red_occupancy) for r in judged}, theirs, least=400)


def test_terminations(reference: Reference) -> None:
    words = {"gap": "GapOut", "max": "MaxOut", "force": "ForceOff"}
    ours = {(r.bin_ms, r.phase, words[r.kind]): (r.greens,) for r in phases.endings(reference.log)}
    same(ours, keyed(reference.rows("terminations"), ["TimeStamp", "Phase", "PerformanceMeasure"], ["Total"]))


def test_yellow_and_red_actuations(reference: Reference) -> None:
    rows = counts.yellow_red(reference.log, reference.detectors, latency_ms=LATENCY_MS)
    theirs = keyed(reference.rows("yellow_red"), ["TimeStamp", "Phase", "Signal_State", "Red_Offset"], ["Count"])
    assert {key[2] for key in theirs} == {1, 8, 10}
    same({(r.bin_ms, r.phase, r.colour, r.after_red_s): (r.vehicles,) for r in rows}, theirs)


def test_walks_and_presses(reference: Reference) -> None:
    rows = pedestrians.crossings(reference.log, judge(reference.log))
    ours = {(r.bin_ms, r.phase): (r.services, r.presses) for r in rows if r.services or r.presses}
    same(ours, keyed(reference.rows("ped"), ["TimeStamp", "Phase"], ["PedServices", "PedActuation"]))


def test_people_who_pressed(reference: Reference) -> None:
    rows = pedestrians.crossings(reference.log, judge(reference.log), is_first_counted=False)
    same({(r.bin_ms, r.phase): (r.people,) for r in rows if r.people}, keyed(reference.rows("unique_ped"), ["TimeStamp", "Phase"], ["Unique_Actuations"]))
    full = keyed(reference.rows("full_ped"), ["TimeStamp", "Phase"], ["PedServices", "PedActuation", "Unique_Actuations"])
    same({(r.bin_ms, r.phase): (r.services, r.presses, r.people) for r in rows if r.services or r.presses}, full)


def test_the_first_press_of_a_log_is_a_person_too(reference: Reference) -> None:
    with_first = sum(r.people for r in pedestrians.crossings(reference.log, judge(reference.log)))
    without = sum(row["Unique_Actuations"] for row in reference.rows("unique_ped"))
    assert with_first - without == 4, "one for each of the four pedestrian phases"


def test_pedestrian_delay(reference: Reference) -> None:
    rows = pedestrians.crossings(reference.log, judge(reference.log))
    theirs = keyed(reference.rows("ped_delay"), ["TimeStamp", "Phase"], ["Samples", "AvgPedDelay"])
    same({(r.bin_ms, r.phase): (r.waits, r.delay_s) for r in rows if r.waits}, theirs)


SPANS = {
    "Green": (codes.GREEN_BEGIN, codes.GREEN_END, None),
    "Yellow": (codes.YELLOW_BEGIN, codes.YELLOW_END, intervals.CLEARANCE_MS),
    "Red": (codes.RED_BEGIN, codes.RED_END, intervals.CLEARANCE_MS),
    "Split": (codes.PHASE_ON, codes.PHASE_OFF, None),
    "Phase Call": (codes.CALL_ON, codes.CALL_OFF, None),
    "Ped Service": (codes.WALK_BEGIN, codes.DONT_WALK_BEGIN, None),
    "Preempt": (codes.PREEMPT_ON, codes.PREEMPT_OFF, None),
}


def as_rows(spans: intervals.Spans) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    columns = (spans.begin_ms, spans.parameter, spans.end_ms, spans.is_valid)
    return {(begin, parameter): (end, valid) for begin, parameter, end, valid in zip(*(c.tolist() for c in columns), strict=True)}


@pytest.mark.parametrize("kind", SPANS)
def test_spans(reference: Reference, kind: str) -> None:
    begin, end, most_ms = SPANS[kind]
    spans = judge(reference.log).judged(intervals.paired(reference.log, begin, end, most_ms=most_ms))
    rows = [row for row in reference.rows("timeline") if row["EventClass"] == kind]
    if kind != "Preempt":
        assert {row["IsValid"] for row in rows} == {True, False}
    same(as_rows(spans.where(spans.code == begin)), keyed(rows, ["StartTime", "EventValue"], ["EndTime", "IsValid"]), least=1)


def test_waits_with_their_validity(reference: Reference) -> None:
    rows = [row for row in reference.rows("timeline") if row["EventClass"] == "Phase Wait"]
    assert {row["IsValid"] for row in rows} == {True, False}
    ours = as_rows(judge(reference.log).judged(phases.waits(reference.log)))
    same(ours, keyed(rows, ["StartTime", "EventValue"], ["EndTime", "IsValid"]))


@pytest.mark.parametrize(("kind", "code"), [("Pattern Change", codes.PATTERN), ("Cycle Length Change", codes.CYCLE_LENGTH), ("Offset Change", codes.OFFSET)])
def test_changes_of_coordination(reference: Reference, kind: str, code: int) -> None:
    rows = [row for row in reference.rows("timeline") if row["EventClass"] == kind]
    ours = as_rows(judge(reference.log).judged(intervals.instants(reference.log, code), is_instant=True))
    same(ours, keyed(rows, ["StartTime", "EventValue"], ["EndTime", "IsValid"]), least=3)


def test_bus_changes(reference: Reference) -> None:
    rows = [row for row in reference.rows("timeline") if row["EventClass"] == "TSP Adjustment"]
    ours = as_rows(judge(reference.log).judged(phases.bus_changes(reference.log)))
    same(ours, keyed(rows, ["StartTime", "EventValue"], ["EndTime", "IsValid"]))


def test_waits_and_phases_passed_over(reference: Reference) -> None:
    theirs = reference.rows("phase_wait")
    assert sum(row["TotalSkips"] for row in theirs) >= 3
    ours = {(r.bin_ms, r.phase): (r.mean_s, r.longest_s, r.skips) for r in phases.phase_waits(reference.log, judge(reference.log))}
    same(ours, keyed(theirs, ["TimeStamp", "Phase"], ["AvgPhaseWait", "MaxPhaseWait", "TotalSkips"]))


def test_pattern_and_cycle_of_every_bin(reference: Reference) -> None:
    ours = {(at,): (pattern, cycle) for at, pattern, cycle in phases.coordination(reference.log, has_data(reference.log))}
    theirs = keyed(reference.rows("coordination_agg"), ["TimeStamp"], ["Pattern", "CycleLength"])
    assert len(set(theirs.values())) >= 3
    same(ours, theirs, least=10)


def test_a_presence_detector_renumbered_changes_nothing_but_its_number(ask_package: Callable[..., dict[str, Rows]]) -> None:
    log = log_of(7, 2)
    moved = [replace(d, channel=d.channel + 100) if d.role == PRESENCE else d for d in table()]
    wanted = {"name": "split_failures", "params": {**SPLIT_FAILURES, "by_approach": True}}
    assert ask_package(log, moved, [wanted])["split_failures"] == []
    assert failures.judged(log, moved) == []


def test_two_hours_of_a_real_cabinet(ask_package: Callable[..., dict[str, Rows]]) -> None:
    """The log that comes with the package: events in the order and with the gaps of the field."""
    package_folder = Path(pytest.importorskip("atspm", reason=MISSING).__file__).parent / "data"
    parquet = pytest.importorskip("pyarrow.parquet", reason=MISSING)
    raw = parquet.read_table(package_folder / "sample_raw_data.parquet")
    detectors = [
        Detector(row["Parameter"], row["Phase"], row["Function"])
        for row in parquet.read_table(package_folder / "sample_config.parquet").to_pylist()
    ]
    ms = raw["TimeStamp"].cast("timestamp[ms]").cast("int64").to_numpy()
    log = EventLog.of_columns(ms, raw["EventId"].to_numpy(), raw["Parameter"].to_numpy())
    tables = ask_package(log, detectors, MEASURES)
    assert len(log) > 35_000
    taken = arrivals.arrivals_on_green(log, detectors, latency_ms=LATENCY_MS, is_travelling=False)
    same(
        {(r.bin_ms, r.phase): (r.arrivals, r.share) for r in taken if r.on_green},
        keyed(tables["arrival_on_green"], ["TimeStamp", "Phase"], ["Total_Actuations", "Percent_AOG"]),
    )
    same(
        {(r.bin_ms, r.phase): (r.failures, r.green_s, r.green_occupancy, r.red_occupancy) for r in failures.by_bin(failures.judged(log, detectors))},
        keyed(tables["split_failures"], ["TimeStamp", "Phase"], ["Split_Failure", "Green_Time", "Green_Occupancy", "Red_Occupancy"]),
    )
    same(
        {(r.bin_ms, r.phase, r.colour, r.after_red_s): (r.vehicles,) for r in counts.yellow_red(log, detectors, latency_ms=LATENCY_MS)},
        keyed(tables["yellow_red"], ["TimeStamp", "Phase", "Signal_State", "Red_Offset"], ["Count"]),
    )
    for kind, spans in (
        ("Green", intervals.paired(log, codes.GREEN_BEGIN, codes.GREEN_END)),
        ("Phase Call", intervals.paired(log, codes.CALL_ON, codes.CALL_OFF)),
        ("Phase Wait", phases.waits(log)),
        ("Ped Delay", pedestrians.delays(log)),
    ):
        rows = [row for row in tables["timeline"] if row["EventClass"] == kind]
        ours = judge(log).judged(spans)
        chosen = np.isin(ours.code, [codes.GREEN_BEGIN, codes.CALL_ON, codes.PED_DETECTOR_ON]) | (kind == "Phase Wait")
        same(as_rows(ours.where(chosen)), keyed(rows, ["StartTime", "EventValue"], ["EndTime", "IsValid"]), least=3)
