"""The trail: who did what to which record, and one row of it with everything it holds."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.ui import formats

from .. import queries, words
from ..models import Entry
from .forms import NarrowingForm
from .found import actor_of, agency_of, tabs

PAGE = 50
FILTERS = ("agency", "who", "action", "target", "first", "last")
LONGEST_NUMBER = 2**63 - 1


@require_GET
@rules.staff("audit.view")
def listing(request: HttpRequest) -> HttpResponse:
    """Acts, newest first, a page at a time."""
    actor = actor_of(request)
    agencies = sorted(((lane, agency_of(lane)) for lane in queries.lanes(actor)), key=lambda line: (line[0] == 0, line[1]))
    asked = {name: request.GET[name].strip() for name in FILTERS if request.GET.get(name, "").strip()}
    form = NarrowingForm(asked, agencies=agencies)
    shown = queries.Page([], None, None)
    refusal: Refusal | None = None
    if form.is_valid():
        before = queries.Place.parse(request.GET.get("before", ""))
        after = queries.Place.parse(request.GET.get("after", ""))
        try:
            shown = queries.page(actor, form.narrowing(), size=PAGE, before=before, after=after)
        except queries.TookTooLong as refused:
            refusal = refused

    def address(**place: Any) -> str:
        given = urlencode({**asked, **{name: str(value) for name, value in place.items()}})
        return reverse("audit:list") + (f"?{given}" if given else "")

    return render(
        request,
        "audit/list.html",
        {
            "tabs": tabs("acts"),
            "form": form,
            "refusal": refusal,
            "lines": [_line(row) for row in shown.rows],
            "chips": _chips(form, asked) if form.is_valid() else [],
            "is_narrowed": bool(asked),
            "newer_url": address(after=shown.newer) if shown.newer else "",
            "older_url": address(before=shown.older) if shown.older else "",
            "newest_url": address(),
            "is_first": "before" not in request.GET and "after" not in request.GET,
        },
    )


def _line(row: Entry) -> dict[str, Any]:
    name, _comma, seat = row.actor_label.partition(", ")
    return {
        "row": row, "name": name or _("unknown"), "seat": seat, "act": words.act(row.action),
        "record": words.record(row.target), "agency": agency_of(row.lane),
    }  # fmt: skip


def _chips(form: NarrowingForm, asked: dict[str, str]) -> list[tuple[str, str, str]]:
    """The filters in force, each with the address without it."""
    data = form.cleaned_data
    told = {
        "agency": form.agencies.get(data["agency"], ""), "who": data["who"],
        "action": _named(data["action"]), "target": words.record(data["target"]),
        "first": formats.day(data["first"]) if data["first"] else "",
        "last": formats.day(data["last"]) if data["last"] else "",
    }  # fmt: skip
    here = reverse("audit:list")
    return [
        (str(form.fields[name].label), told[name], f"{here}?{urlencode({k: v for k, v in asked.items() if k != name})}")
        for name in FILTERS
        if name in asked and told[name]
    ]


def _named(action: str) -> str:
    if not action.endswith("."):
        return words.act(action)
    return next((room for code, room, _known in words.acts_by_room() if f"{code}." == action), action)


@require_GET
@rules.staff("audit.view")
def entry(request: HttpRequest, lane: int, seq: int) -> HttpResponse:
    """One row: the act, what stood before and after, and how it hangs in its chain."""
    row = queries.entry(actor_of(request), lane, seq) if max(lane, seq) <= LONGEST_NUMBER else None
    if row is None:
        raise Http404
    return render(
        request,
        "audit/entry.html",
        {
            **_line(row),
            "channel": words.channel(row.channel),
            "changes": changes(row.detail),
            "fits": queries.fits_its_hash(row),
            "hash": bytes(row.hash).hex(),
            "previous": bytes(row.previous).hex(),
            "same_record_url": f"{reverse('audit:list')}?{urlencode({'target': row.target})}",
            "same_person_url": f"{reverse('audit:list')}?{urlencode({'who': row.actor_label.partition(', ')[0]})}",
        },
    )


def changes(detail: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """What the row holds about its record: (name, before, after, whether they differ), in the words of the record."""
    before, after = detail.get("before") or {}, detail.get("after") or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        before, after = {"": before}, {"": after}
    names = [*before, *(name for name in after if name not in before)]
    return [
        (name, _plain(before[name]) if name in before else "", _plain(after[name]) if name in after else "",
         name in before and name in after and before[name] != after[name])
        for name in names
    ]  # fmt: skip


def _plain(value: Any) -> str:
    """A kept value as it was kept; text without its quotation marks."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
