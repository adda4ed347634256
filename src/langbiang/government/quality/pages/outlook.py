"""What is about to be late, and what returning cases would bring."""

from datetime import datetime, time, timedelta
from typing import Any

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
DAYS_LISTED = 14
MOST_CHOSEN = 500
MOST_RISKS = 100


@require_GET
@rules.staff("quality.view")
def risk(request: HttpRequest) -> HttpResponse:
    """Open cases of the part within reach that will probably be late, with the reason in a sentence."""
    view = scope.view_of(request)
    policies.require(policies.may_view(view.actor))
    scope.guard_officers(view)
    risks = queries.at_risk(view.actor, now=view.now, days=DAYS_AHEAD, scope=view.scope, limit=MOST_RISKS)
    return render(
        request, "quality/risk.html",
        {
            **scope.base(view, "risk"), "risks": risks, "days": DAYS_AHEAD, "is_cut": len(risks) == MOST_RISKS,
            "what_if_url": view.link("quality:what_if", cases=",".join(str(risk.step.case_id) for risk in risks)),
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("quality.view")
def what_if(request: HttpRequest) -> HttpResponse:
    """Choose open cases of the part and a day: what the index would be. Nothing is changed."""
    view = scope.view_of(request)
    policies.require(policies.may_view(view.actor))
    scope.guard_officers(view)
    friday = view.today + timedelta(days=(4 - view.today.weekday()) % 7)
    form = ReturnDayForm(request.POST or None, initial={"day": friday}, earliest=view.today)
    steps = queries.open_cases(view.actor, now=view.now, days=DAYS_LISTED, scope=view.scope, limit=MOST_CHOSEN)
    given = request.POST.getlist("case") or request.GET.get("cases", "").split(",")
    chosen = {int(v) for v in given[:MOST_CHOSEN] if v.isdecimal() and len(v) < 19}
    answers: list[tuple[str, queries.WhatIf]] = []
    if request.method == "POST" and form.is_valid():
        by = timezone.make_aware(datetime.combine(form.cleaned_data["day"], time(17)))
        if request.POST.get("choose") == "all":
            chosen = {step.case_id for step in steps}
        elif request.POST.get("choose") == "in_time":
            chosen = {step.case_id for step in steps if step.due_at >= by}
        if chosen:
            answers = _answers(view, chosen, by)
        else:
            form.add_error(None, _("Choose at least one case."))
    others = queries.standings(view.period.key, own_code=settings.PROVINCE_CODE)
    return render(
        request,
        "quality/what_if.html",
        {
            **scope.base(view, "what_if"), "form": form, "chosen": chosen, "answers": answers, "now": view.now,
            "steps": steps, "action_url": view.link("quality:what_if"), "provinces": len(others) + 1,
            "answer": answers[0][1] if answers else None, "is_cut": len(steps) == MOST_CHOSEN,
        },
    )  # fmt: skip


def _answers(view: scope.View, chosen: set[int], by: datetime) -> list[tuple[str, queries.WhatIf]]:
    """What it would bring the province, and the part the page is about where it is about one."""
    def asked(part: queries.Scope, others: list[Any]) -> queries.WhatIf:
        return queries.what_if(
            view.actor, view.scheme.rows, case_ids=chosen, by=by, period=view.period, others=others, scope=part
        )

    found = [(_("The province"), asked(queries.PROVINCE, queries.standings(view.period.key, own_code=settings.PROVINCE_CODE)))]
    if view.scope != queries.PROVINCE:
        found.append((scope.part(view), asked(view.scope, [])))
    return found
