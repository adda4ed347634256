"""What every test can use: the embedded database, the shared data where present, actors."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("LANGBIANG_DATA") or Path(__file__).resolve().parents[1] / ".." / "shared" / "data").resolve()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data; tests that need it are skipped where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"no data directory at {DATA}; set LANGBIANG_DATA to the folder with places/ and procedures/")
    return DATA
