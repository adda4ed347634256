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

from typing import TYPE_CHECKING, Any

from .registry import Event, EventRecord, event, subscribe

if TYPE_CHECKING:
    from .services import emit

__all__ = ["Event", "EventRecord", "emit", "event", "subscribe"]


def __getattr__(name: str) -> Any:
    # Django imports this package before models may be loaded, so the service is fetched on first use.
    if name == "emit":
        from .services import emit as service

        return service
    raise AttributeError(name)
