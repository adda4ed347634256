"""What follows from events: who sent a report hears that it came back."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from langbiang.foundation.events import EventRecord, subscribe
from langbiang.foundation.notifications import services as notifications

from .models import Obligation


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
