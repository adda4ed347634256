"""Holding the figures against the rules: alerts are raised and cleared here, by nobody's hand."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from langbiang.foundation import events
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import queries as indicators

from .. import figures, ruled
from ..events import AlertCleared, AlertRaised
from ..figures import Scope
from ..hysteresis import CALM, FLAPS, FLAPS_WITHIN, Levels, is_worse, judge
from ..models import Alert, AlertRule, AlertStep, Silence
from ..writing import written

# An agency that had figures within so many days before is missed when they stop.
KNOWN_DAYS = 28
MISSED = Levels("above", 1, 0)


@dataclass(frozen=True)
class Watched:
    """One figure of one agency held against a rule: its value, what it is a share of, as it is read."""

    rule: AlertRule
    kind: str
    agency_id: int
    levels: Levels
    value: float | None
    base: int | None
    words: str
    is_silent: bool
    # Of an indicator: the period of the figure, or of the report that was not sent.
    period: str = ""

    @property
    def number(self) -> Decimal | None:
        """The figure as it is kept; none for figures that are missing."""
        return None if self.value is None or self.kind == Alert.Kind.MISSING else Decimal(f"{self.value:.4f}")


def evaluate(*, at: datetime, rule_codes: frozenset[str] | None = None) -> int:
    """Look at every active rule (or some) at every agency; gives how many alerts were raised or cleared.

    An alert exists once per rule, agency and kind while it is open. Under a silence nothing is raised; what is open may
    clear. The figures cost one SQL statement a rule, three where missing ones are looked for; each change is a
    transaction of its own.
    """
    changed = 0
    for rule in AlertRule.objects.filter(is_active=True).order_by("pk"):
        if rule_codes is not None and rule.code not in rule_codes:
            continue
        silent = silenced(at=at, rule=rule)
        breaches, missing = (_published, _unsent) if rule.indicator else (_breaches, _missing)
        changed += sum(_apply(each, at) for each in breaches(rule, silent, at))
        if rule.missing_after_h is not None:
            changed += sum(_apply(each, at) for each in missing(rule, silent, at))
    return changed


def evaluate_indicator(*, code: str, at: datetime) -> int:
    """Hold what was just published of an indicator, and what formulas reckon from it, against the rules that name it."""
    named = set(AlertRule.objects.filter(is_active=True).exclude(indicator="").values_list("code", "indicator"))
    moved = indicators.standing_on(code, on=timezone.localdate(at)) if named else set()
    codes = frozenset(rule for rule, indicator in named if indicator in moved)
    return evaluate(at=at, rule_codes=codes) if codes else 0


def silenced(*, at: datetime, rule: AlertRule) -> frozenset[int]:
    """The agencies at which a rule raises and escalates nothing at a moment."""
    rows = Silence.objects.filter(Q(rule=None) | Q(rule=rule), begins_at__lte=at, ends_at__gt=at, ended_at=None)
    day = timezone.localdate(at)
    found: set[int] = set()
    for agency in rows.values_list("agency_id", flat=True):
        found |= organizations.descendant_ids(agency, on=day)
    return frozenset(found)


def _breaches(rule: AlertRule, silent: frozenset[int], at: datetime) -> list[Watched]:
    today = timezone.localdate(at)
    known = figures.figure(rule.measure)
    found = figures.by_agency(rule.measure, Scope(today - timedelta(days=rule.days - 1), today, None, rule.filters))
    levels = Levels(rule.side, float(rule.trigger), float(rule.clear), rule.least_base)
    return [
        Watched(rule, Alert.Kind.BREACH, agency, levels, value.number, value.base, written(value.number, known), agency in silent)
        for agency in sorted(set(found) | _open_at(rule, Alert.Kind.BREACH))
        for value in [found.get(agency, known.nothing)]
    ]


def _missing(rule: AlertRule, silent: frozenset[int], at: datetime) -> list[Watched]:
    """“No data” is an alert of its own, neither good nor bad: for agencies that had figures and have none any more."""
    assert rule.missing_after_h is not None
    known = figures.figure(rule.measure)
    first = timezone.localdate(at - timedelta(hours=rule.missing_after_h))
    there = _with_figures(rule, first, timezone.localdate(at))
    before = _with_figures(rule, first - timedelta(days=KNOWN_DAYS), first - timedelta(days=1))
    return [
        Watched(rule, Alert.Kind.MISSING, agency, MISSED, float(agency not in there), None, written(None, known), agency in silent)
        for agency in sorted(before | _open_at(rule, Alert.Kind.MISSING))
    ]


def _published(rule: AlertRule, silent: frozenset[int], at: datetime) -> list[Watched]:
    """The newest published figure of each unit, or of the province, where the agency that answers for it is alerted.

    What is typed, sent or checked and not published yet is no figure. A unit without a new one decides nothing.
    """
    of = ruled.about(rule)
    levels = Levels(rule.side, float(rule.trigger), float(rule.clear), rule.least_base)
    open_ = _open_at(rule, Alert.Kind.BREACH)
    if rule.level == AlertRule.Level.PROVINCE:
        newest = indicators.newest_of_province(rule.indicator, at=at)
        found = {agency: newest for agency in _answering(rule, at) | open_} if newest else {}
    else:
        found = indicators.newest_of_units(rule.indicator, at=at)
    rows = []
    for agency in sorted(set(found) | open_):
        each = found.get(agency)
        value = float(each.figure.value) if each and each.figure.value is not None else None
        base = int(each.figure.base) if each and each.figure.base is not None else None
        period = each.period if each else ""
        words = f"{of.written(value)}, {indicators.period_said(period)}" if period else of.written(value)
        rows.append(Watched(rule, Alert.Kind.BREACH, agency, levels, value, base, words, agency in silent, period))
    return rows


def _unsent(rule: AlertRule, silent: frozenset[int], at: datetime) -> list[Watched]:
    """The newest report that is due is not there so long after its deadline."""
    assert rule.missing_after_h is not None
    of_province = rule.level == AlertRule.Level.PROVINCE
    found = indicators.unsent(rule.indicator, at=at, after=timedelta(hours=rule.missing_after_h), of_province=of_province)
    if of_province:
        found = {agency: period for period in found.values() for agency in _answering(rule, at)}
    return [
        Watched(rule, Alert.Kind.MISSING, agency, MISSED, float(agency in found), None,
                ruled.unsent_words(found[agency]) if agency in found else "", agency in silent, found.get(agency, ""))
        for agency in sorted(set(found) | _open_at(rule, Alert.Kind.MISSING))
    ]  # fmt: skip


def _answering(rule: AlertRule, at: datetime) -> set[int]:
    owner = indicators.owner_of(rule.indicator, on=timezone.localdate(at))
    return {owner} if owner is not None else set()


def _with_figures(rule: AlertRule, first: date, last: date) -> set[int]:
    found = figures.by_agency(rule.measure, Scope(first, last, None, rule.filters))
    return {agency for agency, value in found.items() if (value.top if value.base is None else value.base)}


def _open_at(rule: AlertRule, kind: str) -> set[int]:
    return set(Alert.objects.filter(rule=rule, kind=kind, closed_at=None).values_list("agency_id", flat=True))


@transaction.atomic
def _apply(seen: Watched, at: datetime) -> bool:
    """What a figure means for the alert of its rule; whether an alert was raised or cleared."""
    open_ = Alert.objects.select_for_update().filter(rule=seen.rule, agency_id=seen.agency_id, kind=seen.kind, closed_at=None)
    alert = open_.first()
    is_up = alert is not None and alert.cleared_at is None
    verdict = judge(seen.levels, seen.value, seen.base, is_up=is_up)
    if verdict == "raise":
        if alert is None:  # two at once: the event of a publication and the clock
            AlertRule.objects.select_for_update().get(pk=seen.rule.pk)
            if open_.exists():
                return False
        return not seen.is_silent and _raise(seen, alert, at)
    if alert is None or (seen.number is None and seen.kind == Alert.Kind.BREACH):
        return False
    if verdict == "clear":
        return _clear(seen, alert, at)
    fields = []
    if alert.good_since is not None and verdict == "hold":
        alert.good_since = None
        fields.append("good_since")
    if seen.number is not None and alert.value != seen.number:
        alert.value = seen.number
        if is_worse(seen.rule.side, float(seen.number), float(alert.worst) if alert.worst is not None else None):
            alert.worst = seen.number
        fields += ["value", "worst"]
    if seen.period and alert.period != seen.period:
        alert.period = seen.period
        fields.append("period")
    if fields:
        alert.save(update_fields=fields)
    return False


def _raise(seen: Watched, alert: Alert | None, at: datetime) -> bool:
    """A new alert, or the one nobody has closed once more: somebody has to look at it again, and what nobody answers is
    escalated again. After too many within a day it is one alert that flaps: it stays up, silently, until its figure has
    been good for a while."""
    flaps = AlertStep.objects.filter(
        alert__rule=seen.rule, alert__agency_id=seen.agency_id, alert__kind=seen.kind, what="raised", at__gt=at - FLAPS_WITHIN
    ).count()
    if alert is None:
        alert = Alert.objects.create(
            rule=seen.rule, agency_id=seen.agency_id, kind=seen.kind, value=seen.number, worst=seen.number, period=seen.period, raised_at=at
        )
    else:
        alert.cleared_at, alert.value, alert.times, alert.period = None, seen.number, alert.times + 1, seen.period
        alert.raised_at, alert.acknowledged_at, alert.acknowledged_by, alert.escalated_at = at, None, "", None
        if seen.number is not None and is_worse(seen.rule.side, float(seen.number), float(alert.worst) if alert.worst is not None else None):
            alert.worst = seen.number
        if alert.due_at is not None and alert.due_at <= at:  # a task that ended while the figure was back
            alert.assignee_id, alert.due_at = None, None
    if flaps >= FLAPS:
        alert.flaps_since, alert.good_since = at, None
    alert.save(update_fields=[
        "cleared_at", "value", "worst", "times", "raised_at", "acknowledged_at", "acknowledged_by", "escalated_at", "assignee",
        "due_at", "flaps_since", "good_since", "period",
    ])  # fmt: skip
    AlertStep.objects.create(alert=alert, at=at, what="raised", by=SYSTEM.label, note=seen.words)
    if alert.flaps_since == at:
        AlertStep.objects.create(alert=alert, at=at, what="flapping", by=SYSTEM.label)
    what = AlertRaised(alert_id=alert.pk, rule=seen.rule.code, severity=seen.rule.severity)
    events.emit(SYSTEM, what, at=at, agency_id=seen.agency_id, subject=f"alert:{alert.pk}")
    return True


def _clear(seen: Watched, alert: Alert, at: datetime) -> bool:
    """The figure is back; of one that flaps only when it has stayed so."""
    if alert.flaps_since is not None and (alert.good_since is None or at - alert.good_since < CALM):
        alert.value, alert.good_since = seen.number, alert.good_since or at
        alert.save(update_fields=["value", "good_since"])
        return False
    alert.value, alert.cleared_at, alert.flaps_since, alert.good_since = seen.number, at, None, None
    alert.period = seen.period or alert.period
    alert.save(update_fields=["value", "cleared_at", "flaps_since", "good_since", "period"])
    AlertStep.objects.create(alert=alert, at=at, what="cleared", by=SYSTEM.label, note=seen.words)
    cleared = AlertCleared(alert_id=alert.pk)
    events.emit(SYSTEM, cleared, at=at, agency_id=seen.agency_id, subject=f"alert:{alert.pk}")
    return True
