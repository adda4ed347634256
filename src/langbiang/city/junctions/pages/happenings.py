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

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.ui.form_fields import DateField

from .. import policies, queries, services
from ..models import EventPlan
from ..queries import LiveJunction
from .gain import baseline_word, classes_word
from .parts import tabs, tell

SHOWN = 60
SHOWN_DAYS = 30
FACTORS = ("1.5", "2", "3")
USUAL = "usual"


class ArmField(forms.ChoiceField):
    """What happens at an approach; what was not sent stays as usual."""

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

    def __init__(self, *args: Any, rows: list[LiveJunction], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
            self.places.append((row.junction.name, names))

    @property
    def junctions(self) -> list[tuple[str, list[forms.BoundField], bool]]:
        """Name, fields of its approaches, and whether anything is chosen there."""
        return [(name, [self[field] for field in fields], any(self[field].value() not in (None, "", USUAL) for field in fields)) for name, fields in self.places]

    def arms(self) -> list[services.Arm]:
        """What was chosen."""
        given = ((name, self.cleaned_data.get(name, "")) for name in self._arms)
        return [services.Arm(*self._arms[name], float(value)) for name, value in given if value and value != USUAL]

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
    now, actor = timezone.now(), acting(request)
    rows = [row for row in queries.live(actor, at=now) if policies.may_plan(actor, agency_id=row.junction.agency_id)]
    tomorrow: date = timezone.localdate(now) + timedelta(days=1)
    initial = {"first_day": tomorrow, "last_day": tomorrow, "first_hour": "18:00", "last_hour": "22:00"}
    form = EventForm(request.POST or None, rows=rows, initial=initial)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        begin, end = form.span()
        try:
            row = services.plan_event(
                actor, name=form.cleaned_data["name"], reason=form.cleaned_data["reason"], starts_at=begin, ends_at=end, arms=form.arms(), at=now
            )
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, gettext("Planned. Rehearse it, and let another person approve it."))
            return redirect("junctions:event", row.pk)
    return render(request, "junctions/event_form.html", {"form": form, "refusal": refusal})


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
            "row": row, "state": queries.event_state(row, at=now), "arms": arms, "now": now, "refusal": refusal,
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
        services.approve_event(acting(request), event_id=event_id, at=timezone.now())
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
        services.end_event(acting(request), event_id=event_id, at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    else:
        messages.success(request, gettext("Ended. The lights run as on any other day."))
    return redirect("junctions:event", event_id)
