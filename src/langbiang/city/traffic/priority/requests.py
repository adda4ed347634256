"""Requests of emergency vehicles: signed, short-lived, usable once. Never from what a camera believes to see.

Wire form: one line of JSON, a dot, the hexadecimal HMAC-SHA256 of that very line under the vehicle's own key. A vehicle
sends a fresh request every few seconds; the newest replaces the earlier ones, and a junction it no longer names is passed.
"""

import hmac
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from langbiang.city.traffic.network import Network
from langbiang.city.traffic.priority.order import BadOrder, LegalOrder

LONGEST_LIFE_S = 30.0
CLOCK_SKEW_S = 0.5
SHORTEST_KEY = 16
LARGEST_REQUEST = 8192
MOST_PASSAGES = 40


class Refused(ValueError):
    """The request gives no right to anything; ``rule`` is the short name under which it is audited."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(text)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Passage:
    """One junction on the route: from which edge into which, and when the vehicle expects to be at the stop line."""

    junction: str
    from_edge: str
    to_edge: str
    eta_s: float


@dataclass(frozen=True, slots=True)
class EmergencyRequest:
    """What a vehicle asks for; instants in seconds of the common clock, ``sequence`` grows with every request."""

    vehicle: str
    kind: str
    sequence: int
    issued_at: float
    expires_at: float
    route: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class VehicleKey:
    """What the control centre knows about one vehicle: its kind in the legal order and its secret."""

    kind: str
    secret: bytes


OnUse = Callable[[float, str, str, str], None]
"""Audit: instant, vehicle, rule ("accepted" or why not), sentence."""


def sign(request: EmergencyRequest, secret: bytes) -> bytes:
    """The wire form of a request. Raises ValueError when the secret is too short to be one."""
    if len(secret) < SHORTEST_KEY:
        raise ValueError(f"secret: {len(secret)} bytes; at least {SHORTEST_KEY} are needed")
    body = json.dumps(
        {
            "vehicle": request.vehicle,
            "kind": request.kind,
            "sequence": request.sequence,
            "issued_at": request.issued_at,
            "expires_at": request.expires_at,
            "route": [[p.junction, p.from_edge, p.to_edge, p.eta_s] for p in request.route],
        },
        separators=(",", ":"),
        sort_keys=True,
    ).encode()
    return body + b"." + hmac.new(secret, body, sha256).hexdigest().encode()


class RequestDesk:
    """Takes requests in and lets through what is genuine, fresh, new and drivable.

    Replays are refused by the sequence number; those recorded before a restart by ``opened_at``: nothing issued before
    the desk opened is taken, so the numbers need not outlive the process.
    """

    def __init__(
        self,
        network: Network,
        keys: Mapping[str, VehicleKey],
        order: LegalOrder,
        opened_at: float,
        *,
        on_use: OnUse | None = None,
    ) -> None:
        self._keys = dict(keys)
        self._order = order
        self._opened_at = opened_at
        self._last: dict[str, int] = {}
        self._on_use = on_use
        self._movements = {
            (j.id, j.edge_of(k.from_lane), j.edge_of(k.to_lane)) for j in network.junctions.values() for k in j.links
        }

    def receive(self, wire: bytes, now: float) -> EmergencyRequest:
        """The request, or Refused with the rule it broke. Both are told to the audit."""
        vehicle = "unknown"
        try:
            body, seal = self._parted(wire)
            raw = _fields(body)
            vehicle = str(raw["vehicle"])
            key = self._keys.get(vehicle)
            # The same answer for an unknown vehicle and a wrong seal: nobody learns which vehicles are registered.
            secret = key.secret if key else b"\0" * SHORTEST_KEY
            is_genuine = hmac.compare_digest(hmac.new(secret, body, sha256).hexdigest().encode(), seal)
            if key is None or not is_genuine:
                vehicle = "unknown"
                raise Refused("seal", "The request is not signed by a registered vehicle.")
            request = _request(raw)
            self._check(request, key, now)
        except Refused as refusal:
            self._tell(now, vehicle, refusal.rule, str(refusal))
            raise
        self._last[request.vehicle] = request.sequence
        self._tell(now, vehicle, "accepted", f"{len(request.route)} junctions ahead.")
        return request

    def _parted(self, wire: bytes) -> tuple[bytes, bytes]:
        if len(wire) > LARGEST_REQUEST:
            raise Refused("form", f"The request has more than {LARGEST_REQUEST} bytes.")
        body, dot, seal = wire.rpartition(b".")
        if not dot or len(seal) != 64:
            raise Refused("form", "The request is not of the form JSON, dot, 64 hexadecimal digits.")
        return body, seal

    def _check(self, r: EmergencyRequest, key: VehicleKey, now: float) -> None:
        if r.kind != key.kind:
            raise Refused("kind", f"The vehicle is registered as {key.kind}, not as {r.kind}.")
        check_terms(r, self._order, now, opened_at=self._opened_at, last=self._last.get(r.vehicle, -1))
        for p in r.route:
            if (p.junction, p.from_edge, p.to_edge) not in self._movements:
                raise Refused("route", f"Nobody can drive from {p.from_edge} into {p.to_edge} at junction {p.junction}.")

    def _tell(self, now: float, vehicle: str, rule: str, text: str) -> None:
        if self._on_use is not None:
            self._on_use(now, vehicle, rule, text)


def check_terms(r: EmergencyRequest, order: LegalOrder, now: float, *, opened_at: float = -math.inf, last: int = -1) -> None:
    """What holds for every request, however it was authenticated: kind, clock, life, and that it is new. Raises Refused.

    ``last`` is the number this vehicle used before; nothing issued before ``opened_at`` is taken.
    """
    try:
        order.rank(r.kind)
    except BadOrder as error:
        raise Refused("kind", str(error)) from error
    if r.issued_at > now + CLOCK_SKEW_S:
        raise Refused("clock", "The request was issued in the future: compare the clocks.")
    if r.expires_at <= now:
        raise Refused("expired", "The request has expired.")
    if r.expires_at - r.issued_at > LONGEST_LIFE_S:
        raise Refused("life", f"The request would live longer than {LONGEST_LIFE_S:.0f} s.")
    if r.issued_at < opened_at:
        raise Refused("replay", "The request was issued before the control began to listen.")
    if r.sequence <= last:
        raise Refused("replay", "A request with this number, or a later one, has already been used.")


def edge_of(lane: str) -> str:
    """The edge a lane belongs to, by the naming of lanes: edge, underscore, number."""
    return lane.rpartition("_")[0]


def _fields(body: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("form", "The request is not JSON.") from error
    wanted = {"vehicle", "kind", "sequence", "issued_at", "expires_at", "route"}
    if not isinstance(raw, dict) or set(raw) != wanted:
        raise Refused("form", f"The request must have exactly the fields {', '.join(sorted(wanted))}.")
    return raw


def _request(raw: dict[str, Any]) -> EmergencyRequest:
    try:
        route = tuple(Passage(str(j), str(a), str(b), _instant(eta)) for j, a, b, eta in raw["route"])
        if type(raw["sequence"]) is not int or raw["sequence"] < 0 or len(route) > MOST_PASSAGES:
            raise ValueError
        return EmergencyRequest(
            str(raw["vehicle"]), str(raw["kind"]), raw["sequence"], _instant(raw["issued_at"]), _instant(raw["expires_at"]), route
        )
    except (TypeError, ValueError) as error:
        raise Refused("form", "A number, an instant or the route of the request has the wrong form.") from error


def _instant(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    return float(value)
