"""What stands behind a closed alert besides its words: a checked file, and a record of the platform.

A record is named by its address, or a case by its code. What is kept is the address; what it is called, and whether there
is a link at all, is asked anew for everybody who looks.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.government.cases import queries as cases
from langbiang.government.indicators import queries as indicators

from . import figures, policies, published
from .models import Alert, AlertStep, Dashboard

if TYPE_CHECKING:
    from langbiang.foundation.files.models import StoredFile

ROOM = "centre"
LONGEST = 300


@dataclass(frozen=True)
class Record:
    """A record as one person sees it: its name and address, or neither where they may not open it."""

    title: str
    url: str


def read(actor: Actor, text: str) -> str:
    """The address of the record somebody named, as it is kept. Raises Refusal: no record, or none this person may open."""
    text = text.strip()
    if not text:
        return ""
    number = cases.number_of(text) if "/" not in text else None
    parts = urlsplit(reverse("cases:case", args=[number]) if number else text)
    address = parts.path + (f"?{parts.query}" if parts.query else "")
    if len(address) > LONGEST or _title(actor, address) is None:
        raise Refusal(
            _("“%(text)s” is no case, document or figure you may open.") % {"text": text[:80]}, field="record",
            way_out=_("Write the code of a case, or copy the address of its page, of a figure or of a report here."),
        )  # fmt: skip
    return address


def record(actor: Actor, address: str) -> Record | None:
    """The record behind an address that was kept, for a person who looks; None where none was named."""
    if not address:
        return None
    title = _title(actor, address)
    return Record(title, address) if title is not None else Record(_("a record you may not open"), "")


def _title(actor: Actor, address: str) -> str | None:
    try:
        found = resolve(urlsplit(address).path)
    except Resolver404:
        return None
    room, _colon, route = found.view_name.partition(":")
    match room:
        case "cases" if route in ("case", "form", "result"):
            return cases.title_at(actor, route, int(next(iter(found.kwargs.values()), 0)))
        case "indicators":
            return indicators.title_at(actor, route, found.kwargs)
        case "centre" if route in ("figure", "records") and policies.may_view(actor):
            try:
                return str(figures.figure(found.kwargs["name"]).title)
            except Refusal:
                return None
        case "centre" if route == "indicator" and policies.may_view(actor):
            found_here = published.described([found.kwargs["code"]], on=timezone.localdate()).get(found.kwargs["code"])
            return found_here.name if found_here else None
        case "centre" if route == "dashboard":
            rows = Dashboard.objects.filter(policies.dashboards_filter(actor), pk=found.kwargs["dashboard_id"])
            return rows.values_list("title", flat=True).first() if policies.may_view(actor) else None
    return None


def may_read(actor: Actor, file: "StoredFile") -> bool:
    """Whether a file of this room may be read: by whoever sees the alert it closed."""
    step = AlertStep.objects.filter(evidence_id=file.pk).select_related("alert").first()
    return step is not None and actor.may("centre.view", agency_id=step.alert.agency_id)


def needed(file_ids: list[int]) -> set[int]:
    """Which of these files an alert stands on."""
    return set(AlertStep.objects.filter(evidence_id__in=list(file_ids)).values_list("evidence_id", flat=True))


def owner_of(alert: Alert) -> str:
    """The name under which a file hangs on an alert."""
    return f"centre.alert:{alert.pk}"
