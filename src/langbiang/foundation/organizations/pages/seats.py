"""Who sits in a position, and who stands in."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from langbiang.foundation.access import Forbidden, Refusal, rules
from langbiang.foundation.access.policies import require
from langbiang.foundation.accounts import queries as accounts
from langbiang.foundation.ui import formats

from .. import policies, queries, services
from ..models import Position
from . import forms
from .found import actor_of, position_to_cover, position_to_fill

SHOWN = 12


def _officers(request: HttpRequest, position: Position) -> tuple[str, list[tuple[str, str]]]:
    """What was searched and the officers to choose from: those found, else those who sit at the agency."""
    text = request.GET.get("who", "").strip()[:100]
    today = timezone.localdate()
    rows = accounts.search(text, agency_ids=None if text else frozenset({position.agency_id}))
    chosen = request.POST.get("account", "")
    found = list(rows[:SHOWN])
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 10 and int(chosen) not in {r.pk for r in found}:
        found += list(accounts.search("", agency_ids=None).filter(pk=int(chosen)))
    seats = queries.seats_of([r.pk for r in found], on=today)
    choices = []
    for row in found:
        own = seats.get(row.pk, [])
        if any(seat.position_id == position.pk for seat in own):
            continue  # whoever sits there already is no choice
        held = "; ".join(
            p.title if p.agency_id == position.agency_id else f"{p.title}, {p.agency_name}" for p in own
        ) or _("no position yet")
        choices.append((str(row.pk), f"{row.get_full_name()} ({row.username}): {held}"))
    return text, choices


@require_http_methods(["GET", "POST"])
@rules.staff("organizations.edit")
def appoint(request: HttpRequest, position_id: int) -> HttpResponse:
    """Seat an officer."""
    row = position_to_fill(request, position_id)
    text, choices = _officers(request, row)
    form = forms.AppointForm(
        request.POST or None, initial={"valid_from": timezone.localdate(), "revision": row.agency.revision}
    )
    form.offer("account", choices)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = dict(form.cleaned_data)
        account_id = int(data.pop("account"))
        try:
            services.appoint(actor_of(request), position_id=row.pk, account_id=account_id, at=timezone.now(), **data)
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Appointed from %(day)s.") % {"day": formats.day(data["valid_from"])})
            return redirect("organizations:position", row.pk)
    return render(
        request, "organizations/appoint.html",
        {
            "form": form, "refusal": refusal, "position": row, "sought": text, "has_officers": bool(choices),
            "present": [h for h in queries.holders_of([row.pk], on=timezone.localdate()) if not h.is_acting],
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff()
def substitute(request: HttpRequest, position_id: int) -> HttpResponse:
    """Arrange who stands in, for oneself or for somebody of the unit."""
    row = position_to_cover(request, position_id)
    text, choices = _officers(request, row)
    today = timezone.localdate()
    form = forms.SubstituteForm(request.POST or None, initial={"valid_from": today, "revision": row.agency.revision})
    form.offer("account", choices)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = dict(form.cleaned_data)
        account_id, last = int(data.pop("account")), data.pop("last_day")
        try:
            services.arrange_substitute(
                actor_of(request), position_id=row.pk, account_id=account_id, valid_to=last + timedelta(days=1),
                at=timezone.now(), **data,
            )  # fmt: skip
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
            if refused.field == "valid_to":
                refused.field = "last_day"
        else:
            messages.success(
                request,
                _("Arranged from %(first)s to %(last)s.")
                % {"first": formats.day(data["valid_from"]), "last": formats.day(last)},
            )
            if actor_of(request).permissions & {policies.VIEW}:
                return redirect("organizations:position", row.pk)
            return redirect("organizations:substitute", row.pk)
    return render(
        request, "organizations/substitute.html",
        {
            "form": form, "refusal": refusal, "position": row, "sought": text, "has_officers": bool(choices),
            "arranged": [s for s in queries.substitutions_of(row.pk) if s.valid_to > today],
            "may_view": policies.VIEW in actor_of(request).permissions,
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("organizations.edit")
def end_holding(request: HttpRequest, holding_id: int) -> HttpResponse:
    """The page of a binding act: somebody leaves a position."""
    held = queries.holding_record(holding_id)
    if held is None:
        raise Http404
    position, name = held.position, held.account.get_full_name()
    require(policies.may_seat(actor_of(request), position, on=timezone.localdate()))
    form = forms.DayForm(request.POST or None, initial={"on": timezone.localdate(), "revision": position.agency.revision})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.end_holding(actor_of(request), holding_id=held.pk, at=timezone.now(), **form.cleaned_data)
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(
                request,
                _("%(name)s leaves on %(day)s.") % {"name": name, "day": formats.day(form.cleaned_data["on"])},
            )
            return redirect("organizations:position", position.pk)
    consequences = [
        _("From that day on %(name)s cannot act in this position. Other positions and the account stay.") % {"name": name},
        _("Work assigned to this person stays assigned: hand it over first."),
        _("The position stays and can be filled again."),
    ]
    return render(
        request, "organizations/act.html",
        {
            "form": form, "refusal": refusal, "consequences": consequences, "label": _("End the appointment"),
            "title": _("%(name)s leaves “%(title)s”") % {"name": name, "title": position.title}, "position": position,
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff()
def end_substitution(request: HttpRequest, substitution_id: int) -> HttpResponse:
    """The page of a binding act: nobody stands in any more."""
    row = queries.substitution_record(substitution_id)
    if row is None:
        raise Http404
    position, name = row.position, row.account.get_full_name()
    require(policies.may_arrange_absence(actor_of(request), position, on=timezone.localdate()))
    refusal: Refusal | None = None
    may_view = policies.VIEW in actor_of(request).permissions
    if request.method == "POST":
        try:
            services.end_substitution(
                actor_of(request), substitution_id=row.pk, on=timezone.localdate(), at=timezone.now()
            )
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("%(name)s no longer stands in.") % {"name": name})
            return redirect("organizations:position" if may_view else "organizations:substitute", position.pk)
    return render(
        request, "organizations/act.html",
        {
            "refusal": refusal, "label": _("End this arrangement"), "position": position, "may_view": may_view,
            "title": _("%(name)s stops standing in for “%(title)s”") % {"name": name, "title": position.title},
            "consequences": [
                _("From today on %(name)s cannot act in this position.") % {"name": name},
                _("What was done while standing in stays on record."),
            ],
        },
    )  # fmt: skip
