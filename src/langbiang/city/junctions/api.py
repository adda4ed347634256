"""Junctions and observed flows for other systems, as NGSI-LD entities of the Smart Data Models."""

from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from langbiang.foundation.access import rules
from langbiang.foundation.access.acting import acting

from . import queries
from .models import Flow, Junction

Hours = Annotated[int, Query(ge=1, le=24)]
Offset = Annotated[int, Query(ge=0)]
router = Router(tags=["junctions"])
CONTEXT = [
    "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Transportation/master/context.jsonld",
]


def _property(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _place(junction: Junction) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [float(junction.longitude), float(junction.latitude)]}
    return {"type": "GeoProperty", "value": point}


def flow_entity(flow: Flow) -> dict[str, Any]:
    """A count as ItemFlowObserved; `intensity` is the number of vehicles counted in the period, not a rate."""
    begun = _instant(flow.begun_at)
    entity: dict[str, Any] = {
        "id": f"urn:ngsi-ld:ItemFlowObserved:{flow.junction.code}-{flow.lane}-{flow.vehicle_class}-{begun}",
        "type": "ItemFlowObserved",
        "location": _place(flow.junction),
        "dateObserved": _property(f"{begun}/{_instant(flow.ended_at)}"),
        "dateObservedFrom": _property({"@type": "DateTime", "@value": begun}),
        "dateObservedTo": _property({"@type": "DateTime", "@value": _instant(flow.ended_at)}),
        "laneId": _property(flow.lane),
        "itemType": _property("vehicle"),
        "itemSubType": _property(flow.vehicle_class),
        "intensity": _property(flow.vehicles),
        "@context": CONTEXT,
    }
    if flow.occupancy is not None:
        entity["occupancy"] = _property(float(flow.occupancy))
    if flow.speed_kmh is not None:
        entity["averageSpeed"] = _property(float(flow.speed_kmh), unitCode="KMH")
    return entity


def junction_entity(row: queries.LiveJunction) -> dict[str, Any]:
    """A junction with its mode as it stands; without a fresh report the mode says so."""
    entity = {
        "id": f"urn:ngsi-ld:SignalJunction:{row.junction.code}", "type": "SignalJunction", "name": _property(row.junction.name),
        "location": _place(row.junction), "signalMode": _property(row.mode), "geometryVerified": _property(row.junction.verified),
        "@context": CONTEXT,
    }  # fmt: skip
    if row.status is not None:
        entity["dateLastValueReported"] = _property({"@type": "DateTime", "@value": _instant(row.status.at)})
    return entity


@router.get("/entities", url_name="junctions", summary="Junctions as NGSI-LD")
@rules.client("traffic.view")
def junctions(request: HttpRequest) -> list[dict[str, Any]]:
    """Junctions within reach of the key, with their mode now."""
    return [junction_entity(row) for row in queries.live(acting(request), at=timezone.now())]


@router.get("/flows", url_name="flows", summary="Observed flows as NGSI-LD ItemFlowObserved")
@rules.client("traffic.view")
def flows(request: HttpRequest, hours: Hours = 1, offset: Offset = 0) -> list[dict[str, Any]]:
    """Counts of the last hours with a quality of at least 0.5, at most 1000 from `offset` on."""
    rows = queries.recent_flows(acting(request), at=timezone.now(), hours=hours)
    return [flow_entity(row) for row in rows[offset : offset + 1000]]
