"""From an event to the book: which records are concerned is noted with the event's receipt, the worker does the rest."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from langbiang.foundation.prepared import Statement

if TYPE_CHECKING:
    from .declaring import RecordSet

_NOTE = Statement(
    "INSERT INTO measures_waiting (records, record_id, since) SELECT %s, unnest(%s), clock_timestamp()"
    " ON CONFLICT (records, record_id) DO NOTHING",
    "varchar", "bigint[]",
)  # fmt: skip
_CALLED = Statement("SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo')", "text")


def note(records: "RecordSet", ids: Iterable[int]) -> None:
    """These records may count otherwise now. Part of the transaction of whoever heard of it."""
    from procrastinate.exceptions import AlreadyEnqueued

    from .tasks import LOCK, follow

    if not (wanted := list(ids)):
        return
    _NOTE.run(records.name, wanted)
    ((called,),) = _CALLED.run(LOCK)
    if not called:
        try:
            with transaction.atomic():
                follow.defer()
        except AlreadyEnqueued:  # somebody else called at the same moment
            return
