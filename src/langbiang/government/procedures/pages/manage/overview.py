"""The catalogue in all its states, and the way into imports."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from langbiang.foundation.access import rules

from ... import policies
from ...queries import catalogue, editing
from .. import words
from ..found import actor_of, address, text_of

STATE_TABS = ("", *editing.STATES)


@require_safe
@rules.staff("procedures.view")
def overview(request: HttpRequest) -> HttpResponse:
    """Versions by title, narrowed by state, field and words. Five queries."""
    actor = actor_of(request)
    state, field, text = text_of(request, "state", 10), text_of(request, "field", 40), text_of(request, "q")
    unverified = text_of(request, "unverified", 1) == "1"
    counts = editing.counts(actor)
    found = editing.versions(
        actor, state=state, field=field, text=text, unverified=unverified, after=text_of(request, "after", 2000)
    )
    path = reverse("procedures:admin")
    chosen = {"state": state, "field": field, "q": text, "unverified": "1" if unverified else ""}
    return render(
        request,
        "procedures/manage/overview.html",
        {
            "tabs": _tabs(state, counts, chosen), "rows": found.rows, "waiting": counts["waiting"],
            "next_url": address(path, **chosen, after=found.after) if found.after else "",
            "fields": catalogue.fields(), "chosen": chosen, "path": path,
            "is_narrowed": any((field, text, unverified)), "may_edit": bool(policies.may_edit(actor)),
        },
    )  # fmt: skip


def _tabs(current: str, counts: dict[str, int], chosen: dict[str, Any]) -> list[dict[str, Any]]:
    labels = {
        "": _("All"), "draft": _("Drafts"), "approved": _("Approved"), "published": _("Published"),
        "retired": _("No longer in force"),
    }  # fmt: skip
    path = reverse("procedures:admin")
    return [
        {
            "label": labels[key], "url": address(path, **{**chosen, "state": key}), "current": key == current,
            "count": counts[key] if key else sum(counts[s] for s in editing.STATES),
        }
        for key in STATE_TABS
    ]  # fmt: skip


def property_label(part: str, key: str) -> str:
    """The name of a property or of a row of a version, in words."""
    properties = {
        "title": _("Title"), "title_en": _("Title in English"), "summary": _("Summary"), "field": _("Field"),
        "levels": _("Levels"), "kind": _("Kind"), "audiences": _("Who may file"), "keywords": _("Keywords"),
        "life_events": _("Life events"), "decision_no": _("Decision number"), "decision_date": _("Decision date"),
        "route": _("Where it is worked"), "external_system": _("Other system"), "online_level": _("Online level"),
        "needs_paper_result": _("Result on paper"), "conditions": _("Requirements"), "steps_text": _("Steps as published"),
        "cutoff_scope": _("Cut-off hour"), "competence": _("Who decides"), "silence_agrees": _("Silence means consent"),
        "max_supplements": _("Supplements at most"), "eligibility": _("Questions before filing"), "form": _("Form"),
        "result_template": _("Wording of the result"),
    }  # fmt: skip
    tables = {
        "channels": _("Way of filing"), "documents": _("Paper"), "results": _("Result"), "legal_bases": _("Act"),
    }  # fmt: skip
    if part == "version":
        return properties.get(key, key)
    return f"{tables.get(part, part)} {key}"


def part_label(key: str) -> str:
    """The name of a part of an imported record, in words."""
    parts = {
        "channels": _("Ways of filing"), "documents": _("Papers"), "results": _("Results"), "legal_bases": _("Legal basis"),
        "steps": _("Steps as published"),
    }  # fmt: skip
    return parts.get(key) or property_label("version", key)


def levels_label(codes: list[str]) -> str:
    """Levels in words."""
    return words.levels(codes)
