"""Keeping the outlines of written reports."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Refusal, acting, rules

from .. import policies, queries
from ..models import Outline
from ..services.narratives import outlines_in_force
from ..services.outlining import as_lines, change_outline, read_lines
from .forms import OutlineForm
from .keeping import deadline_words


@require_GET
@rules.staff("indicators.keep")
def outlines(request: HttpRequest) -> HttpResponse:
    """The outlines in force."""
    policies.require(policies.may_keep(acting(request)))
    rows = [(each, queries.titled(each), deadline_words(each)) for each in outlines_in_force(timezone.localdate())]
    return render(request, "indicators/outlines.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def outline(request: HttpRequest, code: str) -> HttpResponse:
    """Other sections, writers or deadlines from a day on; former outlines below."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    each = Outline.objects.filter(code=code, valid_to__isnull=True).first()
    if each is None:
        raise Http404
    form = OutlineForm(
        request.POST or None,
        initial={
            "name": each.name, "name_en": each.name_en, "sections": as_lines(each.sections), "owners": ", ".join(each.owners),
            "days": each.deadline.get("days"), "hour": each.deadline.get("at", "17:00"), "valid_from": timezone.localdate(),
            "source": each.source, "verified": each.verified,
        },
    )  # fmt: skip
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            values = {key: given[key] for key in ("name", "name_en", "source", "verified")} | {
                "sections": read_lines(given["sections"]), "owners": [part.strip() for part in given["owners"].split(",") if part.strip()],
                "deadline": {"rule": "days_after", "days": given["days"], "at": f"{given['hour']:%H:%M}", "shift": "after"},
            }  # fmt: skip
            change_outline(actor, code=code, values=values, valid_from=given["valid_from"], at=timezone.now())
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The outline is changed for reports of periods that end from that day on."))
            return redirect("indicators:outlines")
    rows = Outline.objects.filter(code=code).order_by("-valid_from")
    return render(request, "indicators/outline.html", {"form": form, "refusal": refusal, "name": queries.titled(each), "rows": rows})
