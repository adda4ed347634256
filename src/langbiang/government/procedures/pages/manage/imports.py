"""What imports brought: the text beside its reading, what differs from the catalogue, and why somebody must look."""

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from langbiang.foundation.access import Refusal, rules

from ... import policies
from ...catalogue_text.reasons import explain
from ...models import ImportRow
from ...queries import editing
from ...queries import imports as reads
from ...services import imports as services
from ..found import actor_of, address, number_of, text_of
from ..words import VERDICTS
from .overview import part_label

_PLACE = re.compile(r"^(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")


def row_or_404(request: HttpRequest, row_id: int) -> ImportRow:
    """The imported record of the address."""
    try:
        return reads.row(actor_of(request), row_id)
    except reads.NoSuchRecord:
        raise Http404 from None


@require_safe
@rules.staff("procedures.view")
def imports(request: HttpRequest) -> HttpResponse:
    """The last imports."""
    return render(request, "procedures/manage/imports.html", {"batches": reads.batches(actor_of(request))})


@require_safe
@rules.staff("procedures.view")
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The records of one import, those that wait first in sight. Five queries."""
    actor = actor_of(request)
    try:
        found = reads.batch(actor, batch_id)
    except reads.NoSuchRecord:
        raise Http404 from None
    tallies = reads.tallies(actor, batch_id)
    waiting = tallies["state"].get("pending", 0)
    state = text_of(request, "state", 12) or ("pending" if waiting and "all" not in request.GET else "")
    verdict, text = text_of(request, "verdict", 12), text_of(request, "q", 100)
    rows = reads.rows(actor, batch_id, state=state, verdict=verdict, text=text, after=number_of(request, "after"))
    path = reverse("procedures:import_batch", args=[batch_id])
    everything = "" if state else "1"
    return render(
        request,
        "procedures/manage/batch.html",
        {
            "batch": found, "rows": rows.rows, "total": rows.total, "verdict": verdict, "text": text, "path": path,
            "state": state, "tabs": _tabs(path, state, tallies["state"]), "all": everything,
            "verdicts": [(key, VERDICTS[key], n) for key, n in sorted(tallies["verdict"].items()) if key in VERDICTS],
            "next_url": address(path, state=state, verdict=verdict, q=text, after=rows.after, all=everything) if rows.after else "",
        },
    )  # fmt: skip


def _tabs(path: str, current: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    labels = {
        "pending": _("Waiting"), "approved": _("Taken over"), "rejected": _("Rejected"), "unchanged": _("No change"),
        "superseded": _("Replaced"),
    }  # fmt: skip
    tabs = [
        {"label": label, "url": address(path, state=key), "current": key == current, "count": counts[key]}
        for key, label in labels.items() if counts.get(key)
    ]  # fmt: skip
    return [
        *tabs,
        {"label": _("All"), "url": address(path, all=1), "current": not current, "count": sum(counts.values())},
    ]


@require_safe
@rules.staff("procedures.view")
def record(request: HttpRequest, row_id: int) -> HttpResponse:
    """One record: the text beside what was read from it, the difference, the reasons."""
    return render(request, "procedures/manage/record.html", record_context(request, row_or_404(request, row_id)))


@require_POST
@rules.staff("procedures.approve")
def decide(request: HttpRequest, row_id: int) -> HttpResponse:
    """Take a record over into the catalogue, or leave the catalogue as it is; then on to the next that waits."""
    row = row_or_404(request, row_id)
    approve = request.POST.get("decision") == "approve"
    act = services.approve_change if approve else services.reject_change
    if not approve and request.POST.get("decision") != "reject":
        return redirect("procedures:import_record", row_id)
    try:
        act(actor_of(request), row_id=row_id, at=timezone.now())
    except Refusal as refused:
        context = record_context(request, row_or_404(request, row_id)) | {"refusal": refused}
        return render(request, "procedures/manage/record.html", context)
    told = _("Taken over: %(title)s") if approve else _("Rejected: %(title)s")
    messages.success(request, told % {"title": row.title or row.code})
    if following := reads.following(row):
        return redirect("procedures:import_record", following)
    return redirect("procedures:import_batch", row.batch_id)


def record_context(request: HttpRequest, row: ImportRow) -> dict[str, Any]:
    """What the page of a record shows, also when a decision on it was refused."""
    actor = actor_of(request)
    return {
        "row": row,
        "raw": raw_lines(row.raw),
        "lines": [(part_label(place), text) for place, text in reads.flattened(row.parsed)],
        "reasons": _reasons(row.reasons),
        "changes": _changes(row.difference),
        "effect": reads.effect(row),
        "next_id": reads.following(row),
        "may_decide": bool(policies.may_approve(actor)) and row.state == "pending",
    }


def raw_lines(raw: Any) -> list[tuple[str, str]]:
    """The record as it came: its full text, or its fields."""
    if not isinstance(raw, dict):
        return [("", str(raw))]
    return [(str(key), value if isinstance(value, str) else str(value)) for key, value in raw.items() if value]


def _reasons(reasons: list[Any]) -> list[dict[str, str]]:
    """Why somebody should look: each reason once, with all the places it concerns."""
    places: dict[tuple[str, str], list[str]] = {}
    for reason in reasons:
        if isinstance(reason, dict):
            code = str(reason.get("code", ""))
            key = (_(explain(code)) if code else str(reason.get("text", "")), str(reason.get("detail", "")))
            where = _where(str(reason.get("where") or ""))
        else:
            key, where = (_(explain(str(reason))), ""), ""
        if where not in places.setdefault(key, []):
            places[key].append(where)
    return [
        {"text": text, "detail": detail, "where": ", ".join(part for part in where if part)}
        for (text, detail), where in places.items()
    ]


def _where(path: str) -> str:
    """A place in a record, `channels[1].time_limit`, in words."""
    found = _PLACE.match(path)
    if not found:
        return path
    part, number, inner = found.groups()
    inner_words = {"time_limit": _("Time limit"), "fee": _("Cost")}.get(inner or "", "")
    return " ".join(text for text in (part_label(part), number or "", f"({inner_words})" if inner_words else "") if text)


def _changes(difference: Any) -> list[tuple[str, tuple[editing.Piece, ...]]]:
    """The difference to the catalogue by part; each value is {"before", "after"} or a pair."""
    if not isinstance(difference, dict):
        return []
    found = []
    for key, value in difference.items():
        before, after = "", ""
        if isinstance(value, dict):
            before, after = value.get("before", ""), value.get("after", "")
        elif isinstance(value, list) and len(value) == 2:
            before, after = value
        else:
            after = value
        found.append((part_label(str(key)), editing.pieces(_told(before), _told(after))))
    return found


def _told(value: Any) -> str:
    """A value of a difference as lines."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, dict | list):
        return "\n".join(f"{place}: {text}".lstrip(": ") for place, text in reads.flattened(value))
    return str(value)
