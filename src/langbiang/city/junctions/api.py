"""For other systems: junctions and observed flows as NGSI-LD entities; emergency vehicles and buses that tell where they go."""

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from langbiang.city.traffic.priority.requests import EmergencyRequest, Passage
from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting

from . import queries, services
from .models import Flow, Junction

Hours = Annotated[int, Query(ge=1, le=24)]
Until = Annotated[datetime | None, Query(description="End of the window; now where it is left out")]
After = Annotated[str, Query(pattern=f"{queries.PAGE_KEY}|^$", description="From the `Link` of the page before")]
AT_ONCE = 1000
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
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
    if flow.source:
        entity["source"] = _property(flow.source)
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
def flows(request: HttpRequest, response: HttpResponse, hours: Hours = 1, until: Until = None, after: After = "") -> list[dict[str, Any]]:
    """Counts that ended in the hours before `until`, with a quality of at least 0.5, in order of beginning, 1000 at once.

    Where there are more, the header `Link` holds the address of the next page (`rel="next"`). It keeps `until`, so that the window
    stands still while it is read. An instant to come is taken as now.
    """
    if "offset" in request.GET:
        raise NoSuchPage(
            _("Pages by number skip counts that come in meanwhile."), field="offset", way_out=_("Follow the header Link of the page before.")
        )
    now = timezone.now()
    end = now if until is None else max(FIRST, min(now, until if until.tzinfo else until.replace(tzinfo=UTC)))
    rows = list(queries.newer(queries.recent_flows(acting(request), at=end, hours=hours), "begun_at", after)[: AT_ONCE + 1])
    if len(rows) > AT_ONCE:
        rows.pop()
        asked = urlencode({"hours": hours, "until": end.astimezone(UTC).isoformat(), "after": queries.key_of(rows[-1], "begun_at")})
        response["Link"] = f'<{request.path}?{asked}>; rel="next"; type="application/json"'
    return [flow_entity(row) for row in rows]


class NoSuchPage(Refusal):
    """A page was asked for by its number."""

    status = 422


class PassageIn(Schema):
    """A junction on the way; approaches as the layout names them."""

    junction: Annotated[str, Field(max_length=40)]
    from_approach: Annotated[str, Field(max_length=20)]
    to_approach: Annotated[str, Field(max_length=20, description="Empty where nobody knows yet")] = ""
    eta: Annotated[datetime, Field(description="At the stop line")]


class PriorityIn(Schema):
    """Where an emergency vehicle goes; sent again every few seconds, the newest counts."""

    vehicle: Annotated[str, Field(min_length=1, max_length=40)]
    kind: Annotated[str, Field(max_length=20, description="fire, military, police, ambulance, disaster, funeral")]
    sequence: Annotated[int, Field(ge=0, lt=2**62, description="Grows with every request of the vehicle")]
    issued_at: datetime
    expires_at: Annotated[datetime, Field(description="At most 30 s after issued_at")]
    route: Annotated[list[PassageIn], Field(max_length=40, description="Junctions ahead, nearest first; empty ends the run")]


class PriorityOut(Schema):
    """What is known of the run now."""

    run: int | None
    expires_at: datetime | None


class BusIn(Schema):
    """Where a bus is on its way to a stop line."""

    vehicle: Annotated[str, Field(min_length=1, max_length=40)]
    junction: Annotated[str, Field(max_length=40)]
    from_approach: Annotated[str, Field(max_length=20)]
    to_approach: Annotated[str, Field(max_length=20)]
    distance_m: Annotated[float, Field(ge=0, le=5000, description="To the stop line")]
    speed_kmh: Annotated[float, Field(ge=0, le=120)]
    lateness_s: Annotated[float, Field(ge=-7200, le=7200, description="Negative: early")]
    passengers: Annotated[int, Field(ge=0, le=300)]
    at: datetime


class BusesIn(Schema):
    """Positions, of each bus the newest."""

    reports: Annotated[list[BusIn], Field(max_length=200)]


class BusesOut(Schema):
    """How many positions were newer than what was known."""

    taken: int


def _known(value: datetime) -> float:
    """Seconds of the common clock; an instant without an offset is taken as UTC."""
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


@router.post("/priority", response=PriorityOut, url_name="priority", summary="Ask for green for an emergency vehicle")
@rules.client("traffic.priority")
def priority(request: HttpRequest, asked: PriorityIn) -> dict[str, Any]:
    """Taken for junctions of the agency of the key; what is refused stands in the audit with the reason."""
    actor, now = acting(request), timezone.now()
    route = tuple(Passage(p.junction, p.from_approach, p.to_approach, _known(p.eta)) for p in asked.route)
    told = EmergencyRequest(asked.vehicle.strip(), asked.kind, asked.sequence, _known(asked.issued_at), _known(asked.expires_at), route)
    try:
        run = services.take_request(actor, request=told, at=now)
    except Refusal as refused:
        services.refuse(actor, vehicle=asked.vehicle, why=str(refused), at=now)
        raise
    return {"run": run.pk if run else None, "expires_at": run.expires_at if run else None}


@router.post("/buses", response=BusesOut, url_name="buses", summary="Tell where buses are")
@rules.client("traffic.buses")
def buses(request: HttpRequest, told: BusesIn) -> dict[str, int]:
    """Positions of the last 30 s; late or full buses weigh more than a car until the next report."""
    rows = [
        services.BusReport(
            b.vehicle, b.junction, b.from_approach, b.to_approach, b.distance_m, b.speed_kmh / 3.6, b.lateness_s, b.passengers,
            datetime.fromtimestamp(_known(b.at), UTC),
        )
        for b in told.reports
    ]  # fmt: skip
    return {"taken": services.report_buses(acting(request), reports=rows, at=timezone.now())}
