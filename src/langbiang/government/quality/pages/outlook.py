"""What is about to be late, and what returning cases would bring."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import rules

from .. import policies, queries
from . import scope
from .forms import ReturnDayForm

DAYS_AHEAD = 10
MOST_CHOSEN = 500


@require_GET
@rules.staff("quality.view")
def risk(request: HttpRequest) -> HttpResponse:
    """Open cases within reach that will probably be late, with the reason in a sentence."""
    view = scope.view_of(request)
    policies.require(policies.may_view(view.actor))
    risks = queries.at_risk(view.actor, now=view.now, days=DAYS_AHEAD)
    return render(request, "quality/risk.html", {**scope.base(view, "risk"), "risks": risks, "days": DAYS_AHEAD})


@require_http_methods(["GET", "POST"])
@rules.staff("quality.view")
def what_if(request: HttpRequest) -> HttpResponse:
    """Choose open cases and a day: what the index would be. Nothing is changed."""
    view = scope.view_of(request)
    policies.require(policies.may_view(view.actor))
    friday = view.today + timedelta(days=(4 - view.today.weekday()) % 7)
    form = ReturnDayForm(request.POST or None, initial={"day": friday}, earliest=view.today)
    chosen = {int(v) for v in request.POST.getlist("case")[:MOST_CHOSEN] if v.isdecimal() and len(v) < 19}
    answer = None
    if request.method == "POST" and form.is_valid():
        if not chosen:
            form.add_error(None, _("Choose at least one case."))
        else:
            by = timezone.make_aware(datetime.combine(form.cleaned_data["day"], time(17)))
            answer = queries.what_if(
                view.actor, view.scheme.rows, case_ids=chosen, by=by, period=view.period,
                others=queries.standings(view.period.key, own_code=settings.PROVINCE_CODE),
            )  # fmt: skip
    steps = queries.open_cases(view.actor, now=view.now, days=14)
    return render(
        request,
        "quality/what_if.html",
        {
            **scope.base(view, "what_if"), "form": form, "chosen": chosen, "answer": answer, "now": view.now,
            "steps": steps, "action_url": view.link("quality:what_if"),
        },
    )  # fmt: skip
