"""The library of plans: the list, one plan, its approval."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Forbidden, Refusal, Stale, rules
from langbiang.foundation.access.acting import acting

from .. import policies, services
from ..layout import Layout
from ..models import Junction, Plan
from ..models import Layout as LayoutRow
from ..services.finding import layout_in_force
from ..services.plans import cycle_of
from .forms import PlanForm, weekdays
from .parts import beside, tabs, tell, whole, within_reach


def _days(plan: Plan) -> str:
    names = dict(weekdays())
    return _("every day") if len(plan.weekdays) == len(names) else ", ".join(names[day] for day in plan.weekdays)


@rules.staff("traffic.view")
@require_GET
def library(request: HttpRequest) -> HttpResponse:
    """Plans within reach: drafts and those in use, or those withdrawn and replaced."""
    actor, is_past = acting(request), request.GET.get("past") == "1"
    rows = policies.visible(actor, Plan.objects.select_related("junction"), by="junction__agency_id")
    rows = rows.filter(state__in=["past", "withdrawn"] if is_past else ["draft", "approved"])
    plans = rows.order_by("-created_at", "-pk") if is_past else rows.order_by("junction__name", "time_from", "pk")
    here = reverse("junctions:plans")
    views = [
        {"label": _("In use and drafts"), "url": here, "current": not is_past},
        {"label": _("Withdrawn and replaced"), "url": f"{here}?past=1", "current": is_past},
    ]  # fmt: skip
    places = policies.visible(actor, Junction.objects.order_by("name")) if "traffic.plan" in actor.permissions else []
    return render(
        request, "junctions/plans.html",
        {"tabs": tabs("plans"), "views": views, "is_past": is_past, "plans": [(plan, _days(plan)) for plan in plans[:300]], "places": places},
    )  # fmt: skip


def _found(request: HttpRequest, plan_id: int) -> Plan:
    rows = policies.visible(acting(request), Plan.objects.select_related("junction", "layout"), by="junction__agency_id")
    plan = rows.filter(pk=plan_id).first()
    if not isinstance(plan, Plan):
        raise Http404
    return plan


@rules.staff("traffic.view")
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """One plan: a draft can be changed by who plans, and is approved by another."""
    row, actor = _found(request, plan_id), acting(request)
    may_plan = policies.may_plan(actor, agency_id=row.junction.agency_id)
    if row.state == "draft" and may_plan:
        return _form(request, row.junction, layout_in_force(row.junction), row)
    if request.method == "POST":
        policies.require(may_plan)
        return _form(request, row.junction, layout_in_force(row.junction), None, refusal=_no_draft_any_more(row))
    return render(request, "junctions/plan.html", {"plan": row, "days": _days(row), "greens": _greens(row)} | _acts(request, row))


def _acts(request: HttpRequest, row: Plan) -> dict[str, Any]:
    """What this person may do with the plan as it is saved."""
    actor, agency = acting(request), row.junction.agency_id
    is_draft, fits = row.state == "draft", row.layout.state == "approved"
    may_plan, may_approve = policies.may_plan(actor, agency_id=agency), policies.may_approve(actor, agency_id=agency)
    is_own = row.created_by_id == actor.account_id
    return {
        "is_outdated": is_draft and not fits, "waits_for_another": is_draft and fits and is_own,
        "may_approve": is_draft and fits and not is_own and bool(may_approve),
        "may_withdraw": bool(may_approve or (is_draft and may_plan)) and row.state in ("draft", "approved"),
    }  # fmt: skip


def _no_draft_any_more(row: Plan) -> Refusal:
    who = row.withdrawn_by if row.state == "withdrawn" else row.approved_by
    told = _("This plan is no longer a draft. What you entered was not saved.")
    return services.WrongState(f"{told} ({who})" if who else told, way_out=_("Save it as a new draft, or leave the page."))


def _greens(row: Plan) -> list[tuple[str, int, float]]:
    layout = Layout(row.layout.content)
    keys = [split["stage"] for split in row.splits]
    following = keys[1:] + keys[:1]
    return [
        (f"{split['stage']}: {(layout.stage(split['stage']) or {}).get('name', '')}", split["green_s"], layout.change_s(split["stage"], after))
        for split, after in zip(row.splits, following, strict=True)
    ]


@rules.staff("traffic.plan")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, code: str) -> HttpResponse:
    """A new draft for a junction."""
    place = within_reach(request, code)
    return _form(request, place, layout_in_force(place), None)


def _initial(layout: Layout, row: Plan | None) -> dict[str, Any]:
    if row is None:
        least = {key: int(layout.min_green_s(key)) + 10 for key in layout.stages}
        splits = [{"stage": key, "green_s": green} for key, green in least.items()]
        return {
            "cycle_s": round(cycle_of(layout, splits)), "offset_s": 0, "valid_from": timezone.localdate(), "weekdays": list(range(7)),
            "time_from": "06:00", "time_to": "22:00", **{f"green_{key}": green for key, green in least.items()},
        }  # fmt: skip
    given = {split["stage"]: split["green_s"] for split in row.splits}
    known = Layout(row.layout.content).stages  # what the plan leaves out of these was left out on purpose
    names = ("name", "cycle_s", "offset_s", "valid_from", "valid_to", "weekdays", "time_from", "time_to")
    return {name: getattr(row, name) for name in names} | {
        f"green_{key}": given.get(key, 0 if key in known else int(layout.min_green_s(key))) for key in layout.stages
    }


def _form(request: HttpRequest, place: Junction, in_force: LayoutRow, row: Plan | None, *, refusal: Refusal | None = None) -> HttpResponse:
    """The form of a draft; with a refusal it only gives back what was entered, to be saved as a new draft."""
    layout = Layout(in_force.content)
    form = PlanForm(request.POST or None, layout=layout, initial=_initial(layout, row))
    differing: list[tuple[str, str, str]] = []
    revision = row.revision if row else 0
    if request.method == "POST":  # what the form was drawn from, until a conflict is shown
        revision = whole(request.POST.get("revision", ""))
    if request.method == "POST" and refusal is None and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if not k.startswith("green_")}
        try:
            made = services.draft_plan(
                acting(request), junction_code=place.code, splits=form.splits(), at=timezone.now(),
                plan_id=row.pk if row else None, revision=revision if row else None, **given,
            )  # fmt: skip
        except Stale as stale:
            refusal = stale
            if row is not None:
                row.refresh_from_db()
                revision, differing = row.revision, beside(form, _initial(layout, row))
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The draft is saved. It runs nowhere until another person approves it."))
            return redirect("junctions:plan", made.pk)
    return render(
        request, "junctions/plan_form.html",
        # With something typed in the form, a button beside it would act on what is not seen.
        {
            "form": form, "refusal": refusal, "junction": place, "plan": row, "shows_acts": row is not None and request.method == "GET",
            "revision": revision, "beside": differing, "action": "" if row else reverse("junctions:plan_new", args=[place.code]),
        }
        | (_acts(request, row) | _moved(Layout(row.layout.content), layout) if row else {}),
    )  # fmt: skip


def _moved(before: Layout, now: Layout) -> dict[str, str]:
    """Stages that are gone from the layout and those that are new in it."""
    return {
        "gone": ", ".join(key for key in before.stages if key not in now.stages),
        "added": ", ".join(key for key in now.stages if key not in before.stages),
    }


def _instant(text: str) -> datetime:
    """The moment a form names; what is none is long past, so that no draft is of it."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    return found or datetime.min.replace(tzinfo=UTC)


@rules.staff("traffic.approve")
@require_POST
def approve(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Approve what another person drafted."""
    row = _found(request, plan_id)
    try:
        services.approve_plan(acting(request), plan_id=row.pk, drafted_at=_instant(request.POST.get("drafted_at", "")), at=timezone.now())
    except Refusal as refused:
        tell(request, refused)
    else:
        messages.success(request, _("The plan is approved and runs on its days and hours."))
    return redirect("junctions:plan", plan_id)


@rules.staff("traffic.view")
@require_POST
def withdraw(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Take a plan out of use: a draft by who plans or approves, an approved plan by who approves."""
    row = _found(request, plan_id)
    try:
        services.withdraw_plan(acting(request), plan_id=row.pk, reason=request.POST.get("reason", ""), at=timezone.now())
    except Forbidden:
        raise
    except Refusal as refused:
        tell(request, refused)
    return redirect("junctions:plan", plan_id)
