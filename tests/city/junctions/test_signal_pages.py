"""The pages of the measures of signals: what they show, what they say where there is nothing, what is refused."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from langbiang.city.junctions import services
from langbiang.city.junctions.models import DetectorTable
from langbiang.city.junctions.pages import signal_charts as charts
from langbiang.city.junctions.queries import signals as reading
from tests.city.junctions.conftest import NOW, Browser, Control, text
from tests.city.junctions.test_signals import DAY, own_table, report, short

PAGE = "/work/traffic/at/kim-cuc/signals/"
TYPED = f"{DAY:%d/%m/%Y}"


@pytest.fixture
def logged(control: Control) -> Control:
    """Two hours of a junction in the log, 07:00 to 09:00, with the detectors that made them."""
    services.enter_detectors(
        control.engineer, junction_code="kim-cuc", rows=own_table(control.junctions["kim-cuc"]), valid_from=DAY, note="", at=NOW
    )
    report("kim-cuc", short(), reading.midnight(DAY) + timedelta(hours=7))
    return control


def show(begin: int, end: int, phase: int = 1, day: str = TYPED) -> dict[str, Any]:
    return {"day": day, "begin": begin, "end": end, "phase": phase}


def test_a_junction_without_a_log_says_what_fills_it(control: Control, browser: Browser) -> None:
    page = text(browser(control.operator).get(PAGE))
    assert "No signal log yet" in page
    assert "<svg viewBox" not in page


def test_the_page_opens_on_the_last_hours_heard(logged: Control, browser: Browser) -> None:
    page = text(browser(logged.operator).get(PAGE))
    assert f'value="{TYPED}"' in page
    assert "Reckoned now from" in page
    for measure in ("purdue", "arrivals", "failures", "splits", "endings", "walkers"):
        assert f'data-measure="{measure}"' in page


def test_every_chart_has_its_table_n_and_date(logged: Control, browser: Browser) -> None:
    page = text(browser(logged.operator).get(PAGE, show(7, 9)))
    assert page.count("As a table") == 6
    assert page.count(f", {TYPED}.") == 6
    assert 'class="arrival arrival-green"' in page
    assert 'class="begin begin-yellow"' in page


def test_a_measured_day_shows_the_same_figures_as_its_raw_rows(logged: Control, browser: Browser) -> None:
    client = browser(logged.operator)
    before = text(client.get(PAGE, show(7, 9)))
    services.measure_day(logged.junctions["kim-cuc"], day=DAY, at=NOW)
    after = text(client.get(PAGE, show(7, 9)))
    assert "Measured at night and kept." in after
    tail = before.index('data-measure="purdue"')
    assert before[tail:] == after[after.index('data-measure="purdue"') :]


def test_hours_without_data_are_gaps(logged: Control, browser: Browser) -> None:
    # Nothing from 06:00 to 07:00, and the silence generated into the two hours after it.
    page = text(browser(logged.operator).get(PAGE, show(6, 9)))
    (gaps,) = re.findall(r"(\d+) quarters of an hour without data: gaps, not zeros", page)
    assert 4 < int(gaps) < 12
    arrivals = page[page.index('data-measure="arrivals"') : page.index('data-measure="failures"')]
    assert arrivals.count("mark mark-gap") == int(gaps) == arrivals.count(">no data</td>")


def test_hours_in_which_nothing_was_heard_say_when_something_was(logged: Control, browser: Browser) -> None:
    page = text(browser(logged.operator).get(PAGE, show(1, 3)))
    assert "Nothing was heard in these hours. The last event came on" in page


def test_a_whole_day_needs_the_night_first(logged: Control, browser: Browser) -> None:
    client = browser(logged.operator)
    assert "Until then choose at most 6 hours." in text(client.get(PAGE, show(0, 24)))
    services.measure_day(logged.junctions["kim-cuc"], day=DAY, at=NOW)
    page = text(client.get(PAGE, show(0, 24)))
    assert "Choose at most 4 hours to see every vehicle." in page
    assert 'data-measure="failures"' in page


def test_hours_the_wrong_way_round_and_a_day_that_is_none_are_told(logged: Control, browser: Browser) -> None:
    client = browser(logged.operator)
    assert "Choose an hour after the first." in text(client.get(PAGE, show(9, 7)))
    assert "data-measure" not in text(client.get(PAGE, show(7, 9, day="31/02/2026")))
    assert "data-measure" not in text(client.get(PAGE, show(7, 9, phase=77)))


def test_reading_a_page_takes_the_same_number_of_statements_for_any_log(
    logged: Control, browser: Browser, django_assert_max_num_queries: Any
) -> None:
    client = browser(logged.operator)
    client.get(PAGE, show(7, 9))
    with django_assert_max_num_queries(25):
        client.get(PAGE, show(7, 9))


def test_another_agency_sees_no_measures(logged: Control, browser: Browser) -> None:
    assert browser(logged.foreign).get(PAGE).status_code == 404
    assert browser(logged.foreign).get("/work/traffic/at/kim-cuc/detectors/").status_code in (403, 404)


FORM = {"channel": ["7", ""], "phase": ["1", ""], "role": ["Advance", ""], "distance_m": ["62,5", ""], "speed_kmh": ["35", ""], "turns-0": ["left"], "note": "đo tại chỗ"}


def test_detectors_are_entered_and_used(control: Control, browser: Browser) -> None:
    client = browser(control.engineer)
    page = text(client.get("/work/traffic/at/kim-cuc/detectors/"))
    assert "Nobody entered detectors yet" in page
    assert client.post("/work/traffic/at/kim-cuc/detectors/", FORM).status_code == 302
    (row,) = DetectorTable.objects.get().rows
    assert (row["channel"], row["phase"], row["distance_m"], row["turns"]) == (7, 1, 62.5, ["left"])
    assert 'value="62.5"' in text(client.get("/work/traffic/at/kim-cuc/detectors/"))


def test_mistakes_stand_at_their_row_and_what_was_typed_stays(control: Control, browser: Browser) -> None:
    bad = {**FORM, "channel": ["7", "7"], "phase": ["1", "1"], "role": ["Advance", "Advance"], "distance_m": ["x", "9000"]}
    answer = browser(control.engineer).post("/work/traffic/at/kim-cuc/detectors/", bad)
    assert answer.status_code == 422
    page = " ".join(answer.content.decode().split())
    assert 'href="#distance_m-0">Row 1: enter a number.' in page
    assert 'value="9000"' in page
    assert not DetectorTable.objects.exists()


@pytest.mark.parametrize("field", ["channel", "phase", "distance_m", "speed_kmh"])
@pytest.mark.parametrize("typed", ["nan", "inf", "-Infinity", "1e999"])
def test_what_is_no_number_is_told_at_its_field(control: Control, browser: Browser, field: str, typed: str) -> None:
    answer = browser(control.engineer).post("/work/traffic/at/kim-cuc/detectors/", {**FORM, field: [typed, ""]})
    assert answer.status_code == 422
    assert f'href="#{field}-0">Row 1: enter a number.' in " ".join(answer.content.decode().split())
    assert not DetectorTable.objects.exists()


def test_who_does_not_plan_enters_no_detectors(control: Control, browser: Browser) -> None:
    assert browser(control.operator).get("/work/traffic/at/kim-cuc/detectors/").status_code == 403


def test_bars_stand_on_zero_and_never_leave_the_drawing() -> None:
    hour = 3_600_000
    found = charts.bars({0: (0.0, "a"), 900_000: (100.0, "b"), 1_800_000: (250.0, "c"), 2_700_000: None}, {}, first_ms=0, last_ms=hour)
    floor = charts.BARS_HEIGHT - charts.BOTTOM
    assert [m.kind for m in found] == ["share", "share", "share", "gap"]
    assert [round(m.y + m.height, 1) for m in found[:3]] == [floor] * 3
    assert found[0].height == 0
    assert found[2].y == charts.TOP
    assert found[-1].x + found[-1].width <= charts.WIDTH


def test_hours_of_a_whole_day_end_at_24() -> None:
    midnight = reading.wall_ms(reading.midnight(date(2026, 11, 2)))
    words = [t.word for t in charts.hours(midnight, midnight + 24 * 3_600_000)]
    assert (words[0], words[-1], len(words)) == ("00:00", "24:00", 9)
