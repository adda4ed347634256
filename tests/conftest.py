"""What every test can use: the embedded database, the shared data where present, actors."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.platform import Platform

# A change is judged by itself: the same examples every time. LANGBIANG_TEST_RANDOM=1 looks for new ones.
# A busy machine is slow to make values and to try them; that is nothing about the code.
for name, is_steady in (("steady", True), ("searching", False)):
    settings.register_profile(
        name, derandomize=is_steady, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
settings.load_profile("searching" if os.environ.get("LANGBIANG_TEST_RANDOM") else "steady")

DATA = Path(
    os.environ.get("LANGBIANG_DATA") or Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
).resolve()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data; tests that need it are skipped where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"no data directory at {DATA}; set LANGBIANG_DATA to the folder with places/ and procedures/")
    return DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share the running platform stay on one process."""
    for item in items:
        if "platform" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("platform"))


@pytest.fixture(scope="session")
def platform() -> "Iterator[Platform]":
    """The whole platform, started as a newcomer would start it, with a small demo province."""
    import tempfile

    from tests import platform as running

    if at := os.environ.get("LANGBIANG_TEST_PLATFORM"):  # one that runs already, as folder:port
        home, _colon, port = at.rpartition(":")
        yield running.Platform(Path(home), int(port), process=None)
        return
    found = running.start(Path(tempfile.mkdtemp(prefix="lb-")), cases=300)
    yield found
    running.clear(found)
