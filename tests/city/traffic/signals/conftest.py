"""What the package `atspm` makes of generated logs, once for each seed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from langbiang.city.traffic.signals.detectors import Detector
from langbiang.city.traffic.signals.log import EventLog
from tests.city.traffic.signals import package
from tests.city.traffic.signals.generated import log_of, table

HAS_DATA = {"no_data_min": 5, "min_data_points": 3}
SPLIT_FAILURES = {"red_time": 5, "red_occupancy_threshold": 0.8, "green_occupancy_threshold": 0.8, "by_cycle": False}
MEASURES: list[dict[str, Any]] = [
    {"name": "has_data", "params": HAS_DATA},
    {"name": "actuations", "params": {}},
    {"name": "arrival_on_green", "params": {"latency_offset_seconds": 1.5}},
    {"name": "platoon_ratio", "params": {}},
    {"name": "split_failures", "params": {**SPLIT_FAILURES, "by_approach": True}},
    {"name": "terminations", "params": {}},
    {"name": "yellow_red", "params": {"latency_offset_seconds": 1.5, "min_red_offset": -8}},
    {"name": "ped", "params": {}},
    {"name": "unique_ped", "params": {"seconds_between_actuations": 15}},
    {"name": "full_ped", "params": {"seconds_between_actuations": 15, "return_volumes": False}},
    {"name": "timeline", "params": {"min_duration": 0, "cushion_time": 0}},
    {"name": "ped_delay", "params": {}},
    {"name": "phase_wait", "params": {}},
    {"name": "coordination_agg", "params": {}},
]


@dataclass
class Reference:
    """A generated log and the tables the package made of it."""

    log: EventLog
    detectors: list[Detector]
    tables: dict[str, list[dict[str, Any]]]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """One table, instants as milliseconds."""
        return self.tables[name]


@pytest.fixture(scope="session", params=[1, 2, 3], ids="seed{}".format)
def reference(request: pytest.FixtureRequest) -> Reference:
    """Six generated hours over midnight, several seeds."""
    pytest.importorskip("atspm", reason=package.MISSING)
    log = log_of(request.param)
    return Reference(log, table(), package.ask(log, table(), MEASURES))


@pytest.fixture(scope="session")
def ask_package() -> Callable[..., dict[str, list[dict[str, Any]]]]:
    """Ask the package something of one's own."""
    pytest.importorskip("atspm", reason=package.MISSING)
    return package.ask
