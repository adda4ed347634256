"""The reporting system over real HTTP, the reference data, and figures to send."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.exchange import reference as exchange_reference
from langbiang.foundation.exchange import services as exchange
from langbiang.government.reporting import reference, services
from langbiang.government.reporting.models import PacketRow
from simulators.ministries import Ministries
from simulators.reporting_system import ReportingSystem

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def loaded(db) -> None:
    exchange_reference.load(at=NOW)
    reference.load(at=NOW)


@pytest.fixture
def receiver(tmp_path: Path, loaded) -> Iterator[ReportingSystem]:
    """The Government reporting system, reached with a short patience."""
    with ReportingSystem(tmp_path / "receiver") as running:
        exchange.change_endpoint(
            SYSTEM, system="government-reporting", carried_by="rest", address=running.address, timeout_s=2,
            first_day=NOW.date(), source="test", at=NOW,
        )  # fmt: skip
        yield running


@pytest.fixture
def ministries(loaded) -> Iterator[Ministries]:
    """Four sources with five units."""
    with Ministries(units=[f"2470{n}" for n in range(5)]) as running:
        yield running


@pytest.fixture
def send() -> Callable[..., PacketRow]:
    """Publish one figure."""

    def make(
        period: str = "2026-10", value: str = "12.5", *, unit: str = "24700", at: datetime = NOW, **more: Any
    ) -> PacketRow:
        figure = {"indicator_code": "ENT_NEW", "unit_code": unit, "value": value}
        return services.send_packet(
            SYSTEM, kind="indicator_data", subject="LD25", period=period, unit_code=unit,
            values={"set_code": "LD25", "values": [figure]}, at=at, **more,
        )  # fmt: skip

    return make
