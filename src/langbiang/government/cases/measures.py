"""What can be counted of cases. Every measure hangs on time stamps, so that the figure of a past day does not move; where
a stamp may itself be moved later (a due date), the measure says so."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.events import EventRecord
from langbiang.foundation.measures import Count, Filter, Ratio, RecordSet, Stock, Sum, measure
from langbiang.foundation.ui import formats

from . import queries
from .models import Case, Charge, Supplement
from .models.case import Intake

Rows = QuerySet[Any]
ONLINE = (Intake.ONLINE, Intake.PORTAL, Intake.KIOSK)
# A case is over when it is decided, or closed without a decision. LEAST leaves out what is not known.
OVER = Least("processing_end_at", "closed_at")


HEAD = (_("Case"), _("Owner"), _("State"), _("Received"), _("Due"))


def _told(case: Case) -> tuple[str, ...]:
    """A case in a list."""
    return (
        case.code or case.filing_ref, case.owner_name, case.get_business_display(), formats.moment(case.received_at),
        formats.moment(case.due_current),
    )  # fmt: skip


def _the_case(record: EventRecord) -> list[int]:
    return [record.payload["case_id"]]


CASES = RecordSet(
    "cases", title=_("cases"), rows=lambda actor: queries.counted(seen_by=actor), agency="competent_unit_id",
    known="submitted_at", changed=_the_case,
    changed_by=(
        "cases.submitted", "cases.accepted", "cases.refused", "cases.supplement_requested", "cases.supplement_answered",
        "cases.suspended", "cases.resumed", "cases.extended", "cases.due_moved", "cases.released", "cases.returned",
        "cases.stopped", "cases.reopened", "cases.rated",
    ),
    href=lambda case: reverse("cases:case", args=[case.pk]), head=HEAD, cells=_told,
    filters={
        "field": Filter("field", _("Field"), queries.field_choices),
        "intake": Filter("intake", _("Way of filing"), queries.intake_choices),
        "procedure": Filter("procedure_version__procedure__code", _("Procedure")),
    },
)  # fmt: skip


def _through_case(what: type[Any]) -> Any:
    """The rows that hang on a case, or those whose case the actor may open."""

    def rows(actor: Actor | None) -> Rows:
        found: Rows = what.objects.select_related("case")
        return found if actor is None else found.filter(case__in=queries.counted(seen_by=actor))

    return rows


SUPPLEMENTS = RecordSet(
    "supplements", title=_("requests for supplements"), rows=_through_case(Supplement),
    agency="case__competent_unit_id", known="asked_at", changed=lambda record: [record.payload["supplement_id"]],
    changed_by=("cases.supplement_requested", "cases.supplement_answered"),
    href=lambda row: reverse("cases:case", args=[row.case_id]), head=HEAD, cells=lambda row: _told(row.case),
    filters={"field": Filter("case__field", _("Field"), queries.field_choices)},
)  # fmt: skip
CHARGES = RecordSet(
    "charges", title=_("fees and charges"), rows=_through_case(Charge), agency="case__receiving_unit_id",
    known="charged_at",
    changed=lambda record: Charge.objects.filter(case_id=record.payload["case_id"]).values_list("pk", flat=True),
    changed_by=("cases.accepted", "cases.fee_settled", "cases.stopped"),
    href=lambda row: reverse("cases:case", args=[row.case_id]), head=HEAD, cells=lambda row: _told(row.case),
    filters={"field": Filter("case__field", _("Field"), queries.field_choices)},
)  # fmt: skip


@measure("cases.received", CASES, title=_("Cases received"), open_data=True,
         description=_("Cases taken up within the period: each has a number and a due date from then on."))  # fmt: skip
def received(rows: Rows) -> Count:
    """Cases taken up: each has a number and a due date from then on."""
    return Count(rows, at="received_at")


@measure("cases.completed", CASES, title=_("Cases decided"), direction=1, open_data=True,
         description=_("Cases whose handling ended within the period, with a result or without."))  # fmt: skip
def completed(rows: Rows) -> Count:
    """Cases whose handling ended, with a result or without; refused ones were never taken up."""
    return Count(rows.exclude(business="refused"), at="processing_end_at")


@measure("cases.on_time", CASES, title=_("Decided on time"), unit="%", direction=1, decimals=1, target=95.0, open_data=True,
         description=_("Of the cases decided within the period, the share decided by their due date."))  # fmt: skip
def on_time(rows: Rows) -> Ratio:
    """Of the decided cases that had a due date, those decided by then."""
    decided = rows.exclude(business="refused").filter(due_current__isnull=False)
    in_time = decided.filter(due_current__gte=F("processing_end_at"))
    return Ratio(Count(in_time, at="processing_end_at"), Count(decided, at="processing_end_at"))


@measure("cases.returned", CASES, title=_("Results handed over"), direction=1)
def returned(rows: Rows) -> Count:
    """Results given to the person."""
    return Count(rows, at="handed_over_at")


@measure("cases.open", CASES, title=_("Cases being handled"))
def still_open(rows: Rows) -> Stock:
    """Taken up and neither decided nor closed at the end of the period."""
    return Stock(rows, since="received_at", until=OVER)


@measure("cases.overdue", CASES, title=_("Cases past their due date"), direction=-1, target=0.0, moves=True)
def overdue(rows: Rows) -> Stock:
    """Being handled at the end of the period although the due date has passed."""
    return Stock(rows.filter(received_at__isnull=False), since="due_current", until=OVER)


@measure("cases.due", CASES, title=_("Cases falling due"), moves=True)
def due(rows: Rows) -> Count:
    """Not decided yet, with the due date within the period."""
    return Count(rows.filter(processing_end_at__isnull=True, closed_at__isnull=True), at="due_current", ahead=True)


@measure("cases.refused", CASES, title=_("Filings not received"), direction=-1)
def refused(rows: Rows) -> Count:
    """Filings whose reception was refused (form 03)."""
    return Count(rows.filter(business="refused"), at="closed_at")


@measure("cases.online", CASES, title=_("Filed online"), unit="%", direction=1, decimals=1, target=80.0, open_data=True,
         description=_("Of the cases received within the period, the share filed without coming to a counter."))  # fmt: skip
def online(rows: Rows) -> Ratio:
    """Of the cases received, those filed without coming to a counter."""
    return Ratio(Count(rows.filter(intake__in=ONLINE), at="received_at"), Count(rows, at="received_at"))


@measure("cases.satisfaction", CASES, title=_("Satisfaction, of 5"), direction=1, decimals=2)
def satisfaction(rows: Rows) -> Ratio:
    """The mean of the marks people gave, from 1 to 5."""
    rated = rows.filter(rating__isnull=False)
    return Ratio(Sum(rated, "rating__score", at="rating__at"), Count(rated, at="rating__at"), scale=1)


@measure("cases.supplements", SUPPLEMENTS, title=_("Requests for supplements"), direction=-1)
def supplements(rows: Rows) -> Count:
    """How often people were asked for missing or corrected papers (form 02)."""
    return Count(rows.exclude(state="awaiting"), at="asked_at")


@measure("cases.supplement_waits", SUPPLEMENTS, title=_("Requests for supplements without an answer"), direction=-1)
def supplement_waits(rows: Rows) -> Stock:
    """Asked for and not answered at the end of the period."""
    return Stock(rows.filter(Q(state="open") | Q(answered_at__isnull=False)), since="asked_at", until="answered_at")


@measure("cases.fees_paid", CHARGES, title=_("Fees and charges paid"), unit="đồng")
def fees_paid(rows: Rows) -> Sum:
    """What was paid for cases, by the agency that took the money."""
    return Sum(rows.filter(paid_vnd__gt=0), "paid_vnd", at="paid_at")
