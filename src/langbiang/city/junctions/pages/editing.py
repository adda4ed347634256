"""The layout editor: tables of movements, stages and pairs; every mistake stands at its field."""

import copy
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting

from .. import policies, services
from ..layout import PEDESTRIAN, Layout
from ..models import Junction
from ..models import Layout as LayoutRow
from .drawing import draw_stage
from .parts import tell, within_reach

TIMES = {PEDESTRIAN: ("walk_s", "clear_s"), "vehicle": ("min_green_s", "yellow_s")}
FIELDS = {"walk_s": "walk", "clear_s": "clear", "min_green_s": "min_green", "yellow_s": "yellow"}


def _number(text: str) -> Any:
    """A number as people write it; anything else stays what it is and is refused by its field."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return int(value) if value.is_integer() else value


def entered(base: Mapping[str, Any], posted: Mapping[str, str]) -> dict[str, Any]:
    """The layout as it stands in the form: times, stages and pairs entered, geometry and zones kept."""
    content: dict[str, Any] = copy.deepcopy(dict(base))
    for m in content["movements"]:
        for name in TIMES[m["kind"]]:
            m[name] = _number(posted.get(f"{FIELDS[name]}:{m['key']}", ""))
    keys = [m["key"] for m in content["movements"]]
    if posted.get("new_stage", "").strip():
        content["stages"].append({"key": posted["new_stage"].strip()[:20], "name": posted.get("new_stage_name", "").strip()[:80], "movements": []})
    stages = []
    for stage in content["stages"]:
        stage["name"] = posted.get(f"stage_name:{stage['key']}", stage["name"])[:80]
        stage["movements"] = [key for key in keys if f"stage:{stage['key']}:{key}" in posted]
        if f"drop_stage:{stage['key']}" not in posted:
            stages.append(stage)
    content["stages"] = stages
    pairs = [(a, b) for a in keys for b in keys if a != b]
    content["conflicts"] = [[a, b] for a, b in pairs if f"conflict:{a}:{b}" in posted]
    content["intergreens"] = {
        f"{a}>{b}": _number(posted[f"intergreen:{a}:{b}"]) for a, b in pairs if posted.get(f"intergreen:{a}:{b}", "").strip()
    }
    return content


def _tables(content: Mapping[str, Any], wrong: Mapping[str, str]) -> dict[str, Any]:
    layout = Layout(content)
    keys, pairs = layout.movements, layout.conflicts
    return {
        "keys": keys,
        "movements": [
            (m, [(f"{FIELDS[name]}:{m['key']}", m.get(name), wrong.get(f"{FIELDS[name]}:{m['key']}", "")) for name in TIMES[m["kind"]]],
             m["kind"] == PEDESTRIAN, wrong.get(f"movement:{m['key']}", ""))
            for m in content["movements"]
        ],
        "stages": [
            (s, [(f"stage:{s['key']}:{k}", k, k in s["movements"], wrong.get(f"stage:{s['key']}:{k}", "")) for k in keys],
             draw_stage(layout, s), wrong.get(f"stage:{s['key']}", ""))
            for s in content["stages"]
        ],
        "matrix": [
            (a, [
                None if a == b else (b, f"{a}:{b}", (a, b) in pairs, content["intergreens"].get(f"{a}>{b}", ""),
                                     wrong.get(f"conflict:{a}:{b}", "") or wrong.get(f"intergreen:{a}:{b}", ""))
                for b in keys
            ])
            for a in keys
        ],
    }  # fmt: skip


@rules.staff("traffic.view")
@require_http_methods(["GET", "POST"])
def layout(request: HttpRequest, code: str) -> HttpResponse:
    """The layout in force, the drafts, and the form for the next draft."""
    place, actor = within_reach(request, code), acting(request)
    if request.method == "POST":
        policies.require(policies.may_plan(actor, agency_id=place.agency_id))
    rows = list(place.layouts.order_by("-number")[:10])
    base = next((row for row in rows if row.state == "approved"), rows[0] if rows else None)
    if base is None:
        return render(request, "junctions/layout.html", {"junction": place, "rows": []})
    content: Mapping[str, Any] = base.content
    faults: list[Any] = []
    if request.method == "POST":
        content = entered(base.content, request.POST)
        try:
            services.define_layout(
                actor, junction_code=place.code, content=content, note=request.POST.get("note", ""), at=timezone.now()
            )
        except services.Unsound as unsound:
            faults = unsound.faults
        else:
            messages.success(request, _("The draft is saved. It holds when another person has approved it."))
            return redirect("junctions:layout", place.code)
    wrong = {fault.field: fault.message for fault in faults}
    return render(request, "junctions/layout.html", _context(request, place, rows, faults) | _tables(content, wrong))


def _context(request: HttpRequest, place: Junction, rows: list[LayoutRow], faults: list[Any]) -> dict[str, Any]:
    actor = acting(request)
    return {
        "junction": place, "rows": rows, "faults": faults, "account_id": actor.account_id,
        "note": request.POST.get("note", ""), "may_plan": actor.may("traffic.plan", agency_id=place.agency_id),
        "may_approve": actor.may("traffic.approve", agency_id=place.agency_id),
    }  # fmt: skip


@rules.staff("traffic.approve")
@require_POST
def approve(request: HttpRequest, code: str, layout_id: int) -> HttpResponse:
    """Put the draft of another person in force."""
    place = within_reach(request, code)
    try:
        services.approve_layout(acting(request), layout_id=layout_id, at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    else:
        messages.success(request, _("The layout is in force. What was armed under the one before is disarmed."))
    return redirect("junctions:layout", place.code)
