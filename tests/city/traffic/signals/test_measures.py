"""Measures worked out by hand, and what must be true of every log."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import langbiang.city.junctions as junctions
from langbiang.city.traffic.signals import arrivals, counts, failures, intervals, pedestrians, phases
from langbiang.city.traffic.signals.detectors import (
    ADVANCE,
    COUNT,
    PRESENCE,
    YELLOW_RED,
    Detector,
    from_layout,
    mistakes,
)
from langbiang.city.traffic.signals.lamps import GREEN, RED, YELLOW
from langbiang.city.traffic.signals.log import QUARTER_MS, EventLog, TooLong, has_data
from langbiang.city.traffic.signals.quarters import quarters, split_monitor
from langbiang.city.traffic.signals.watchdog import Limits, findings
from tests.city.traffic.signals.generated import EVENING_MS, log_of, rows_of, table

S = 1000
LAYOUTS = json.loads((Path(junctions.__file__).parent / "data" / "dalat.json").read_text(encoding="utf-8"))["junctions"]
UPSTREAM = [Detector(42, 2, ADVANCE, 100.0, 36.0)]  # ten seconds before the line
# Red 0 s, green 40 s, yellow 70 s, red 75 s, green 115 s, yellow 145 s, red 150 s.
TWO_CYCLES = [
    (0, 10, 2), (40 * S, 1, 2), (70 * S, 8, 2), (75 * S, 10, 2), (115 * S, 1, 2), (145 * S, 8, 2), (150 * S, 10, 2),
]  # fmt: skip


def seen(*seconds: float, channel: int = 42) -> list[tuple[int, int, int]]:
    return [(round(s * S), 82, channel) for s in seconds]


def test_a_row_sent_twice_counts_once_and_order_does_not_matter() -> None:
    rows = [(5000, 82, 3), (1000, 1, 2), (5000, 82, 3), (1000, 0, 2)]
    log = EventLog.of(rows)
    assert (log.ms.tolist(), log.code.tolist(), log.parameter.tolist()) == ([1000, 1000, 5000], [0, 1, 82], [2, 2, 3])
    assert EventLog.of(reversed(rows)).ms.tolist() == log.ms.tolist()


def test_rows_that_are_no_events_are_left_out() -> None:
    assert len(EventLog.of([(0, -1, 2), (0, 40_000, 2), (0, 1, -5), (0, 1, 2)])) == 1
    assert len(EventLog.of([])) == 0


def test_a_log_too_long_for_one_piece_is_refused() -> None:
    with pytest.raises(TooLong, match="99 days"):
        EventLog.of([(0, 1, 2), (100 * 86_400_000, 1, 2)])


def test_the_purdue_diagram_puts_every_arrival_at_its_second_of_the_cycle() -> None:
    # Seen at 20, 35, 62 and 100 s, they reach the line ten seconds later: red, green, yellow, red of the next cycle.
    drawn = arrivals.diagram(EventLog.of(TWO_CYCLES + seen(20, 35, 62, 100, 200)), UPSTREAM, 2)
    assert [(c.length_s, c.green_s) for c in drawn.cycles] == [(75.0, 30.0), (75.0, 30.0)]
    assert drawn.in_cycle_s == [30.0, 45.0, 72.0, 35.0]
    assert drawn.colour.tolist() == [RED, GREEN, YELLOW, RED]
    assert (drawn.on_green, drawn.outside) == (1, 1)


def test_a_cycle_with_a_lost_change_is_not_drawn() -> None:
    log = EventLog.of([row for row in TWO_CYCLES if row != (70 * S, 8, 2)] + seen(20))
    drawn = arrivals.diagram(log, UPSTREAM, 2)
    assert [c.red_ms for c in drawn.cycles] == [75 * S]
    assert (drawn.in_cycle_s, drawn.outside) == ([], 1)


@pytest.mark.parametrize("seed", [11, 12])
def test_the_diagram_and_arrivals_on_green_tell_the_same(seed: int) -> None:
    log, detectors = log_of(seed, 2), table()
    counted = [row for row in arrivals.arrivals_on_green(log, detectors) if row.phase == 2]
    drawn = arrivals.diagram(log, detectors, 2)
    assert len(drawn.at_ms) + drawn.outside == sum(row.arrivals for row in counted)
    assert 0 < drawn.on_green <= sum(row.on_green for row in counted)
    assert max(c.length_s for c in drawn.cycles) < 600, "no cycle reaches over the generated silence"
    assert 0 <= min(drawn.in_cycle_s) <= max(drawn.in_cycle_s) < max(c.length_s for c in drawn.cycles)


def test_platoon_ratio_and_arrival_type_of_a_quarter_by_hand() -> None:
    # 60 s of green in 900 s; three of four arrive on it: (3/4) / (60/900) = 11.25.
    (row,) = arrivals.arrivals_on_green(EventLog.of(TWO_CYCLES + seen(20, 35, 36, 110)), UPSTREAM)
    assert (row.arrivals, row.on_green, row.green_s) == (4, 3, 60.0)
    assert row.platoon_ratio == pytest.approx(11.25)
    assert row.arrival_type == 6


def test_a_green_over_a_boundary_is_divided_between_the_quarters() -> None:
    log = EventLog.of([(890 * S, 1, 2), (920 * S, 8, 2), (2000 * S, 1, 2)])
    from langbiang.city.traffic.signals.lamps import of_phases

    assert arrivals.green_by_bin(of_phases(log)[2]) == {0: 10 * S, 900 * S: 20 * S, 1800 * S: 700 * S}


def test_who_reaches_the_line_on_red_waits_until_green() -> None:
    # At the line at 30 s (red, 10 s to wait), 45 s (green), 72 s (yellow), 110 s (red, 5 s), 160 s (red, never green again).
    (row,) = arrivals.approach_delay(EventLog.of(TWO_CYCLES + seen(20, 35, 62, 100, 150)), UPSTREAM)
    assert (row.vehicles, row.total_s) == (4, 15.0)


def at_line(*spans: tuple[float, float]) -> list[tuple[int, int, int]]:
    return [(round(t * S), code, 7) for begin, end in spans for t, code in ((begin, 82), (end, 81))]


LINE = [Detector(7, 2, PRESENCE)]


@pytest.mark.parametrize(
    ("spans", "green", "red", "fails"),
    [
        ([(10, 69), (69.5, 200)], 29.5 / 30, 1.0, True),
        ([(10, 63), (69.5, 200)], 23.5 / 30, 1.0, False),
        ([(10, 64), (74, 79.0)], 0.8, 0.8, True),
        ([(10, 69), (74, 78.9)], 29 / 30, 0.78, False),
    ],
)
def test_a_split_failure_needs_both_occupancies(spans: list[tuple[float, float]], green: float, red: float, fails: bool) -> None:
    first = failures.judged(EventLog.of(TWO_CYCLES + at_line(*spans)), LINE)[0]
    assert (first.at_ms, first.green_s) == (80 * S, 30.0)
    assert first.green_occupancy == pytest.approx(green)
    assert first.red_occupancy == pytest.approx(red)
    assert first.is_failure is fails


def test_lost_detector_events_are_put_back() -> None:
    log = EventLog.of([(0, 82, 7), (1500, 82, 7), (9500, 82, 7), (10_000, 81, 7), (14_000, 81, 7)])
    ms, steps = failures.repaired(log)
    assert sorted(zip(ms.tolist(), steps.tolist(), strict=True)) == [
        (0, 1), (1500, -1), (1500, 1), (5500, -1), (9500, 1), (10_000, -1), (12_000, 1), (14_000, -1),
    ]  # fmt: skip


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3000), st.sampled_from([81, 82])), unique_by=lambda row: row[0], max_size=30))
def test_repaired_events_go_on_and_off_in_turn(rows: list[tuple[int, int]]) -> None:
    ms, steps = failures.repaired(EventLog.of([(at * 100, code, 7) for at, code in rows]))
    ordered = sorted(zip(ms.tolist(), (-steps).tolist(), strict=True))
    # At one instant an off put back stands before the on that showed it was lost: sorted by the negative it comes second.
    running = 0
    for at in sorted(set(ms.tolist())):
        running += sum(-step for instant, step in ordered if instant == at)
        assert running in (0, 1)


def test_a_quarter_has_everything_and_a_quarter_without_data_says_so() -> None:
    log, detectors = log_of(13, 6), [replace(d, turns=("left",) if d.phase % 2 else ("straight", "right")) for d in table()]
    rows = quarters(log, detectors, first_ms=EVENING_MS, last_ms=EVENING_MS + 6 * 4 * QUARTER_MS)
    assert {row.phase for row in rows} == set(range(1, 9))
    heard = set(has_data(log).tolist())
    assert {row.bin_ms for row in rows if row.is_heard} == heard
    assert any(not row.is_heard for row in rows)
    assert sum(r.gaps for r in rows) == sum(e.greens for e in phases.endings(log) if e.kind == "gap")
    assert sum(r.failed for r in rows) == sum(j.is_failure for j in failures.judged(log, detectors))
    arrived = [r for r in arrivals.arrivals_on_green(log, detectors) if r.bin_ms < EVENING_MS + 6 * 4 * QUARTER_MS]
    assert sum(r.arrivals for r in rows) == sum(r.arrivals for r in arrived)
    for name in ("skips", "maxes", "forces", "services", "presses", "people", "ped_delay_s", "on_yellow", "on_red", "delay_s"):
        assert sum(getattr(r, name) for r in rows) > 0, name
    assert {key for r in rows for key in r.counted} == {"left", "straight+right"}
    counted = sum(n for r in rows for n in r.counted.values())
    assert counted == sum(t.vehicles for t in counts.turning_counts(log, detectors))
    assert all(0 <= r.on_green <= r.arrivals and 0 <= r.green_s <= 900 for r in rows)


def test_quarters_of_pieces_are_those_of_the_whole() -> None:
    log, detectors = log_of(14, 4), table()
    middle = EVENING_MS + 2 * 4 * QUARTER_MS
    whole = quarters(log, detectors, first_ms=EVENING_MS, last_ms=EVENING_MS + 16 * QUARTER_MS)
    margin = 2 * QUARTER_MS
    first = quarters(log.between(EVENING_MS, middle + margin), detectors, first_ms=EVENING_MS, last_ms=middle)
    second = quarters(log.between(middle - 4 * margin, EVENING_MS + 16 * QUARTER_MS), detectors, first_ms=middle, last_ms=EVENING_MS + 16 * QUARTER_MS)
    for ours, theirs in zip(first + second, whole, strict=True):
        assert replace(ours, pattern=0, cycle_s=0, skips=0) == replace(theirs, pattern=0, cycle_s=0, skips=0)


def test_percentiles_of_greens_by_hand() -> None:
    rows = [(n * 60 * S, 1, 2) for n in range(5)] + [(n * 60 * S + length * S, 7, 2) for n, length in enumerate((10, 20, 30, 40, 50))]
    log = EventLog.of([*rows, (0, 131, 3)])
    (split,) = phases.split_monitor(phases.green_lengths(log, intervals.trust(log, heard=None)))
    assert (split.phase, split.pattern, split.greens) == (2, 3, 5)
    assert (split.least, split.p15, split.p50, split.p85, split.most) == (10, 16, 30, 44, 50)


def test_the_split_monitor_of_quarters_knows_every_heard_green() -> None:
    log = log_of(15, 2)
    rows = quarters(log, table(), first_ms=EVENING_MS, last_ms=EVENING_MS + 8 * QUARTER_MS)
    assert sum(s.greens for s in split_monitor(rows)) == sum(len(r.greens) for r in rows if r.is_heard) > 200


def test_a_press_waits_for_walk_once() -> None:
    rows = [(0, 21, 4), (6 * S, 22, 4), (10 * S, 90, 4), (20 * S, 90, 4), (50 * S, 21, 4), (52 * S, 90, 4), (56 * S, 22, 4)]
    log = EventLog.of(rows)
    (found,) = pedestrians.crossings(log, intervals.trust(log, heard=None))
    assert (found.services, found.presses, found.people, found.waits, found.delay_s) == (2, 3, 2, 1, 40.0)


def test_over_the_line_on_yellow_and_on_red() -> None:
    log = EventLog.of([*TWO_CYCLES, *seen(72, 76.2, 76.4, channel=9)])
    assert [(f.colour, f.after_red_s, f.vehicles) for f in counts.yellow_red(log, [Detector(9, 2, YELLOW_RED)])] == [
        (YELLOW, -3.0, 1), (RED, 1.0, 1), (RED, 1.5, 1),
    ]  # fmt: skip


NIGHT = [(2 * 3600 * S + n * 60 * S, code, phase) for n in range(60) for phase, code in ((1, 5), (2, 6), (3, 4 if n % 5 else 5))]


def day(*more: tuple[int, int, int], busy: int = 120) -> EventLog:
    noise = [(n * 60 * S, 82, 50) for n in range(600)]
    return EventLog.of([*noise, *more, *((17 * 3600 * S + n * 20 * S, 82, 42) for n in range(busy))])


def test_the_watchdog_finds_what_is_stuck_at_night() -> None:
    presses = [(3600 * S + n * 30 * S, 90, 4) for n in range(201)]
    found = findings(day(*NIGHT, *presses), UPSTREAM, midnight_ms=0)
    assert [(f.kind, f.phase, f.figure) for f in found] == [("max_out", 1, 100.0), ("force_off", 2, 100.0), ("presses", 4, 201)]


def test_the_watchdog_finds_a_detector_that_does_not_see() -> None:
    assert [(f.kind, f.phase, f.figure, f.limit) for f in findings(day(busy=99), UPSTREAM, midnight_ms=0)] == [("vehicles", 2, 99, 100)]
    assert findings(day(busy=100), UPSTREAM, midnight_ms=0) == []


def test_a_silent_junction_has_one_finding() -> None:
    log = EventLog.of([(n * S, 82, 1) for n in range(499)])
    assert [(f.kind, f.figure) for f in findings(log, UPSTREAM, midnight_ms=0)] == [("records", 499)]
    assert findings(EventLog.of([]), UPSTREAM, midnight_ms=0)[0].figure == 0


def test_the_limits_of_the_watchdog_can_be_others() -> None:
    assert findings(day(*NIGHT), UPSTREAM, midnight_ms=0, limits=Limits(ends_least=61)) == []


@pytest.mark.parametrize("place", LAYOUTS, ids=lambda place: str(place["code"]))
def test_a_described_junction_has_detectors_without_mistakes(place: dict[str, object]) -> None:
    layout = place["layout"]
    assert isinstance(layout, dict)
    found = from_layout(layout)
    assert mistakes(found) == []
    assert {d.role for d in found} == {PRESENCE, COUNT, YELLOW_RED, ADVANCE}
    lanes = [lane["key"] for lane in layout["lanes"]]
    assert {d.channel for d in found if d.role == PRESENCE} == set(range(1, len(lanes) + 1))
    for one in found:
        movement = layout["movements"][one.phase - 1]
        assert lanes[(one.channel - 1) % 40] in movement["lanes"]
        assert movement["turn"] in one.turns


def test_mistakes_of_a_table_are_named_with_row_field_and_rule() -> None:
    rows = [Detector(1, 2, PRESENCE), Detector(1, 3, PRESENCE), Detector(0, 99, "Loop", 900, 2, ("back",))]
    assert [(m.row, m.field, m.rule) for m in mistakes(rows)] == [
        (1, "channel", "twice"), (2, "channel", "range"), (2, "phase", "range"), (2, "role", "role"),
        (2, "distance_m", "range"), (2, "speed_kmh", "speed"), (2, "turns", "turn"),
    ]  # fmt: skip


def test_empty_and_dark_logs_have_no_figures() -> None:
    for log in (EventLog.of([]), EventLog.of([(0, 131, 1)])):
        judge = intervals.trust(log, heard=has_data(log))
        assert arrivals.arrivals_on_green(log, table()) == arrivals.approach_delay(log, table()) == []
        assert failures.judged(log, table()) == counts.yellow_red(log, table()) == counts.actuations(log) == []
        assert phases.endings(log) == phases.phase_waits(log, judge) == pedestrians.crossings(log, judge) == []
        assert quarters(log, table(), first_ms=0, last_ms=QUARTER_MS) == []
        assert arrivals.diagram(log, table(), 2).cycles == []


def test_a_generated_log_is_the_same_from_the_same_seed() -> None:
    assert rows_of(3, 2) == rows_of(3, 2)
    assert rows_of(3, 2) != rows_of(4, 2)
