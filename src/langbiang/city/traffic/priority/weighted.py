"""The rolling horizon with vehicles that speak for themselves: known place, known turn, known weight.

A bus or an ambulance that reports by radio is known beyond the reach of the camera and where the camera misses it. It
takes the place of the track the camera already has of it, or is added to what the camera sees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.control.estimate import Estimate, Estimator
from langbiang.city.traffic.control.horizon import RollingHorizon
from langbiang.city.traffic.control.neighbours import Arrival
from langbiang.city.traffic.control.settings import HorizonSettings
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.network import Junction, Network, Stage
from langbiang.city.traffic.perception import JunctionView, SeenVehicle

MATCH_M = 15.0
RADIO_KINDS = frozenset({"bus", "emergency"})
MARK = "radio:"


@dataclass(frozen=True, slots=True)
class RadioVehicle:
    """A vehicle that told where it is and where it turns; ``weight`` as in the cost of the plan, a car being 1."""

    vehicle: str
    kind: str
    from_edge: str
    to_edge: str
    distance_m: float
    speed_mps: float
    weight: float


class WeighingEstimator:
    """An estimator whose vehicles of known name get their own weight and turn."""

    def __init__(self, inner: Estimator) -> None:
        self._inner = inner
        self.known: dict[str, tuple[float, int]] = {}
        """Name in the view to weight and link."""

    def update(self, now: float, view: JunctionView, lamps: str, coming: Sequence[Arrival] = ()) -> Estimate:
        """The estimate with the weights put in."""
        estimate = self._inner.update(now, view, lamps, coming)
        if self.known:
            for i, name in enumerate(estimate.ids):
                if name in self.known:
                    weight, link = self.known[name]
                    estimate.weight[i] *= weight
                    estimate.link[:, i] = link
        return estimate


class WeightedHorizon(RollingHorizon):
    """``RollingHorizon`` that takes radio vehicles; without any it decides exactly as the plain one."""

    name = "ours"

    def __init__(
        self,
        network: Network,
        limits: Limits,
        stages: Mapping[str, tuple[Stage, ...]],
        settings: HorizonSettings | None = None,
    ) -> None:
        super().__init__(network, limits, stages, settings)
        self._network = network
        self._weighing: dict[str, WeighingEstimator] = {}
        for junction_id, post in self._posts.items():
            weighing: Any = WeighingEstimator(post.estimator)
            post.estimator = weighing
            self._weighing[junction_id] = weighing
        self.radio: dict[str, list[RadioVehicle]] = {}
        """Junction to the vehicles on their way to it; set anew every second."""

    def decide(
        self, now: float, views: Mapping[str, JunctionView], lamps: Mapping[str, LampDriver]
    ) -> dict[str, Decision]:
        """Decisions with the radio vehicles of this second in the views."""
        told: dict[str, JunctionView] = dict(views)
        for junction_id, weighing in self._weighing.items():
            weighing.known = {}
            heard = self.radio.get(junction_id)
            if heard:
                junction = self._network.junctions[junction_id]
                told[junction_id], weighing.known = with_radio(views[junction_id], junction, heard)
        return super().decide(now, told, lamps)


def with_radio(
    view: JunctionView, junction: Junction, heard: Sequence[RadioVehicle]
) -> tuple[JunctionView, dict[str, tuple[float, int]]]:
    """The view with radio vehicles matched to camera tracks or added; and their weight and link by name in the view."""
    vehicles = list(view.vehicles)
    known: dict[str, tuple[float, int]] = {}
    for radio in heard:
        way = radio.from_edge, radio.to_edge
        links = [k for k in junction.links if (junction.edge_of(k.from_lane), junction.edge_of(k.to_lane)) == way]
        if not links:
            continue
        by_lane = {junction.lanes.index(k.from_lane): k.index for k in links}
        tracks = [
            (abs(v.distance_m - radio.distance_m), i)
            for i, v in enumerate(vehicles)
            if v.kind in RADIO_KINDS and v.id not in known and v.lane in by_lane
        ]
        off, i = min(tracks, default=(MATCH_M, -1))
        if off < MATCH_M:
            track = vehicles[i]
            known[track.id] = radio.weight, by_lane[track.lane]
            vehicles[i] = track._replace(link=by_lane[track.lane])
        else:
            lane, link = next(iter(by_lane.items()))
            name = MARK + radio.vehicle
            known[name] = radio.weight, link
            vehicles.append(SeenVehicle(name, lane, link, radio.distance_m, radio.speed_mps, radio.kind))
    vehicles.sort(key=lambda v: (v.lane, v.distance_m))
    return replace(view, vehicles=vehicles), known
