"""Boundaries from a GeoJSON package: read, checked, simplified as one coverage, asked for points. No database.

They are for looking at, never the legal boundary. Simplifying unit by unit would open gaps between neighbours, so all
units are simplified together.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

MOST_BYTES = 60 * 1024 * 1024
WEST, SOUTH, EAST, NORTH = 102.0, 6.0, 118.0, 24.0  # Viet Nam with its islands, degrees
TOLERANCE = 0.0008  # degrees, some 90 m: below one pixel of a map of the province
DRAWN_DECIMALS = 4
EXACT_DECIMALS = 6


@dataclass(frozen=True)
class Shape:
    """One unit of a package."""

    code: str
    geometry: Any
    drawn: Any = None
    neighbours: tuple[str, ...] = ()


class Unreadable(ValueError):
    """The file is no package of boundaries; the text says why."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a package, fit to be translated: a kind, the unit, and what was found."""

    kind: str  # not_polygons | invalid | outside | twice | no_code
    code: str
    detail: str = ""


def read(path: Path) -> tuple[list[Shape], str, list[Fault]]:
    """Units of a GeoJSON file, the attribution it carries, and what is wrong with single units. Raises Unreadable."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unreadable("too_large")
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise Unreadable("no_file") from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise Unreadable("no_json") from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise Unreadable("no_collection")
    shapes: dict[str, Shape] = {}
    faults: list[Fault] = []
    for number, feature in enumerate(features, start=1):
        code = _code(feature)
        if not code:
            faults.append(Fault("no_code", "", str(number)))
        elif code in shapes:
            faults.append(Fault("twice", code))
        else:
            shape, fault = _shape(code, feature)
            if shape:
                shapes[code] = shape
            if fault:
                faults.append(fault)
    attribution = content.get("attribution") or content.get("licence") or ""
    return list(shapes.values()), attribution.strip() if isinstance(attribution, str) else "", faults


def _code(feature: Any) -> str:
    if not isinstance(feature, dict):
        return ""
    properties = feature.get("properties")
    code = properties.get("code") if isinstance(properties, dict) else None
    code = code if code is not None else feature.get("id")
    return code.strip() if isinstance(code, str) else ""


def _shape(code: str, feature: dict[str, Any]) -> tuple[Shape | None, Fault | None]:
    raw = feature.get("geometry")
    if not isinstance(raw, dict) or raw.get("type") not in ("Polygon", "MultiPolygon"):
        return None, Fault("not_polygons", code)
    try:
        geometry = shapely.from_geojson(json.dumps({"type": raw["type"], "coordinates": raw.get("coordinates")}))
    except (shapely.errors.GEOSException, ValueError, TypeError):
        return None, Fault("not_polygons", code)
    if geometry is None or geometry.is_empty:
        return None, Fault("not_polygons", code)
    geometry = shapely.force_2d(geometry)
    west, south, east, north = geometry.bounds
    if not (WEST <= west <= east <= EAST and SOUTH <= south <= north <= NORTH):
        return None, Fault("outside", code, f"{west:.2f} {south:.2f} {east:.2f} {north:.2f}")
    if not shapely.is_valid(geometry):
        return None, Fault("invalid", code, shapely.is_valid_reason(geometry))
    return Shape(code, geometry), None


def simplified(shapes: Iterable[Shape], *, tolerance: float = TOLERANCE) -> list[Shape]:
    """The same units with the lines to draw, neighbours glued together, and who touches whom."""
    given = list(shapes)
    exact = [shape.geometry for shape in given]
    drawn = shapely.coverage_simplify(exact, tolerance) if exact else []
    tree = shapely.STRtree(exact)
    beside: list[set[str]] = [set() for _shape in given]
    for one, other in zip(*tree.query(exact, predicate="intersects"), strict=True):
        if one < other and exact[one].intersection(exact[other]).length > 0:
            beside[one].add(given[other].code)
            beside[other].add(given[one].code)
    return [
        Shape(shape.code, shape.geometry, line, tuple(sorted(near)))
        for shape, line, near in zip(given, drawn, beside, strict=True)
    ]


def points(geometry: Any) -> int:
    """How many points a shape has."""
    return int(shapely.get_num_coordinates(geometry))


def coordinates(geometry: Any, decimals: int) -> list[Any]:
    """Coordinates of a MultiPolygon as GeoJSON has them, rounded."""
    parts = geometry.geoms if geometry.geom_type == "MultiPolygon" else [geometry]
    return [
        [
            [[round(x, decimals), round(y, decimals)] for x, y in ring.coords]
            for ring in (part.exterior, *part.interiors)
        ]
        for part in parts
        if not part.is_empty
    ]


class Finder:
    """Which unit contains a point. A point on a border belongs to the unit with the lower code."""

    def __init__(self, units: Iterable[tuple[str, list[Any]]]) -> None:
        ordered = sorted(units, key=lambda unit: unit[0])
        self.codes: list[str] = [code for code, _coordinates in ordered]
        shapes = [shapely.MultiPolygon([(rings[0], rings[1:]) for rings in polygons]) for _code, polygons in ordered]
        self.shapes = shapes
        shapely.prepare(shapes)
        self.tree = shapely.STRtree(shapes)

    def at(self, lat: float, lon: float) -> str | None:
        """The code of the unit at a point, or None."""
        point = shapely.Point(lon, lat)
        for index in sorted(self.tree.query(point)):
            if self.shapes[index].intersects(point):
                return self.codes[int(index)]
        return None

    def at_many(self, places: Iterable[tuple[float, float]]) -> list[str | None]:
        """The same for many (lat, lon) at once."""
        dots = [shapely.Point(lon, lat) for lat, lon in places]
        found: list[str | None] = [None] * len(dots)
        if dots:
            for dot, unit in sorted(zip(*self.tree.query(dots, predicate="intersects"), strict=True), reverse=True):
                found[int(dot)] = self.codes[unit]
        return found
