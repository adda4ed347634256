"""Loading a package of boundaries, and taking it away. Without one, maps fall back to the schematic layout."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.errors import Text
from langbiang.foundation.access.policies import require

from .. import geometry, policies
from .. import queries as places
from ..events import BoundariesLoaded
from ..models import Boundary, BoundaryPackage
from .locking import hold_register, insist
from .refusals import NoSuchThing


class BadPackage(Refusal):
    """The file cannot be used as boundaries; `problems` lists what was found."""

    def __init__(self, message: Text, *, problems: Sequence[str] = (), way_out: Text = "") -> None:
        super().__init__(message, field="path", way_out=way_out)
        self.problems = list(problems)


@transaction.atomic
def import_geometry(
    actor: Actor, *, path: Path | str, attribution: str = "", province_code: str | None = None, at: datetime
) -> BoundaryPackage:
    """Load boundaries of all units of a province from a GeoJSON file; they replace those before.

    Loading the same file again changes nothing. Raises Forbidden, BadPackage, Incomplete (no attribution).
    """
    require(policies.may_edit(actor))
    file = Path(path)
    province = province_code or settings.PROVINCE_CODE
    try:
        shapes, said, faults = geometry.read(file)
    except geometry.Unreadable as error:
        raise BadPackage(
            _unreadable(str(error), file), way_out=_("Check the path and the file; the maps stay as they are.")
        ) from error
    day = timezone.localdate(at)
    expected = {row.code: row for row in places.communes(province=province, on=day)}
    found = {shape.code for shape in shapes}
    problems = [_told(fault) for fault in faults]
    problems += [
        str(_("%(place)s (%(code)s) is missing.") % {"place": row.title, "code": code})
        for code, row in expected.items()
        if code not in found and code not in {fault.code for fault in faults}
    ]
    problems += [
        str(_("No unit of today has the code %(code)s.") % {"code": code}) for code in sorted(found - set(expected))
    ]
    if problems or not expected:
        raise BadPackage(
            _("%(ok)s of %(all)s units can be used; the package was not loaded.")
            % {"ok": len(found & set(expected)), "all": len(expected)},
            problems=problems, way_out=_("Correct the file and load it again; the maps stay as they are."),
        )  # fmt: skip
    attribution = insist("attribution", attribution or said)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    hold_register()
    present = BoundaryPackage.objects.filter(province_code=province, is_current=True).first()
    if present is not None and (present.digest, present.attribution) == (digest, attribution):
        return present
    drawn = geometry.simplified(shapes)
    BoundaryPackage.objects.filter(province_code=province).delete()
    package = BoundaryPackage.objects.create(
        name=file.name[:200], digest=digest, attribution=attribution[:500], province_code=province, loaded_at=at,
        loaded_by=actor.label[:200], units=len(drawn), is_current=True,
        points_read=sum(geometry.points(shape.geometry) for shape in drawn),
        points_kept=sum(geometry.points(shape.drawn) for shape in drawn),
    )  # fmt: skip
    Boundary.objects.bulk_create(_row(package, shape) for shape in drawn)
    audit.record(
        actor, "places.boundaries_loaded", package, at=at,
        before={"digest": present.digest} if present else None,
        after={"file": package.name, "digest": digest, "units": package.units, "attribution": attribution},
    )  # fmt: skip
    events.emit(
        actor, BoundariesLoaded(package_id=package.pk, province_code=province, units=package.units), at=at,
        subject=f"boundaries:{package.pk}",
    )  # fmt: skip
    return package


@transaction.atomic
def drop_boundaries(actor: Actor, *, province_code: str | None = None, reason: str, at: datetime) -> None:
    """Take the boundaries away; maps show the schematic layout again. Raises Forbidden, NoSuchThing, Incomplete."""
    require(policies.may_edit(actor))
    reason = insist("reason", reason)
    province = province_code or settings.PROVINCE_CODE
    hold_register()
    package = BoundaryPackage.objects.filter(province_code=province, is_current=True).first()
    if package is None:
        raise NoSuchThing(_("No boundaries are loaded."), way_out=_("Open the page again."))
    audit.record(
        actor, "places.boundaries_dropped", package, at=at,
        before={"file": package.name, "digest": package.digest}, after={"reason": reason},
    )  # fmt: skip
    package.delete()
    events.emit(actor, BoundariesLoaded(package_id=0, province_code=province, units=0), at=at)


def _row(package: BoundaryPackage, shape: geometry.Shape) -> Boundary:
    west, south, east, north = shape.geometry.bounds
    return Boundary(
        package=package, code=shape.code, west=west, south=south, east=east, north=north,
        exact=geometry.coordinates(shape.geometry, geometry.EXACT_DECIMALS),
        drawn=geometry.coordinates(shape.drawn, geometry.DRAWN_DECIMALS),
        neighbours=list(shape.neighbours),
    )  # fmt: skip


def _unreadable(why: str, file: Path) -> Text:
    words: dict[str, Text] = {
        "too_large": _("The file is larger than 60 MB."),
        "no_file": _("There is no file that can be read at “%(path)s”.") % {"path": file},
        "no_json": _("The file is not JSON in UTF-8."),
        "no_collection": _("The file is not a GeoJSON FeatureCollection."),
    }
    return words[why]


def _told(fault: geometry.Fault) -> str:
    words: dict[str, Text] = {
        "no_code": _("Feature %(detail)s has no unit code."),
        "twice": _("%(code)s appears twice."),
        "not_polygons": _("%(code)s has no readable polygons."),
        "outside": _("%(code)s lies outside Viet Nam (%(detail)s): longitude and latitude may be exchanged."),
        "invalid": _("The boundary of %(code)s crosses itself (%(detail)s)."),
    }
    return str(words[fault.kind]) % {"code": fault.code, "detail": fault.detail}
