"""Every happening of a case is counted at once."""

from django.utils import timezone

from langbiang.foundation.events import EventRecord, subscribe

from .services import counters

COUNTED = (
    "cases.accepted", "cases.refused", "cases.supplement_answered", "cases.assigned", "cases.step_completed",
    "cases.extended", "cases.due_moved", "cases.suspended", "cases.resumed", "cases.released", "cases.returned",
    "cases.stopped", "cases.reopened", "cases.result_replaced", "cases.message_sent", "cases.fee_settled",
    "cases.rated",
)  # fmt: skip


@subscribe(*COUNTED, key="quality.count")
def count(record: EventRecord) -> None:
    """Make the facts of the case anew and move the counters by the difference. Twice gives the same as once."""
    counters.refresh([record.payload["case_id"]], on=timezone.localdate(record.at))
