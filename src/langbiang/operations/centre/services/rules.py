"""The rules of alerts, kept by people: made, changed, ended and taken up again, each time with a reason and a version."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.access import policies as access
from langbiang.foundation.audit import services as audit
from langbiang.foundation.language.folding import fold
from langbiang.foundation.ui import formats

from .. import figures, policies, published, ruled, versions
from ..events import AlertCleared
from ..models import Alert, AlertRule, AlertStep
from .watching import evaluate

LONGEST_DAYS, LONGEST_HOURS = 366, 720
# When one of these changes, what is open was raised by another figure.
WATCHED = ("filters", "days", "side", "level")


class BadRule(Refusal, ValueError):
    """A rule says something by which no alert can be raised or cleared."""


class NoSuchRule(Refusal):
    """There is no such rule."""

    status = 404


def problems(told: Mapping[str, Any]) -> list[BadRule]:
    """All that is wrong with what a rule says, each with its field and the way out."""
    named = bool(str(told.get("title") or "").strip())
    unnamed = BadRule(_("A rule needs a name."), field="title", way_out=_("Say in a few words what is wrong when it raises an alert."))
    return [*([] if named else [unnamed]), *_of_the_figure(told), *_of_the_levels(told), *_of_the_times(told)]


def make_rule(actor: Actor, *, told: Mapping[str, Any], reason: str, at: datetime) -> AlertRule:
    """A new rule, at work from now on. Raises Forbidden, BadRule."""
    with transaction.atomic():
        access.require(policies.may_keep(actor))
        _checked(told, reason)
        rule = AlertRule(code=_code_for(str(told["title"])))
        versions.tell(rule, told)
        rule.save()
        versions.keep(rule, by=actor.label, reason=reason.strip(), at=at)
        after = {**versions.told_of(rule), "reason": reason.strip()}
        audit.record(actor, "centre.rule_made", rule, after=after, at=at)
    _judge_now(rule, at)
    return rule


def change_rule(
    actor: Actor, *, rule_id: int, revision: int, told: Mapping[str, Any], reason: str, at: datetime
) -> AlertRule:
    """Change what a rule says. Its open alerts are judged by it at once; where it watches another figure from now on they
    are over. Raises Forbidden, NoSuchRule, Stale, BadRule."""
    with transaction.atomic():
        rule = _held(actor, rule_id, revision)
        before = versions.told_of(rule)
        _checked({**before, **told}, reason)
        _same_figure(rule, told)
        versions.tell(rule, told)
        _kept(actor, rule, "centre.rule_changed", before, reason, at)
        explain_change(actor, rule, before=before, reason=reason.strip(), at=at)
    _judge_now(rule, at)
    return rule


def end_rule(actor: Actor, *, rule_id: int, revision: int, reason: str, at: datetime) -> AlertRule:
    """Let a rule rest: it raises nothing more, and its open alerts are over and can be closed.

    Raises Forbidden, NoSuchRule, Stale, BadRule.
    """
    with transaction.atomic():
        rule = _held(actor, rule_id, revision)
        _reasoned(reason)
        if rule.is_active:
            before = versions.told_of(rule)
            rule.is_active = False
            _kept(actor, rule, "centre.rule_ended", before, reason, at)
            for alert in _open(rule):
                _over(actor, alert, "rule_ended", reason.strip(), at)
    return rule


def resume_rule(actor: Actor, *, rule_id: int, revision: int, reason: str, at: datetime) -> AlertRule:
    """Put a rule to work again, with what it says. Raises Forbidden, NoSuchRule, Stale, BadRule."""
    with transaction.atomic():
        rule = _held(actor, rule_id, revision)
        before = versions.told_of(rule)
        _checked(before, reason)
        if not rule.is_active:
            rule.is_active = True
            _kept(actor, rule, "centre.rule_resumed", before, reason, at)
    _judge_now(rule, at)
    return rule


def explain_change(actor: Actor, rule: AlertRule, *, before: Mapping[str, Any], reason: str, at: datetime) -> None:
    """Say in every open alert of a rule that the rule is another one now. An alert of a figure that is not watched any
    more is over; all others go on and are judged by the new levels."""
    after = versions.told_of(rule)
    is_another = any(before.get(name) != after.get(name) for name in WATCHED)
    for alert in _open(rule):
        if is_another or (alert.kind == Alert.Kind.MISSING and rule.missing_after_h is None):
            _over(actor, alert, "rule_changed", reason, at)
        else:
            AlertStep.objects.create(alert=alert, at=at, what="rule_changed", by=actor.label, note=_new_levels(rule, reason))


def _new_levels(rule: AlertRule, reason: str) -> str:
    of = ruled.about(rule)
    levels = _("Trigger %(trigger)s, over at %(clear)s.") % {
        "trigger": of.written(float(rule.trigger)), "clear": of.written(float(rule.clear)),
    }  # fmt: skip
    return f"{levels} {reason}".strip()


def _judge_now(rule: AlertRule, at: datetime) -> None:
    """Judge the agencies by the rule at once. When the watch is at it in this very moment, it does so itself."""
    try:
        with transaction.atomic():
            evaluate(at=at, rule_codes=frozenset({rule.code}))
    except IntegrityError:
        return


def _open(rule: AlertRule) -> list[Alert]:
    return list(Alert.objects.select_for_update().filter(rule=rule, closed_at=None, cleared_at=None).order_by("pk"))


def _over(actor: Actor, alert: Alert, what: str, note: str, at: datetime) -> None:
    alert.cleared_at, alert.flaps_since, alert.good_since = at, None, None
    alert.revision += 1
    alert.save(update_fields=["cleared_at", "flaps_since", "good_since", "revision"])
    AlertStep.objects.create(alert=alert, at=at, what=what, by=actor.label, note=note)
    events.emit(actor, AlertCleared(alert_id=alert.pk), at=at, agency_id=alert.agency_id, subject=f"alert:{alert.pk}")


def _held(actor: Actor, rule_id: int, revision: int) -> AlertRule:
    """The rule, held for this transaction, when nobody changed it since the page was opened."""
    access.require(policies.may_keep(actor))
    rule = AlertRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise NoSuchRule(_("There is no such rule."))
    if rule.revision != revision:
        raise Stale(changed_meanwhile(rule), way_out=_("Compare both, then save again what should hold."))
    return rule


def changed_meanwhile(row: versions.Kept) -> str:
    """Who saved the version that came in between, and why."""
    newest = row.versions.order_by("-number").first()
    if newest is None:
        return _("Somebody changed it since you opened this page.")
    return _("%(who)s saved version %(n)s at %(at)s, after you opened this page: %(reason)s") % {
        "who": newest.by, "n": newest.number, "at": formats.moment(newest.at), "reason": newest.reason or _("as delivered"),
    }  # fmt: skip


def _same_figure(rule: AlertRule, told: Mapping[str, Any]) -> None:
    """Alerts are read by the figure of their rule: a rule that raised any keeps it."""
    is_another = any(name in told and (told[name] or "") != (getattr(rule, name, "") or "") for name in ("measure", "indicator"))
    if is_another and rule.alerts.exists():
        raise BadRule(
            _("This rule has raised alerts; by another figure nobody could read them any more."), field="measure",
            way_out=_("Make a new rule for the other figure and end this one."),
        )  # fmt: skip


def _kept(actor: Actor, rule: AlertRule, act: str, before: Mapping[str, Any], reason: str, at: datetime) -> None:
    rule.revision += 1
    rule.save()
    versions.keep(rule, by=actor.label, reason=reason.strip(), at=at)
    changed = versions.differences(before, versions.told_of(rule), rule)
    was = {name: value for name, value, _now in changed}
    is_ = {name: value for name, _was, value in changed}
    audit.record(actor, act, rule, before=was, after={**is_, "reason": reason.strip()}, at=at)


def _checked(told: Mapping[str, Any], reason: str) -> None:
    for each in problems(told):
        raise each
    _reasoned(reason)


def _reasoned(reason: str) -> None:
    if len(reason.strip()) < 5:
        raise BadRule(_("Say why: who reads this later was not there."), field="reason", way_out=_("Write a sentence."))


def _of_the_figure(told: Mapping[str, Any]) -> list[BadRule]:
    if told.get("indicator") and not told.get("measure"):
        return _of_the_indicator(told)
    try:
        known = figures.figure(str(told.get("measure") or ""))
    except figures.NoSuchFigure:
        return [BadRule(_("There is no such figure."), field="measure", way_out=_("Choose one from the list."))]
    astray = [key for key, value in (told.get("filters") or {}).items() if value and key not in known.records.filters]
    if astray:
        have = ", ".join(str(each.title).lower() for each in known.records.filters.values()) or _("nothing")
        words = _("“%(figure)s” cannot be narrowed by: %(filters)s.") % {"figure": known.title, "filters": ", ".join(astray)}
        return [BadRule(words, field="measure", way_out=_("It can be narrowed by: %(filters)s.") % {"filters": have})]
    found = []
    for key, value in (told.get("filters") or {}).items():
        choices = dict(known.records.filters[key].choices())
        if value and choices and value not in choices:
            words = _("“%(value)s” is nothing to narrow “%(filter)s” by.") % {"value": value, "filter": known.records.filters[key].title}
            found.append(BadRule(words, field=f"filter_{key}", way_out=_("Choose one from the list.")))
    return found


def _of_the_indicator(told: Mapping[str, Any]) -> list[BadRule]:
    if told["indicator"] not in published.described([str(told["indicator"])], on=timezone.localdate()):
        return [BadRule(_("There is no such figure."), field="measure", way_out=_("Choose one from the list."))]
    if told.get("level", AlertRule.Level.UNIT) not in AlertRule.Level.values:
        return [BadRule(_("Say whose figure is watched."), field="level", way_out=_("Choose one from the list."))]
    return []


def _of_the_levels(told: Mapping[str, Any]) -> list[BadRule]:
    if told.get("side") not in AlertRule.Side.values:
        return [BadRule(_("Say on which side of the level the figure is bad."), field="side", way_out=_("Choose one from the list."))]
    if told.get("severity") not in AlertRule.Severity.values:
        return [BadRule(_("Say how serious it is."), field="severity", way_out=_("Choose one from the list."))]
    if told.get("trigger") in (None, "") or told.get("clear") in (None, ""):
        return []  # the form says so itself
    trigger, clear = Decimal(str(told["trigger"])), Decimal(str(told["clear"]))
    if told["side"] == AlertRule.Side.ABOVE and clear > trigger:
        return [BadRule(
            _("The alert is raised from %(trigger)s up, so it cannot be over at %(clear)s already.") % _levels(trigger, clear),
            field="clear", way_out=_("The clear level is the trigger or less, for example %(n)s.") % {"n": formats.number(trigger * Decimal("0.8"), 0)},
        )]  # fmt: skip
    if told["side"] == AlertRule.Side.BELOW and clear < trigger:
        return [BadRule(
            _("The alert is raised from %(trigger)s down, so it cannot be over at %(clear)s already.") % _levels(trigger, clear),
            field="clear", way_out=_("The clear level is the trigger or more, for example %(n)s.") % {"n": formats.number(trigger + max(abs(trigger) * Decimal("0.05"), Decimal(1)), 0)},
        )]  # fmt: skip
    return []


def _levels(trigger: Decimal, clear: Decimal) -> dict[str, str]:
    return {"trigger": _number(trigger), "clear": _number(clear)}


def _number(value: Decimal) -> str:
    exponent = value.normalize().as_tuple().exponent
    return formats.number(value, max(0, -exponent) if isinstance(exponent, int) else 0)


def _of_the_times(told: Mapping[str, Any]) -> list[BadRule]:
    bounds = (
        ("days", 1, LONGEST_DAYS, _("The period is %(least)s to %(most)s days.")),
        ("answer_h", 1, LONGEST_HOURS, _("The time to answer is %(least)s to %(most)s hours.")),
        ("escalate_h", 1, LONGEST_HOURS, _("The time until it is escalated is %(least)s to %(most)s hours.")),
        ("missing_after_h", 1, LONGEST_HOURS, _("Figures are missed after %(least)s to %(most)s hours.")),
    )
    found = []
    for name, least, most, words in bounds:
        value = told.get(name)
        if name == "missing_after_h" and value in (None, ""):
            continue
        if value in (None, "") or not least <= int(value) <= most:
            found.append(BadRule(words % {"least": least, "most": most}, field=name, way_out=_("Write a whole number.")))
    return found


def _code_for(title: str) -> str:
    """A code of the title that no rule has yet."""
    base = slugify(fold(title))[:48].strip("-") or "rule"
    taken = set(AlertRule.objects.filter(code__startswith=base).values_list("code", flat=True))
    return next(code for n in range(1, len(taken) + 2) if (code := base if n == 1 else f"{base}-{n}") not in taken)
