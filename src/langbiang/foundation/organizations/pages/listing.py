"""Agencies: the list and the page of one."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from langbiang.foundation.access import roles as known_roles
from langbiang.foundation.access import rules

from .. import policies, queries, words
from ..models import Agency
from .found import actor_of, agency_or_404

BODIES = [kind for kind in Agency.Kind.values if kind != Agency.Kind.COMMUNE]


@require_GET
@rules.staff("organizations.view")
def agencies(request: HttpRequest) -> HttpResponse:
    """All agencies: the provincial bodies as a tree, the communes by name, those that ended."""
    actor, today = actor_of(request), timezone.localdate()
    text = request.GET.get("q", "").strip()[:100]
    views = {"bodies": _("Provincial bodies"), "communes": _("Communes, wards, special zone"), "former": _("Former")}
    view = request.GET.get("view", "bodies")
    view = view if view in views else "bodies"
    here = reverse("organizations:list")
    found = {
        "bodies": queries.find_agencies(text, on=today, kinds=BODIES),
        "communes": queries.find_agencies(text, on=today, kinds=[Agency.Kind.COMMUNE]),
        "former": queries.find_agencies(text, on=today, former=True),
    }
    if text and not found[view]:  # show what was found, wherever it is
        view = next((key for key, rows in found.items() if rows), view)
    rows = found[view]
    return render(
        request,
        "organizations/list.html",
        {
            "lines": _tree(rows) if view == "bodies" and not text else [_line(row, 0) for row in rows],
            "view": view,
            "tabs": [
                {
                    "label": label, "url": f"{here}?{urlencode({'view': key, **({'q': text} if text else {})})}",
                    "current": key == view, "count": len(found[key]),
                }
                for key, label in views.items()
            ],
            "sought": text, "list_url": here,
            "may_open": bool(actor.reach(policies.EDIT)),
        },
    )  # fmt: skip


def _line(row: Agency, depth: int) -> dict[str, Any]:
    return {
        "row": row, "depth": depth, "kind": words.KINDS[row.kind],
        "into": queries.successor_name(row.pk, on=timezone.localdate()) if row.valid_to else "",
    }  # fmt: skip


def _tree(rows: list[Agency]) -> list[dict[str, Any]]:
    """Every agency under the one above it."""
    below: dict[int | None, list[Agency]] = {}
    known = {row.pk for row in rows}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    lines: list[dict[str, Any]] = []

    def add(parent: int | None, depth: int) -> None:
        for row in below.get(parent, ()):
            lines.append(_line(row, min(depth, 4)))
            add(row.pk, depth + 1)

    add(None, 0)
    return lines


def role_words(role: str, at_agency: int, field: str | None, *, home: int, fields: dict[str, str]) -> str:
    """A role with where it holds, when that is not the agency itself, and its field."""
    titles = {known.code: str(known.title) for known in known_roles.all_roles()}
    found = titles.get(role, role)
    if at_agency != home:
        found = _("%(role)s at %(agency)s") % {"role": found, "agency": queries.name_of(at_agency)}
    return f"{found} ({fields.get(field, field)})" if field else found


@require_GET
@rules.staff("organizations.view")
def agency(request: HttpRequest, agency_id: int) -> HttpResponse:
    """One agency: what it is, its positions with their people and roles, what lies below, what became of it."""
    row, today = agency_or_404(request, agency_id), timezone.localdate()
    day = min(today, row.valid_to) if row.valid_to else max(today, row.valid_from)
    may_edit = policies.may_edit(actor_of(request), row.pk)
    fields = known_roles.fields()
    lines = [
        {
            "staffed": staffed,
            "title": (staffed.position.title_en if get_language() == "en" else "") or staffed.position.title,
            "sign": words.SIGNS[staffed.position.sign] if staffed.position.sign != "none" else "",
            "roles": [role_words(*given, home=row.pk, fields=fields) for given in staffed.roles],
        }
        for staffed in queries.staffing(row.pk, on=day)
    ]
    below = [r for r in queries.agencies_on(today) if r.parent_id == row.pk]
    return render(
        request,
        "organizations/agency.html",
        {
            "agency": row, "kind": words.KINDS[row.kind], "lines": lines,
            "bodies_below": [r for r in below if r.kind != Agency.Kind.COMMUNE],
            "communes_below": sum(r.kind == Agency.Kind.COMMUNE for r in below),
            "successions": [
                {"row": s, "change": words.CHANGES[s.kind]} for s in queries.successions_of(row.pk)
            ],
            "has_ended": row.valid_to is not None and row.valid_to <= today,
            "successor": queries.successor_name(row.pk, on=today),
            "may_edit": bool(may_edit),
            "may_end": bool(policies.may_edit(actor_of(request), row.parent_id)) and row.parent_id is not None,
        },
    )  # fmt: skip
