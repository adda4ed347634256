"""Counts of neighbouring junctions are compared every hour: an alert in one sentence, the page of the junction, and silence where they fit."""

import random
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from langbiang.city.junctions import phrases, services, tasks
from langbiang.city.junctions.models import Alert, CountBalance, Flow, Rule, Street
from langbiang.city.junctions.services.balancing import sentence_of
from langbiang.city.traffic.incidents.balance import Finding
from tests.city.junctions.conftest import NOW, Browser, Control, text
from tests.city.junctions.test_happenings import plan as planned

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A_LANE = 150
DAYS = 8


def counted(control: Control, end: datetime, *, shares: Mapping[tuple[str, str], float] | None = None, hours: int = 8) -> None:
    """Counts of every lane hour by hour up to an instant; `shares`: what is counted on an approach of what passes."""
    dice, rows = random.Random(end.timestamp()), []
    for code, place in control.junctions.items():
        for lane in place.layouts.get(state="approved").content["lanes"]:
            share = (shares or {}).get((code, lane["approach"]), 1.0)
            for n in range(hours):
                number = round(dice.gauss(A_LANE, A_LANE**0.5) * share)
                begun = end - (n + 1) * HOUR
                rows.append(Flow(junction=place, lane=lane["key"], vehicle_class="car", begun_at=begun, ended_at=begun + HOUR, vehicles=number, quality="0.95"))
    Flow.objects.bulk_create(rows)


@pytest.fixture
def neighbours(control: Control) -> Control:
    """A street between both junctions, counted on eight days."""
    a, b = (control.junctions[code] for code in ("kim-cuc", "yersin"))
    Street.objects.create(junction_a=a, arm_a="E", junction_b=b, arm_b="W", length_m=1000, speed_kmh=40, source="test")
    for n in range(1, DAYS + 1):
        counted(control, NOW - n * DAY)
    return control


def test_a_camera_that_loses_a_quarter_is_an_alert_in_one_sentence_and_stands_on_the_page(neighbours: Control, browser: Browser) -> None:
    counted(neighbours, NOW, shares={("yersin", "W"): 0.75})
    services.balance_counts(at=NOW + timedelta(minutes=10))
    alert = Alert.objects.get()
    assert (alert.junction.code, alert.kind) == ("yersin", "balance:W")
    assert re.match(r"CAM-W counts about [678]\d % of what passes: ", alert.words)
    assert "% of what passes: from 03/11/2026 01:00 to 09:00 it counted" in alert.words
    assert alert.words.endswith("come from kim-cuc.")
    assert alert.words.count(".") == 1
    page = text(browser(neighbours.operator).get("/work/traffic/at/yersin/counts/"))
    assert "The count does not fit" in page
    assert "CAM-W counts about" in page
    assert "8 days before" in page
    assert "Not compared" in page  # approaches without a neighbour
    assert "Fits" in text(browser(neighbours.operator).get("/work/traffic/at/kim-cuc/counts/"))
    with translation.override("vi"):
        assert "CAM-W" in alert.words
        assert "counts about" not in alert.words


def test_an_alert_is_over_when_the_counts_fit_again(neighbours: Control) -> None:
    counted(neighbours, NOW, shares={("yersin", "W"): 0.75})
    services.balance_counts(at=NOW)
    counted(neighbours, NOW + 8 * HOUR)
    for n in range(1, DAYS + 1):
        counted(neighbours, NOW - n * DAY + 8 * HOUR)
    services.balance_counts(at=NOW + 8 * HOUR)
    assert Alert.objects.get().over_at == NOW + 8 * HOUR
    assert CountBalance.objects.get(junction__code="yersin", approach="W").kind == ""


def test_even_counts_raise_nothing(neighbours: Control) -> None:
    counted(neighbours, NOW)
    assert services.balance_counts(at=NOW) == []
    assert set(CountBalance.objects.values_list("junction__code", "approach", "kind", "days")) == {("kim-cuc", "E", "", DAYS), ("yersin", "W", "", DAYS)}
    assert not Alert.objects.exists()


def test_more_than_comes_is_laid_on_no_single_camera_where_several_may_have_missed_it(neighbours: Control) -> None:
    counted(neighbours, NOW, shares={("yersin", "W"): 1.6})
    found = services.balance_counts(at=NOW)
    assert [(one.arm, one.is_camera) for one in found] == [(("yersin", "W"), False)]
    assert "others join between" in Alert.objects.get().words


def test_a_lane_not_counted_all_the_time_and_counts_nobody_trusts_prove_nothing(neighbours: Control) -> None:
    counted(neighbours, NOW, shares={("yersin", "W"): 0.5})
    Flow.objects.filter(junction__code="yersin", lane="W1", begun_at=NOW - HOUR).delete()
    Flow.objects.filter(junction__code="kim-cuc", begun_at__gte=NOW - 8 * HOUR).update(quality="0.3")
    assert services.balance_counts(at=NOW) == []
    assert not CountBalance.objects.exists()


def test_nothing_is_compared_where_an_event_runs(neighbours: Control) -> None:
    row = planned(neighbours, starts_at=NOW - 2 * HOUR, ends_at=NOW + HOUR, at=NOW - 3 * HOUR)
    services.approve_event(neighbours.head, event_id=row.pk, at=NOW - 3 * HOUR)
    counted(neighbours, NOW, shares={("yersin", "W"): 0.6})
    assert services.balance_counts(at=NOW) == []


def test_the_tolerances_are_data(neighbours: Control) -> None:
    Rule.objects.filter(name="balance_tolerance_percent").update(value=50)
    counted(neighbours, NOW, shares={("yersin", "W"): 0.75})
    assert services.balance_counts(at=NOW) == []
    Rule.objects.filter(name="balance_sigmas").delete()
    with pytest.raises(services.NoSuch, match="balance_sigmas"):
        services.balance_counts(at=NOW)


def test_without_streets_or_counts_the_page_says_why_and_the_task_does_nothing(control: Control, browser: Browser) -> None:
    tasks.balance_counts(0)
    page = text(browser(control.operator).get("/work/traffic/at/kim-cuc/counts/"))
    assert "Not compared" in page
    assert browser(control.foreign).get("/work/traffic/at/kim-cuc/counts/").status_code == 404


@pytest.mark.parametrize("given", [{"is_camera": True}, {"is_camera": True, "origin": ""}, {"is_camera": False}, {"is_camera": False, "share": 1.5}])
def test_every_finding_is_one_sentence_in_the_language_of_the_reader(control: Control, given: dict[str, Any]) -> None:
    one = Finding(**{"arm": ("yersin", "W"), "share": 0.8, "sigmas": 6.0, "counted": 800.0, "expected": 1000.0, "origin": "kim-cuc", **given})
    kept = sentence_of(one, control.junctions, begin=timezone.localtime(NOW) - 8 * HOUR, end=timezone.localtime(NOW))
    assert phrases.found(kept)
    assert len(kept) <= 400
    with translation.override("en"):
        assert phrases.say(kept) == kept
    with translation.override("vi"):
        assert phrases.say(kept) != kept
