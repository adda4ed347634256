"""Reminders: who was told when and what comes next; and the ladder they follow."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Refusal, acting, rules
from langbiang.foundation.ui.form_fields import DateField

from .. import periods, policies, queries, services, words
from ..models import Narrative, Obligation, Outline, Rung
from ..queries import ladder as ladders
from ..services.narratives import outlines_in_force
from ..services.obligations import in_force
from . import parts

AUDIENCES = {"reporter": _lazy("those who report at the agency"), "leader": _lazy("the head of the agency"), "province": _lazy("the province")}
UNITS = {"minutes": 1, "hours": 60, "days": 24 * 60}


class RungForm(forms.Form):
    """A rung: how long before or after the deadline, who is told, from when on."""

    number = forms.IntegerField(label=_lazy("How many"), min_value=0, max_value=44_640)
    unit = forms.ChoiceField(label=_lazy("of what"), choices=[("days", _lazy("days")), ("hours", _lazy("hours")), ("minutes", _lazy("minutes"))])
    side = forms.ChoiceField(label=_lazy("Before or after"), choices=[("before", _lazy("before the deadline")), ("after", _lazy("after the deadline"))])
    audience = forms.ChoiceField(label=_lazy("Who is told"), choices=list(AUDIENCES.items()))
    valid_from = DateField(label=_lazy("In force from"))
    source = forms.CharField(label=_lazy("Act or letter it stands on"), max_length=300)
    verified = forms.BooleanField(label=_lazy("Checked against the signed text"), required=False)

    def minutes(self) -> int:
        """Minutes from the deadline, negative before it."""
        given = self.cleaned_data
        return int(given["number"]) * UNITS[given["unit"]] * (-1 if given["side"] == "before" else 1)


class EndRungForm(forms.Form):
    """From which day on nobody is told by a rung."""

    valid_to = DateField(label=_lazy("Holds no more from"))
    source = forms.CharField(label=_lazy("Act or letter it stands on"), max_length=300)


def moment_words(minutes: int) -> str:
    """How far a rung lies from the deadline, in words."""
    if minutes == 0:
        return _("at the deadline")
    size = abs(minutes)
    if size % 1440 == 0:
        much = ngettext("%(n)s day", "%(n)s days", size // 1440) % {"n": size // 1440}
    elif size % 60 == 0:
        much = ngettext("%(n)s hour", "%(n)s hours", size // 60) % {"n": size // 60}
    else:
        much = ngettext("%(n)s minute", "%(n)s minutes", size) % {"n": size}
    return (_("%(much)s before the deadline") if minutes < 0 else _("%(much)s after the deadline")) % {"much": much}


@require_GET
@rules.staff("indicators.view")
def reminders(request: HttpRequest) -> HttpResponse:
    """Of one form and period: every rung of the ladder, who was told by it when, and which comes next."""
    actor, now = acting(request), timezone.now()
    today = timezone.localdate(now)
    choices = {each.code: queries.named(each) for each in in_force(today) if each.is_owed}
    choices |= {each.code: queries.titled(each) for each in outlines_in_force(today)}
    code = request.GET.get("form", "") or _nearest(now)
    if code and code not in choices:
        ended = Outline.objects.filter(code=code).first()
        choices[code] = queries.titled(ended) if ended is not None else queries.named(parts.named_indicator(code))
    rows = Narrative.objects.filter(outline__code=code) if Outline.objects.filter(code=code).exists() else Obligation.objects.filter(indicator__code=code)
    names = list(dict.fromkeys(rows.order_by("-last_day").values_list("period", flat=True).distinct()))  # type: ignore[attr-defined]  # rows of one of two models
    period = request.GET.get("period", "")
    if period not in names:
        period = _current(rows, now) or (names[0] if names else "")
    found = ladders.deadlines(actor, rows.filter(period=period), at=now) if period else []  # type: ignore[attr-defined]  # rows of one of two models
    return render(
        request, "indicators/reminders.html",
        {
            "tabs": parts.tabs(actor, "reminders"), "choices": choices.items(), "code": code, "name": choices.get(code, code), "period": period,
            "periods": [(each, words.period_words(periods.parse(each))) for each in names[:60]],
            "period_words": words.period_words(periods.parse(period)) if period else "",
            "deadlines": [(each, [_told(step) for step in each.steps]) for each in found], "may_keep": policies.may_keep(actor).allowed,
        },
    )  # fmt: skip


def _nearest(now: datetime) -> str:
    """The form whose deadline comes next, or the last one there was."""
    rows = Obligation.objects.filter(due_at__gte=now - timedelta(days=1)).order_by("due_at", "indicator__rank")
    return rows.values_list("indicator__code", flat=True).first() or Obligation.objects.values_list("indicator__code", flat=True).first() or ""


def _current(rows: Any, now: datetime) -> str:
    """The period whose deadline was last or comes within four days."""
    return rows.filter(due_at__lte=now + timedelta(days=4)).order_by("-due_at").values_list("period", flat=True).first() or ""


def _told(step: ladders.Step) -> dict[str, Any]:
    return {"step": step, "when": moment_words(step.rung.minutes), "audience": AUDIENCES[step.rung.audience]}


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def ladder(request: HttpRequest) -> HttpResponse:
    """The ladder in force and to come, what it was, and another rung."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    form = RungForm(request.POST or None, initial={"valid_from": timezone.localdate()})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.add_rung(
                actor, minutes=form.minutes(), audience=given["audience"], valid_from=given["valid_from"], source=given["source"], verified=given["verified"],
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The rung is added."))
            return redirect("indicators:ladder")
    today = timezone.localdate()
    rows = [(row, moment_words(row.minutes), AUDIENCES[row.audience]) for row in Rung.objects.order_by("minutes", "audience", "valid_from")]
    return render(
        request, "indicators/ladder.html",
        {"form": form, "refusal": refusal, "rows": [each for each in rows if each[0].valid_to is None or each[0].valid_to > today],
         "former": [each for each in rows if each[0].valid_to is not None and each[0].valid_to <= today], "today": today},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def end(request: HttpRequest, rung_id: int) -> HttpResponse:
    """Say that a rung holds no more."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    rung = Rung.objects.filter(pk=rung_id).first()
    if rung is None:
        raise Http404
    form = EndRungForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.end_rung(actor, rung_id=rung_id, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The rung ends on that day."))
            return redirect("indicators:ladder")
    return render(
        request, "indicators/rung_end.html",
        {"form": form, "refusal": refusal, "when": moment_words(rung.minutes), "audience": AUDIENCES[rung.audience]},
    )  # fmt: skip
