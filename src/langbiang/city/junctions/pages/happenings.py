"""Festivals and closings: planned, rehearsed in the twin, approved by another person."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Refusal, Stale, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.ui.form_fields import DateField

from .. import policies, queries, services
from ..models import EventPlan, Plan
from ..queries import LiveJunction
from .gain import baseline_word, classes_word
from .parts import beside, tabs, tell, whole

SHOWN = 60
SHOWN_DAYS = 30
FACTORS = ("1.5", "2", "3")
USUAL = "usual"


class ArmField(forms.ChoiceField):
    """What happens at an approach; what was not sent stays as usual."""

    def to_python(self, value: Any) -> Any:
        """The choice."""
        return super().to_python(value or USUAL)

    def clean(self, value: Any) -> Any:
        """The choice."""
        return super().clean(value or USUAL)


class EventForm(forms.Form):
    """Name, time, and what happens at which approach."""

    name = forms.CharField(label=_("Name of the event"), max_length=120)
    reason = forms.CharField(label=_("Why"), max_length=300)
    first_day = DateField(label=_("From the day"))
    first_hour = forms.TimeField(label=_("From (hour:minute)"))
    last_day = DateField(label=_("Until the day"))
    last_hour = forms.TimeField(label=_("To (hour:minute)"))

    def __init__(self, *args: Any, rows: list[LiveJunction], plans: Mapping[int, list[Plan]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans: list[str] = []
        choices = [
            (USUAL, gettext("As usual")), ("0", gettext("Closed, both ways")),
            *((factor, gettext("%(n)s times as many come") % {"n": factor}) for factor in FACTORS),
        ]  # fmt: skip
        self._arms: dict[str, tuple[str, str]] = {}
        self.places: list[tuple[str, list[str]]] = []
        for row in rows:
            names = []
            for a in row.layout.content["approaches"] if row.layout else ():
                name = f"arm_{row.junction.code}_{a['key']}"
                self.fields[name] = ArmField(label=a["name"], choices=choices, initial=USUAL)
                self._arms[name] = row.junction.code, a["key"]
                names.append(name)
            if fitting := plans.get(row.junction.pk, []):
                name = f"plan_{row.junction.code}"
                words = [(str(plan.pk), plan.name) for plan in fitting]
                self.fields[name] = ArmField(label=gettext("Signal plan during the event"), choices=[(USUAL, gettext("As on any other day")), *words], initial=USUAL)
                self._plans.append(name)
                names.append(name)
            self.places.append((row.junction.name, names))

    @property
    def junctions(self) -> list[tuple[str, list[forms.BoundField], bool]]:
        """Name, fields of its approaches, and whether anything is chosen there."""
        return [(name, [self[field] for field in fields], any(self[field].value() not in (None, "", USUAL) for field in fields)) for name, fields in self.places]

    def arms(self) -> list[services.Arm]:
        """What was chosen."""
        given = ((name, self.cleaned_data.get(name, "")) for name in self._arms)
        return [services.Arm(*self._arms[name], float(value)) for name, value in given if value and value != USUAL]

    def plans(self) -> list[int]:
        """The plans that were chosen."""
        given = (self.cleaned_data.get(name, USUAL) for name in self._plans)
        return [int(value) for value in given if value != USUAL]

    def span(self) -> tuple[datetime, datetime]:
        """From when to when."""
        d = self.cleaned_data
        return tuple(timezone.make_aware(datetime.combine(d[f"{which}_day"], d[f"{which}_hour"])) for which in ("first", "last"))  # type: ignore[return-value]  # always two


class RehearsalForm(forms.Form):
    """Whose counts are simulated."""

    day = DateField(label=_("Counts of the day"), earliest=lambda: timezone.localdate() - timedelta(days=SHOWN_DAYS))


@rules.staff("traffic.view")
@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """What is planned, runs, or is over."""
    now, actor = timezone.now(), acting(request)
    rows = [(row, queries.event_state(row, at=now)) for row in queries.event_plans(actor)[:SHOWN]]
    return render(
        request, "junctions/events.html",
        {"tabs": tabs("events"), "rows": rows, "now": now, "may_plan": "traffic.plan" in actor.permissions},
    )  # fmt: skip


@rules.staff("traffic.plan")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Plan an event."""
    return _form(request, None)


@rules.staff("traffic.plan")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, event_id: int) -> HttpResponse:
    """Change what is still a draft."""
    row = _seen(request, event_id)
    if row.state != "draft" and request.method == "GET":
        messages.error(request, gettext("Only a draft can be changed."))
        return redirect("junctions:event", row.pk)
    return _form(request, row)


def _form(request: HttpRequest, row: EventPlan | None) -> HttpResponse:
    now, actor = timezone.now(), acting(request)
    rows = [one for one in queries.live(actor, at=now) if policies.may_plan(actor, agency_id=one.junction.agency_id)]
    plans: dict[int, list[Plan]] = {}
    for plan in Plan.objects.filter(state="approved", layout__state="approved", junction__in=[one.junction for one in rows]).order_by("name", "pk"):
        plans.setdefault(plan.junction_id, []).append(plan)
    form = EventForm(request.POST or None, rows=rows, plans=plans, initial=_initial(row, now))
    refusal: Refusal | None = None
    differing: list[tuple[str, str, str]] = []
    revision = row.revision if row else 0
    if request.method == "POST":
        revision = whole(request.POST.get("revision", ""))
    if request.method == "POST" and form.is_valid():
        begin, end = form.span()
        given: dict[str, Any] = {
            "name": form.cleaned_data["name"], "reason": form.cleaned_data["reason"], "starts_at": begin, "ends_at": end, "arms": form.arms(),
            "plans": form.plans(), "at": now,
        }  # fmt: skip
        try:
            kept = services.change_event(actor, event_id=row.pk, revision=revision, **given) if row else services.plan_event(actor, **given)
        except services.NoSuch:
            raise
        except Stale as stale:
            refusal = stale
            if row is not None:
                row.refresh_from_db()
                revision, differing = row.revision, beside(form, dict.fromkeys(form.fields, USUAL) | _initial(row, now))
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, gettext("Planned. Rehearse it, and let another person approve it."))
            return redirect("junctions:event", kept.pk)
    return render(request, "junctions/event_form.html", {"form": form, "refusal": refusal, "row": row, "revision": revision, "beside": differing})


def _initial(row: EventPlan | None, now: datetime) -> dict[str, Any]:
    """What the form shows first: tomorrow evening, or the draft as it is saved."""
    if row is None:
        tomorrow: date = timezone.localdate(now) + timedelta(days=1)
        return {"first_day": tomorrow, "last_day": tomorrow, "first_hour": "18:00", "last_hour": "22:00"}
    first, last = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
    arms = {f"arm_{arm.junction.code}_{arm.approach}": f"{arm.factor.normalize():f}" for arm in row.arms.select_related("junction")}
    return {
        "name": row.name, "reason": row.reason, "first_day": first.date(), "first_hour": first.time(), "last_day": last.date(),
        "last_hour": last.time(), **arms, **{f"plan_{use.junction.code}": str(use.plan_id) for use in row.plans.select_related("junction")},
    }  # fmt: skip


def _seen(request: HttpRequest, event_id: int) -> EventPlan:
    found = queries.event_plans(acting(request)).filter(pk=event_id).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, row: EventPlan, form: RehearsalForm | None = None, refusal: Refusal | None = None) -> HttpResponse:
    now, actor = timezone.now(), acting(request)
    live = {one.junction.pk: one for one in queries.live(actor, at=now)}
    arms = []
    for arm in row.arms.select_related("junction").order_by("junction__name", "approach"):
        here = live.get(arm.junction_id)
        names = {a["key"]: a["name"] for a in here.layout.content["approaches"]} if here and here.layout else {}
        arms.append((arm, names.get(arm.approach, arm.approach)))
    agencies = {arm.junction.agency_id for arm, _name in arms}
    return render(
        request, "junctions/event.html",
        {
            "row": row, "state": queries.event_state(row, at=now), "arms": arms, "plans": row.plans.select_related("junction", "plan").order_by("junction__name"), "now": now, "refusal": refusal,
            "form": form or RehearsalForm(initial={"day": timezone.localdate(now) - timedelta(days=1)}),
            "may_plan": all(actor.may("traffic.plan", agency_id=agency) for agency in agencies),
            "may_operate": all(actor.may("traffic.operate", agency_id=agency) for agency in agencies),
            "may_approve": all(actor.may("traffic.approve", agency_id=agency) for agency in agencies) and row.created_by_id != actor.account_id,
            "is_rehearsed_now": _is_rehearsed(row, at=now), "why_not": _why_not(row, at=now), "classes": classes_word(row.outcome),
            "controllers": [(_controller(each["name"], row.outcome), each["before"], each["after"]) for each in row.outcome.get("controllers", ())],
        },
    )  # fmt: skip


def _controller(name: str, outcome: Mapping[str, Any]) -> str:
    return baseline_word(name, outcome.get("planned"), outcome.get("junction_hours"))


def _is_rehearsed(row: EventPlan, *, at: datetime) -> bool:
    return row.rehearsal in ("waiting", "running") and not queries.is_rehearsal_silent(row, at=at)


def _why_not(row: EventPlan, *, at: datetime) -> str:
    if queries.is_rehearsal_silent(row, at=at):
        return gettext("The rehearsal stopped without a word. Ask for it again.")
    return queries.why_no_rehearsal(row.rehearsal_reason, row.outcome) if row.rehearsal == "none" else ""


@rules.staff("traffic.view")
@require_GET
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """One event: what happens where, its rehearsal, who approved it."""
    return _page(request, _seen(request, event_id))


@rules.staff("traffic.view")
@require_GET
def rehearsing(request: HttpRequest, event_id: int) -> HttpResponse:
    """How far the rehearsal has come; once it is over the page is loaded again."""
    row = _seen(request, event_id)
    answer = render(request, "junctions/_rehearsing.html", {"row": row})
    if not _is_rehearsed(row, at=timezone.now()):
        answer["HX-Refresh"] = "true"
    return answer


@rules.staff("traffic.plan")
@require_http_methods(["GET", "POST"])
def rehearse(request: HttpRequest, event_id: int) -> HttpResponse:
    """Ask for a rehearsal on the counts of a day."""
    row = _seen(request, event_id)
    if request.method == "GET":
        return redirect("junctions:event", row.pk)
    form = RehearsalForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    try:
        services.ask_for_rehearsal(acting(request), event_id=row.pk, day=form.cleaned_data["day"], at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        return _page(request, row, form, refused)
    messages.success(request, gettext("The event is being rehearsed in the background. You can leave this page."))
    return redirect("junctions:event", row.pk)


@rules.staff("traffic.approve")
@require_POST
def approve(request: HttpRequest, event_id: int) -> HttpResponse:
    """Approve what another person planned."""
    try:
        services.approve_event(acting(request), event_id=event_id, revision=whole(request.POST.get("revision", "")), at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    else:
        messages.success(request, gettext("Approved. It begins and ends by itself."))
    return redirect("junctions:event", event_id)


@rules.staff("traffic.view")
@require_POST
def end(request: HttpRequest, event_id: int) -> HttpResponse:
    """Withdraw a draft (who plans), or end an event early (who operates)."""
    try:
        row = services.end_event(acting(request), event_id=event_id, reason=request.POST.get("reason", ""), at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    else:
        is_draft = row.state == "withdrawn"
        messages.success(request, gettext("Withdrawn. It stays in the list, with the reason.") if is_draft else gettext("Ended. The lights run as on any other day."))
    return redirect("junctions:event", event_id)
