"""Opening, correcting, moving and ending an agency."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from langbiang.foundation.access import Forbidden, Refusal, rules
from langbiang.foundation.access.policies import require
from langbiang.foundation.ui import formats

from .. import policies, queries, services
from . import forms
from .found import actor_of, agency_or_404, agency_to_edit


def own(request: HttpRequest) -> list[tuple[str, str]]:
    """Agencies of today this person administers, as choices."""
    actor = actor_of(request)
    reach = actor.reach(policies.EDIT)
    return [(str(r.id), r.name) for r in queries.agencies_on(timezone.localdate()) if reach.covers(r.id)]


@require_http_methods(["GET", "POST"])
@rules.staff("organizations.edit")
def open_agency(request: HttpRequest) -> HttpResponse:
    """A new agency."""
    form = forms.OpenForm(
        request.POST or None, initial={"valid_from": timezone.localdate(), "parent": request.GET.get("below", "")}
    )
    form.offer("parent", [("", _("Choose…")), *own(request)])
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = dict(form.cleaned_data)
        parent_id = int(data.pop("parent"))
        try:
            row = services.open_agency(actor_of(request), parent_id=parent_id, at=timezone.now(), **data)
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("%(agency)s is opened. Now add its positions.") % {"agency": row.name})
            return redirect("organizations:agency", row.pk)
    return render(request, "organizations/open.html", {"form": form, "refusal": refusal})


@require_http_methods(["GET", "POST"])
@rules.staff("organizations.edit")
def change(request: HttpRequest, agency_id: int) -> HttpResponse:
    """Correct what is said of an agency."""
    row = agency_to_edit(request, agency_id)
    initial = {name: getattr(row, name) for name in (*services.CHANGEABLE, "revision")}
    form = forms.AgencyForm(request.POST or None, initial=initial)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.change_agency(actor_of(request), agency_id=row.pk, at=timezone.now(), **form.cleaned_data)
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Saved."))
            return redirect("organizations:agency", row.pk)
    return render(request, "organizations/change.html", {"form": form, "refusal": refusal, "agency": row})


@require_http_methods(["GET", "POST"])
@rules.staff("organizations.edit")
def move(request: HttpRequest, agency_id: int) -> HttpResponse:
    """Put an agency under another."""
    row = agency_to_edit(request, agency_id)
    require(policies.may_edit(actor_of(request), row.parent_id))
    form = forms.MoveForm(request.POST or None, initial={"on": timezone.localdate(), "revision": row.revision})
    below = queries.descendant_ids(row.pk)
    form.offer("parent", [("", _("Choose…")), *((pk, name) for pk, name in own(request) if int(pk) not in below)])
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = dict(form.cleaned_data)
        parent_id = int(data.pop("parent"))
        try:
            services.move_agency(actor_of(request), agency_id=row.pk, parent_id=parent_id, at=timezone.now(), **data)
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(
                request, _("%(agency)s now stands below %(parent)s.") % {"agency": row.name, "parent": queries.name_of(parent_id)}
            )
            return redirect("organizations:agency", row.pk)
    consequences = [
        _("Whoever has a role over the new agency above reaches this one and everything below it; the former one no longer does."),
        _("Its positions, people and open work stay as they are."),
    ]
    return render(
        request, "organizations/move.html",
        {"form": form, "refusal": refusal, "agency": row, "consequences": consequences},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("organizations.edit")
def end(request: HttpRequest, agency_id: int) -> HttpResponse:
    """The page of a binding act: an agency ends, with or without somebody to follow."""
    row = agency_or_404(request, agency_id)
    require(policies.may_edit(actor_of(request), row.parent_id))
    form = forms.EndForm(request.POST or None, initial={"revision": row.revision})
    others = [(pk, name) for pk, name in own(request) if int(pk) != row.pk]
    # Who takes over is as a rule of the same kind: those come first.
    form.offer("new", sorted(others, key=lambda pair: queries.agency(int(pair[0])).kind != row.kind))
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = dict(form.cleaned_data)
        kind, day, targets = data.pop("kind"), data.pop("on"), [int(pk) for pk in data.pop("new")]
        actor, now = actor_of(request), timezone.now()
        try:
            if kind == "close":
                services.close_agency(actor, agency_id=row.pk, on=day, at=now, **data)
            else:
                services.declare_succession(
                    actor, old_id=row.pk, new_ids=targets, kind=kind, effective_on=day, at=now, **data
                )
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(
                request, _("%(agency)s ends on %(day)s.") % {"agency": row.name, "day": formats.day(day)}
            )
            return redirect("organizations:agency", row.pk)
    consequences = [
        _("From that day on nobody can file here, and no position begins here."),
        _("Everything done under %(agency)s keeps its name, its numbers and its signatures.") % {"agency": row.name},
        _("Whoever takes it over as a whole reaches its open cases from that day on; after a split they are handed over one by one."),
        _("People keep their seats here until you end them: open work has to be finished or handed over first."),
        _("This cannot be undone on this page."),
    ]
    return render(
        request, "organizations/end.html",
        {"form": form, "refusal": refusal, "agency": row, "consequences": consequences},
    )  # fmt: skip
