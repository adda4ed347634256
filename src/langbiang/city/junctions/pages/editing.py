"""The layout editor: tables of movements, stages and pairs; every mistake stands at its field. And the page of one version."""

import copy
from collections.abc import Mapping
from math import isfinite
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Forbidden, Refusal, Stale, rules
from langbiang.foundation.access.acting import acting

from .. import policies, services
from ..layout import PEDESTRIAN, Layout
from ..models import Junction
from ..models import Layout as LayoutRow
from .comparing import tables, told
from .drawing import draw_stage
from .parts import tell, whole, within_reach

SHOWN, SAID = 50, 3
TIMES = {PEDESTRIAN: ("walk_s", "clear_s"), "vehicle": ("min_green_s", "yellow_s")}
FIELDS = {"walk_s": "walk", "clear_s": "clear", "min_green_s": "min_green", "yellow_s": "yellow"}


def _number(text: str) -> Any:
    """A number as people write it; anything else stays what it is and is refused by its field."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    if not isfinite(value):
        return None
    return int(value) if value.is_integer() else value


def entered(base: Mapping[str, Any], posted: Mapping[str, str]) -> dict[str, Any]:
    """The layout as it stands in the form: times, stages and pairs entered, geometry and zones kept."""
    content: dict[str, Any] = copy.deepcopy(dict(base))
    for m in content["movements"]:
        for name in TIMES[m["kind"]]:
            m[name] = _number(posted.get(f"{FIELDS[name]}:{m['key']}", ""))
    keys = [m["key"] for m in content["movements"]]
    content["stages"] = _stages(content["stages"], keys, posted)
    pairs = [(a, b) for a in keys for b in keys if a != b]
    content["conflicts"] = [[a, b] for a, b in pairs if f"conflict:{a}:{b}" in posted]
    content["intergreens"] = {
        f"{a}>{b}": _number(posted[f"intergreen:{a}:{b}"]) for a, b in pairs if posted.get(f"intergreen:{a}:{b}", "").strip()
    }
    return content


def _stages(before: list[dict[str, Any]], keys: list[str], posted: Mapping[str, str]) -> list[dict[str, Any]]:
    """The stages the form names, those added since the base as well; what is to be removed is left out."""
    known = {stage["key"]: stage for stage in before}
    named = [name.partition(":")[2][:20] for name in posted if name.startswith("stage_name:")]
    stages: list[dict[str, Any]] = []
    for key in named:
        if f"drop_stage:{key}" not in posted:
            mine = [one for one in keys if f"stage:{key}:{one}" in posted]
            stages.append({**known.get(key, {"key": key}), "name": posted[f"stage_name:{key}"][:80], "movements": mine})
    if posted.get("new_stage", "").strip():
        stages.append({"key": posted["new_stage"].strip()[:20], "name": posted.get("new_stage_name", "").strip()[:80], "movements": []})
    return stages


def as_entered(content: Mapping[str, Any]) -> dict[str, str]:
    """The form as a browser sends it back when nothing was changed in it: the other way round of `entered`."""
    form: dict[str, str] = {}
    for m in content["movements"]:
        form |= {f"{FIELDS[name]}:{m['key']}": "" if m.get(name) is None else f"{m[name]:g}" for name in TIMES[m["kind"]]}
    for stage in content["stages"]:
        form[f"stage_name:{stage['key']}"] = stage.get("name", "")
        form |= {f"stage:{stage['key']}:{key}": "on" for key in stage["movements"]}
    form |= {f"conflict:{a}:{b}": "on" for a, b in content["conflicts"]}
    for name, value in content["intergreens"].items():
        a, _arrow, b = name.partition(">")
        form[f"intergreen:{a}:{b}"] = "" if value is None else f"{value:g}"
    return form


def carried_over(was: Mapping[str, Any], typed: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody changed in a layout, put on a newer one; what they left as it stood takes the newer values."""
    old, mine, new = (as_entered(content) for content in (was, typed, now))
    kept = {name: value for name, value in new.items() if name in mine or name not in old}
    return entered(now, kept | {name: value for name, value in mine.items() if old.get(name) != value})


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
    base = services.layout_to_change(place)
    if base is None:
        return render(request, "junctions/layout.html", {"junction": place, "rows": []})
    context: dict[str, Any] = {}
    content: Mapping[str, Any] = base.content
    if request.method == "POST":
        made_from = _posted_row(place, request.POST.get("made_from", ""))
        content = entered((made_from or base).content, request.POST)
        try:
            # Without a version it was made from the form is as stale as with an old one.
            services.define_layout(
                actor, junction_code=place.code, content=content, note=request.POST.get("note", ""), at=timezone.now(),
                made_from=made_from.pk if made_from else 0, seen=whole(request.POST.get("seen", "")),
            )  # fmt: skip
        except services.Unsound as unsound:
            context["faults"] = unsound.faults
        except Stale as stale:
            base = services.layout_to_change(place) or base
            was = (made_from or base).content
            latest = base if base.pk != (made_from or base).pk else services.newest_layout(place) or base
            context |= {"stale": stale, "meanwhile": told(was, latest.content), "typed": told(was, content)}
            content = carried_over(was, content, base.content)
        else:
            messages.success(request, _("The draft is saved. It holds when another person has approved it."))
            return redirect("junctions:layout", place.code)
    wrong = {fault.field: fault.message for fault in context.get("faults", [])}
    return render(request, "junctions/layout.html", _context(request, place, base) | context | _tables(content, wrong))


def _posted_row(place: Junction, posted: str) -> LayoutRow | None:
    """The version of this junction a form names."""
    return place.layouts.filter(pk=whole(posted)).first()


def _context(request: HttpRequest, place: Junction, base: LayoutRow) -> dict[str, Any]:
    rows = list(place.layouts.order_by("-number")[:SHOWN])
    newest = services.newest_layout(place)
    return {
        "seen": newest.number if newest else 0, "waiting": [row for row in rows if row.state == "draft" and row.pk != base.pk][:SAID],
        "junction": place, "rows": rows if base in rows else [*rows, base], "base": base, "note": request.POST.get("note", ""),
        "may_plan": acting(request).may("traffic.plan", agency_id=place.agency_id),
    }  # fmt: skip


@rules.staff("traffic.view")
@require_GET
def version(request: HttpRequest, code: str, layout_id: int) -> HttpResponse:
    """One version, whole; a draft beside the layout in force, with the button of who may approve it."""
    place, actor = within_reach(request, code), acting(request)
    row = place.layouts.filter(pk=layout_id).first()
    if row is None:
        raise Http404
    in_force = place.layouts.filter(state="approved").first() if row.state == "draft" else None
    found = told(in_force.content, row.content) if in_force else []
    return render(
        request, "junctions/layout_version.html",
        {
            "junction": place, "row": row, "in_force": in_force, "differences": found, "dangers": sum(1 for one in found if one.is_dangerous),
            "is_own": row.created_by_id == actor.account_id, "may_approve": actor.may("traffic.approve", agency_id=place.agency_id),
            "may_withdraw": row.state == "draft" and any(actor.may(f"traffic.{act}", agency_id=place.agency_id) for act in ("plan", "approve")),
        }
        | tables(row.content, in_force.content if in_force else None),
    )  # fmt: skip


@rules.staff("traffic.approve")
@require_POST
def approve(request: HttpRequest, code: str, layout_id: int) -> HttpResponse:
    """Put the draft of another person in force, as it was looked at: beside the layout the form names."""
    place = within_reach(request, code)
    if not place.layouts.filter(pk=layout_id).exists():
        raise Http404
    compared = _posted_row(place, request.POST.get("compared_with", ""))
    try:
        services.approve_layout(
            acting(request), layout_id=layout_id, at=timezone.now(), compared_with=compared.pk if compared else None
        )
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
        return redirect("junctions:layout_version", place.code, layout_id)
    messages.success(request, _("The layout is in force. What was armed under the one before is disarmed."))
    return redirect("junctions:layout", place.code)


@rules.staff("traffic.view")
@require_POST
def withdraw(request: HttpRequest, code: str, layout_id: int) -> HttpResponse:
    """Take a draft back, with a reason: by who drafts layouts or approves them."""
    place = within_reach(request, code)
    if not place.layouts.filter(pk=layout_id).exists():
        raise Http404
    try:
        services.withdraw_layout(acting(request), layout_id=layout_id, reason=request.POST.get("reason", ""), at=timezone.now())
    except (services.NoSuch, Forbidden):
        raise
    except Refusal as refused:
        tell(request, refused)
    else:
        messages.success(request, _("The draft is withdrawn. It stays among the versions, with the reason."))
    return redirect("junctions:layout_version", place.code, layout_id)
