"""Rules about indicators, made and changed in the pages: whose figure, what is refused, what the rule says of itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from langbiang.operations.centre import services
from langbiang.operations.centre.models import Alert, AlertRule
from langbiang.operations.centre.services.rules import BadRule

from .reported import Reported, client_of, reported

pytestmark = pytest.mark.django_db
WHY = "Theo kết luận giao ban tuần"


@pytest.fixture
def province() -> Reported:
    return reported()


def sent(**changes: Any) -> dict[str, Any]:
    usual = {
        "measure": "indicator:POVERTY", "level": "unit", "title": "Hộ nghèo nhiều", "title_en": "", "severity": "warning", "side": "above",
        "trigger": "2,5", "clear": "2", "least_base": "", "missing_after_h": "", "answer_h": "4", "escalate_h": "8", "runbook": "",
        "reason": WHY, "revision": "0", "act": "save",
    }  # fmt: skip
    return {**usual, **changes}


def keeper(province: Reported) -> Client:
    return client_of(province.officer("system_admin", province.root))


def test_a_rule_about_an_indicator_is_made_in_the_page_and_judges_what_is_published(province: Reported) -> None:
    shares = province.poverty(province.communes[:30], at=timezone.now() - timedelta(hours=1))
    answer = keeper(province).post("/centre/rules/new/", sent())
    rule = AlertRule.objects.get(indicator="POVERTY")
    assert answer.headers["Location"] == f"/centre/rules/{rule.pk}/"
    assert (rule.measure, rule.level, rule.days, rule.filters) == ("", "unit", 1, {})
    assert set(Alert.objects.filter(rule=rule).values_list("agency_id", flat=True)) == {unit for unit, share in shares.items() if share >= 2.5}
    page = keeper(province).get(f"/centre/rules/{rule.pk}/").content.decode()
    assert "2,50 %" in page or "2,5 %" in page
    assert "từng xã" in page.lower() or "each commune" in page


def test_the_form_asks_whose_figure_and_neither_days_nor_a_try_out(province: Reported) -> None:
    page = keeper(province).get("/centre/rules/new/?measure=indicator:POVERTY").content.decode()
    assert 'name="level"' in page
    assert 'name="days"' not in page
    assert 'id="try-out"' not in page
    of_a_measure = keeper(province).get("/centre/rules/new/?measure=cases.open").content.decode()
    assert 'name="level"' not in of_a_measure
    assert 'name="days"' in of_a_measure


def test_going_from_a_measure_to_an_indicator_keeps_what_was_typed(province: Reported) -> None:
    page = keeper(province).post("/centre/rules/new/", sent(act="filters", title="Hộ nghèo tăng", level="")).content.decode()
    assert "Hộ nghèo tăng" in page
    assert 'value="2,5"' in page
    assert AlertRule.objects.filter(indicator="POVERTY").count() == 0


@pytest.mark.parametrize(("changes", "field"), [({"measure": "indicator:NO_SUCH"}, "measure"), ({"level": ""}, "level"), ({"level": "street"}, "level")])
def test_what_cannot_be_watched_is_refused_beside_its_field(province: Reported, changes: dict[str, str], field: str) -> None:
    answer = keeper(province).post("/centre/rules/new/", sent(**changes))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Hộ nghèo nhiều" in answer.content.decode()
    assert not AlertRule.objects.filter(title="Hộ nghèo nhiều").exists()


def test_a_service_refuses_an_indicator_there_is_not(province: Reported) -> None:
    told = {"indicator": "NO_SUCH", "measure": "", "title": "x", "severity": "notice", "side": "above", "trigger": 1, "clear": 0,
            "days": 1, "answer_h": 1, "escalate_h": 1}  # fmt: skip
    with pytest.raises(BadRule) as refused:
        services.make_rule(province.officer("system_admin", province.root), told=told, reason=WHY, at=timezone.now())
    assert refused.value.field == "measure"


def test_a_rule_that_raised_alerts_keeps_its_indicator_and_changes_its_levels(province: Reported) -> None:
    province.poverty(province.communes[:30], at=timezone.now() - timedelta(hours=1))
    client = keeper(province)
    client.post("/centre/rules/new/", sent())
    rule = AlertRule.objects.get(indicator="POVERTY")
    other = client.post(f"/centre/rules/{rule.pk}/change/", sent(measure="indicator:HI_COV", revision=rule.revision))
    assert other.status_code == 422
    client.post(f"/centre/rules/{rule.pk}/change/", sent(trigger="2,9", revision=rule.revision))
    rule.refresh_from_db()
    assert (rule.indicator, str(rule.trigger)) == ("POVERTY", "2.9000")
    assert rule.versions.count() == 2


def test_the_list_says_what_every_rule_watches(province: Reported) -> None:
    keeper(province).post("/centre/rules/new/", sent(level="province"))
    page = keeper(province).get("/centre/rules/").content.decode()
    assert "Hộ nghèo nhiều" in page
    assert "toàn tỉnh" in page.lower() or "province as a whole" in page
