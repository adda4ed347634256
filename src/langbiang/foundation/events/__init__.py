"""What happened, told once: the transactional outbox, its subscribers and the live stream.

    @event("cases.accepted")
    class CaseAccepted(Event):
        case_id: int

    events.emit(actor, CaseAccepted(case_id=case.pk), at=at, agency_id=case.competent_unit_id)

    @subscribe("cases.accepted", key="notifications.case_accepted")
    def tell_the_applicant(record: EventRecord) -> None: ...

An event is a row written in the transaction that caused it, together with one job for the worker. The job hands the
event to every subscriber at least once; a receipt per (event, subscriber), written in the same transaction as the
subscriber's work, makes the effect in the database happen once.
"""

from .registry import Event, EventRecord, event, subscribe
from .services import emit

__all__ = ["Event", "EventRecord", "emit", "event", "subscribe"]
