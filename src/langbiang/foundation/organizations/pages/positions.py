"""A position: who sits there, who stands in, which roles it carries; adding, correcting and abolishing one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Forbidden, Refusal, rules
from langbiang.foundation.access import queries as access
from langbiang.foundation.access import roles as known_roles
from langbiang.foundation.access.policies import allow_if, require
from langbiang.foundation.ui import formats

from .. import policies, queries, services, words
from . import forms
from .found import actor_of, agency_to_edit, position_to_fill
from .listing import role_words


@require_GET
@rules.staff("organizations.view")
def position(request: HttpRequest, position_id: int) -> HttpResponse:
    """One position with its people past, present and to come, and its roles."""
    row, today, actor = queries.position_record(position_id), timezone.localdate(), actor_of(request)
    if row is None:
        raise Http404
    require(allow_if(bool(actor.reach(policies.VIEW))))
    fields = known_roles.fields()
    given = access.assignments_from(today).filter(position_id=row.pk).order_by("valid_from", "pk")
    has_ended = row.valid_to is not None and row.valid_to <= today
    return render(
        request,
        "organizations/position.html",
        {
            "position": row, "today": today, "sign": words.SIGNS[row.sign], "has_ended": has_ended,
            "title": (row.title_en if get_language() == "en" else "") or row.title,
            "holdings": queries.holdings_of(row.pk),
            "stand_ins": [{"row": s, "kind": words.SUBSTITUTIONS[s.kind]} for s in queries.substitutions_of(row.pk)],
            "roles": [
                {
                    "row": g, "label": role_words(g.role, g.agency_id, g.field, home=row.agency_id, fields=fields),
                    "may_end": actor.may("access.grant", agency_id=g.agency_id),
                }
                for g in given
            ],
            "may_fill": bool(policies.may_seat(actor, row, on=today)) and not has_ended,
            "may_cover": bool(policies.may_arrange_absence(actor, row, on=today)) and not has_ended,
            "may_grant": actor.may("access.grant", agency_id=row.agency_id) and not has_ended,
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("organizations.edit")
def add(request: HttpRequest, agency_id: int) -> HttpResponse:
    """A new seat in an agency."""
    agency, today = agency_to_edit(request, agency_id), timezone.localdate()
    form = forms.AddPositionForm(
        request.POST or None, initial={"valid_from": max(today, agency.valid_from), "revision": agency.revision}
    )
    form.offer("department", [("", _("none")), *((str(d.pk), d.name) for d in queries.departments_of(agency.pk, on=today))])
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = dict(form.cleaned_data)
        department = data.pop("department")
        try:
            row = services.add_position(
                actor_of(request), agency_id=agency.pk, department_id=int(department) if department else None,
                at=timezone.now(), **data,
            )  # fmt: skip
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("“%(title)s” is added. Now appoint somebody and give it its roles.") % {"title": row.title})
            return redirect("organizations:position", row.pk)
    return render(request, "organizations/add_position.html", {"form": form, "refusal": refusal, "agency": agency})


@require_http_methods(["GET", "POST"])
@rules.staff("organizations.edit")
def change(request: HttpRequest, position_id: int) -> HttpResponse:
    """Correct a position."""
    row = position_to_fill(request, position_id)
    initial = {name: getattr(row, name) for name in ("title", "title_en", "sign", "is_leader")}
    form = forms.PositionForm(request.POST or None, initial={**initial, "revision": row.agency.revision})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.change_position(actor_of(request), position_id=row.pk, at=timezone.now(), **form.cleaned_data)
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Saved."))
            return redirect("organizations:position", row.pk)
    return render(request, "organizations/change_position.html", {"form": form, "refusal": refusal, "position": row})


@require_http_methods(["GET", "POST"])
@rules.staff("organizations.edit")
def end(request: HttpRequest, position_id: int) -> HttpResponse:
    """The page of a binding act: a position is abolished."""
    row = position_to_fill(request, position_id)
    form = forms.DayForm(request.POST or None, initial={"on": timezone.localdate(), "revision": row.agency.revision})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.end_position(actor_of(request), position_id=row.pk, at=timezone.now(), **form.cleaned_data)
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(
                request,
                _("“%(title)s” ends on %(day)s.") % {"title": row.title, "day": formats.day(form.cleaned_data["on"])},
            )
            return redirect("organizations:agency", row.agency_id)
    held = list(queries.holders_of([row.pk], on=timezone.localdate()))
    consequences = [
        *(
            _("%(name)s leaves this position on that day and can no longer act in it.") % {"name": h.account.get_full_name()}
            for h in held
        ),
        _("Arrangements to stand in here end with it."),
        _("What was done in this position stays on record. Hand open work over first."),
    ]
    return render(
        request, "organizations/act.html",
        {
            "form": form, "refusal": refusal, "consequences": consequences, "label": _("Abolish the position"),
            "title": _("Abolish “%(title)s”") % {"title": row.title}, "position": row,
        },
    )  # fmt: skip
