"""Rules of alerts: the list, one with its versions, the form with its try-out, ending one and putting it to work again."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Actor, Refusal, Stale, rules
from langbiang.foundation.access import policies as access
from langbiang.foundation.access.acting import acting
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats

from .. import figures, policies, queries, ruled, services, trials, versions
from ..figures import Measure
from ..language import in_language
from ..models import AlertRule
from ..rehearsing import Spell
from ..writing import written
from .rule_forms import LEVELS, NEW, SEVERITIES, SIDES, ReasonForm, RuleForm, figure_of, initial_of

SHOWN_AGENCIES = 20


@dataclass(frozen=True)
class Line:
    """A rule in the list."""

    rule: AlertRule
    title: str
    watches: str
    levels: str
    origin: str
    raised: int
    open: int


@rules.staff("centre.manage")
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    """The rules at work, or those that were ended."""
    actor = acting(request)
    ended = request.GET.get("ended") == "1"
    now = timezone.now()
    counts = queries.rule_counts(actor, at=now)
    rows = list(queries.alert_rules(active=not ended))
    abouts = ruled.abouts(rows)
    lines = [_line(each, counts, abouts[each.pk]) for each in rows]
    lines.sort(key=lambda each: (-each.open, -each.raised, each.title.casefold()))
    context = {
        "lines": lines, "ended": ended, "may_keep": bool(policies.may_keep(actor)),
        "tabs": [
            {"label": _("At work"), "url": reverse("centre:rules"), "current": not ended},
            {"label": _("No longer at work"), "url": reverse("centre:rules") + "?ended=1", "current": ended},
        ],
    }  # fmt: skip
    return render(request, "centre/rules.html", context)


@rules.staff("centre.manage")
@require_GET
def rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """One rule: what it says, what it raised, all its versions."""
    actor = acting(request)
    found = _found(rule_id)
    told, of = versions.told_of(found), ruled.about(found)
    context = {
        "rule": found, "line": _line(found, queries.rule_counts(actor, at=timezone.now()), of), "facts": _facts(told, of),
        "versions": history(found), "may_keep": bool(policies.may_keep(actor)), "origin": versions.origin(found),
        "since_delivery": _words_of_changes(versions.differences(found.delivered, told, found)) if found.delivered else [],
    }  # fmt: skip
    return render(request, "centre/rule.html", context)


@rules.staff("centre.manage")
@require_http_methods(["GET", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    """A new rule."""
    return _edit(request, None)


@rules.staff("centre.manage")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Change a rule; `?version=` begins with what a former version said, `?version=delivered` with what was delivered."""
    return _edit(request, _found(rule_id))


@rules.staff("centre.manage")
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, rule_id: int) -> HttpResponse:
    """End a rule."""
    return _switch(request, _found(rule_id), active=False)


@rules.staff("centre.manage")
@require_http_methods(["GET", "POST"])
def resume(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Put an ended rule to work again."""
    return _switch(request, _found(rule_id), active=True)


def _edit(request: HttpRequest, found: AlertRule | None) -> HttpResponse:
    actor = acting(request)
    access.require(policies.may_keep(actor))
    act = request.POST.get("act", "")
    told = _begun_with(request, found)
    figure = request.POST.get("measure") or request.GET.get("measure") or figure_of(told)
    form = RuleForm(request.POST or None, figure=figure, saving=act == "save", initial={**told, "measure": figure})
    if act == "filters":  # nothing is judged yet; what was filled in stays
        form = RuleForm(figure=figure, initial={**NEW, **{name: value for name, value in request.POST.items() if name in form.fields}})
    trial = None
    status = 200
    meanwhile: list[str] = []
    if request.method == "POST" and act in ("save", "try"):
        if _is_right(form):
            try:
                if act == "try" and not form.is_indicator:
                    seen = policies.agencies_seen(actor)
                    trial = trials.try_out(form.told(), days=form.cleaned_data["look_back"], agencies=seen, at=timezone.now())
                elif act == "save":
                    return redirect("centre:rule", _saved(actor, found, form, request).pk)
            except Stale as refused:
                status = 409
                form, meanwhile = _drawn_anew(request, form, figure, refused)
            except Refusal as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        status = 422 if form.errors else status
    known = _known(figure)
    context = {
        "rule": found, "form": form, "known": known, "trial": _trial_words(trial, form, known) if trial and known else None,
        "meanwhile": meanwhile, "is_tried": act == "try", "back": reverse("centre:rule", args=[found.pk]) if found else reverse("centre:rules"),
    }  # fmt: skip
    return render(request, "centre/rule_edit.html", context, status=status)


def _begun_with(request: HttpRequest, found: AlertRule | None) -> dict[str, Any]:
    if found is None:
        return dict(NEW)
    told = versions.told_of(found)
    asked = request.GET.get("version", "")
    if asked == "delivered" and found.delivered:
        told = {**told, **found.delivered}
    elif asked.isascii() and asked.isdigit() and len(asked) < 7:
        version = found.versions.filter(number=int(asked)).first()
        told = {**told, **version.told} if version else told
    return {**initial_of(told), "revision": found.revision}


def _is_right(form: RuleForm) -> bool:
    """Whether nothing is wrong with what the form says; all that is wrong stands beside its field."""
    form.is_valid()
    if not form.errors.keys() - {"reason", "title"}:
        for each in services.rule_problems(form.told()):
            if each.field not in form.errors:
                form.add_error(each.field if each.field in form.fields else None, str(each))
    if not form.fields["reason"].required:
        form.errors.pop("title", None)  # a try-out needs no name
        form.fields["reason"].required = True  # saving it does
    return not form.errors


def _saved(actor: Actor, found: AlertRule | None, form: RuleForm, request: HttpRequest) -> AlertRule:
    told, reason, at = form.told(), form.cleaned_data["reason"], timezone.now()
    if found is None:
        saved = services.make_rule(actor, told=told, reason=reason, at=at)
        messages.success(request, _("The rule is at work from now on."))
    else:
        revision = form.cleaned_data["revision"] or 0
        saved = services.change_rule(actor, rule_id=found.pk, revision=revision, told=told, reason=reason, at=at)
        messages.success(request, _("The rule is changed. Its open alerts were judged by what it says now."))
    return saved


def _drawn_anew(request: HttpRequest, form: RuleForm, figure: str, refused: Stale) -> tuple[RuleForm, list[str]]:
    """The form as it was filled in, on top of the version that came in between, and what that one changed."""
    found = _found(int(request.resolver_match.kwargs["rule_id"])) if request.resolver_match else None
    assert found is not None
    base = found.versions.filter(number=form.cleaned_data["revision"] or 0).first()
    changed = versions.differences(base.told, versions.told_of(found), found) if base else []
    sent = request.POST.copy()
    sent["revision"] = str(found.revision)
    again = RuleForm(sent, figure=figure)
    again.is_valid()
    return again, [str(refused), *_words_of_changes(changed)]


def _switch(request: HttpRequest, found: AlertRule, *, active: bool) -> HttpResponse:
    actor = acting(request)
    access.require(policies.may_keep(actor))
    form = ReasonForm(request.POST or None, initial={"revision": found.revision})
    if request.method == "POST" and form.is_valid():
        act = services.resume_rule if active else services.end_rule
        try:
            act(actor, rule_id=found.pk, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("The rule is at work from now on.") if active else _("The rule is ended. It can be put to work again at any time."))
            return redirect("centre:rule", found.pk)
    open_ = queries.rule_counts(actor, at=timezone.now())[1].get(found.pk, 0)
    if active:
        consequences = [_("Every agency is held against it at once."), _("What it raises, the people on duty there are told.")]
    else:
        consequences = [
            _("It raises nothing more and escalates nothing."),
            ngettext("%(n)s open alert is over and can be closed.", "%(n)s open alerts are over and can be closed.", open_) % {"n": open_},
            _("What it says is kept; it can be put to work again."),
        ]
    context = {
        "rule": found, "form": form, "active": active, "consequences": consequences,
        "title": in_language(found.title, found.title_en), "back": reverse("centre:rule", args=[found.pk]),
    }  # fmt: skip
    return render(request, "centre/rule_switch.html", context, status=422 if form.errors else 200)


def _found(rule_id: int) -> AlertRule:
    found = AlertRule.objects.filter(pk=rule_id).first()
    if found is None:
        raise Http404(_("There is no such rule."))
    return found


def _line(each: AlertRule, counts: tuple[dict[int, int], dict[int, int]], of: ruled.About) -> Line:
    raised, open_ = counts
    told = versions.told_of(each)
    return Line(
        each, in_language(each.title, each.title_en), _watched(told, of), _levels(told, of),
        versions.origin(each), raised.get(each.pk, 0), open_.get(each.pk, 0),
    )  # fmt: skip


def _known(name: str) -> Measure | None:
    return next((each for each in figures.every() if each.name == name), None)


def _watched(told: dict[str, Any], of: ruled.About) -> str:
    """What a rule watches, in words."""
    known = of.measure
    if known is None:
        return f"{of.title}: {dict(LEVELS)[told.get('level') or 'unit']}"
    parts = [str(known.title)]
    if not known.is_stock:
        days = int(told["days"])
        parts.append(_("today") if days == 1 else _("last %(days)s days") % {"days": days})
    parts += [_filter_words(known, key, value) for key, value in (told.get("filters") or {}).items() if value]
    return ", ".join(parts)


def _filter_words(known: Measure, key: str, value: str) -> str:
    each = known.records.filters.get(key)
    return f"{str(each.title).lower()}: {dict(each.choices()).get(value, value)}" if each else f"{key}: {value}"


def _levels(told: dict[str, Any], of: ruled.About) -> str:
    trigger, clear = of.written(float(told["trigger"])), of.written(float(told["clear"]))
    return (
        _("from %(trigger)s up; over at %(clear)s") if told["side"] == "above" else _("from %(trigger)s down; over at %(clear)s")
    ) % {"trigger": trigger, "clear": clear}


def _facts(told: dict[str, Any], of: ruled.About) -> list[tuple[str, str]]:
    rows = [(_("Figure"), _watched(told, of)), (_("Trigger and clear level"), _levels(told, of))]
    if (of.measure is not None and of.measure.is_ratio) or (of.measure is None and told["least_base"]):
        rows.append((_("Least number a share is judged by"), formats.number(told["least_base"])))
    if told["missing_after_h"]:
        rows.append((_("Figures are missed after"), _hours(told["missing_after_h"])))
    return [*rows, (_("Time to look at it"), _hours(told["answer_h"])), (_("Time to give it to somebody"), _hours(told["escalate_h"]))]


def _hours(n: int) -> str:
    return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}


def history(row: versions.Kept) -> list[dict[str, Any]]:
    """The versions of a rule, the newest first, each with what it changed."""
    kept = list(row.versions.order_by("-number"))
    before = [*[each.told for each in kept[1:]], None]
    return [
        {"version": each, "is_current": each.number == row.revision, "changes": _words_of_changes(versions.differences(was, each.told, row)) if was else []}
        for each, was in zip(kept, before, strict=True)
    ]  # fmt: skip


def _words_of_changes(changed: list[tuple[str, Any, Any]]) -> list[str]:
    words = {
        **{name: str(each.label) for name, each in RuleForm.base_fields.items()}, "filters": _("Narrowed to"),
        "is_active": _("At work"), "indicator": _("Figure"),
    }  # fmt: skip
    return [f"{words.get(name, name)}: {_value_words(name, was)} → {_value_words(name, is_)}" for name, was, is_ in changed]


def _value_words(name: str, value: Any) -> str:
    if value in (None, "", {}, []):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "measure" and (known := _known(value)):
        return str(known.title)
    if name in ("severity", "side", "level"):
        return str(dict([*SEVERITIES, *SIDES, *LEVELS]).get(value, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {each}" for key, each in value.items())
    text = " / ".join(str(value).splitlines())
    return text if len(text) <= 160 else f"{text[:157]}…"


def _trial_words(trial: trials.Trial, form: RuleForm, known: Measure) -> dict[str, Any]:
    """What a try-out found, for the page."""
    rows = [
        {
            "agency": organizations.name_of(each.agency_id), "alerts": each.alerts, "is_up": each.is_up,
            "longest": max((spell.days for spell in each.all_spells), default=0), "days": sum(spell.days for spell in each.all_spells),
            "spells": [_spell_words(spell, known) for spell in each.all_spells[:3]], "avoided": each.rehearsed.avoided,
        }
        for each in trial.rows[:SHOWN_AGENCIES]
    ]  # fmt: skip
    return {"trial": trial, "rows": rows, "more": max(0, len(trial.rows) - SHOWN_AGENCIES), "days": form.cleaned_data["look_back"]}


def _spell_words(spell: Spell, known: Measure) -> str:
    period = formats.day(spell.first) if spell.days == 1 else f"{formats.day(spell.first)} – {formats.day(spell.last)}"
    worst = _("no data") if spell.worst is None else written(spell.worst, known)
    return f"{period}: {worst}"
