"""One day: what it is and why, and what it should become."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.policies import require
from langbiang.foundation.ui import formats

from .. import policies, queries, services
from ..reasoning import long_day
from . import forms
from .found import actor_of, calendar_or_404, day_or_404


@require_http_methods(["GET", "POST"])
@rules.staff("calendars.edit")
def day_page(request: HttpRequest, code: str, day: str) -> HttpResponse:
    """A day with its reason; those who may can declare it otherwise."""
    calendar, when = calendar_or_404(code), day_or_404(day)
    may = policies.may_edit(actor_of(request), calendar)
    work = queries.work_calendar(calendar, on=when)
    kind = work.kind(when).value
    form = forms.DayForm(request.POST or None, initial={"kind": "work" if kind == "off" else "off"})
    refusal: Refusal | None = None
    if request.method == "POST":
        require(may)
        if form.is_valid():
            data: dict[str, Any] = dict(form.cleaned_data)
            opens, closes = data.pop("opens"), data.pop("closes")
            try:
                services.declare_day(
                    actor_of(request), calendar_id=calendar.pk, day=when, at=timezone.now(),
                    spans=[(opens, closes)] if opens else [], **data,
                )
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(
                    request,
                    _("%(day)s is changed. Due dates already promised stay until a leader moves them.")
                    % {"day": formats.day(when)},
                )
                return redirect("calendars:year", code, when.year)
    declared = queries.declared_day(calendar, when)
    return render(
        request,
        "calendars/day.html",
        {
            "calendar": calendar, "day": when, "title": long_day(when), "kind": kind, "row": work.rows.get(when),
            "origin": queries.declared_in(calendar, when), "declared": declared,
            "is_own": declared is not None and declared.cancelled_at is None,
            "hours": queries.spans_in_words(work.spans(when)),
            "counter": queries.spans_in_words(work.reception_spans(when)),
            "form": form, "refusal": refusal, "may_edit": bool(may), "why_not": may.reason,
        },
    )


@require_http_methods(["GET", "POST"])
@rules.staff("calendars.edit")
def cancel(request: HttpRequest, code: str, day: str) -> HttpResponse:
    """The page of a binding act: what was declared for a day falls away."""
    calendar, when = calendar_or_404(code), day_or_404(day)
    declared = queries.declared_day(calendar, when)
    if declared is None or declared.cancelled_at is not None:
        raise Http404
    form = forms.CancelForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_day(
                actor_of(request), calendar_id=calendar.pk, day=when, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The declaration for %(day)s is cancelled.") % {"day": formats.day(when)})
            return redirect("calendars:year", code, when.year)
    consequences = [
        _("“%(note)s” of %(day)s falls away; the day is again what its weekday or the calendar above says.")
        % {"note": declared.note, "day": formats.day(when)},
        _("Due dates already promised stay. Where a day off was added, the cases' leaders decide on each move."),
        _("The cancelled declaration stays visible with your reason."),
    ]
    if declared.swapped_with:
        consequences.insert(
            1, _("The exchanged day %(day)s is cancelled with it.") % {"day": formats.day(declared.swapped_with)}
        )
    return render(
        request,
        "calendars/cancel.html",
        {
            "form": form, "refusal": refusal, "consequences": consequences, "calendar": calendar, "day": when,
            "title": long_day(when),
        },
    )


@require_http_methods(["GET", "POST"])
@rules.staff("calendars.edit")
def swap(request: HttpRequest, code: str) -> HttpResponse:
    """Two days change places."""
    calendar = calendar_or_404(code)
    require(policies.may_edit(actor_of(request), calendar))
    form = forms.SwapForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.declare_working_swap(
                actor_of(request), calendar_id=calendar.pk, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refused:
            refusal = refused
        else:
            off, worked = form.cleaned_data["day_off"], form.cleaned_data["worked_instead"]
            messages.success(
                request,
                _("%(off)s is off, %(worked)s is worked instead.")
                % {"off": formats.day(off), "worked": formats.day(worked)},
            )
            return redirect("calendars:year", code, off.year)
    return render(
        request,
        "calendars/swap.html",
        {"form": form, "refusal": refusal, "calendar": calendar, "year": timezone.localdate().year},
    )
