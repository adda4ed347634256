"""Reads of the operations centre, limited to what the actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, QuerySet
from django.utils import timezone

from langbiang.foundation.access import Actor
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats

from . import figures, policies, ruled
from .language import in_language
from .models import (
    Alert,
    AlertRule,
    AlertStep,
    Annotation,
    Brief,
    BriefReader,
    Dashboard,
    DashboardVersion,
    KioskKey,
    Layout,
    Silence,
)
from .policies import agencies_seen
from .services.alerts import NoSuchAlert


@dataclass(frozen=True)
class AlertLine:
    """An open alert in one line."""

    id: int
    words: str
    since: str
    tone: str
    state: str


@dataclass(frozen=True)
class OpenAlerts:
    """How many alerts are open, and the most pressing of them."""

    total: int
    rows: Sequence[AlertLine]


TONES = {"notice": "info", "warning": "caution", "critical": "late"}


def alerts(actor: Actor, *, closed: bool = False) -> QuerySet[Alert]:
    """Alerts of the agencies an actor sees: open ones most pressing first, closed ones the latest first."""
    rows = Alert.objects.select_related("rule", "agency", "assignee").filter(closed_at__isnull=not closed)
    seen = agencies_seen(actor)
    if seen is not None:
        rows = rows.filter(agency_id__in=seen)
    return rows.order_by("-closed_at" if closed else "cleared_at", "-raised_at", "-pk")


def alert(actor: Actor, alert_id: int) -> Alert:
    """One alert of an agency the actor sees. Raises NoSuchAlert."""
    found = Alert.objects.select_related("rule", "agency", "assignee").filter(pk=alert_id).first()
    if found is None or not actor.may("centre.view", agency_id=found.agency_id):
        raise NoSuchAlert()
    return found


def steps(alert_id: int) -> list[AlertStep]:
    """What was done about an alert, oldest first."""
    return list(AlertStep.objects.filter(alert_id=alert_id).select_related("evidence").order_by("at", "pk"))


def open_alerts(agencies: frozenset[int] | None, *, limit: int, about: str = "") -> OpenAlerts:
    """Open alerts of these agencies (None: all) whose figure is not back, in lines for a wall; `about` is the beginning
    of the names of their measures."""
    rows = Alert.objects.select_related("rule", "agency").filter(closed_at__isnull=True, cleared_at__isnull=True)
    if about:
        rows = rows.filter(rule__measure__startswith=about)
    if agencies is not None:
        rows = rows.filter(agency_id__in=agencies)
    found = list(rows.order_by("-raised_at", "-pk")[:limit])
    total = len(found) if len(found) < limit else rows.count()
    known = ruled.abouts(each.rule for each in found)
    return OpenAlerts(total, [line_of(each, known[each.rule_id]) for each in found])


def line_of(each: Alert, of: ruled.About) -> AlertLine:
    """An alert in one line: where, what, how much, since when."""
    name = organizations.name_of(each.agency_id)
    value = ruled.value_words(each, of)
    title = in_language(each.rule.title, each.rule.title_en)
    return AlertLine(
        each.pk, f"{name}: {title} ({value})", formats.moment(each.raised_at), TONES[each.rule.severity], each.state
    )


def silences(actor: Actor, *, at: datetime) -> list[Silence]:
    """Silences that hold or will hold at agencies an actor sees, the first to end first."""
    rows = Silence.objects.select_related("rule", "agency").filter(ended_at=None, ends_at__gt=at).order_by("ends_at", "pk")
    seen = agencies_seen(actor)
    return list(rows if seen is None else rows.filter(agency_id__in=seen))


def alert_rules(*, active: bool) -> list[AlertRule]:
    """The rules at work, or those that were ended."""
    return list(AlertRule.objects.filter(is_active=active).order_by("title"))


def rule_counts(actor: Actor, *, at: datetime, days: int = 30) -> tuple[dict[int, int], dict[int, int]]:
    """How often each rule raised an alert in the last days, and how many of its alerts are open now, at the agencies an
    actor sees. Two SQL statements."""
    raised = AlertStep.objects.filter(what="raised", at__gt=at - timedelta(days=days))
    open_ = Alert.objects.filter(closed_at=None, cleared_at=None)
    if (seen := agencies_seen(actor)) is not None:
        raised, open_ = raised.filter(alert__agency_id__in=seen), open_.filter(agency_id__in=seen)
    return (
        dict(raised.values_list("alert__rule").annotate(n=Count("pk")).order_by()),
        dict(open_.values_list("rule").annotate(n=Count("pk")).order_by()),
    )


def rules() -> list[tuple[int, str]]:
    """The rules of alerts, to choose from."""
    rows = AlertRule.objects.filter(is_active=True).order_by("title")
    return [(each.pk, in_language(each.title, each.title_en)) for each in rows]


def handled(actor: Actor) -> list[tuple[int, str]]:
    """The agencies whose alerts an actor handles, to choose from; the widest first."""
    found = [each for each in organizations.agencies_on(timezone.localdate()) if actor.may("centre.handle", agency_id=each.id)]
    roots = organizations.root_ids()
    return [(each.id, each.name) for each in sorted(found, key=lambda each: (each.id not in roots, each.name))]


def layouts(*, removed: bool = False) -> list[Layout]:
    """All walls, or those that were put away."""
    return list(Layout.objects.filter(removed_at__isnull=not removed).order_by("pk"))


def layout(slug: str, *, removed: bool = False) -> Layout | None:
    """A wall by its name; also one that was put away when asked."""
    rows = Layout.objects.filter(slug=slug)
    return (rows if removed else rows.filter(removed_at=None)).first()


def screens(actor: Actor, *, at: datetime) -> dict[int, tuple[list[KioskKey], int]]:
    """The screens that show each wall at a moment: those of agencies the actor manages, and how many others there are."""
    found: dict[int, tuple[list[KioskKey], int]] = {}
    for key in KioskKey.objects.filter(revoked_at=None, valid_until__gt=at).select_related("agency").order_by("name", "pk"):
        named, others = found.get(key.layout_id, ([], 0))
        is_theirs = actor.may("centre.manage", agency_id=key.agency_id)
        found[key.layout_id] = ([*named, key], others) if is_theirs else (named, others + 1)
    return found


def keys(actor: Actor) -> list[KioskKey]:
    """Keys of the screens of the agencies an actor manages, the living ones first."""
    rows = KioskKey.objects.select_related("layout", "agency").order_by(F("revoked_at").asc(nulls_first=True), "-pk")
    return [each for each in rows if actor.may("centre.manage", agency_id=each.agency_id)]


def annotations(measure: str, *, agencies: frozenset[int] | None, days: int = 400) -> list[Annotation]:
    """Notes to a figure at these agencies (None: all), the latest first."""
    since = timezone.localdate() - timedelta(days=days)
    rows = Annotation.objects.select_related("agency").filter(
        measure=measure, withdrawn_at__isnull=True, day__gte=since
    )
    if agencies is not None:
        rows = rows.filter(agency_id__in=agencies)
    return list(rows.order_by("-day", "-pk")[:50])


def brief(day: date | None) -> Brief | None:
    """The brief of a day, or the newest one."""
    rows = Brief.objects.order_by("-day")
    return rows.filter(day=day).first() if day else rows.first()


def brief_sections(actor: Actor, found: Brief) -> list[dict[str, Any]]:
    """The sections of a brief with the sentences an actor may read: every figure in them is of what they see.

    Whoever sees the whole province reads the whole. A figure of no unit and no agency is of the whole province, one of a
    unit is theirs when they see all agencies of that unit.
    """
    seen = agencies_seen(actor)
    if seen is None:
        return list(found.sections)
    units = figures.units_seen(seen, on=found.day)

    def is_theirs(fact: dict[str, Any]) -> bool:
        return fact["agency"] in seen if fact["agency"] else fact["unit"] in units

    kept = [
        {**each, "sentences": [line for line in each["sentences"] if all(is_theirs(found.figures[ref]) for ref in line["facts"].values())]}
        for each in found.sections
    ]
    return [each for each in kept if each["sentences"]]


def reader(actor: Actor) -> BriefReader | None:
    """The actor as a reader of the brief, when they are told of it."""
    return BriefReader.objects.filter(account_id=actor.account_id or 0, ended_at=None).first()


def readers(actor: Actor, *, at: datetime) -> list[tuple[BriefReader, str, bool]]:
    """Who is told of the brief at the agencies an actor manages: the reader, where they sit, and whether they still see the
    centre at all. Read for one page: their rights are asked for one by one."""
    from .services.readers import acting_for

    rows = list(BriefReader.objects.filter(ended_at=None).select_related("account"))
    seats = organizations.seats_of([each.account_id for each in rows], on=timezone.localdate(at))
    found = []
    for each in rows:
        here = seats.get(each.account_id, [])
        if each.account_id != actor.account_id and not any(actor.may("centre.manage", agency_id=seat.agency_id) for seat in here):
            continue
        words = ", ".join(f"{seat.title}, {seat.agency_name}" for seat in here)
        found.append((each, words, bool(policies.may_view(acting_for(each.account_id, at=at)))))
    return sorted(found, key=lambda row: (row[1], row[0].account.get_full_name()))


def brief_days() -> list[date]:
    """Days of the last briefs."""
    return list(Brief.objects.order_by("-day").values_list("day", flat=True)[:30])


def dashboards(actor: Actor) -> list[Dashboard]:
    """The dashboards an actor may open, their own first."""
    rows = Dashboard.objects.filter(policies.dashboards_filter(actor), archived_at=None).select_related("agency")
    return sorted(rows, key=lambda each: (each.owner_id != actor.account_id, each.title.casefold()))


def dashboard(actor: Actor, dashboard_id: int) -> Dashboard | None:
    """A dashboard, when the actor may open it; also one that was put away."""
    return Dashboard.objects.filter(policies.dashboards_filter(actor), pk=dashboard_id).select_related("agency").first()


def dashboard_version(board: Dashboard, *, number: int | None = None, at: datetime | None = None) -> DashboardVersion | None:
    """A version by its number, or the one that was shown at a moment, or the newest."""
    rows = board.versions.order_by("-number")
    if number is not None:
        rows = rows.filter(number=number)
    if at is not None:
        rows = rows.filter(at__lte=at)
    return rows.first()


def dashboard_versions(board: Dashboard) -> list[DashboardVersion]:
    """All versions, the newest first."""
    return list(board.versions.order_by("-number"))
