"""What follows from alerts: who is given one is told, and who leads the agency hears of one nobody answered."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from langbiang.foundation.access import queries as access
from langbiang.foundation.events import EventRecord, subscribe
from langbiang.foundation.notifications import services as notifications
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats

from .models import Alert


@subscribe("centre.alert_moved", key="centre.alert_moved")
def tell_people(record: EventRecord) -> None:
    """Tell the officer an alert was given to, and the leaders of its agency when it was escalated; once each."""
    state = record.payload["state"]
    if state not in ("assigned", "escalated"):
        return
    alert = Alert.objects.select_related("rule").filter(pk=record.payload["alert_id"]).first()
    if alert is None:
        return
    now = timezone.now()
    told = {alert.assignee_id} if alert.assignee_id else set()
    if state == "escalated":
        day = timezone.localdate(now)
        told |= {each.account_id for each in access.holders(on=day, agency_id=alert.agency_id, roles=["leader"])}
    with translation.override("vi"):
        values = {
            "procedure": alert.rule.title, "unit": organizations.name_of(alert.agency_id),
            "due": formats.moment(alert.due_at) if alert.due_at else "",
        }  # fmt: skip
    with transaction.atomic():
        for account in sorted(told):
            notifications.notify_account(
                event=f"centre.alert_{state}", account_id=account, values=values,
                link=reverse("centre:alert", args=[alert.pk]), key=f"centre.alert:{record.id}", at=now,
            )  # fmt: skip
