"""Keeping the index: weights with their days and sources, scores of other provinces."""

from decimal import Decimal

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Refusal, acting, rules

from .. import policies, queries
from ..models import ProvinceScore, Weight
from ..services.scores import import_scores
from ..services.weights import change_weight
from .forms import ScoresForm, WeightForm


@require_GET
@rules.staff("quality.manage")
def weights(request: HttpRequest) -> HttpResponse:
    """All weights in force, group by group, with source and whether somebody checked them."""
    policies.require(policies.may_manage(acting(request)))
    scheme = queries.rows_in_force(timezone.localdate())
    rows = [
        {
            "weight": weight, "name": scheme.name_of(code), "group": scheme.name_of(weight.indicator.group.code),
            "percent": 100 * weight.full_from,
        }
        for code, weight in scheme.weights.items()
    ]  # fmt: skip
    unequal = [
        {"name": scheme.name_of(code), "points": group.points, "sum": total}
        for code, group in scheme.groups.items()
        if (total := sum((w.points for w in scheme.weights.values() if w.indicator.group_id == group.pk), Decimal(0)))
        != group.points
    ]
    return render(
        request, "quality/weights.html", {"scheme": scheme.scheme, "rows": rows, "unequal": unequal}
    )


@require_http_methods(["GET", "POST"])
@rules.staff("quality.manage")
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Another weight from a day on; the history of the present one below."""
    actor = acting(request)
    policies.require(policies.may_manage(actor))
    scheme = queries.rows_in_force(timezone.localdate())
    weight = scheme.weights.get(code)
    if weight is None:
        raise Http404
    form = WeightForm(
        request.POST or None,
        initial={
            "points": weight.points, "full_percent": 100 * weight.full_from, "valid_from": timezone.localdate(),
            "source": weight.source, "verified": weight.verified,
        },
    )  # fmt: skip
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            change_weight(
                actor, indicator_code=code, points=given["points"], full_from=given["full_percent"] / 100,
                valid_from=given["valid_from"], source=given["source"], verified=given["verified"], at=timezone.now(),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The weight is changed. Every figure uses it from its day on."))
            return redirect("quality:weights")
    history = Weight.objects.filter(indicator=weight.indicator).order_by("-valid_from")
    return render(
        request,
        "quality/change.html",
        {"form": form, "refusal": refusal, "name": scheme.name_of(code), "history": history},
    )


@require_http_methods(["GET", "POST"])
@rules.staff("quality.manage")
def scores(request: HttpRequest) -> HttpResponse:
    """Read a file of published scores; those read already below."""
    actor = acting(request)
    policies.require(policies.may_manage(actor))
    form = ScoresForm(request.POST or None, request.FILES or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            count = import_scores(
                actor, name=given["file"].name, content=given["file"].read(), period=given["period"],
                source=given["source"], as_of=given["as_of"], at=timezone.now(),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Scores of %(count)s provinces were read.") % {"count": count})
            return redirect("quality:scores")
    known = ProvinceScore.objects.exclude(province_code=settings.PROVINCE_CODE).order_by("-as_of", "-total")[:100]
    return render(request, "quality/scores.html", {"form": form, "refusal": refusal, "known": known})
