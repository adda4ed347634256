"""What can be counted of reports: those past their deadline and those sent on time. The figures in them are not counted
here: they roll up by the rules of their indicators (queries/figures.py)."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.events import EventRecord
from langbiang.foundation.measures import Count, Ratio, RecordSet, Stock, measure
from langbiang.foundation.ui import formats

from . import periods, queries
from .models import Obligation
from .words import period_words

Rows = QuerySet[Any]


def _changed(record: EventRecord) -> list[int]:
    """The report something happened to, or all whose deadline passed at an instant."""
    if "obligation_id" in record.payload:
        return [record.payload["obligation_id"]]
    due = datetime.fromisoformat(record.payload["due_at"])
    return list(Obligation.objects.filter(due_at=due).values_list("pk", flat=True))


def _rows(actor: Actor | None) -> Rows:
    return queries.owed_reports(seen_by=actor)


def _told(report: Obligation) -> tuple[str, ...]:
    return (
        queries.named(report.indicator), report.agency.name, period_words(periods.parse(report.period)),
        formats.moment(report.due_at), formats.moment(report.first_sent_at),
    )  # fmt: skip


REPORTS = RecordSet(
    "reports", title=_("reports of figures"), rows=_rows, agency="agency_id", known="due_at", changed=_changed,
    changed_by=("indicators.submitted", "indicators.overdue", "indicators.moved"),
    href=lambda report: reverse("indicators:report", args=[report.pk]),
    head=(_("Indicator"), _("Agency"), _("Period"), _("Due"), _("Sent")), cells=_told,
)  # fmt: skip


@measure("indicators.overdue", REPORTS, title=_("Reports past their deadline"), direction=-1, target=0.0, moves=True,
         description=_("Reports of figures whose deadline has passed and which were not sent."))  # fmt: skip
def overdue(rows: Rows) -> Stock:
    """Not there at the end of the period although the deadline has passed; sent in time and given back is no delay."""
    return Stock(rows.exclude(state=Obligation.State.ON_TIME), since="due_at", until="first_sent_at")


@measure("indicators.punctual", REPORTS, title=_("Reports sent on time"), unit="%", direction=1, decimals=1, target=95.0, moves=True,
         description=_("Of the reports sent or due within the period, the share that was there by its deadline."))  # fmt: skip
def punctual(rows: Rows) -> Ratio:
    """A report counts on the day it was first sent, and on the day of its deadline where it was not there by then."""
    judged = Least("first_sent_at", "due_at")
    return Ratio(Count(rows.filter(state=Obligation.State.ON_TIME), at=judged), Count(rows, at=judged))
