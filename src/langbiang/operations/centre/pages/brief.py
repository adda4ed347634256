"""The morning brief: on the desk, on a phone, on paper."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from langbiang.foundation.access import Actor, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.organizations import queries as organizations

from .. import policies, printing, queries, services
from ..models import Brief
from .readers import LANGUAGES

WRITTEN_AT = (6, 30)
PIECE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Piece:
    """Some words of a sentence; with an address when they are a figure."""

    words: str
    url: str = ""


@rules.staff("centre.view")
@require_GET
def brief(request: HttpRequest) -> HttpResponse:
    """The brief of a day, the newest unless asked otherwise."""
    actor = acting(request)
    found = queries.brief(_day(request))
    local = timezone.localtime()
    is_due = (local.hour, local.minute) >= WRITTEN_AT
    context = {
        "days": queries.brief_days(), "reader": queries.reader(actor), "languages": LANGUAGES,
        # Said, since the newest one looks as if it were that of today.
        "not_written": is_due and queries.brief(local.date()) is None, "today": local.date(),
    }  # fmt: skip
    return render(request, "centre/brief.html", _context(actor, found) | context)


@rules.staff("centre.view")
@require_GET
def paper(request: HttpRequest) -> HttpResponse:
    """The same on one sheet of A4."""
    found = queries.brief(_day(request))
    if found is None:
        return redirect("centre:brief")
    pdf = printing.sheet("centre/brief_paper.html", _context(acting(request), found))
    name = f"ban-tin-{found.day:%Y-%m-%d}.pdf"
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


@rules.staff("centre.manage")
@require_POST
def write(request: HttpRequest) -> HttpResponse:
    """Write the brief of today now, where the night's has not been written."""
    now = timezone.now()
    services.write_brief(day=timezone.localdate(now), at=now)
    return redirect("centre:brief")


def pieces(found: Brief, line: dict[str, Any]) -> list[Piece]:
    """A sentence in pieces, every figure with the address of its page."""
    told: list[Piece] = []
    at = 0
    for match in PIECE.finditer(line["pattern"]):
        told.append(Piece(line["pattern"][at : match.start()]))
        key = match.group(1)
        if key in line["facts"]:
            fact = found.figures[line["facts"][key]]
            told.append(Piece(fact["words"], address(found, fact)))
        else:
            told.append(Piece(line["names"][key]))
        at = match.end()
    told.append(Piece(line["pattern"][at:]))
    return [piece for piece in told if piece.words]


def address(found: Brief, fact: dict[str, Any]) -> str:
    """Where a figure of the brief can be looked at as it was known then."""
    measure = fact["measure"]
    if measure.startswith("alert"):
        number = measure.partition(":")[2]
        return reverse("centre:alert", args=[int(number)]) if number else reverse("centre:alerts")
    query = {
        "from": fact["first"],
        "to": fact["last"],
        "known_at": timezone.localtime(found.as_of).isoformat(),
    }
    if fact["unit"]:
        query["unit"] = fact["unit"]
    return f"{reverse('centre:figure', args=[measure.removeprefix('usual:')])}?{urlencode(query)}"


def _context(actor: Actor, found: Brief | None) -> dict[str, Any]:
    """The brief within what its reader may see; `is_extract` says that it is not the whole."""
    if found is None:
        return {"brief": None}
    told = queries.brief_sections(actor, found)
    sections = [(each["title"], [pieces(found, line) for line in each["sentences"]]) for each in told]
    roots = sorted(organizations.root_ids())
    return {
        "brief": found, "sections": sections, "is_extract": policies.agencies_seen(actor) is not None,
        "issuer": organizations.name_of(roots[0]) if roots else "",
    }  # fmt: skip


def _day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
