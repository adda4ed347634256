"""The list of calendars, the year at a glance, and confirming a year."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Refusal, rules

from .. import policies, queries, services
from . import forms
from .found import FIRST_YEAR, LAST_YEAR, actor_of, calendar_or_404, tabs, weekday_names


@require_GET
@rules.staff("calendars.edit")
def listing(request: HttpRequest) -> HttpResponse:
    """All calendars and how sure this year and the next are."""
    lines = queries.calendars(actor_of(request))
    year = timezone.localdate().year
    country = next((line.calendar for line in lines if line.calendar.parent_id is None), None)
    states = [queries.year_state(country, each) for each in (year, year + 1)] if country else []
    return render(
        request,
        "calendars/list.html",
        {"lines": lines, "states": states, "country": country, "year": year},
    )


@require_GET
@rules.staff("calendars.edit")
def this_year(request: HttpRequest, code: str) -> HttpResponse:
    """A calendar opens on the present year."""
    return redirect("calendars:year", code, timezone.localdate().year)


@require_GET
@rules.staff("calendars.edit")
def year_page(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """Twelve months of a calendar and every day that differs."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    calendar = calendar_or_404(code)
    view = queries.year_view(calendar, year, today=timezone.localdate())
    may_edit = bool(policies.may_edit(actor_of(request), calendar))
    return render(
        request,
        "calendars/year.html",
        {
            "view": view,
            "calendar": calendar,
            "tabs": tabs(calendar, year, "year"),
            "line": queries.lineage(calendar)[:-1],
            "may_edit": may_edit,
            "may_confirm": may_edit and calendar.parent_id is None and view.state.state != "decided",
            "weekday_names": weekday_names(),
            "previous": year - 1 if year > FIRST_YEAR else None,
            "next": year + 1 if year < LAST_YEAR else None,
        },
    )


@require_http_methods(["GET", "POST"])
@rules.staff("calendars.edit")
def confirm(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The page of a binding act: the days of a year agree with the official notice."""
    calendar = calendar_or_404(code)
    if calendar.parent_id is not None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    form = forms.ConfirmForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.confirm_year(
                actor_of(request), calendar_id=calendar.pk, year=year, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The days of %(year)s are confirmed.") % {"year": year})
            return redirect("calendars:year", code, year)
    consequences = [
        _("All days of %(year)s shown in this calendar are marked as verified with the source you enter.")
        % {"year": year},
        _("Nothing is recalculated: confirm only after every swapped day has been entered."),
    ]
    return render(
        request,
        "calendars/confirm.html",
        {
            "form": form, "refusal": refusal, "consequences": consequences, "year": year, "calendar": calendar,
            "view": queries.year_view(calendar, year, today=timezone.localdate()),
        },
    )


@require_http_methods(["GET", "POST"])
@rules.staff("calendars.edit")
def open_new(request: HttpRequest) -> HttpResponse:
    """Give an agency a calendar of its own."""
    actor = actor_of(request)
    agencies = queries.agencies_for_calendar(actor, on=timezone.localdate())
    form = forms.OpenForm(request.POST or None, agencies=agencies)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        agency_id = form.cleaned_data["agency"]
        above = queries.nearest_calendar(agency_id)
        try:
            calendar = services.open_calendar(
                actor, code=f"agency-{agency_id}", name=dict(agencies)[agency_id], parent_id=above.pk,
                agency_id=agency_id, at=timezone.now(),
            )
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(
                request,
                _("%(name)s has a calendar of its own. Until you change something it agrees with “%(above)s”.")
                % {"name": calendar.name, "above": above.name},
            )
            return redirect(reverse("calendars:calendar", args=[calendar.code]))
    return render(request, "calendars/open.html", {"form": form, "refusal": refusal, "agencies": agencies})
