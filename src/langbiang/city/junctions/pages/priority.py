"""Emergency vehicles: who is on the way, announcing one, saying that it is through, calling it off."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting

from .. import policies, queries, services
from ..models import PriorityRun
from ..queries import LiveJunction
from ..services.finding import rule
from .parts import tabs, tell

ENDED = 30
Groups = list[tuple[str, list[tuple[str, str]]]]


class AnnounceForm(forms.Form):
    """Which vehicle, from where, to where, when, for how long."""

    vehicle = forms.CharField(label=_("Number plate or call sign"), max_length=40)
    kind = forms.ChoiceField(label=_("Kind of vehicle"))
    start = forms.ChoiceField(label=_("First junction, and the street it comes from"))
    goal = forms.ChoiceField(label=_("Last junction, and the street it leaves by"), required=False)
    eta_s = forms.IntegerField(label=_("Arrives at the first junction in (seconds)"), min_value=0, max_value=1800)
    minutes = forms.IntegerField(label=_("For at most how many minutes"), min_value=1)
    reason = forms.CharField(label=_("Why"), max_length=300)

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], arms: Groups, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]  # a choice field has choices
        self.fields["start"].choices = [("", gettext("Choose")), *arms]  # type: ignore[attr-defined]  # a choice field has choices
        self.fields["goal"].choices = [("", gettext("Only the first junction")), *arms]  # type: ignore[attr-defined]  # a choice field has choices
        self.fields["goal"].help_text = gettext("The quickest way between them is taken; each junction on it gets its time.")
        self.fields["minutes"].help_text = gettext("At most %(most)s; it ends by itself.") % {"most": most}


def _arms(rows: list[LiveJunction]) -> Groups:
    return [
        (row.junction.name, [(f"{row.junction.code}:{a['key']}", f"{row.junction.name}: {a['name']}") for a in row.layout.content["approaches"]])
        for row in rows
        if row.layout
    ]


@rules.staff("traffic.view")
@require_GET
def priority(request: HttpRequest) -> HttpResponse:
    """Who is on the way now, and who was."""
    now, actor = timezone.now(), acting(request)
    before = list(queries.older(queries.runs(actor, at=now, is_running=False), "asked_at", request.GET.get("after", ""))[: ENDED + 1])
    ended = before[:ENDED]
    onward = f"{reverse('junctions:priority')}?after={queries.key_of(ended[-1], 'asked_at')}" if len(before) > ENDED else ""
    rows = {row.junction.pk: row for row in queries.live(actor, at=now)}
    return render(
        request, "junctions/priority.html",
        {
            "tabs": tabs("priority"), "now": now, "may_announce": "traffic.priority" in actor.permissions,
            "running": [_shown(run, rows, at=now) for run in queries.runs(actor, at=now, is_running=True).prefetch_related("passages")],
            "ended": [
                (run, queries.kind_word(run.kind), run.end or "expired", run.ended_at or run.expires_at)
                for run in ended
            ],
            "next_url": onward,
        },
    )  # fmt: skip


def _shown(run: PriorityRun, rows: dict[int, LiveJunction], *, at: Any) -> dict[str, Any]:
    """A run with those of its junctions that are within reach."""
    passages = sorted((p for p in run.passages.all() if p.junction_id in rows), key=lambda p: p.number)
    return {
        "run": run, "kind": queries.kind_word(run.kind),
        "stops": [
            (one, rows[one.passage.junction_id], street(rows[one.passage.junction_id], one.passage.from_approach),
             street(rows[one.passage.junction_id], one.passage.to_approach))
            for one in queries.shown(passages, at=at)
        ],
    }  # fmt: skip


def street(row: LiveJunction, approach: str) -> str:
    """The street of an approach as the layout names it."""
    if row.layout is None or not approach:
        return ""
    return next((str(a["name"]) for a in row.layout.content["approaches"] if a["key"] == approach), approach)


@rules.staff("traffic.priority")
@require_http_methods(["GET", "POST"])
def announce(request: HttpRequest) -> HttpResponse:
    """Announce an emergency vehicle at one junction or along a way."""
    now, actor = timezone.now(), acting(request)
    rows = [row for row in queries.live(actor, at=now) if policies.may_announce(actor, agency_id=row.junction.agency_id)]
    order = services.legal_order(at=now)
    kinds = [(row.kind, queries.kind_word(row.kind)) for row in sorted(order.rows, key=lambda row: (row.kind != "ambulance", row.rank))]
    at = request.GET.get("at", "")
    mine = [row for row in rows if row.junction.code == at] or rows
    form = AnnounceForm(
        request.POST or None, kinds=kinds, arms=_arms([*mine, *(row for row in rows if row not in mine)]),
        most=int(rule("priority_minutes_most", at=now)), initial={"minutes": 5, "eta_s": 30},
    )  # fmt: skip
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.announce_run(
                actor, vehicle=given["vehicle"], kind=given["kind"], start=_place(given["start"]),
                goal=_place(given["goal"]) if given["goal"] else None, eta_s=given["eta_s"], minutes=given["minutes"], reason=given["reason"], at=now,
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, gettext("Announced. The safety gate still decides when the lamps may change."))
            return redirect("junctions:priority")
    waiting = [row.junction.name for row in rows if row.mode != "armed"]
    return render(
        request, "junctions/announce.html",
        {"form": form, "refusal": refusal, "waiting": waiting, "all_wait": len(waiting) == len(rows), "is_verified": order.is_verified},
    )  # fmt: skip


def _place(value: str) -> services.Place:
    code, _colon, arm = value.partition(":")
    return services.Place(code, arm)


@rules.staff("traffic.priority")
@require_POST
def passed(request: HttpRequest, run_id: int, code: str) -> HttpResponse:
    """Say that the vehicle is through a junction."""
    try:
        services.mark_passed(acting(request), run_id=run_id, junction_code=code, at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    return redirect("junctions:priority")


@rules.staff("traffic.priority")
@require_POST
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Call a run off."""
    try:
        services.cancel_run(acting(request), run_id=run_id, at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    else:
        messages.success(request, gettext("Called off. The lights go on with the others."))
    return redirect("junctions:priority")
