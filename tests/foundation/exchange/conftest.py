"""A receiver over real HTTP and a system that points to it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.exchange import services
from simulators.reporting_system import ReportingSystem

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[ReportingSystem]:
    with ReportingSystem(tmp_path / "receiver") as running:
        yield running


@pytest.fixture
def partner(db, receiver: ReportingSystem) -> str:
    """A system reached at the receiver's address, with a short patience."""
    services.open_system(SYSTEM, code="partner", name="Partner", signing="none", at=NOW)
    services.change_endpoint(
        SYSTEM, system="partner", carried_by="rest", address=receiver.address, timeout_s=2,
        first_day=NOW.date(), source="test", at=NOW,
    )  # fmt: skip
    return "partner"
