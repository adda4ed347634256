"""Breakdowns: dimensions, categories and which series are reported by them, from a day on, as the keeper keeps them."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.access import Forbidden, Refusal
from langbiang.foundation.audit.models import Entry as AuditEntry
from langbiang.government.indicators import breakdowns, queries, reference, services
from langbiang.government.indicators.models import Breakdown, Category, Dimension, Series

from .conftest import NOW, Reporting

GIVEN: dict[str, Any] = {"source": "Công văn 12", "valid_from": date(2026, 9, 1), "at": NOW}
codes = st.from_regex(breakdowns.CODE, fullmatch=True)
categories = st.from_regex(breakdowns.CATEGORY, fullmatch=True)


def by_season(reporting: Reporting, **values: Any) -> Breakdown:
    """Visitors by season and origin crossed."""
    given_ = {"code": "TOURIST", "series": "TOURIST.ALL", "dimensions": ["SEASON", "ORIGIN"], "is_exhaustive": True, **GIVEN, **values}
    return services.add_breakdown(reporting.keeper, **given_)


@given(st.dictionaries(codes, categories, max_size=2))
def test_a_part_has_one_key_however_it_is_written(parts: dict[str, str]) -> None:
    key = breakdowns.key_of(parts)
    assert key == breakdowns.key_of(dict(reversed(list(parts.items()))))
    assert breakdowns.categories_of(key) == parts
    assert len(key) <= 60


@pytest.mark.parametrize("key", ["", "SEX", "SEX:", "sex:F", "SEX:F-ETHNIC:KINH", "SEX:F-SEX:M", "SEX:F;ETHNIC:K", "_T-SEX:F"])
def test_what_is_not_written_as_a_key_is_none(key: str) -> None:
    with pytest.raises(breakdowns.NotAKey):
        breakdowns.categories_of(key)


def test_the_catalogue_holds_proposals_that_nobody_has_checked(reporting: Reporting) -> None:
    assert not Dimension.objects.filter(verified=True).exists()
    assert not Breakdown.objects.filter(verified=True).exists()
    split = next(each for each in queries.Breakdowns().of("TOURIST.ALL", date(2026, 9, 30)) if each.by == "ORIGIN")
    assert [part.key for part in split.parts][:2] == ["ORIGIN:DOM", "ORIGIN:NEA"]
    assert split.name == "Origin of visitors"
    before = Breakdown.objects.count(), Category.objects.count()
    Breakdown.objects.filter(by="ORIGIN").update(is_optional=False)
    reference.load(at=NOW)
    assert (Breakdown.objects.count(), Category.objects.count()) == before
    assert not Breakdown.objects.get(by="ORIGIN").is_optional


def test_a_keeper_adds_a_dimension_its_categories_and_a_breakdown_from_a_day_on(reporting: Reporting) -> None:
    made = services.add_dimension(reporting.keeper, code="AREA", name="Khu vực", name_en="Area", **GIVEN)
    for code in ("URBAN", "RURAL"):
        services.add_category(reporting.keeper, dimension="AREA", code=code, name=code.title(), **GIVEN)
    services.add_breakdown(reporting.keeper, code="TOURIST", series="TOURIST.STAY", dimensions=["AREA"], is_exhaustive=True, is_optional=False, **GIVEN)
    known = queries.Breakdowns()
    assert known.of("TOURIST.STAY", date(2026, 8, 31)) == []
    assert known.of("TOURIST.STAY", date(2026, 9, 30))[0].keys == ["AREA:URBAN", "AREA:RURAL"]
    acts = set(AuditEntry.objects.filter(action__startswith="indicators.").values_list("action", flat=True))
    assert {"indicators.dimension_added", "indicators.category_added", "indicators.breakdown_added"} <= acts
    assert AuditEntry.objects.filter(target=f"indicators.dimension:{made.pk}").exists()


def test_two_dimensions_are_crossed_in_their_order(reporting: Reporting) -> None:
    made = by_season(reporting)
    assert made.by == "ORIGIN-SEASON"
    split = queries.Breakdowns().split(made, date(2026, 9, 30))
    assert len(split.parts) == 20
    assert split.parts[0].key == "ORIGIN:DOM-SEASON:WS"
    assert split.parts[0].name == "Việt Nam, Winter–spring"
    assert split.name == "Origin of visitors × Season"


def test_an_ended_category_is_asked_no_more_and_former_periods_keep_it(reporting: Reporting) -> None:
    found = Category.objects.get(dimension__code="ORIGIN", code="OTH")
    services.end_category(reporting.keeper, category_id=found.pk, valid_to=date(2026, 9, 1), source="Công văn 12", at=NOW)
    known = queries.Breakdowns()
    assert "ORIGIN:OTH" in known.of("TOURIST.ALL", date(2026, 8, 31))[0].keys
    assert "ORIGIN:OTH" not in known.of("TOURIST.ALL", date(2026, 9, 30))[0].keys
    with pytest.raises(Refusal, match="ended already"):
        services.end_category(reporting.keeper, category_id=found.pk, valid_to=date(2026, 10, 1), source="x", at=NOW)


def test_parts_that_were_typed_or_published_are_not_ended_away(reporting: Reporting) -> None:
    report = reporting.owed("TOURIST")
    services.type_cell(reporting.reporter, report_id=report.pk, series_code="TOURIST.ALL", part="ORIGIN:EUR", text="5", at=NOW)
    row = Breakdown.objects.get(series__code="TOURIST.ALL", by="ORIGIN")
    category = Category.objects.get(dimension__code="ORIGIN", code="EUR")
    with pytest.raises(Refusal, match="01/10/2026") as refused:
        services.end_breakdown(reporting.keeper, breakdown_id=row.pk, valid_to=date(2026, 9, 30), source="x", at=NOW)
    assert refused.value.field == "valid_to"
    with pytest.raises(Refusal, match="01/10/2026"):
        services.end_category(reporting.keeper, category_id=category.pk, valid_to=date(2026, 9, 30), source="x", at=NOW)
    with pytest.raises(Refusal, match="broken down by it: TOURIST.ALL"):
        services.end_dimension(reporting.keeper, dimension="ORIGIN", valid_to=date(2026, 10, 1), source="x", at=NOW)
    services.end_breakdown(reporting.keeper, breakdown_id=row.pk, valid_to=date(2026, 10, 1), source="x", at=NOW)
    services.end_dimension(reporting.keeper, dimension="ORIGIN", valid_to=date(2026, 10, 1), source="x", at=NOW)
    assert queries.Breakdowns().of("TOURIST.ALL", date(2026, 9, 30))
    assert queries.Breakdowns().of("TOURIST.ALL", date(2026, 10, 31)) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"series": "CPI.YOY"}, "series"), ({"code": "NOTHING"}, "series"), ({"dimensions": []}, "dimensions"), ({"dimensions": ["NONE"]}, "dimensions"),
        ({"dimensions": ["SEX", "ETHNIC", "CROP"]}, "dimensions"), ({"dimensions": ["ORIGIN"]}, "dimensions"), ({"source": " "}, "source"),
        ({"dimensions": ["CPI_GROUP", "CROP"]}, "dimensions"), ({"valid_from": date(2020, 1, 1)}, "valid_from"),
        ({"code": "PUB_SVC", "series": "PUB_SVC.CLOSED"}, "series"),
    ],
)  # fmt: skip
def test_a_breakdown_that_cannot_stand_is_refused_with_the_field(reporting: Reporting, changes: dict[str, Any], field: str) -> None:
    before = Breakdown.objects.count()
    with pytest.raises(Refusal) as refused:
        by_season(reporting, **changes)
    assert refused.value.field == field
    assert Breakdown.objects.count() == before


@pytest.mark.parametrize(("code", "words"), [("sex", "no code"), ("A-B", "no code"), ("SEX", "already"), ("A" * 13, "no code")])
def test_a_code_of_a_dimension_stands_for_one_thing(reporting: Reporting, code: str, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        services.add_dimension(reporting.keeper, code=code, name="x", **GIVEN)
    assert refused.value.field == "code"


def test_a_code_of_a_category_is_never_given_again(reporting: Reporting) -> None:
    found = Category.objects.get(dimension__code="SEX", code="F")
    Category.objects.filter(pk=found.pk).update(valid_to="2026-01-01")
    with pytest.raises(Refusal, match="belongs to “Women”"):
        services.add_category(reporting.keeper, dimension="SEX", code="F", name="Nữ giới", **GIVEN)


def test_only_keepers_keep_breakdowns(reporting: Reporting) -> None:
    row, category = Breakdown.objects.all()[0], Category.objects.all()[0]
    end = {"valid_to": date(2027, 1, 1), "source": "x", "at": NOW}
    acts: list[Any] = [
        lambda: services.add_dimension(reporting.head, code="AREA", name="x", **GIVEN),
        lambda: services.add_category(reporting.head, dimension="SEX", code="X", name="x", **GIVEN),
        lambda: services.add_breakdown(reporting.head, code="TOURIST", series="TOURIST.ALL", dimensions=["SEX"], is_exhaustive=True, **GIVEN),
        lambda: services.end_breakdown(reporting.head, breakdown_id=row.pk, **end),
        lambda: services.end_category(reporting.head, category_id=category.pk, **end),
        lambda: services.end_dimension(reporting.head, dimension="SEX", **end),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert Series.objects.exists()
