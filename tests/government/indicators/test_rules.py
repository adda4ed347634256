"""Rules between the figures of one report: data, from a day on, overridden only with a reason."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.access import Forbidden, Refusal
from langbiang.government.indicators import judging, queries, services, words
from langbiang.government.indicators.checks import Crossing, broken
from langbiang.government.indicators.models import Observation, Rule, Series

from .conftest import NOW, Reporting

numbers = st.decimals(min_value=-1000, max_value=1000, places=1)
GIVEN = {"name": "Khách quốc tế và khách lưu trú", "kind": "compare", "source": "Công văn 12", "valid_from": date(2026, 9, 1)}


@given(st.lists(numbers, min_size=2, max_size=4))
def test_parts_and_their_whole_hold_exactly_when_they_add_up(parts: list[Decimal]) -> None:
    codes = [f"p{n}" for n in range(len(parts))]
    rule = Crossing("compare", codes, ["whole"], "=")
    cells = dict(zip(codes, parts, strict=True))
    assert broken(rule, cells | {"whole": sum(parts, Decimal(0))}) is None
    assert broken(rule, cells | {"whole": sum(parts, Decimal(0)) + 1}) is not None
    assert broken(rule, cells) is None  # nothing is said before the whole is typed


@given(numbers, numbers)
def test_kinds_of_rules(left: Decimal, right: Decimal) -> None:
    cells = {"a": left, "b": right}
    assert (broken(Crossing("compare", ["a"], ["b"], "<="), cells) is None) == (left <= right)
    assert (broken(Crossing("compare", ["a"], ["b"], "<", Decimal(3)), cells) is None) == (left < 3 * right)
    assert (broken(Crossing("together", ["a"], ["b"]), cells) is None) == (bool(left) == bool(right))
    assert (broken(Crossing("either", ["a"], ["b"]), cells) is None) == (not left or not right)
    assert (broken(Crossing("not_falling", ["a"]), cells, {"a": right}) is None) == (left >= right)
    assert broken(Crossing("not_falling", ["a"]), cells, {}) is None


def test_a_broken_rule_stops_a_report_until_it_is_put_right_or_explained(reporting: Reporting) -> None:
    report = reporting.owed("ENT_NEW")
    reporting.fill(report, N="3", CAPITAL="0")
    with pytest.raises(Refusal, match="unusual") as refused:
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    assert refused.value.field == "ENT_NEW.CAPITAL"
    series = Series.objects.get(code="ENT_NEW.CAPITAL")
    (finding,) = report.entries.get(series=series).findings
    assert words.finding(finding, series) == "New enterprises and their capital come together: here stand 3.0 and 0.0."
    services.type_cell(reporting.reporter, report_id=report.pk, series_code="ENT_NEW.CAPITAL", text="0", confirmed="Licensed without capital", at=NOW)
    services.submit(reporting.reporter, report_id=report.pk, at=NOW)


def test_a_rule_is_judged_again_when_the_other_cell_changes(reporting: Reporting) -> None:
    report = reporting.owed("ENT_NEW")
    reporting.fill(report, N="3", CAPITAL="0")
    assert report.entries.get(series__code="ENT_NEW.CAPITAL").findings
    reporting.fill(report, N="k")
    assert not report.entries.get(series__code="ENT_NEW.CAPITAL").findings


def test_a_sum_that_fell_within_the_year_is_asked_about(reporting: Reporting) -> None:
    services.make_obligations(first=date(2026, 9, 13), last=date(2026, 9, 13), at=NOW)
    report = reporting.owed("PI_DISB", period="2026-W37")
    Observation.objects.create(
        series=Series.objects.get(code="PI_DISB.DISB"), agency_id=reporting.commune, period="2026-W36", first_day="2026-08-31",
        last_day="2026-09-06", frequency="W", value=500, known_from=NOW, source="x", reported_by="x", reported_at=NOW, published_by="x",
    )  # fmt: skip
    reporting.fill(report, DISB="499,9", ASSIGNED="900")
    (finding,) = report.entries.get(series__code="PI_DISB.DISB").findings
    assert (finding["rule"], finding["severity"]) == ("cross", "confirm")
    reporting.fill(report, DISB="500")
    assert report.entries.get(series__code="PI_DISB.DISB").findings == []


def test_a_new_rule_holds_for_periods_from_its_day_until_its_end(reporting: Reporting) -> None:
    made = services.add_rule(
        reporting.keeper, code="TOURIST", left=["TOURIST.INTL", "TOURIST.STAY"], sign="<=", right=["TOURIST.ALL"], is_final=True, at=NOW, **GIVEN
    )
    report = reporting.owed("TOURIST")
    reporting.fill(report, ALL="10", INTL="6", STAY="6")
    with pytest.raises(Refusal, match="contradicts"):
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    assert judging.rules_of("TOURIST", date(2026, 8, 31)) == []
    with pytest.raises(Refusal, match="after 01/09/2026"):
        services.end_rule(reporting.keeper, rule_id=made.pk, valid_to=date(2026, 9, 1), at=NOW)
    services.end_rule(reporting.keeper, rule_id=made.pk, valid_to=date(2026, 9, 2), at=NOW)
    assert judging.rules_of("TOURIST", date(2026, 9, 30)) == []
    reporting.fill(report, ALL="10")
    services.submit(reporting.reporter, report_id=report.pk, at=NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"left": []}, "left"), ({"left": ["CPI.YOY"]}, "left"), ({"right": []}, "right"), ({"right": ["TOURIST.INTL"]}, "right"),
        ({"kind": "magic"}, "kind"), ({"source": " "}, "source"), ({"code": "NOTHING"}, "code"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_reckoned_is_refused(reporting: Reporting, changes: dict[str, object], field: str) -> None:
    given_ = {"code": "TOURIST", "left": ["TOURIST.INTL"], "sign": "<", "right": ["TOURIST.ALL"], **GIVEN, **changes}
    before = Rule.objects.count()
    with pytest.raises(Refusal) as refused:
        services.add_rule(reporting.keeper, at=NOW + timedelta(days=1), **given_)  # type: ignore[arg-type]  # named values of one type
    assert refused.value.field == field
    assert Rule.objects.count() == before


def test_only_keepers_write_rules(reporting: Reporting) -> None:
    with pytest.raises(Forbidden):
        services.add_rule(reporting.head, code="TOURIST", left=["TOURIST.INTL"], right=["TOURIST.ALL"], at=NOW, **GIVEN)  # type: ignore[arg-type]  # named values of one type
    with pytest.raises(Forbidden):
        services.end_rule(reporting.head, rule_id=Rule.objects.all()[0].pk, valid_to=date(2027, 1, 1), at=NOW)
    assert queries.named(Rule.objects.get(code="PI_DISB")) == "What was paid out so far does not fall within the year"
