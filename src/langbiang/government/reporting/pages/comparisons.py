"""What the receiver holds against what we hold."""

from collections import Counter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from langbiang.foundation.access import acting, rules

from .. import queries, services
from ..models import Cause, Reconciliation
from .found import number_or_404, tabs

MOST_SHOWN = 500


@rules.staff("reporting.view")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The comparisons of the last weeks."""
    rows = list(queries.counted_reconciliations()[:60])
    return render(
        request, "reporting/comparisons.html",
        {"tabs": tabs("comparisons"), "rows": rows, "may_manage": acting(request).may("reporting.manage")},
    )  # fmt: skip


@rules.staff("reporting.manage")
@require_POST
def compare(request: HttpRequest) -> HttpResponse:
    """Compare now."""
    made = services.reconcile(acting(request), at=timezone.now())
    if not made.is_complete:
        messages.error(request, _("The books could not be compared: %(why)s") % {"why": made.problem})
        return redirect("reporting:comparisons")
    return redirect("reporting:comparison", made.pk)


@rules.staff("reporting.view")
@require_GET
def comparison(request: HttpRequest, comparison_id: int) -> HttpResponse:
    """One comparison, difference by difference."""
    row = get_object_or_404(Reconciliation, pk=number_or_404(comparison_id))
    cause = request.GET.get("cause", "")
    found = queries.differences(row.pk)
    counts = Counter(found.values_list("cause", flat=True))
    if cause in Cause.values:
        found = found.filter(cause=cause)
    return render(
        request, "reporting/comparison.html",
        {"row": row, "found": list(found[:MOST_SHOWN]), "cause": cause, "most": MOST_SHOWN,
         "counts": [(each, Cause(each).label, number) for each, number in counts.most_common()],
         "is_cut": sum(counts.values()) > MOST_SHOWN},
    )  # fmt: skip
