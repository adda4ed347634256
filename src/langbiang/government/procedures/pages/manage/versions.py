"""A version as those who keep the catalogue see it: what it says, what changed, what can be done with it now."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from langbiang.foundation.access import rules

from ... import policies
from ...models import ProcedureVersion
from ...queries import editing, sheets
from .. import words
from ..found import actor_of, text_of, today
from .imports import raw_lines
from .overview import part_label, property_label


def version_or_404(request: HttpRequest, version_id: int) -> ProcedureVersion:
    """The version of the address."""
    try:
        return editing.version(actor_of(request), version_id)
    except editing.NoSuchVersion:
        raise Http404 from None


@require_safe
@rules.staff("procedures.view")
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    """What a version says, its history and sheets; or, on the second tab, how it differs from the one before."""
    actor, found = actor_of(request), version_or_404(request, version_id)
    before = editing.previous(found)
    tab = "changes" if text_of(request, "tab", 10) == "changes" and before else "content"
    path = reverse("procedures:version_admin", args=[version_id])
    changes = editing.differences(before, found, words.told) if before else []
    may_edit = bool(policies.may_edit(actor, found.field.code))
    approval = policies.may_approve(actor, found.field.code, author=found.created_by)
    return render(
        request,
        "procedures/manage/version.html",
        {
            "version": found, "before": before, "tab": tab,
            "tabs": [
                {"label": _("What it says"), "url": path, "current": tab == "content"},
                {"label": _("Changes"), "url": f"{path}?tab=changes", "current": tab == "changes", "count": len(changes)},
            ] if before else [],
            "changes": [(property_label(c.part, c.key), c.pieces) for c in changes],
            "rows": _rows(found), "channels": _channels(found), "documents": _documents(found),
            "results": sorted(found.results.all(), key=lambda r: r.rank),
            "acts": sorted(found.legal_bases.all(), key=lambda a: a.rank),
            "fees": [(f, _validity(f)) for f in editing.fee_rules(found)],
            "versions": editing.siblings(found), "sheets": sheets.of_procedure(actor, found.procedure_id),
            "doubts": _doubts(found), "raw": raw_lines(found.raw) if found.raw else [],
            "may_edit": may_edit and found.state == "draft",
            "may_begin": may_edit and found.state in ("published", "approved"),
            "may_edit_sheets": may_edit,
            "may_charge": bool(policies.may_approve(actor, found.field.code)) and found.state == "published",
            "may_approve": bool(approval) and found.state == "draft", "why_not": approval.reason,
            "may_publish": bool(policies.may_approve(actor, found.field.code)) and found.state == "approved",
        },
    )  # fmt: skip


def _rows(found: ProcedureVersion) -> list[tuple[str, Any]]:
    """The main properties as label and value."""
    rows = [
        (_("Title in English"), found.title_en),
        (_("Summary"), found.summary),
        (_("Levels"), words.levels(found.levels)),
        (_("Who may file"), ", ".join(found.audiences)),
        (_("Life events"), ", ".join(e.name for e in found.life_events.all())),
        (
            _("Decision"),
            " – ".join(
                x for x in (found.decision_no, f"{found.decision_date:%d/%m/%Y}" if found.decision_date else "") if x
            ),
        ),
        (_("Who decides"), "; ".join(words.competence(rule) for rule in found.competence)),
        (_("Online level"), str(words.ONLINE.get(found.online_level, ""))),
        (
            _("Form"),
            _("%(n)s pages") % {"n": len(found.form.get("groups", []))}
            if found.form
            else _("none: cannot be filed here"),
        ),
        (_("Other system"), found.external_system if found.route == "ministry" else ""),
        (_("Requirements"), found.conditions),
        (_("Keywords"), found.keywords),
        (_("Source"), found.source),
        (_("Written by"), found.created_by),
        (_("Approved by"), found.approved_by),
    ]
    return [row for row in rows if row[1]]


def _channels(found: ProcedureVersion) -> list[dict[str, Any]]:
    return [
        {
            "name": words.CHANNELS.get(c.kind, c.kind), "duration": words.duration(c.duration, c.duration_unit),
            "is_doubtful": c.duration_state != "ok", "fee": words.fee(c.fee_state, c.fee_amount, c.currency),
            "fee_unknown": c.fee_state == "unknown", "note": c.note,
        }
        for c in sorted(found.channels.all(), key=lambda c: c.rank)
    ]  # fmt: skip


def _documents(found: ProcedureVersion) -> list[dict[str, Any]]:
    return [
        {
            "name": d.name, "group": d.group, "copies": words.copies(d.originals, d.copies), "form_file": d.form_file,
            "present_only": d.present_only, "required": d.required, "reuse": d.reuse_result,
        }
        for d in sorted(found.documents.all(), key=lambda d: d.rank)
    ]  # fmt: skip


def _validity(fee: Any) -> str:
    """Whether a fee is in force, to come, or gone."""
    on = today()
    if fee.valid_from > on:
        return _("to come")
    return _("gone") if fee.valid_to and fee.valid_to <= on else ""


def _doubts(found: ProcedureVersion) -> list[str]:
    """What could not be read surely from the national catalogue, part by part."""
    states = found.parse_states if isinstance(found.parse_states, dict) else {}
    words_of = {
        "guess": _("read with evidence from the text"), "review": _("to be confirmed"), "missing": _("not stated"),
    }  # fmt: skip
    return [f"{part_label(str(part))}: {words_of[state]}" for part, state in states.items() if state in words_of]
