"""The books of the demo province are filled at once, so that its first page is quick."""

from collections.abc import Callable
from datetime import datetime

from . import book, declaring


def load(*, at: datetime, seed: int, progress: Callable[[int, int], None]) -> None:
    """Fill every book."""
    sets = declaring.record_sets()
    for done, records in enumerate(sets, start=1):
        book.rebuild(records, at=lambda: at)
        progress(done, len(sets))
