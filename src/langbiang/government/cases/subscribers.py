"""What this room does when something happens: tell the applicant and the officers concerned, follow merged persons."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from langbiang.foundation.events import EventRecord, subscribe
from langbiang.foundation.notifications import services as notifications
from langbiang.government.procedures import queries as procedures

from .models import Case
from .services.issue import moment

TOLD_TO_APPLICANTS = (
    "cases.submitted",
    "cases.accepted",
    "cases.supplement_requested",
    "cases.refused",
    "cases.extended",
    "cases.released",
    "cases.returned",
    "cases.stopped",
    "cases.due_moved",
)
URGENT = ("cases.released",)


def values_of(case: Case) -> dict[str, Any]:
    """What a notice may say of a case."""
    due = case.due_current or case.answer_due_at
    supplement = case.supplements.filter(state="open").first() if case.business == "supplement" else None
    return {
        "code": case.code or case.filing_ref,
        "procedure": procedures.pinned(case.procedure_version_id).title,
        "unit": case.names.get("receiving_unit", ""),
        "due": moment(supplement.due_at if supplement else due),
        "status": case.get_business_display(),
        "name": case.owner_name,
        "link": f"{settings.PUBLIC_URL}/my/cases/{case.pk}/",
    }


@subscribe(*TOLD_TO_APPLICANTS, key="cases.tell_applicant")
def tell_applicant(record: EventRecord) -> None:
    """Tell the one who filed, and the owner where that is somebody else."""
    case = Case.objects.get(pk=record.payload["case_id"])
    for person_id in {case.submitter_id, case.owner_id}:
        notifications.notify_person(
            event=record.name,
            person_id=person_id,
            values=values_of(case),
            link=f"/my/cases/{case.pk}/",
            key=f"event-{record.id}",
            urgent=record.name in URGENT,
            at=timezone.now(),
        )


@subscribe("cases.message_sent", key="cases.tell_of_message")
def tell_of_message(record: EventRecord) -> None:
    """A message is told to the other side."""
    case = Case.objects.get(pk=record.payload["case_id"])
    if not record.payload["from_applicant"]:
        notifications.notify_person(
            event=record.name,
            person_id=case.submitter_id,
            values=values_of(case),
            link=f"/my/cases/{case.pk}/#messages",
            key=f"event-{record.id}",
            at=timezone.now(),
        )
        return
    _tell_officers(record, case)


@subscribe("cases.assigned", "cases.supplement_answered", "cases.consultation_answered", key="cases.tell_officer")
def tell_officer(record: EventRecord) -> None:
    """The officers the case is assigned to hear of it in the workbench."""
    _tell_officers(record, Case.objects.get(pk=record.payload["case_id"]))


def _tell_officers(record: EventRecord, case: Case) -> None:
    accounts = set(case.work.filter(is_open=True, assignee__isnull=False).values_list("assignee_id", flat=True))
    for account_id in accounts:
        notifications.notify_account(
            event=record.name,
            account_id=account_id,
            values=values_of(case),
            link=f"/work/cases/{case.pk}/",
            key=f"event-{record.id}",
            at=timezone.now(),
        )


@subscribe("people.merged", key="cases.follow_merged_person")
def follow_merged_person(record: EventRecord) -> None:
    """Cases of a person who turned out to be a duplicate belong to the surviving record from now on."""
    kept, gone = record.payload["kept_id"], record.payload["merged_id"]
    Case.objects.filter(owner_id=gone).update(owner_id=kept)
    Case.objects.filter(submitter_id=gone).update(submitter_id=kept)
