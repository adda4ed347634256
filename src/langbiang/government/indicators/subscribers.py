"""What follows from events: who sent a report hears that it came back, who asked for more time what was answered."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from langbiang.foundation.access import queries as access
from langbiang.foundation.access import roles
from langbiang.foundation.events import EventRecord, subscribe
from langbiang.foundation.notifications import services as notifications
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats

from .models import Narrative, Obligation, TimeRequest


@subscribe("indicators.returned", key="indicators.returned")
def tell_reporter(record: EventRecord) -> None:
    """Tell who sent the report; the same return tells once."""
    report = Obligation.objects.select_related("indicator").filter(pk=record.payload["obligation_id"]).first()
    if report is None or report.submitted_by_id is None:
        return
    values = {"procedure": f"{report.indicator.name}, {report.period}", "reason": record.payload["reason"]}
    with transaction.atomic():
        notifications.notify_account(
            event="indicators.returned", account_id=report.submitted_by_id, values=values,
            link=reverse("indicators:reports"), key=f"indicators.returned:{record.id}", at=timezone.now(),
        )  # fmt: skip


@subscribe("indicators.narrative_returned", key="indicators.narrative_returned")
def tell_writer(record: EventRecord) -> None:
    """Tell who sent the written report; the same return tells once."""
    report = Narrative.objects.select_related("outline").filter(pk=record.payload["narrative_id"]).first()
    if report is None or report.submitted_by_id is None:
        return
    values = {"procedure": f"{report.outline.name}, {report.period}", "reason": record.payload["reason"]}
    with transaction.atomic():
        notifications.notify_account(
            event="indicators.returned", account_id=report.submitted_by_id, values=values,
            link=reverse("indicators:narrative", args=[report.pk]), key=f"indicators.narrative_returned:{record.id}", at=timezone.now(),
        )  # fmt: skip


@subscribe("indicators.time_asked", key="indicators.time_asked")
def tell_receivers(record: EventRecord) -> None:
    """Tell those who may answer a request for more time: who publishes for the agency and sits above it."""
    found = _request(record)
    if found is None or found.answer != TimeRequest.Answer.OPEN:
        return
    codes = [role.code for role in roles.all_roles() if "indicators.publish" in role.permissions]
    above = set(organizations.root_ids())
    accounts = {holder.account_id for holder in access.holders(on=timezone.localdate(), roles=codes) if holder.agency_id in above}
    values = {"unit": found.agency.name, "procedure": _named(found), "due": formats.moment(timezone.localtime(found.due_at)), "reason": found.reason}
    with transaction.atomic():
        for account in sorted(accounts):
            notifications.notify_account(
                event="indicators.time_asked", account_id=account, values=values, link=reverse("indicators:time"),
                key=f"indicators.time_asked:{record.id}:{account}", at=timezone.now(),
            )  # fmt: skip


@subscribe("indicators.time_answered", key="indicators.time_answered")
def tell_who_asked(record: EventRecord) -> None:
    """Tell who asked for more time what was answered."""
    found = _request(record)
    if found is None or found.asked_by_id is None:
        return
    answers = {"granted": "được gia hạn", "waived": "được miễn báo cáo", "refused": "không được gia hạn"}
    due = found.granted_due_at or found.report.due_at
    values = {
        "procedure": _named(found), "status": answers.get(found.answer, found.answer), "reason": found.answer_reason,
        "due": formats.moment(timezone.localtime(due)),
    }  # fmt: skip
    with transaction.atomic():
        notifications.notify_account(
            event="indicators.time_answered", account_id=found.asked_by_id, values=values, link=reverse("indicators:time"),
            key=f"indicators.time_answered:{record.id}", at=timezone.now(),
        )  # fmt: skip


def _request(record: EventRecord) -> TimeRequest | None:
    rows = TimeRequest.objects.select_related("obligation__indicator", "narrative__outline", "agency")
    return rows.filter(pk=record.payload["request_id"]).first()


def _named(found: TimeRequest) -> str:
    name = found.narrative.outline.name if found.narrative else found.obligation.indicator.name if found.obligation else ""
    return f"{name}, {found.report.period}"
