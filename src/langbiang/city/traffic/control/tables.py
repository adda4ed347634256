"""One junction as the arrays the compiled rollout reads; made once when a controller starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from langbiang.city.traffic.lamps import loses_green
from langbiang.city.traffic.network import GREEN, Junction, Network, Stage

REACTION_S = 1.0
VEHICLE_SPACE_M = 7.5
START_SPEED_MPS = 10.0


@dataclass(frozen=True)
class Tables:
    """Arrays of one junction; lanes, links, stages and exits are numbered from 0."""

    junction: Junction
    stages: tuple[Stage, ...]
    stage_link: Any
    """int8 [stage, link]: 0 red, 1 gives way, 2 protected."""
    loses: Any
    """int8 [stage, stage]: 1 when the change needs an intergreen."""
    link_lane: Any
    headway: Any
    """Seconds between two vehicles leaving on this link."""
    yield_from: Any
    yield_to: Any
    """Links a link gives way to, as compressed rows."""
    link_exit: Any
    exits: tuple[str, ...]
    lane_speed: Any

    @property
    def size(self) -> int:
        return len(self.stages)


def headway_s(crossing_speed_mps: float) -> float:
    """Saturation headway from the speed at which the movement can be driven: reaction plus own length."""
    return REACTION_S + VEHICLE_SPACE_M / max(3.0, min(crossing_speed_mps, START_SPEED_MPS))


def make_tables(
    network: Network, junction: Junction, stages: Sequence[Stage], *, headway_scale: float = 1.0
) -> Tables:
    """Number everything of one junction for the given stages."""
    size = junction.size
    stage_link = np.zeros((len(stages), size), np.int8)
    for s, stage in enumerate(stages):
        for k in range(size):
            stage_link[s, k] = 2 if stage.state[k] == "G" else 1 if stage.state[k] == "g" else 0
    loses = np.array([[loses_green(a.state, b.state) for b in stages] for a in stages], np.int8)
    lane_index = {lane: i for i, lane in enumerate(junction.lanes)}
    exits = tuple(dict.fromkeys(link.to_lane for link in junction.links))
    rows = [
        [b for b in range(size) if junction.yields[a][b] and junction.conflicts[a][b]] for a in range(size)
    ]
    return Tables(
        junction=junction,
        stages=tuple(stages),
        stage_link=stage_link,
        loses=loses,
        link_lane=np.array([lane_index[k.from_lane] for k in junction.links], np.int32),
        headway=np.array(
            [headway_scale * headway_s(k.crossing_speed_mps) for k in junction.links], np.float64
        ),
        yield_from=np.array([0, *np.cumsum([len(r) for r in rows])], np.int32),
        yield_to=np.array([b for r in rows for b in r], np.int32),
        link_exit=np.array([exits.index(k.to_lane) for k in junction.links], np.int32),
        exits=exits,
        lane_speed=np.array([network.lanes[lane].speed_mps for lane in junction.lanes], np.float64),
    )


def protected_everywhere(stages: Sequence[Stage], link: int) -> bool:
    """Whether the link never has to give way in any stage that serves it."""
    return all(s.state[link] == "G" for s in stages if s.state[link] in GREEN)
