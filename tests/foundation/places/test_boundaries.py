"""Boundaries from a package: made-up squares for the rules, the real file where one is at hand."""

import json
import random

import pytest
from django.utils import translation

from langbiang.foundation.audit.models import Entry
from langbiang.foundation.places import queries, services
from langbiang.foundation.places.models import Boundary, BoundaryPackage

from .conftest import NOW, TODAY

pytestmark = pytest.mark.usefixtures("register")

WEST, SOUTH, SIDE = 107.3, 10.6, 0.1


def square(index):
    west, east = (round(WEST + SIDE * (index % 12 + k), 3) for k in (0, 1))
    south, north = (round(SOUTH + SIDE * (index // 12 + k), 3) for k in (0, 1))
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def feature(code, coordinates, kind="Polygon"):
    return {
        "type": "Feature",
        "properties": {"code": code},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


@pytest.fixture
def chessboard():
    """Every unit of today as a square of its own, twelve to a row."""
    codes = sorted(row.code for row in queries.communes(province="68", on=TODAY))
    return {
        "type": "FeatureCollection",
        "attribution": "Nhà xuất bản thử nghiệm",
        "features": [feature(code, square(index)) for index, code in enumerate(codes)],
    }


@pytest.fixture
def load(tmp_path, keeper):
    def run(content, **more):
        path = tmp_path / "units.geojson"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return services.import_geometry(keeper, **{"path": path, "at": NOW, **more})

    return run


def test_without_a_package_nothing_breaks():
    assert queries.boundary_status() is None
    assert queries.place_at(11.94, 108.44) is None
    assert queries.codes_at([(11.94, 108.44)]) == [None]
    assert queries.neighbours("24931") == []
    assert queries.drawn() == {}


def loads_told():
    return Entry.objects.filter(action="places.boundaries_loaded").count()


def test_a_package_is_loaded_and_told(load, chessboard):
    before = loads_told()
    package = load(chessboard)

    status = queries.boundary_status()
    assert status is not None
    assert (status.units, status.attribution, status.name) == (124, "Nhà xuất bản thử nghiệm", "units.geojson")
    assert package.points_read == 124 * 5
    assert loads_told() == before + 1


def test_loading_the_same_file_again_changes_nothing(load, chessboard):
    first = load(chessboard)
    before = loads_told()

    assert load(chessboard).pk == first.pk
    assert loads_told() == before


def test_a_new_package_replaces_the_one_before(load, chessboard):
    load(chessboard)
    chessboard["attribution"] = "Nguồn khác"
    load(chessboard)

    assert BoundaryPackage.objects.count() == 1
    assert Boundary.objects.count() == 124


def test_a_point_is_in_the_unit_around_it(load, chessboard):
    load(chessboard)
    codes = sorted(row.code for row in queries.communes(province="68", on=TODAY))

    place = queries.place_at(SOUTH + 1.5 * SIDE, WEST + 2.5 * SIDE)

    assert place is not None
    assert place.code == codes[12 + 2]
    assert queries.place_at(21.03, 105.85) is None


def test_a_point_on_a_border_always_has_the_same_answer(load, chessboard):
    load(chessboard)
    codes = sorted(row.code for row in queries.communes(province="68", on=TODAY))
    corner = (round(SOUTH + SIDE, 3), round(WEST + SIDE, 3))

    assert queries.code_at(*corner) == codes[0]
    assert queries.codes_at([corner]) == [codes[0]]


def test_many_points_are_found_as_one_by_one(load, chessboard):
    load(chessboard)
    chance = random.Random(7)
    points = [(chance.uniform(10.4, 12.0), chance.uniform(107.1, 108.8)) for _ in range(10_000)]
    queries.codes_at(points[:1])

    found = queries.codes_at(points)

    assert found[:200] == [queries.code_at(*point) for point in points[:200]]


def test_neighbours_share_a_line_not_a_corner(load, chessboard):
    load(chessboard)
    codes = sorted(row.code for row in queries.communes(province="68", on=TODAY))

    assert queries.neighbours(codes[13]) == sorted([codes[1], codes[12], codes[14], codes[25]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection", "features": 3}', "not a GeoJSON FeatureCollection"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_files_that_are_no_package_are_refused_in_words(load, content, message):
    with pytest.raises(services.BadPackage, match=message) as refused:
        load(content)
    assert refused.value.field == "path"


def test_a_path_without_a_file_is_refused_in_words(keeper, tmp_path):
    with pytest.raises(services.BadPackage, match="no file that can be read"):
        services.import_geometry(keeper, path=tmp_path / "none.geojson", at=NOW)
    with pytest.raises(services.BadPackage, match="no file that can be read"):
        services.import_geometry(keeper, path=tmp_path, at=NOW)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda f: f.pop(0), "22918) is missing"),
        (lambda f: f.append(feature("99999", square(130))), "No unit of today has the code 99999"),
        (lambda f: f.append(f[0]), "22918 appears twice"),
        (lambda f: f.append({"type": "Feature"}), "Feature 125 has no unit code"),
        (lambda f: f[0].update(geometry=None), "22918 has no readable polygons"),
        (lambda f: f[0].update(geometry={"type": "Point", "coordinates": [1, 2]}), "no readable polygons"),
        (lambda f: f[0]["geometry"].update(coordinates="x"), "no readable polygons"),
        (lambda f: f[0]["geometry"].update(coordinates=[[[0, 0], [1]]]), "no readable polygons"),
        (
            lambda f: f[0]["geometry"].update(
                coordinates=[[[y, x] for x, y in ring] for ring in f[0]["geometry"]["coordinates"]]
            ),
            "longitude and latitude may be exchanged",
        ),
        (
            lambda f: f[0]["geometry"].update(
                coordinates=[[[107.3, 10.6], [107.4, 10.7], [107.4, 10.6], [107.3, 10.7], [107.3, 10.6]]]
            ),
            "crosses itself",
        ),
    ],
)
def test_a_package_with_a_fault_is_not_loaded_and_every_fault_is_named(load, chessboard, spoil, problem):
    spoil(chessboard["features"])

    with pytest.raises(services.BadPackage, match="the package was not loaded") as refused:
        load(chessboard)

    assert any(problem in each for each in refused.value.problems), refused.value.problems
    assert queries.boundary_status() is None


def test_boundaries_without_a_source_are_refused(load, chessboard):
    del chessboard["attribution"]
    with pytest.raises(services.Incomplete, match="whom the boundaries come from"):
        load(chessboard)

    assert load(chessboard, attribution="Sở Nông nghiệp và Môi trường").attribution


def test_boundaries_can_be_taken_away(load, chessboard, keeper):
    load(chessboard)

    services.drop_boundaries(keeper, reason="Không còn dùng", at=NOW)

    assert queries.boundary_status() is None
    with pytest.raises(services.NoSuchThing):
        services.drop_boundaries(keeper, reason="x", at=NOW)


def test_the_real_package_loads_and_knows_da_lat(shared_data, keeper):
    path = shared_data / "places" / "lamdong_124_boundaries.geojson"
    if not path.is_file():
        pytest.skip(f"no boundaries at {path}")

    package = services.import_geometry(keeper, path=path, attribution="sapnhap.bando.com.vn", at=NOW)

    assert package.units == 124
    assert package.points_kept < package.points_read * 0.6
    with translation.override("vi"):
        assert queries.place_at(11.9404, 108.4583).title == "Phường Xuân Hương - Đà Lạt"
        assert queries.place_at(10.5167, 108.9333).title == "Đặc khu Phú Quý"
    assert queries.place_at(10.77, 106.70) is None
    assert "24846" in queries.neighbours("24848")
