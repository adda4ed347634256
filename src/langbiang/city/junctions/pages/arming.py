"""Arming by two persons, disarming by one, and orders by hand."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting

from .. import queries, services
from ..services.arming import CONTROLLERS
from ..services.finding import rule
from .forms import AskForm, OverrideForm, controller_word
from .parts import tabs, tell, whole, within_reach


@rules.staff("traffic.view")
@require_GET
def arming(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, and what is armed until when."""
    now, actor = timezone.now(), acting(request)
    leased = [row for row in queries.live(actor, at=now) if row.lease]
    return render(
        request, "junctions/arming.html",
        {
            "tabs": tabs("arming"), "now": now, "may_operate": "traffic.operate" in actor.permissions,
            "may_approve": "traffic.approve" in actor.permissions, "account_id": actor.account_id,
            "requests": [(row, controller_word(row.controller), list(row.junctions.all())) for row in queries.arming_requests(actor, at=now)],
            "leased": [
                (row, controller_word(row.lease.controller), max(0, int((row.lease.expires_at - now).total_seconds() // 60)))
                for row in leased if row.lease
            ],
        },
    )  # fmt: skip


@rules.staff("traffic.operate")
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask that a controller may drive some junctions."""
    now, actor = timezone.now(), acting(request)
    choices = [(row.junction.code, row.junction.name) for row in queries.live(actor, at=now)]
    form = AskForm(
        request.POST or None, junctions=choices, controllers=[(c, controller_word(c)) for c in CONTROLLERS],
        most=int(rule("arming_minutes_most", at=now)), initial={"junctions": request.GET.getlist("at"), "minutes": 60},
    )  # fmt: skip
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.ask_for_arming(
                actor, junction_codes=given["junctions"], controller=given["controller"], minutes=given["minutes"],
                reason=given["reason"], at=now,
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Asked. Another person must confirm before anything is driven."))
            return redirect("junctions:arming")
    return render(request, "junctions/ask.html", {"form": form, "refusal": refusal})


@rules.staff("traffic.approve")
@require_POST
def confirm(request: HttpRequest, request_id: int) -> HttpResponse:
    """Confirm what another person asked for."""
    try:
        services.confirm_arming(acting(request), request_id=request_id, at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    else:
        messages.success(request, _("Armed. Anyone who operates the junction can disarm it at once."))
    return redirect("junctions:arming")


@rules.staff("traffic.operate")
@require_POST
def withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """Take a request back."""
    try:
        services.withdraw_arming(acting(request), request_id=request_id, at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    return redirect("junctions:arming")


@rules.staff("traffic.operate")
@require_POST
def disarm(request: HttpRequest, code: str) -> HttpResponse:
    """Give the junction back to its cabinet, at once."""
    place = within_reach(request, code)
    try:
        done = services.disarm(
            acting(request), junction_code=place.code, reason=request.POST.get("reason", ""), at=timezone.now()
        )
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    else:
        messages.success(request, _("Disarmed. The cabinet runs its own plan.") if done else _("It was not armed."))
    return redirect("junctions:junction", place.code)


@rules.staff("traffic.operate")
@require_http_methods(["GET", "POST"])
def override(request: HttpRequest, code: str) -> HttpResponse:
    """Order a stage, a plan or flashing yellow for some minutes."""
    now, actor, place = timezone.now(), acting(request), within_reach(request, code)
    row = queries.live(actor, at=now, code=code)[0]
    stages = [(s["key"], f"{s['key']}: {s['name']}") for s in row.layout.content["stages"]] if row.layout else []
    plans = [(p.pk, p.name) for p in place.plans.filter(state="approved").order_by("name")]
    form = OverrideForm(
        request.POST or None, stages=stages, plans=plans, most=int(rule("override_minutes_most", at=now)), initial={"minutes": 5}
    )
    refusal: Refusal | None = None
    seen = row.override.pk if row.override else 0
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            kind, _colon, which = given["what"].partition(":")
            services.override(
                actor, junction_code=place.code, kind=kind, stage=which if kind == "stage" else "",
                plan_id=int(which) if kind == "plan" else None, minutes=given["minutes"], reason=given["reason"],
                seen=whole(request.POST.get("seen", "")), at=now,
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The order is given. The safety gate still decides when the lamps may change."))
            return redirect("junctions:junction", place.code)
    return render(request, "junctions/override.html", {"form": form, "refusal": refusal, "junction": place, "live": row, "seen": seen})


@rules.staff("traffic.operate")
@require_POST
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """End the running order."""
    place = within_reach(request, code)
    try:
        services.cancel_override(acting(request), junction_code=place.code, at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    return redirect("junctions:junction", place.code)
