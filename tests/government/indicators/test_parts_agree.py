"""Property: parts, totals, the roll-up over units and open data agree with plain sums over what was published."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import open_data, periods, queries
from langbiang.government.indicators.models import Breakdown, Indicator, Observation, Series

from .conftest import NOW, Reporting

SEPTEMBER = periods.parse("2026-09")
KEYS = [f"ORIGIN:{code}" for code in ("DOM", "NEA", "SEA", "EUR", "OTH")]
counts = st.one_of(st.none(), st.sampled_from([0, 1, 2, 3, 4, 5, 6, 30]), st.integers(0, 500))


@pytest.fixture
def units(reporting: Reporting) -> list[int]:
    Indicator.objects.filter(code="TOURIST").update(coverage_percent=0)
    return [row.id for row in organizations.commune_agencies(on=NOW.date())[:6]]


def _publish(units: list[int], table: list[list[int | None]], more: list[int]) -> dict[tuple[int, str], int]:
    """Units with their parts; the total is the sum of the parts there are, and what they do not say."""
    series = Series.objects.get(code="TOURIST.ALL")
    cells: dict[tuple[int, str], int] = {}
    for unit, parts, rest in zip(units, table, more, strict=False):
        for key, value in zip(KEYS, parts, strict=True):
            if value is not None:
                cells[unit, key] = value
        cells[unit, "_T"] = sum(value or 0 for value in parts) + rest
    Observation.objects.bulk_create(
        Observation(
            series=series, agency_id=unit, period="2026-09", first_day=SEPTEMBER.first, last_day=SEPTEMBER.last, frequency="M", breakdown=key,
            value=value, known_from=NOW, source="x", reported_by="x", reported_at=NOW, published_by="x",
        )
        for (unit, key), value in cells.items()
    )  # fmt: skip
    return cells


@trying(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    table=st.lists(st.lists(counts, min_size=5, max_size=5), min_size=1, max_size=6), more=st.lists(st.sampled_from([0, 0, 0, 2, 50]), min_size=6, max_size=6),
    is_exhaustive=st.booleans(),
)  # fmt: skip
def test_parts_totals_roll_up_and_open_data_agree(units: list[int], table: list[list[int | None]], more: list[int], is_exhaustive: bool) -> None:
    with transaction.atomic():
        Breakdown.objects.filter(by="ORIGIN").update(is_exhaustive=is_exhaustive)
        cells = _publish(units, table, more)
        _compare(units, cells)
        transaction.set_rollback(True)
    assert not connection.needs_rollback


def _compare(units: list[int], cells: dict[tuple[int, str], int]) -> None:
    root = next(iter(organizations.root_ids()))
    indicator = Indicator.objects.get(code="TOURIST")
    province: dict[str, int] = {}
    for (_unit, key), value in cells.items():
        province[key] = province.get(key, 0) + value
    (by,) = queries.parts_of(indicator, root, SEPTEMBER)
    for part in by.parts:
        having = [unit for unit in units if (unit, part.key) in cells]
        assert part.figure.value == province.get(part.key)
        assert part.figure.have == (len(having) if having else 0)
        below = sum(cells[unit, "_T"] for unit in having)
        assert part.share == (Decimal(100) * province[part.key] / below if below else None)
        ((_period, found),) = queries.history(indicator, root, last=SEPTEMBER, count=1, part=part.key)
        assert found == part.figure
        of_units = queries.by_unit(indicator, units, last=SEPTEMBER, part=part.key)
        assert {unit: found.value for unit, (found, _before) in of_units.items()} == {unit: cells.get((unit, part.key)) for unit in units}
    lines = {(line.area, line.part): line for line in open_data.table(indicator, today=NOW.date())}
    areas = {organizations.agency(unit).place_code: unit for unit in units} | {settings.PROVINCE_CODE: root}
    wanted = {**cells, **{(root, key): value for key, value in province.items()}}
    assert {(areas[area], part) for area, part in lines} == set(wanted)
    for (area, part), line in lines.items():
        value = wanted[areas[area], part]
        assert line.status == "Q" if line.value is None else line.value == value
        if 0 < value < open_data.FEWEST:
            assert line.value is None
    _nothing_by_subtraction(lines, wanted, areas, units)


def _nothing_by_subtraction(
    lines: dict[tuple[str, str], open_data.Line], wanted: dict[tuple[int, str], int], areas: dict[str, int], units: list[int]
) -> None:
    """In no sum of what is told a single small number is left open: neither over units nor over parts, nor the rest of the parts."""
    hidden = {(areas[area], part) for (area, part), line in lines.items() if line.value is None}
    for key in ("_T", *KEYS):
        left = [(unit, key) for unit in units if (unit, key) in hidden]
        if (areas[settings.PROVINCE_CODE], key) in wanted and (areas[settings.PROVINCE_CODE], key) not in hidden:
            assert len(left) != 1 or wanted[left[0]] >= open_data.FEWEST
    for agency in areas.values():
        if (agency, "_T") not in wanted or (agency, "_T") in hidden:
            continue
        parts = [(agency, key) for key in KEYS if (agency, key) in wanted]
        left = [cell for cell in parts if cell in hidden]
        rest = wanted[agency, "_T"] - sum(wanted[cell] for cell in parts)
        if parts and not left:
            assert not 0 < rest < open_data.FEWEST
        if len(left) == 1 and not 0 < rest < open_data.FEWEST:
            assert wanted[left[0]] >= open_data.FEWEST
