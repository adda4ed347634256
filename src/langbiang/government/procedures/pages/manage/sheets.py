"""A process sheet as a table: who does what in which order for how many hours, against the promised time."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from langbiang.foundation.access import rules

from ... import policies
from ...process_hours import WAITING, Balance
from ...queries import sheets
from .. import words
from ..found import actor_of


def sheet_or_404(request: HttpRequest, sheet_id: int) -> sheets.OpenSheet:
    """The sheet of the address."""
    try:
        return sheets.open_sheet(actor_of(request), sheet_id)
    except sheets.NoSuchSheet:
        raise Http404 from None


@require_safe
@rules.staff("procedures.view")
def sheet(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """A sheet to read and to print."""
    return render(request, "procedures/manage/sheet.html", sheet_context(request, sheet_or_404(request, sheet_id)))


def sheet_context(request: HttpRequest, found: sheets.OpenSheet) -> dict[str, Any]:
    """What the page of a sheet shows, also when an act on it was refused."""
    actor = actor_of(request)
    field = found.version.field.code if found.version else None
    approval = policies.may_approve(actor, field, author=found.sheet.created_by)
    is_draft = found.sheet.state == "draft"
    return {
        "sheet": found.sheet,
        "version": found.version,
        "steps": [
            {
                "name": words.in_language(step, "name"), "role": words.ROLES.get(step.role, step.role),
                "kind": words.STEP_KINDS.get(step.kind, step.kind), "hours": step.hours,
                "is_waiting": step.kind in WAITING, "group": step.parallel_group,
                "place": words.PLACES.get(step.place, step.place), "optional": step.optional,
            }
            for step in found.steps
        ],
        "balance": found.balance,
        "balance_tone": "done" if found.balance.fits else "late",
        "balance_words": balance_words(found.balance),
        "simulation": simulation_rows(found.sheet.simulation),
        "may_edit": is_draft and bool(policies.may_edit(actor, field)),
        "may_approve": is_draft and bool(approval),
        "why_not": approval.reason if is_draft else "",
    }  # fmt: skip


def balance_words(balance: Balance) -> str:
    """The hours against the promise in one sentence."""
    needed = words.hours(balance.needed)
    if balance.promised is None:
        return _("The steps need %(needed)s. The procedure promises no time, so nothing can be compared.") % {
            "needed": needed
        }
    told = {
        "needed": needed,
        "promised": words.hours(balance.promised),
        "spare": words.hours(abs(balance.needed - balance.promised)),
    }
    if balance.fits:
        return _("The steps need %(needed)s of the %(promised)s promised; %(spare)s are left.") % told
    return _("The steps need %(needed)s, but only %(promised)s are promised: %(spare)s too many.") % told


def simulation_rows(simulation: Any) -> list[tuple[str, str]]:
    """What a simulation on past cases gave, as label and value."""
    if not isinstance(simulation, dict):
        return []
    labels = {
        "cases": _("Past cases looked at"), "on_time": _("Would have been on time"), "late": _("Would have been late"),
        "on_time_before": _("Were on time"), "median_hours": _("Hours in the middle case"), "p90_hours": _("Hours in nine of ten cases"),
        "on_time_percent": _("Share on time, per cent"), "at": _("Simulated at"), "from": _("Cases from"), "to": _("Cases until"),
        "note": _("Note"),
    }  # fmt: skip
    return [
        (str(labels.get(key, key)), str(value))
        for key, value in simulation.items()
        if not isinstance(value, dict | list)
    ]
