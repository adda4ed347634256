"""Noticing what is not there: reports whose deadline passed, and telling who should know."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from langbiang.foundation import audit, events
from langbiang.foundation.access import SYSTEM, roles
from langbiang.foundation.access import queries as access
from langbiang.foundation.notifications import services as notifications
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats

from ..events import Overdue
from ..models import Narrative, Obligation, Rung
from ..queries.ladder import reminder_key

# Reminders that could not be sent in time (a stopped worker) are sent up to so much later; the same one never twice.
LATEST = timedelta(hours=6)
_WAITING = ("open", "overdue", "missing")
# One statement a step, over an index that holds only what is open: the cost hangs on what has become due, not on what is kept.
_PASS = """
UPDATE {table} SET state = %s, flagged_at = coalesce(flagged_at, %s)
WHERE state = %s AND {column} < %s RETURNING due_at, agency_id
"""


@transaction.atomic
def flag(*, at: datetime) -> dict[str, int]:
    """Mark what was not sent when its deadline passed (overdue) and when its grace passed (missing); gives how many of each.

    An instant equal to the deadline is still in time.
    """
    found: dict[str, int] = {}
    for before, after, column in (("open", "overdue", "due_at"), ("overdue", "missing", "missing_at")):
        rows: list[tuple[datetime, int]] = []
        with connection.cursor() as cursor:
            for table in ("indicators_obligation", "indicators_narrative"):
                cursor.execute(_PASS.format(table=table, column=column), [after, at, before, at])
                rows += cursor.fetchall()
        found[after] = len(rows)
        moments: dict[datetime, int] = defaultdict(int)
        for due, _agency in rows:
            moments[due] += 1
        for due, count in moments.items():
            told = Overdue(due_at=due.isoformat(), reports=count, state=after)
            events.emit(SYSTEM, told, at=at, subject=f"indicators.due:{due:%Y%m%d%H%M}")
        if rows:
            audit.record(SYSTEM, "indicators.flagged", "indicators", after={"state": after, "reports": len(rows)}, at=at)
    return found


@transaction.atomic
def remind(*, at: datetime) -> int:
    """Tell reporters, their heads and the province what is due soon or not there, one notice a person and instant.

    Gives how many notices were made. The ladder is data; calling twice tells nobody twice.
    """
    made = 0
    day = timezone.localdate(at)
    rungs = Rung.objects.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    for rung in rungs.order_by("minutes", "audience"):
        ahead = timedelta(minutes=-rung.minutes)
        owed = [
            pair
            for kind in (Obligation, Narrative)
            for pair in kind.objects.filter(due_at__gt=at + ahead - LATEST, due_at__lte=at + ahead, state__in=_WAITING)
            .exclude(stage__in=("submitted", "verified", "published"))
            .values_list("due_at", "agency_id")
        ]
        counts: dict[datetime, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for due, agency in owed:
            counts[due][agency] += 1
        if not counts:
            continue
        people = _people(rung.audience, day)
        for due, by_agency in counts.items():
            made += _tell(rung, due, by_agency, people, at=at)
    return made


def _people(audience: str, day: date) -> dict[int, set[int]]:
    """Accounts to be told, by the agency they sit at."""
    wanted = "indicators.report" if audience == "reporter" else "indicators.publish"
    codes = [role.code for role in roles.all_roles() if wanted in role.permissions]
    found: dict[int, set[int]] = defaultdict(set)
    for holder in access.holders(on=day, roles=codes):
        found[holder.agency_id].add(holder.account_id)
    return found


def _tell(
    rung: Rung, due: datetime, by_agency: Mapping[int, int], people: Mapping[int, Iterable[int]], *, at: datetime
) -> int:
    event = "indicators.reminder" if rung.minutes <= 0 else "indicators.not_there"
    if rung.audience == "province":
        by_agency = {root: sum(by_agency.values()) for root in organizations.root_ids()}
    made = 0
    for agency, count in by_agency.items():
        values = {
            "unit": organizations.name_of(agency), "due": formats.moment(timezone.localtime(due)),
            "status": formats.number(count),
        }  # fmt: skip
        link = reverse("indicators:matrix") if rung.audience == "province" else reverse("indicators:reports")
        for account in people.get(agency, ()):
            key = f"{reminder_key(rung.pk, due)}{agency}:{account}"
            made += len(
                notifications.notify_account(event=event, account_id=account, values=values, link=link, key=key, at=at)
            )
    return made
