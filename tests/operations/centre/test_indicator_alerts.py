"""Rules on indicators: raised by what is published, of a unit or the province, and by reports that are not sent."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from langbiang.foundation.events.models import EventRow
from langbiang.foundation.events.services import deliver
from langbiang.foundation.measures import Shown, uses_of
from langbiang.foundation.notifications.reference import load as load_templates
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import services as reporting
from langbiang.government.indicators.models import Indicator, Obligation
from langbiang.operations.centre import queries, reference, services
from langbiang.operations.centre.models import Alert, AlertRule
from tests.government.indicators.conftest import actor
from tests.operations.centre.reported import NOW, Reported, client_of, reported

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def province() -> Reported:
    found = reported()
    AlertRule.objects.all().delete()
    return found


def rule(**changes: object) -> AlertRule:
    told = {"code": "ho-ngheo", "title": "Hộ nghèo cao", "indicator": "POVERTY", "side": "above", "trigger": 5, "clear": 4, "severity": "warning"}
    return AlertRule.objects.create(**{**told, **changes})


def share(province: Reported, agency: int, percent: int, *, period: str = "2026-S1", at: object = NOW) -> None:
    province.publish({agency: {"POVERTY.POOR": percent, "POVERTY.ALL": 100}}, period, at=at)  # type: ignore[arg-type]  # a moment


def test_a_rule_names_exactly_one_figure(province: Reported) -> None:
    for measure, indicator in (("", ""), ("cases.open", "POVERTY")):
        with pytest.raises(IntegrityError), transaction.atomic():
            rule(code=f"x{len(measure)}", measure=measure, indicator=indicator)


def test_the_newest_published_figure_of_each_unit_raises_holds_and_clears(province: Reported) -> None:
    rule()
    share(province, province.here, 6)
    share(province, province.there, 3)
    assert services.evaluate(at=NOW + HOUR) == 1
    alert = Alert.objects.get()
    assert (alert.agency_id, float(alert.value or 0), alert.period, alert.kind) == (province.here, 6, "2026-S1", "breach")
    share(province, province.here, 45, period="2025-S2", at=NOW + HOUR)  # an older period, published late, is not the newest
    assert services.evaluate(at=NOW + 2 * HOUR) == 0
    province.publish({province.here: {"POVERTY.POOR": 45}}, "2026-S1", at=NOW + 3 * HOUR)
    services.evaluate(at=NOW + 3 * HOUR)
    alert.refresh_from_db()
    assert float(alert.worst or 0) == 45
    province.publish({province.here: {"POVERTY.POOR": 4.5}}, "2026-S1", at=NOW + 4 * HOUR)  # between the levels
    assert services.evaluate(at=NOW + 4 * HOUR) == 0
    province.publish({province.here: {"POVERTY.POOR": 2}}, "2026-S1", at=NOW + 5 * HOUR)
    assert services.evaluate(at=NOW + 5 * HOUR) == 1
    alert.refresh_from_db()
    assert alert.cleared_at == NOW + 5 * HOUR


def test_as_of_a_moment_only_what_was_known_then_is_looked_at(province: Reported) -> None:
    rule()
    share(province, province.here, 6, at=NOW + 5 * HOUR)
    assert services.evaluate(at=NOW + 4 * HOUR) == 0
    assert services.evaluate(at=NOW + 6 * HOUR) == 1


def test_a_share_of_few_decides_nothing(province: Reported) -> None:
    rule(least_base=500)
    share(province, province.here, 90)
    assert services.evaluate(at=NOW + HOUR) == 0


def test_what_comes_and_goes_flaps_like_any_figure(province: Reported) -> None:
    rule()
    for turn in range(4):
        at = NOW + timedelta(minutes=10 * turn)
        share(province, province.here, 6 + turn, at=at)
        services.evaluate(at=at)
        share(province, province.here, 1, at=at + timedelta(minutes=5))
        services.evaluate(at=at + timedelta(minutes=5))
    alert = Alert.objects.get()
    assert alert.flaps_since is not None
    assert alert.cleared_at is None


def test_of_the_province_the_agency_that_answers_is_alerted(province: Reported) -> None:
    rule(level="province")
    for n, agency in enumerate(province.communes[:100]):
        share(province, agency, 50 + n % 2)
    assert services.evaluate(at=NOW + HOUR) == 0  # 100 of 124 are too few for a figure of the province
    for agency in province.communes[100:]:
        share(province, agency, 50)
    assert services.evaluate(at=NOW + 2 * HOUR) == 1
    alert = Alert.objects.get()
    owner = organizations.agency_id_of(Indicator.objects.get(code="POVERTY").owner)
    assert alert.agency_id == owner
    root = client_of(province.officer("leader", province.root))
    page = root.get(reverse("centre:alert", args=[alert.pk])).content.decode()
    address = reverse("indicators:provenance", args=["POVERTY", province.root, "2026-S1"])
    assert f'href="{address}"' in page
    assert root.get(address).status_code == 200


def test_the_alert_leads_to_the_figure_of_its_unit_and_where_it_comes_from(province: Reported) -> None:
    rule()
    share(province, province.here, 6)
    services.evaluate(at=NOW + HOUR)
    alert = Alert.objects.get()
    client = client_of(province.officer("leader", province.here))
    page = client.get(reverse("centre:alert", args=[alert.pk])).content.decode()
    assert "6,00 %" in page
    address = reverse("indicators:provenance", args=["POVERTY", province.here, "2026-S1"])
    assert f'href="{address}"' in page
    assert client.get(address).status_code == 200
    assert "Hộ nghèo cao" in client.get(reverse("centre:alerts")).content.decode()
    stranger = client_of(province.officer("leader", province.there))
    assert stranger.get(reverse("centre:alert", args=[alert.pk])).status_code == 404
    line = queries.open_alerts(None, limit=5).rows[0]
    assert "6,00 %" in line.words
    assert any(str(use.title) == "Hộ nghèo cao" for use in uses_of(province.officer("leader", province.root), Shown(indicator="POVERTY")))


def owed(province: Reported) -> Obligation:
    """The report of the first half-year, which was due in July."""
    first = timezone.localdate(NOW).replace(month=6, day=30)
    reporting.make_obligations(first=first, last=first, at=NOW - 120 * DAY, codes=["POVERTY"])
    return Obligation.objects.get(indicator__code="POVERTY", about_id=province.here, period="2026-S1")


def test_only_what_is_published_raises_and_at_once(province: Reported) -> None:
    load_templates(at=timezone.now())
    rule()
    report = owed(province)
    see = "indicators.view"
    reporter = actor(province.here, see, "indicators.report")
    head = actor(province.here, see, "indicators.verify", name="Hùng")
    publisher = actor(province.root, see, "indicators.publish", name="Đức", everywhere=True)
    now = timezone.now()
    for name, text in (("POOR", "60"), ("ALL", "1000")):
        reporting.type_cell(reporter, report_id=report.pk, series_code=f"POVERTY.{name}", text=text, at=now)
        assert services.evaluate(at=now) == 0
    reporting.submit(reporter, report_id=report.pk, reason="Chậm do rà soát", at=now)
    assert services.evaluate(at=now) == 0
    reporting.verify(head, report_id=report.pk, at=now)
    assert services.evaluate(at=now) == 0
    reporting.publish(publisher, report_ids=[report.pk], at=now)
    for row in EventRow.objects.filter(name="indicators.published"):
        deliver(row.pk)
        deliver(row.pk)
    alert = Alert.objects.get()
    assert (alert.agency_id, float(alert.value or 0), alert.times) == (province.here, 6, 1)


def test_a_report_that_is_not_sent_is_missed_after_its_deadline(province: Reported) -> None:
    rule(missing_after_h=24, trigger=99, clear=90)
    report = owed(province)
    Obligation.objects.exclude(pk=report.pk).update(state="waived")
    assert services.evaluate(at=report.due_at + 24 * HOUR) == 0
    assert services.evaluate(at=report.due_at + 24 * HOUR + timedelta(seconds=1)) == 1
    alert = Alert.objects.get()
    assert (alert.kind, alert.agency_id, alert.period) == ("missing", province.here, "2026-S1")
    page = client_of(province.officer("leader", province.here)).get(reverse("centre:alert", args=[alert.pk])).content.decode()
    assert "sau hạn 24 giờ" in page
    later = report.due_at + 30 * HOUR
    Obligation.objects.filter(pk=report.pk).update(first_sent_at=later, stage="submitted", state="late")
    assert services.evaluate(at=later) == 1
    alert.refresh_from_db()
    assert alert.cleared_at == later


def test_a_moved_deadline_and_a_waived_report_are_not_missed(province: Reported) -> None:
    rule(missing_after_h=0, trigger=99, clear=90)
    report = owed(province)
    Obligation.objects.exclude(pk=report.pk).update(state="waived")
    Obligation.objects.filter(pk=report.pk).update(due_at=report.due_at + 10 * DAY)
    assert services.evaluate(at=report.due_at + DAY) == 0
    Obligation.objects.filter(pk=report.pk).update(state="waived")
    assert services.evaluate(at=report.due_at + 20 * DAY) == 0


def test_a_formula_is_watched_through_what_it_is_reckoned_from(province: Reported) -> None:
    row = Indicator.objects.get(code="TOURIST")
    row.pk, row.code, row.formula, row.source_kind, row.top, row.unit = None, "ABROAD", "TOURIST.INTL / TOURIST * 100", "formula", [], "%"
    row.more = []
    row.save()
    rule(indicator="ABROAD", trigger=50, clear=40)
    province.publish({province.here: {"TOURIST.ALL": 100, "TOURIST.INTL": 60}}, "2026-09")
    assert services.evaluate_indicator(code="POVERTY", at=NOW + HOUR) == 0
    assert services.evaluate_indicator(code="TOURIST", at=NOW + HOUR) == 1


def test_the_rules_of_the_files_name_indicators_there_are(province: Reported) -> None:
    reference.load(at=NOW)
    named = set(AlertRule.objects.exclude(indicator="").values_list("indicator", flat=True))
    assert named
    assert named <= set(Indicator.objects.values_list("code", flat=True))
    assert services.evaluate(at=NOW) == 0  # nothing is published and nothing is owed yet
