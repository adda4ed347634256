"""The shipped facts, checked against an independent copy of the public lists where one is at hand."""

import csv
import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from langbiang.foundation.places import queries, reference
from langbiang.foundation.places.models import Place, PlaceSuccession
from langbiang.foundation.places.naming import match_key

from .conftest import EVE, NOW, REFORM, TODAY

pytestmark = pytest.mark.usefixtures("register")


def read(shared_data, name):
    with open(shared_data / "places" / name, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_second_load_changes_nothing():
    assert reference.load(at=NOW) == ""


def test_today_has_34_provinces_of_which_7_are_cities():
    kinds = Counter(row.kind for row in queries.provinces(on=TODAY))

    assert kinds == {"city": 7, "province": 27}


@pytest.mark.parametrize(
    ("day", "cities", "provinces"),
    [("2026-04-29", 6, 28), ("2026-04-30", 7, 27), ("2025-06-30", 6, 57), ("2024-12-31", 5, 58)],
)
def test_the_number_of_cities_follows_the_day(day, cities, provinces):
    kinds = Counter(row.kind for row in queries.provinces(on=dt.date.fromisoformat(day)))

    assert (kinds["city"], kinds["province"]) == (cities, provinces)


def test_lam_dong_has_103_communes_20_wards_and_one_special_zone():
    kinds = Counter(row.kind for row in queries.communes(province="68", on=TODAY))

    assert kinds == {"commune": 103, "ward": 20, "special_zone": 1}


def test_before_the_reform_its_ground_had_329_units_below_three_provinces():
    rows = [row for province in ("60", "67", "68") for row in queries.communes(province=province, on=EVE)]

    assert Counter(row.kind for row in rows) == {"commune": 259, "ward": 40, "town": 30}


def test_every_unit_agrees_with_the_public_list(shared_data):
    listed = {row["code"]: row for row in read(shared_data, "lamdong_124_units.csv")}
    ours = {row.code: row for row in queries.communes(province="68", on=TODAY)}

    assert ours.keys() == listed.keys()
    for code, row in ours.items():
        expected = listed[code]
        assert (row.name, row.title, row.kind, row.name_en) == (
            expected["name"], expected["full_name"], expected["kind"], expected["name_en"],
        )  # fmt: skip
        assert row.area_km2 == Decimal(expected["area_km2"]).quantize(Decimal("0.01"))
        assert row.area_measured_km2 == Decimal(expected["area_km2_calc"]).quantize(Decimal("0.01"))
        assert row.local_epsg == int(expected["vn2000_epsg_local"])


def test_every_province_agrees_with_the_public_list(shared_data):
    listed = {row["code"]: row for row in read(shared_data, "provinces_34.csv")}
    ours = {row.code: row for row in queries.provinces(on=TODAY)}

    assert {c: (r.name, r.name_en, r.kind) for c, r in ours.items()} == {
        c: (r["name"], r["name_en"], r["kind"]) for c, r in listed.items()
    }
    assert {c: (str(r.area_km2), r.population) for c, r in ours.items() if r.area_km2} == {
        c: (f"{Decimal(r['area_km2_nq202']):.2f}", int(r["population_nq202"]))
        for c, r in listed.items()
        if r["area_km2_nq202"]
    }


def test_the_parts_of_every_merged_province_are_those_of_the_resolution(shared_data):
    for row in read(shared_data, "provinces_34.csv"):
        merged = row["merged_from"].split(".")[0]
        if merged.startswith("giữ"):
            continue
        merged = merged.replace(" và ", ", ").replace("TPHCM", "Hồ Chí Minh")
        expected = {
            match_key(part.strip().removeprefix("tỉnh ").removeprefix("thành phố ")) for part in merged.split(",")
        }

        parts = queries.predecessors(row["code"], on=REFORM)

        assert {match_key(part.place.name) for part in parts} == expected, row["name"]


def test_all_331_rows_from_old_to_new_are_there(shared_data):
    expected = defaultdict(Counter)
    for row in read(shared_data, "lamdong_old_to_new.csv"):
        expected[row["new_code"]][match_key(row["old_unit"].split(" (")[0])] += 1

    ours = defaultdict(Counter)
    for row in queries.communes(province="68", on=TODAY):
        for part in queries.predecessors(row.code, on=TODAY):
            ours[row.code][match_key(part.place.title)] += 1

    assert ours == expected
    assert sum(sum(parts.values()) for parts in ours.values()) == 331


def test_exactly_two_communes_were_split():
    split = defaultdict(set)
    for step in PlaceSuccession.objects.filter(kind="split").select_related("old", "new"):
        split[step.old.name].add(step.new.code)
        assert not step.is_whole

    assert split == {"Phong Phú": {"22978", "22972"}, "Hòa Thắng": {"23041", "23053"}}


def test_four_units_went_on_unchanged_and_one_was_renamed():
    alone = PlaceSuccession.objects.filter(new__level="commune", kind__in=["transfer", "rename"])
    steps = {step.new.code: (step.kind, step.old.name) for step in alone.select_related("old", "new")}

    assert steps == {
        "24616": ("transfer", "Quảng Sơn"),
        "24620": ("transfer", "Quảng Hoà"),
        "24736": ("transfer", "Quảng Trực"),
        "24985": ("transfer", "Ninh Gia"),
        "25114": ("rename", "Bà Gia"),
    }


def test_today_51_units_come_from_lam_dong_45_from_binh_thuan_28_from_dak_nong():
    sizes = {row.slug: len(row.codes) for row in queries.groups(kind="former_province", on=TODAY)}

    assert sizes == {"lam-dong-cu": 51, "binh-thuan-cu": 45, "dak-nong-cu": 28}


def test_the_planning_areas_add_up_to_their_official_areas():
    areas = {}
    for group in queries.groups(kind="planning_area", on=TODAY):
        areas[group.slug] = sum(queries.place(code, on=TODAY).area_km2 for code in group.codes)

    assert {slug: f"{area:.2f}" for slug, area in areas.items()} == {
        "da-lat": "680.89", "bao-loc": "370.88", "don-duong": "611.86", "duc-trong": "886.76",
    }  # fmt: skip


def test_the_province_and_its_units_keep_both_figures_of_their_area():
    units = queries.communes(province="68", on=TODAY)

    assert queries.place("68", on=TODAY).area_km2 == Decimal("24233.07")
    assert queries.place("68", on=TODAY).population == 3_872_999
    assert sum(row.area_km2 for row in units) == Decimal("24243.13")


def test_no_commune_carries_a_population_nobody_published():
    assert not Place.objects.filter(level="commune", population__isnull=False).exists()


def test_every_unit_names_the_act_it_rests_on():
    open_rows = Place.objects.filter(valid_to__isnull=True)

    assert not open_rows.filter(legal_ref="").exists()


def test_the_schematic_map_has_one_cell_for_every_unit():
    cells = queries.hex_layout()

    assert cells.keys() == {row.code for row in queries.communes(province="68", on=TODAY)}
    assert len({(cell.col, cell.row) for cell in cells.values()}) == 124
