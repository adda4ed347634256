"""Who owes which figures: made ahead, so that a report nobody sends is missed all the same."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from langbiang.foundation import audit, events
from langbiang.foundation.access import SYSTEM, Actor
from langbiang.foundation.calendars import queries as calendars
from langbiang.foundation.organizations import queries as organizations

from .. import periods
from ..deadlines import due_at
from ..events import ReportMoved
from ..models import Indicator, Obligation, Series


def in_force(day: date) -> list[Indicator]:
    """The rows of the catalogue on a day, in their order."""
    rows = Indicator.objects.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    return list(rows.select_related("group").order_by("rank", "code"))


def asked_of(indicator: Indicator, series: dict[str, Series], *, is_province: bool) -> list[Series]:
    """The series a report about the province, or about a commune, consists of."""
    known = [series[code] for code in indicator.series_codes if code in series]
    if "commune" not in indicator.levels:
        return known if is_province else []
    return [each for each in known if (each.space == Series.Roll.OFFICIAL) == is_province]


@transaction.atomic
def make_obligations(*, first: date, last: date, at: datetime, codes: Iterable[str] | None = None) -> int:
    """Add what is owed for every period that ends from `first` to `last`; gives how many were added.

    What is there stays; of reports nobody has begun the deadline follows the rule in force (unless it was extended), and
    who owes those of the province is the agency that answers for them then. Figures the platform counts or reckons by itself are owed by nobody.
    """
    series = {row.code: row for row in Series.objects.all()}
    wanted = set(codes) if codes is not None else None
    before = Obligation.objects.count()
    calendar = calendars.calendar_for(None, on=timezone.localtime(at).date())
    for indicator in Indicator.objects.order_by("rank", "valid_from"):
        if not indicator.is_owed or (wanted is not None and indicator.code not in wanted):
            continue
        period = periods.of(first, indicator.frequency, indicator.scheme)
        while period.last <= last:
            if period.last >= max(first, indicator.valid_from) and (indicator.valid_to is None or period.last < indicator.valid_to):
                due = due_at(indicator.deadline, period, is_working=calendar.is_working)
                _add(indicator, series, period, due, at=at)
            period = period.next
    return Obligation.objects.count() - before


def _add(indicator: Indicator, series: dict[str, Series], period: periods.Period, due: datetime, *, at: datetime) -> None:
    pairs: list[tuple[int, int]] = []
    if "commune" in indicator.levels and asked_of(indicator, series, is_province=False):
        pairs += [(row.id, row.id) for row in organizations.commune_agencies(on=period.last)]
    if asked_of(indicator, series, is_province=True):
        owner = organizations.agency_id_of(indicator.owner, on=period.last)
        pairs += [(owner, about) for about in organizations.root_ids() if owner is not None]
        if owner is not None:
            follow_owner(SYSTEM, Obligation.objects.filter(indicator=indicator, period=period.name), owner, at=at)
    missing = due + timedelta(minutes=indicator.grace_minutes)
    Obligation.objects.bulk_create(
        [
            Obligation(indicator=indicator, agency_id=agency, about_id=about, period=period.name, last_day=period.last, due_at=due,
                       missing_at=missing)
            for agency, about in pairs
        ],
        ignore_conflicts=True, batch_size=2000,
    )  # fmt: skip
    Obligation.objects.filter(
        indicator=indicator, period=period.name, state=Obligation.State.OPEN, first_due_at__isnull=True
    ).exclude(due_at=due, missing_at=missing).update(due_at=due, missing_at=missing)


def follow_owner(actor: Actor, reports: QuerySet[Obligation], owner: int, *, at: datetime) -> int:
    """Let an agency owe those of these reports about the province nobody has begun; gives how many went over to it."""
    moved = list(
        reports.select_for_update(of=("self",)).filter(about_id__in=organizations.root_ids(), stage=Obligation.Stage.EMPTY)
        .exclude(agency_id=owner).exclude(state=Obligation.State.WAIVED).order_by("pk")
    )  # fmt: skip
    for report in moved:
        before, report.agency_id = report.agency_id, owner
        report.save(update_fields=["agency"])
        audit.record(actor, "indicators.owner_followed", report, before={"agency": before}, after={"agency": owner}, at=at)
        told = ReportMoved(obligation_id=report.pk)
        events.emit(actor, told, at=at, agency_id=owner, subject=f"indicators.obligation:{report.pk}")
    return len(moved)
