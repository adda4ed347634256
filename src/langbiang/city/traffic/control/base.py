"""One interface for every controller: views in, one decision per junction out, each with its sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.perception import JunctionView


@dataclass(frozen=True, slots=True)
class Decision:
    """The stage wanted now and why, in one sentence a control-room operator understands."""

    stage: int
    reason: str
    is_forced: bool = False
    """True when a recall or a safety rule, not the policy, asked for it."""


class Controller(Protocol):
    """Chooses stages; called once a second with the views and the lamp drivers of all its junctions."""

    name: str

    def decide(
        self, now: float, views: Mapping[str, JunctionView], lamps: Mapping[str, LampDriver]
    ) -> dict[str, Decision]:
        """Decisions for junctions that may switch now; a junction left out keeps its stage."""
        ...

    def holds(self, view: JunctionView, driver: LampDriver) -> bool:
        """Whether a change that would end now waits for somebody who still stands in the way of the next green."""
        ...
