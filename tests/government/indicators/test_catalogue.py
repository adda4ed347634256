"""The catalogue kept in the page: a new indicator, another formula from a day on, the end of one; old figures keep theirs."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from langbiang.foundation.access import Forbidden, Refusal
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.measures import verifying
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import queries, services
from langbiang.government.indicators.models import Indicator, Obligation, Observation, Series
from langbiang.government.indicators.services import Column

from .conftest import NOW, Reporting

START = date(2026, 9, 1)
BASE: dict[str, Any] = {
    "name": "Tỷ lệ khách quốc tế", "name_en": "Share of foreign visitors", "definition": "Khách quốc tế trên tổng lượt khách.", "unit": "%",
    "decimals": 1, "frequency": "M", "scheme": "calendar", "levels": ["province", "commune"], "owner": "H36.11", "source": "Công văn 77",
    "source_kind": "formula", "formula": "TOURIST.INTL / TOURIST * 100",
}  # fmt: skip
FORM = {**BASE, "source_kind": "form", "formula": "", "deadline": {"rule": "day_of_month", "day": 5, "at": "17:00"}}


def add(reporting: Reporting, code: str = "INTL", *, columns: tuple[Column, ...] = (), day: date = START, end: date | None = None, **values: Any) -> Indicator:
    base = FORM if columns else BASE
    return services.add_indicator(
        reporting.keeper, code=code, group="trade", values={**base, **values}, columns=columns, valid_from=day, valid_to=end, at=NOW
    )


def observe(code: str, agency: int, value: int, period: str = "2026-09") -> None:
    first = date.fromisoformat(f"{period}-01")
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    Observation.objects.create(
        series=Series.objects.get(code=code), agency_id=agency, period=period, first_day=first, last_day=last, frequency="M", value=value,
        known_from=NOW, source="x", reported_by="x", reported_at=NOW, published_by="x",
    )  # fmt: skip


def test_an_indicator_over_others_is_the_share_of_the_sums_and_owed_by_nobody(reporting: Reporting) -> None:
    made = add(reporting)
    assert services.make_obligations(first=date(2026, 9, 1), last=date(2026, 12, 31), at=NOW, codes=["INTL"]) == 0
    units = [row.id for row in organizations.commune_agencies(on=NOW.date())]
    for unit, of, part in zip(units, range(100, 999), range(1, 999), strict=False):
        observe("TOURIST.ALL", unit, of)
        observe("TOURIST.INTL", unit, part)
    found = reporting.figure("INTL", units[0])
    assert (found.value, found.status) == (Decimal(1), "A")
    root = next(iter(organizations.root_ids()))
    province = reporting.figure("INTL", root)
    tops, bases = sum(range(1, len(units) + 1)), sum(range(100, 100 + len(units)))
    assert province.value is not None
    assert abs(province.value - Decimal(100) * tops / bases) < Decimal("1e-20")
    assert (province.have, province.of) == (len(units), len(units))
    assert made.rank > Indicator.objects.get(code="SAFETY").rank
    verdicts = {each.name: each for each in verifying.prove("indicators", samples=4, seed=2, until=date(2026, 10, 5))}
    assert verdicts["indicators/INTL"].checks
    assert not verdicts["indicators/INTL"].failures
    assert Entry.objects.filter(action="indicators.added", target=f"indicators.indicator:{made.pk}").exists()


def test_a_figure_with_a_missing_operand_is_no_figure(reporting: Reporting) -> None:
    add(reporting)
    observe("TOURIST.ALL", reporting.commune, 10)
    assert reporting.figure("INTL", reporting.commune).value is None
    observe("TOURIST.INTL", reporting.commune, 5)
    assert reporting.figure("INTL", reporting.commune).value == 50
    observe("TOURIST.ALL", reporting.other, 0)
    observe("TOURIST.INTL", reporting.other, 0)
    assert reporting.figure("INTL", reporting.other).value is None


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"formula": "TOURISTS * 2"}, "formula", "There is no indicator or series TOURISTS .* Did you mean TOURIST"),
        ({"formula": "INTL + 1"}, "formula", "stands on the indicator itself"),
        ({"formula": "TOURIST *"}, "formula", "ends where something has to follow"),
        ({"formula": "POVERTY * 2"}, "frequency", "other periods"),
        ({"formula": "RETAIL * 2"}, "levels", "no figures of communes"),
        ({"levels": []}, "levels", "Nobody has figures"),
        ({"source": " "}, "source", "Name the act"),
        ({"owner": "H99"}, "owner", "no agency with the code H99"),
    ],
)
def test_what_cannot_stand_names_the_field_and_the_way_out(reporting: Reporting, values: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        add(reporting, **values)
    assert refused.value.field == field
    assert not Indicator.objects.filter(code="INTL").exists()


def test_codes_days_and_rights_are_checked(reporting: Reporting) -> None:
    for code in ("intl", "1A", "A B", "TOURIST.X", "NEW/"):
        with pytest.raises(Refusal, match="no code of an indicator") as refused:
            add(reporting, code)
        assert refused.value.field == "code"
    with pytest.raises(Refusal, match="in force from 01/07/2025") as refused:
        add(reporting, "TOURIST")
    assert refused.value.field == "code"
    add(reporting, end=date(2026, 12, 1))
    with pytest.raises(Refusal, match="until 01/12/2026 already: the days overlap") as refused:
        add(reporting, day=date(2026, 11, 30))
    assert (refused.value.field, "01/12/2026 or a later day" in str(refused.value)) == ("valid_from", True)
    assert add(reporting, day=date(2026, 12, 1)).pk
    with pytest.raises(Refusal, match="does not lie after") as refused:
        add(reporting, "OTHER", end=START)
    assert refused.value.field == "valid_to"
    with pytest.raises(Forbidden):
        services.add_indicator(reporting.publisher, code="MINE", group="trade", values=BASE, valid_from=START, at=NOW)


def test_a_cycle_is_refused_with_the_way_it_goes(reporting: Reporting) -> None:
    add(reporting)
    add(reporting, "TWICE", formula="INTL * 2")
    with pytest.raises(Refusal, match="INTL → TWICE → INTL") as refused:
        services.change_formula(reporting.keeper, code="INTL", values={"formula": "TWICE + TOURIST"}, valid_from=START, source="Công văn 78", at=NOW)
    assert refused.value.field == "formula"


def test_former_periods_keep_the_formula_that_held_then(reporting: Reporting) -> None:
    add(reporting)
    for period in ("2026-09", "2026-11"):
        observe("TOURIST.ALL", reporting.commune, 200, period)
        observe("TOURIST.INTL", reporting.commune, 20, period)
        observe("TOURIST.STAY", reporting.commune, 50, period)
    with pytest.raises(Refusal, match=r"published under the formula in force\. Choose 01/12/2026") as refused:
        services.change_formula(reporting.keeper, code="INTL", values={"formula": "TOURIST.STAY"}, valid_from=date(2026, 11, 1), source="Công văn 78", at=NOW)
    assert refused.value.field == "valid_from"
    services.change_formula(reporting.keeper, code="INTL", values={"formula": "TOURIST.STAY * 2"}, valid_from=date(2026, 12, 1), source="Công văn 78", at=NOW)
    observe("TOURIST.STAY", reporting.commune, 60, "2026-12")
    assert reporting.figure("INTL", reporting.commune).value == 10
    assert reporting.figure("INTL", reporting.commune, period="2026-11").value == 10
    assert reporting.figure("INTL", reporting.commune, period="2026-12").value == 120
    rows = Indicator.objects.filter(code="INTL").order_by("valid_from")
    assert [(row.formula, row.valid_to) for row in rows] == [("TOURIST.INTL / TOURIST * 100", date(2026, 12, 1)), ("TOURIST.STAY * 2", None)]
    assert "TOURIST.INTL / TOURIST * 100" in str(Entry.objects.get(action="indicators.formula_changed").detail)


def test_a_reported_indicator_is_owed_typed_and_published_like_any_other(reporting: Reporting) -> None:
    columns = (Column("N", "Số lớp", "Classes", "lớp"), Column("OF", "Số trường", "Schools", "trường", role="base", low=Decimal(1)))
    add(reporting, "CLASSES", columns=columns, unit="lớp/trường", scale=1)
    assert services.make_obligations(first=date(2026, 9, 30), last=date(2026, 9, 30), at=NOW, codes=["CLASSES"]) == 124
    reporting.publish("CLASSES", N="30", OF="4")
    assert reporting.figure("CLASSES", reporting.commune).value == Decimal("7.5")
    for bad, words in ((Column("N N", "x", ""), "no code of a column"), (Column("A", "x", "", role="more"), "no column that is added up")):
        with pytest.raises(Refusal, match=words) as refused:
            add(reporting, "BAD", columns=(bad,))
        assert refused.value.field == "columns"


def test_reports_owed_already_follow_the_new_formula_and_none_is_owed_twice(reporting: Reporting) -> None:
    services.make_obligations(first=date(2026, 9, 1), last=date(2026, 12, 31), at=NOW, codes=["TOURIST"])
    before = Obligation.objects.filter(indicator__code="TOURIST").count()
    services.change_formula(
        reporting.keeper, code="TOURIST", values={"top": ["TOURIST.STAY"], "more": ["TOURIST.ALL"]}, columns=(Column("NIGHTS", "Số đêm", "Nights", role="more"),),
        valid_from=date(2026, 11, 1), source="Công văn 80", at=NOW,
    )  # fmt: skip
    services.make_obligations(first=date(2026, 9, 1), last=date(2026, 12, 31), at=NOW, codes=["TOURIST"])
    assert Obligation.objects.filter(indicator__code="TOURIST").count() == before
    assert [series.code for series in queries.asked(reporting.owed("TOURIST", period="2026-10"))] == ["TOURIST.ALL", "TOURIST.INTL", "TOURIST.STAY"]
    assert [series.code for series in queries.asked(reporting.owed("TOURIST", period="2026-11"))] == ["TOURIST.STAY", "TOURIST.ALL", "TOURIST.NIGHTS"]
    with pytest.raises(Refusal, match="above and below the line"):
        services.change_formula(
            reporting.keeper, code="TOURIST", values={"top": ["TOURIST.STAY"], "base": ["TOURIST.STAY"]}, valid_from=date(2026, 12, 1), source="x", at=NOW
        )


def test_a_figure_of_the_platform_becomes_an_indicator(reporting: Reporting) -> None:
    made = add(reporting, "OVERDUE", formula="", source_kind="internal", measure="cases.on_time")
    assert (len(made.top), len(made.base)) == (1, 1)
    assert services.take_internal(at=NOW) > 0
    assert Observation.objects.filter(series__code=made.base[0], period="2026-09").exists()
    with pytest.raises(Refusal, match="no figure of the platform called cases.nothing") as refused:
        add(reporting, "OTHER", formula="", source_kind="internal", measure="cases.nothing")
    assert refused.value.field == "measure"


def test_an_indicator_that_others_stand_on_is_not_ended_under_them(reporting: Reporting) -> None:
    services.make_obligations(first=date(2026, 9, 1), last=date(2026, 12, 31), at=NOW, codes=["TOURIST"])
    add(reporting)
    with pytest.raises(Refusal, match="The formula of INTL stands on it"):
        services.end_indicator(reporting.keeper, code="TOURIST", valid_to=date(2026, 11, 1), source="Công văn 81", at=NOW)
    services.end_indicator(reporting.keeper, code="INTL", valid_to=date(2026, 11, 1), source="Công văn 81", at=NOW)
    services.end_indicator(reporting.keeper, code="TOURIST", valid_to=date(2026, 11, 1), source="Công văn 81", at=NOW)
    states = set(Obligation.objects.filter(indicator__code="TOURIST", last_day__gte="2026-11-01").values_list("state", flat=True))
    assert states == {"waived"}
    assert reporting.owed("TOURIST", period="2026-10").state == "open"
    observe("TOURIST.ALL", reporting.commune, 5)
    catalogue = queries.Catalogue()
    assert catalogue.row("TOURIST", date(2026, 11, 30)) is None
    assert catalogue.row("TOURIST", date(2026, 10, 31)) is not None
