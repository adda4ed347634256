"""Where cameras look: versions of points of the picture laid onto the map, each with its error and who made it."""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from langbiang.city.traffic.vision.faults import Fault
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import policies
from ..layout import Layout as Sound
from ..models import CameraCalibration, Junction
from .finding import NoSuch, junction_to_write, layout_in_force, person_of
from .withdrawing import overtaken

if TYPE_CHECKING:
    from langbiang.city.traffic.vision.calibration import Calibration

MOST_POINTS = 12
log = logging.getLogger(__name__)
Pair = tuple[float, float, float, float]


class BadPoints(Refusal):
    """The points do not lead from the picture to the ground; `field` names the point where one can be named."""

    status = 422


def words_of(fault: Fault) -> str:
    """Why points are refused, in words."""
    return {
        Fault.FEW: _("At least four points are needed."),
        Fault.UNEVEN: _("Every point of the picture needs its point on the map."),
        Fault.OUTSIDE: _("A point lies outside the picture."),
        Fault.SAME: _("Two points lie on top of each other; move them apart."),
        Fault.LINE: _("Three points lie nearly on a line; choose points that span the road."),
        Fault.CROSSED: _("The points go round the other way in the picture than on the map; two are mixed up."),
        Fault.HORIZON: _("The horizon runs between the points; choose points on the ground only."),
        Fault.ERROR: _("The points contradict each other; check the one that is furthest off."),
    }[fault]


def zones_of(junction: Junction) -> dict[str, list[str]]:
    """Camera zones of the layout in force and the lanes each watches. Raises NoSuch."""
    rows = Sound(layout_in_force(junction).content).content["zones"]
    return {row["key"]: list(row["lanes"]) for row in rows if row["kind"] == "camera"}


def solve(points: Sequence[Pair], *, size: tuple[int, int]) -> "Calibration":
    """The calibration of points (picture x, y in pixels, map x, y in metres). Raises BadPoints."""
    from langbiang.city.traffic.vision.calibration import BadCalibration, calibrate

    if len(points) > MOST_POINTS:
        raise BadPoints(_("At most %(most)s points.") % {"most": MOST_POINTS})
    if not (64 <= size[0] <= 8192 and 64 <= size[1] <= 8192):
        raise BadPoints(_("A picture is from 64 to 8192 pixels wide and high."), field="width")
    try:
        return calibrate([p[:2] for p in points], [p[2:] for p in points], size=size)
    except BadCalibration as problem:
        named = None if problem.point is None else f"point_{problem.point + 1}"
        raise BadPoints(words_of(problem.fault), field=named) from problem


@transaction.atomic
def calibrate_camera(
    actor: Actor, *, junction_code: str, zone: str, points: Sequence[Pair], size: tuple[int, int], note: str, at: datetime,
    seen: int | None = None,
) -> CameraCalibration:  # fmt: skip
    """Keep the next version for a camera zone; the newest is in force. Raises Forbidden, NoSuch, BadPoints, Stale.

    `seen` is the number of the newest version when the form was opened, 0 for none: one kept since is not put out of force unseen.
    """
    junction = junction_to_write(actor, code=junction_code)
    policies.require(policies.may_plan(actor, agency_id=junction.agency_id))
    if zone not in zones_of(junction):
        raise NoSuch(_("The layout has no camera %(zone)s.") % {"zone": zone})
    last = CameraCalibration.objects.filter(junction=junction, zone=zone).order_by("-number").first()
    if seen is not None and last is not None and last.number != seen:
        raise overtaken(last.made_by, last.made_at, version=last.number)
    found = solve(points, size=size)
    row = CameraCalibration.objects.create(
        junction=junction, zone=zone, number=last.number + 1 if last else 1, width=size[0], height=size[1],
        points=[[round(v, 3) for v in p] for p in points], error_m=round(found.error_m, 3), slip_m=round(min(found.slip_m, 999.0), 3),
        note=note.strip()[:300], made_by_id=person_of(actor), made_by=actor.label[:200], made_at=at,
    )  # fmt: skip
    audit.record(
        actor, "traffic.camera_calibrated", row,
        after={"junction": junction.code, "zone": zone, "number": row.number, "error_m": str(row.error_m), "points": row.points}, at=at,
    )  # fmt: skip
    transaction.on_commit(publish_calibrations)
    return row


def calibrations_path() -> Path:
    """The file from which watching processes take the versions in force."""
    return Path(settings.HOME) / "traffic" / "calibrations.json"


def publish_calibrations() -> bool:
    """Write the newest version of every camera zone for the watching processes; gives whether the file changed.

    Whoever writes later reads later: one at a time. Where the file cannot be written now, the next minute tries again.
    """
    from langbiang.city.traffic.vision import saved

    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('junctions.calibrations'))")
            newest = CameraCalibration.objects.order_by("junction_id", "zone", "-number").distinct("junction_id", "zone")
            return saved.write(
                calibrations_path(),
                [
                    saved.Saved(
                        row.junction.code, row.zone, row.number, row.made_at.timestamp(), (row.width, row.height),
                        tuple((p[0], p[1], p[2], p[3]) for p in row.points),
                    )
                    for row in newest.select_related("junction")
                ],
            )  # fmt: skip
    except OSError:
        log.exception("the calibrations could not be written to %s", calibrations_path())
        return False
