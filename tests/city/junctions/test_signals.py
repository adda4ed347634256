"""The event log of signals: read as columns, measured at night, watched, kept as long as the rule says."""

import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from langbiang.city.junctions import following, services
from langbiang.city.junctions.models import Alert, DetectorTable, Junction, Rule, SignalDay, SignalEvent, SignalQuarter
from langbiang.city.junctions.queries import signals as reading
from langbiang.city.traffic.signals.detectors import ADVANCE, PRESENCE, Detector
from langbiang.city.traffic.signals.log import QUARTER_MS
from langbiang.city.traffic.signals.quarters import quarters
from langbiang.foundation.access import Forbidden
from tests.city.junctions.conftest import NOW, Control
from tests.city.traffic.signals.generated import rows_of, table

DAY = date(2026, 11, 2)


def report(code: str, rows: list[tuple[int, int, int]], first: datetime) -> None:
    """Rows (ms, code, parameter) into the log, the earliest at an instant."""
    begin = min(row[0] for row in rows)
    following.report_event(code, rows=[(first + timedelta(milliseconds=ms - begin), c, p) for ms, c, p in rows])


def short(hours: int = 2, seed: int = 21) -> list[tuple[int, int, int]]:
    rows = rows_of(seed, hours)
    return random.Random(0).sample(rows, len(rows))


def test_the_log_comes_back_as_it_was_reported(control: Control) -> None:
    place, first = control.junctions["kim-cuc"], reading.midnight(DAY) + timedelta(hours=7)
    report("kim-cuc", short(1), first)
    report("yersin", [(0, 1, 2)], first)
    log = reading.event_log(place.pk, first=first, last=first + timedelta(hours=1))
    assert len(log) == len(set(short(1)))
    assert reading.instant_of(int(log.ms[0])) == first
    assert int(log.ms[0]) % 86_400_000 == 7 * 3_600_000, "hours are those of the wall clock here"
    half = reading.event_log(place.pk, first=first, last=first + timedelta(minutes=30))
    assert 0 < len(half) < len(log)


def test_a_log_without_rows_is_empty(control: Control) -> None:
    assert len(reading.event_log(control.junctions["kim-cuc"].pk, first=NOW, last=NOW + timedelta(hours=1))) == 0


def test_a_day_is_measured_once_and_the_same_as_from_the_raw_rows(control: Control) -> None:
    place, first = control.junctions["kim-cuc"], reading.midnight(DAY) + timedelta(hours=7)
    services.enter_detectors(control.engineer, junction_code="kim-cuc", rows=own_table(place), valid_from=DAY, note="", at=NOW)
    report("kim-cuc", short(), first)
    assert services.measure_missing(at=NOW) == 1
    assert services.measure_missing(at=NOW) == 0
    day = SignalDay.objects.get()
    assert (day.day, day.rows) == (DAY, len(set(short())))
    begin = reading.wall_ms(reading.midnight(DAY))
    log = reading.event_log(place.pk, first=reading.midnight(DAY), last=reading.midnight(DAY + timedelta(days=1)))
    wanted = quarters(log, own_table(place), first_ms=begin, last_ms=begin + 96 * QUARTER_MS)
    kept = reading.kept_quarters(place.pk, first=reading.midnight(DAY), last=reading.midnight(DAY + timedelta(days=1)))
    assert kept == wanted
    assert sum(row.arrivals for row in kept) > 100
    services.measure_day(place, day=DAY, at=NOW)
    assert SignalQuarter.objects.count() == len(wanted)


def own_table(place: Junction) -> list[Detector]:
    """Detectors of the generated log for the vehicle phases of a junction."""
    movements = place.layouts.get(state="approved").content["movements"]
    vehicles = {n + 1 for n, m in enumerate(movements) if m["kind"] == "vehicle"}
    return [d for d in table() if d.phase in vehicles]


def test_a_day_that_is_not_over_is_not_measured(control: Control) -> None:
    report("kim-cuc", [(0, 1, 2), (100, 7, 2)], NOW - timedelta(hours=1))
    assert services.measure_missing(at=NOW) == 0
    assert not SignalDay.objects.exists()


def test_the_watchdog_raises_one_alert_for_a_silent_junction_and_none_for_one_never_heard(control: Control) -> None:
    report("kim-cuc", [(n * 1000, 82, 1) for n in range(10)], reading.midnight(DAY))
    services.measure_missing(at=NOW)
    alert = Alert.objects.get()
    assert (alert.junction.code, alert.kind) == ("kim-cuc", "log:records:0")
    assert "02/11/2026: only 10 rows in the signal log, at least 500" in alert.text
    services.measure_day(control.junctions["kim-cuc"], day=DAY, at=NOW)
    alert.refresh_from_db()
    assert alert.times == 1, "measuring a day again raises nothing"


def test_the_watchdog_names_the_phase_whose_greens_are_stuck(control: Control) -> None:
    rows = [(n * 60_000 + 3_600_000, 5, 1) for n in range(60)] + [(n * 1000 + 8_000_000, 81, 9) for n in range(600)]
    following.report_event("kim-cuc", rows=[(reading.midnight(DAY) + timedelta(milliseconds=ms), c, p) for ms, c, p in rows])
    services.measure_missing(at=NOW)
    texts = {a.kind: a.text for a in Alert.objects.all()}
    assert "100 % of the greens of phase 1 ran to their maximum" in texts["log:max_out:1"]
    assert "log:vehicles:1" in texts


def test_the_limits_of_the_watchdog_are_rules_with_dates(control: Control) -> None:
    Rule.objects.filter(name="watchdog_records_least").update(valid_to=date(2026, 11, 1))
    Rule.objects.create(name="watchdog_records_least", value=5, valid_from=date(2026, 11, 1), source="test")
    Rule.objects.filter(name="watchdog_vehicles_least").update(value=0)
    report("kim-cuc", [(n * 1000, 82, 1) for n in range(10)], reading.midnight(DAY))
    services.measure_missing(at=NOW)
    assert not Alert.objects.exists()


def test_a_day_that_cannot_be_measured_keeps_no_other_from_it(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    for code in ("kim-cuc", "yersin"):
        report(code, [(n * 1000, 82, 1) for n in range(10)], reading.midnight(DAY))
    real = reading.detectors_of

    def fails(junction: Junction, *, day: date) -> Any:
        if junction.code == "kim-cuc":
            raise DatabaseError("torn")
        return real(junction, day=day)

    monkeypatch.setattr(reading, "detectors_of", fails)
    assert services.measure_missing(at=NOW) == 1
    assert SignalDay.objects.get().junction.code == "yersin"


def months() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname ~ '^junctions_signalevent_[0-9]{6}$'")
        return {name[-6:] for (name,) in cursor.fetchall()}


def test_old_months_are_dropped_once_every_day_of_them_is_measured(control: Control) -> None:
    # The database reckons the last 30 days from its own clock: the old log lies before that, whatever the day of the test.
    old = datetime(2026, 1, 5, 3, tzinfo=NOW.tzinfo)
    report("kim-cuc", [(0, 1, 2), (9000, 7, 2)], old)
    assert "202601" in months()
    services.drop_old_logs(at=datetime(2026, 6, 1, tzinfo=NOW.tzinfo))
    assert SignalEvent.objects.count() == 2, "a day not measured is not dropped"
    services.measure_day(control.junctions["kim-cuc"], day=date(2026, 1, 5), at=NOW)
    for n in range(6, 40):
        SignalDay.objects.create(junction=control.junctions["kim-cuc"], day=date(2026, 1, 1) + timedelta(days=n - 1), rows=0, measured_at=NOW)
    assert services.drop_old_logs(at=old + timedelta(days=90 + 20)) == 0, "the month has not ended before the retention"
    assert services.drop_old_logs(at=old + timedelta(days=90 + 28)) == 1
    assert "202601" not in months()
    assert not SignalEvent.objects.exists()
    assert SignalQuarter.objects.exists(), "the quarters stay"


def test_the_log_of_the_last_month_cannot_be_dropped(control: Control) -> None:
    with pytest.raises(DatabaseError, match="last 30 days"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT junctions_drop_signal_log(now() - interval '29 days')")


def test_without_an_entry_the_layout_says_the_detectors(control: Control) -> None:
    place = control.junctions["kim-cuc"]
    assert {d.role for d in reading.detectors_of(place, day=DAY)} == {"Presence", "Count", "Advance", "Yellow_Red"}
    entered = [Detector(3, 1, ADVANCE, 60, 45)]
    services.enter_detectors(control.engineer, junction_code="kim-cuc", rows=entered, valid_from=DAY, note="đo lại", at=NOW)
    assert reading.detectors_of(place, day=DAY) == entered
    assert reading.detectors_of(place, day=DAY - timedelta(days=1)) != entered


def test_detectors_are_entered_by_who_plans_there_and_mistakes_are_named(control: Control) -> None:
    given: dict[str, Any] = {"junction_code": "kim-cuc", "valid_from": DAY, "note": "", "at": NOW}
    with pytest.raises(Forbidden):
        services.enter_detectors(control.operator, rows=[Detector(3, 1, ADVANCE)], **given)
    walk = next(n + 1 for n, m in enumerate(control.junctions["kim-cuc"].layouts.get(state="approved").content["movements"]) if m["kind"] == "pedestrian")
    with pytest.raises(services.BadDetectors) as refused:
        services.enter_detectors(control.engineer, rows=[Detector(3, walk, ADVANCE), Detector(300, 1, PRESENCE)], **given)
    assert [field for field, _text in refused.value.mistakes] == ["channel-1", "phase-0"]
    with pytest.raises(services.BadDetectors, match="at least one"):
        services.enter_detectors(control.engineer, rows=[], **given)
    assert not DetectorTable.objects.exists()
