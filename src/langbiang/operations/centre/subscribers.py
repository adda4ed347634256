"""What follows from the morning brief, from published figures and from alerts: its readers hear of the brief, figures are held
against the rules, who is on duty hears of a new alert, who is given one is told, who leads the agency hears of one
nobody answered."""

from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from langbiang.foundation.access import queries as access
from langbiang.foundation.events import EventRecord, subscribe
from langbiang.foundation.notifications import services as notifications
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats

from . import published, ruled, services
from .models import Alert, Brief

# Who looks after the alerts of an agency day by day, and who answers for it.
ON_DUTY, LEADING = ("dispatcher",), ("leader", "signer")


@subscribe("centre.alert_raised", key="centre.alert_raised")
def tell_those_on_duty(record: EventRecord) -> None:
    """Tell who is on duty at the agency of an alert that it was raised, each time it is; where nobody is, who leads it."""
    alert = _alert(record)
    if alert is not None:
        _tell(record, "raised", alert, _people(alert.agency_id, ON_DUTY, LEADING))


@subscribe("centre.alert_moved", key="centre.alert_moved")
def tell_people(record: EventRecord) -> None:
    """Tell the officer an alert was given to, and the leaders of its agency when it was escalated; once each."""
    state = record.payload["state"]
    alert = _alert(record) if state in ("assigned", "escalated") else None
    if alert is None:
        return
    told = {alert.assignee_id} if alert.assignee_id else set()
    if state == "escalated":
        told |= _people(alert.agency_id, LEADING)
    _tell(record, state, alert, told)


@subscribe(published.MOVED, key="centre.indicator_published")
def watch_published(record: EventRecord) -> None:
    """Hold what was published against the rules on that indicator, at once; the clock does so again."""
    services.evaluate_indicator(code=record.payload["indicator"], at=timezone.now())


@subscribe("centre.brief_ready", key="centre.brief_ready")
def tell_readers(record: EventRecord) -> None:
    """Tell the readers of the morning brief; the same brief tells nobody twice."""
    if (brief := Brief.objects.filter(pk=record.payload["brief_id"]).first()) is not None:
        services.tell_readers(brief, at=timezone.now())


def _alert(record: EventRecord) -> Alert | None:
    return Alert.objects.select_related("rule").filter(pk=record.payload["alert_id"]).first()


def _people(agency_id: int, *duties: Iterable[str]) -> set[int]:
    """The accounts of those who hold the first of these duties that is held at an agency, or at the nearest above it."""
    day = timezone.localdate()
    here: int | None = agency_id
    while here is not None:
        for roles in duties:
            if found := {each.account_id for each in access.holders(on=day, agency_id=here, roles=roles)}:
                return found
        here = organizations.parent_id(here)
    return set()


def _tell(record: EventRecord, what: str, alert: Alert, accounts: Iterable[int]) -> None:
    with translation.override("vi"):
        value = ruled.value_words(alert, ruled.about(alert.rule))
        values = {
            "procedure": alert.rule.title, "unit": organizations.name_of(alert.agency_id), "status": value,
            "due": formats.moment(alert.due_at) if alert.due_at else "",
        }  # fmt: skip
    with transaction.atomic():
        for account in sorted(accounts):
            notifications.notify_account(
                event=f"centre.alert_{what}", account_id=account, values=values,
                link=reverse("centre:alert", args=[alert.pk]), key=f"centre.alert:{record.id}", at=timezone.now(),
            )  # fmt: skip
