"""What holds at an instant: leases, overrides, plans."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from ..models import JunctionStatus, Lease, Override, Plan

ALL_DAYS = 7
CAMERA_WORDS = {
    "ok": gettext_noop("sees"), "blind": gettext_noop("sees nothing"), "frozen": gettext_noop("picture stands still"),
    "fog": gettext_noop("fog"), "moved": gettext_noop("was moved"), "dark": gettext_noop("too dark"), "lost": gettext_noop("no picture"),
}  # fmt: skip


def camera_word(code: str) -> str:
    """The state of a camera in words."""
    return gettext(CAMERA_WORDS[code]) if code in CAMERA_WORDS else code


def valid_leases(*, at: datetime) -> QuerySet[Lease]:
    """Leases that hold at an instant: begun, not expired, not taken back, for the layout in force."""
    return leases_over(begin=at, end=at)


def leases_over(*, begin: datetime, end: datetime) -> QuerySet[Lease]:
    """Leases for the layout in force that held at some instant of a span."""
    return Lease.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=begin),
        granted_at__lte=end,
        expires_at__gt=begin,
        junction__layouts__state="approved",
        junction__layouts__fingerprint=F("fingerprint"),
    )


def lease_at(junction_id: int, *, at: datetime) -> Lease | None:
    """The lease of a junction that holds at an instant."""
    return valid_leases(at=at).filter(junction_id=junction_id).first()


def armed_now(*, at: datetime) -> QuerySet[JunctionStatus]:
    """Junctions that say they are armed and whose very lease holds: nothing else counts as armed."""
    return JunctionStatus.objects.filter(mode="armed", lease__in=valid_leases(at=at))


def override_at(junction_id: int, *, at: datetime) -> Override | None:
    """The order of a person that runs at an instant."""
    return (
        Override.objects.select_related("plan")
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at), junction_id=junction_id, ordered_at__lte=at, expires_at__gt=at)
        .order_by("-ordered_at")
        .first()
    )


def plans_at(*, at: datetime) -> QuerySet[Plan]:
    """Approved plans of all junctions whose days and hours hold an instant; days of the week are for `plan_among`."""
    local = timezone.localtime(at)
    day, hour = local.date(), local.time()
    return Plan.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day), state="approved", valid_from__lte=day, time_from__lte=hour,
        time_to__gt=hour, layout__state="approved",
    )  # fmt: skip


def plan_among(plans: Iterable[Plan], *, at: datetime) -> Plan | None:
    """The plan of one junction that is meant; of several the one with the fewest days, then the newest."""
    fitting = [plan for plan in plans if timezone.localtime(at).weekday() in plan.weekdays]
    return min(fitting, key=lambda plan: (len(plan.weekdays) or ALL_DAYS, -plan.pk), default=None)


def plan_at(junction_id: int, *, at: datetime) -> Plan | None:
    """The approved plan of a junction meant for this day and hour."""
    return plan_among(plans_at(at=at).filter(junction_id=junction_id), at=at)
