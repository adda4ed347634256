"""The synthetic pages, read once per test by name."""

from collections.abc import Callable

import pytest

from langbiang.government.procedures.catalogue_text import ParsedRecord, parse_record
from simulators.national_catalogue import texts


@pytest.fixture
def read() -> Callable[[str], ParsedRecord]:
    """Read one of the synthetic pages with a known trap."""
    return lambda trap: parse_record(texts.export(texts.TRAPS[trap]))
