"""Open data: what would show a single person is left out, and cannot be worked out from the rest."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.measures import Value, book, open_data, queries
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places
from langbiang.foundation.places import reference as places_reference
from langbiang.government.cases.models import Case
from tests.government.cases.world import World, build

counts = st.dictionaries(st.integers(1, 130).map(str), st.integers(0, 40).map(Value), max_size=30)


@given(counts)
def test_no_number_of_one_to_four_is_told_and_none_can_be_subtracted(values: dict[str, Value]) -> None:
    left_out = open_data.withheld(values)
    assert all(not 0 < value.top < open_data.FEWEST for code, value in values.items() if code not in left_out)
    others = [code for code, value in values.items() if value.top and code not in left_out]
    assert len(left_out) != 1 or not others


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 900))
def test_only_whole_months_are_told(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    found = open_data.months(first, last)
    for begin, end in found:
        assert begin.day == 1
        assert (end + timedelta(days=1)).day == 1
        assert end <= last
    assert all(a[1] + timedelta(days=1) == b[0] for a, b in zip(found, found[1:], strict=False))


@pytest.fixture
def world(db: None) -> World:
    book.forget()
    places_reference.load(at=timezone.now())
    found = build()
    codes = [row.code for row in places.communes(on=timezone.localdate())]
    for agency, code in ((found.commune, codes[0]), (found.neighbour, codes[1])):
        agency.place_code = code
        agency.save()
    organizations.forget()
    last_month = timezone.localtime().replace(day=1) - timedelta(days=9)
    for n in range(9):
        case = found.accepted(last_month - timedelta(hours=n))
        if n % 3:
            Case.objects.filter(pk=case.pk).update(competent_unit=found.neighbour)
    return found


def test_the_file_holds_every_unit_and_leaves_out_the_few(world: World) -> None:
    answer = Client().get("/open-data/cases.received.csv")
    assert answer.status_code == 200
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    month = max(row["TIME_PERIOD"] for row in rows)
    told = {row["REF_AREA"]: row for row in rows if row["TIME_PERIOD"] == month}
    assert told[world.commune.place_code]["OBS_STATUS"] == "Q"  # three cases
    assert told[world.neighbour.place_code]["OBS_STATUS"] == "Q"  # six, but the only other one
    assert told["68"]["OBS_VALUE"] == "9"
    assert all(row["OBS_VALUE"] == "" for row in rows if row["OBS_STATUS"] == "Q")


def test_the_message_says_the_same_as_the_file(world: World) -> None:
    message = Client().get("/open-data/cases.received.json").json()
    structure = message["data"]["structures"][0]["dimensions"]
    areas = [each["id"] for each in structure["series"][1]["values"]]
    months = [each["id"] for each in structure["observation"][0]["values"]]
    series = message["data"]["dataSets"][0]["series"]
    whole = series[f"0:{areas.index('68')}"]["observations"][str(len(months) - 1)]
    assert whole == [9.0, 0]
    assert len(months) == 24


def test_a_figure_that_is_not_open_is_not_there(world: World) -> None:
    assert not queries.known("cases.overdue").open_data
    assert Client().get("/open-data/cases.overdue.csv").status_code == 404
    assert Client().get("/open-data/no.such.csv").status_code == 404
    page = Client().get("/open-data/").content.decode()
    assert "cases.received.csv" in page
    assert "cases.overdue" not in page


def told(name: str = "cases.received") -> dict[tuple[str, str], dict[str, str]]:
    rows = csv.DictReader(StringIO(Client().get(f"/open-data/{name}.csv").content.decode("utf-8-sig")))
    return {(row["TIME_PERIOD"], row["REF_AREA"]): row for row in rows}


@pytest.mark.parametrize("kept", [False, True])
def test_before_the_first_thing_counted_a_number_is_missing_and_not_zero(world: World, kept: bool) -> None:
    if kept:
        book.rebuild(queries.known("cases.received").records, at=timezone.now)
    rows = told()
    months = sorted({month for month, _unit in rows})
    assert len(months) == 24
    assert {(rows[key]["OBS_VALUE"], rows[key]["OBS_STATUS"]) for key in rows if key[0] < months[-1]} == {("", "O")}
    assert {rows[key]["OBS_STATUS"] for key in rows if key[0] == months[-1]} == {"A", "Q"}


def test_a_month_has_the_units_of_that_month(world: World) -> None:
    """What came in before the reform of July 2025 is in the figure of the province, and in none of today's units."""
    Case.objects.update(received_at=datetime(2025, 5, 20, 3, 0, tzinfo=UTC))
    cells = open_data.table(queries.known("cases.received"), date(2025, 4, 1), date(2025, 7, 31))
    units = {month: {cell.unit for cell in cells if cell.month == month} for month in ("2025-05", "2025-07")}
    for month, end in (("2025-05", date(2025, 5, 31)), ("2025-07", date(2025, 7, 31))):
        assert units[month] - {"68"} == {row.code for row in places.communes(on=end)}
    assert units["2025-05"] != units["2025-07"]
    found = {(cell.month, cell.unit): cell for cell in cells}
    assert (found["2025-05", "68"].number, open_data.status(found["2025-04", "68"])) == (9, "O")
    assert all(cell.number in (0, None) for cell in cells if cell.unit != "68")
