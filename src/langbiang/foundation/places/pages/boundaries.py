"""The package of boundaries: what is loaded, loading the configured file, taking it away."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Forbidden, Refusal, rules

from .. import queries, services
from . import forms
from .found import actor_of, may_edit


@require_GET
@rules.staff()
def status(request: HttpRequest) -> HttpResponse:
    """Which boundaries are in use and where they come from."""
    configured = Path(settings.BOUNDARIES) if settings.BOUNDARIES else None
    return render(
        request,
        "places/boundaries.html",
        {
            "status": queries.boundary_status(), "configured": configured,
            "found": configured is not None and configured.is_file(), "may_edit": may_edit(request),
            "list_url": reverse("places:list"), "units": len(queries.communes()),
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("places.edit")
def load(request: HttpRequest) -> HttpResponse:
    """Load the file the installation names; nothing else of the server can be read from here."""
    if not settings.BOUNDARIES:
        return redirect("places:boundaries")
    form = forms.LoadForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            package = services.import_geometry(
                actor_of(request), path=settings.BOUNDARIES, at=timezone.now(), **form.cleaned_data
            )
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Boundaries of %(n)s units are in use.") % {"n": package.units})
            return redirect("places:boundaries")
    consequences = [
        _("Maps show these boundaries, and points are told their unit by them."),
        _("The package loaded before is replaced."),
    ]
    return render(
        request, "places/act.html",
        {
            "title": _("Load boundaries"), "form": form, "refusal": refusal, "consequences": consequences,
            "label": _("Load boundaries"), "back_url": reverse("places:boundaries"), "back": _("Boundaries"),
            "problems": getattr(refusal, "problems", [])[:30],
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("places.edit")
def drop(request: HttpRequest) -> HttpResponse:
    """Take the boundaries away."""
    form = forms.ReasonForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.drop_boundaries(actor_of(request), at=timezone.now(), **form.cleaned_data)
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The boundaries are taken away."))
            return redirect("places:boundaries")
    return render(
        request, "places/act.html",
        {
            "title": _("Take the boundaries away"), "form": form, "refusal": refusal, "danger": True,
            "consequences": [
                _("Maps show the schematic layout instead."), _("Points are no longer told their unit."),
            ],
            "label": _("Take the boundaries away"), "back_url": reverse("places:boundaries"), "back": _("Boundaries"),
        },
    )  # fmt: skip
