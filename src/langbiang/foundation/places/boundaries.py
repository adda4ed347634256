"""Reading the loaded boundaries: status, points, neighbours, lines to draw. Part of `queries`."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from .geometry import Finder
from .models import Boundary, BoundaryPackage


@dataclass(frozen=True)
class PackageStatus:
    """The boundaries in use."""

    id: int
    name: str
    digest: str
    attribution: str
    province_code: str
    loaded_at: datetime
    loaded_by: str
    units: int
    points_read: int
    points_kept: int


_lock = threading.Lock()
_finders: dict[int, Finder] = {}


def boundary_status(*, province: str | None = None) -> PackageStatus | None:
    """Which boundaries are in use; None while maps are schematic. One query."""
    fields = PackageStatus.__dataclass_fields__
    row = (
        BoundaryPackage.objects.filter(province_code=province or settings.PROVINCE_CODE, is_current=True)
        .values_list(*fields)
        .first()
    )
    return PackageStatus(*row) if row else None


def _finder(province: str | None) -> Finder | None:
    status = boundary_status(province=province)
    if status is None:
        return None
    with _lock:
        if status.id not in _finders:
            _finders.clear()
            _finders[status.id] = Finder(Boundary.objects.filter(package_id=status.id).values_list("code", "exact"))
        return _finders[status.id]


def code_at(lat: float, lon: float, *, province: str | None = None) -> str | None:
    """The code of the unit around a point (WGS 84 degrees); None outside, and while no boundaries are loaded."""
    finder = _finder(province)
    return finder.at(lat, lon) if finder else None


def codes_at(points: Iterable[tuple[float, float]], *, province: str | None = None) -> list[str | None]:
    """The same for many (lat, lon) at once."""
    finder = _finder(province)
    return finder.at_many(points) if finder else [None for _point in points]


def neighbours(code: str, *, province: str | None = None) -> list[str]:
    """Codes of the units that share a border with one; empty while no boundaries are loaded."""
    row = (
        Boundary.objects.filter(
            package__province_code=province or settings.PROVINCE_CODE, package__is_current=True, code=code
        )
        .values_list("neighbours", flat=True)
        .first()
    )
    return list(row or [])


def drawn(*, province: str | None = None, codes: Iterable[str] | None = None) -> dict[str, list[Any]]:
    """Simplified lines to draw, as coordinates of a GeoJSON MultiPolygon by code."""
    rows = Boundary.objects.filter(package__province_code=province or settings.PROVINCE_CODE, package__is_current=True)
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    return dict(rows.values_list("code", "drawn"))
