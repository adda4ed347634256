"""A process sheet edited as a table, simulated on past cases, approved with a second pair of eyes."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from langbiang.foundation.access import Refusal, rules

from ...process_hours import Balance, balance
from ...queries import sheets as reads
from ...services import sheets as services
from ..found import actor_of
from . import forms
from .rows import RowEditor
from .sheets import balance_words, sheet_context, sheet_or_404

STEP_FIELDS = ("key", "name", "name_en", "role", "kind", "hours", "parallel_group", "place", "optional")


@require_http_methods(["GET", "POST"])
@rules.staff("procedures.edit")
def new(request: HttpRequest, procedure_id: int) -> HttpResponse:
    """A new sheet begins from one of the ways of working."""
    version = reads.version_to_measure(procedure_id)
    if version is None:
        raise Http404
    form = forms.SheetForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_sheet(
                actor_of(request), procedure_id=procedure_id, template_code=form.cleaned_data["template_code"],
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            return redirect("procedures:sheet_edit", made.pk)
    return render(request, "procedures/manage/sheet_new.html", {"form": form, "version": version, "refusal": refusal})


@require_http_methods(["GET", "POST"])
@rules.staff("procedures.edit")
def edit(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """The steps as a table; row buttons work without scripts, the sum of hours stands beside the promise."""
    found = sheet_or_404(request, sheet_id)
    if found.sheet.state != "draft":
        raise Http404
    steps = RowEditor(forms.StepRow, "step")
    refusal: Refusal | None = None
    revision = found.sheet.revision
    note = forms.NoteForm(request.POST or None, initial={"note": found.sheet.note})
    if request.method == "POST":
        revision = _number(request.POST.get("revision", ""))
        steps.read(request.POST)
        if steps.acted(request.POST) or "reckon" in request.POST:
            pass
        elif all([steps.is_valid(), note.is_valid()]):
            try:
                services.change_sheet(
                    actor_of(request), sheet_id=sheet_id, revision=revision, steps=steps.values,
                    note=note.cleaned_data["note"], at=timezone.now(),
                )  # fmt: skip
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(request, _("The sheet is saved."))
                return redirect("procedures:sheet", sheet_id)
    else:
        steps.show([{name: getattr(step, name) for name in STEP_FIELDS} for step in found.steps])
    reckoned = _balance(steps, found)
    return render(
        request,
        "procedures/manage/sheet_edit.html",
        {
            "sheet": found.sheet, "version": found.version, "steps": steps, "note": note, "refusal": refusal,
            "revision": revision, "wrong": forms.errors_of(steps.rows), "balance": reckoned,
            "balance_tone": "done" if reckoned.fits else "late", "balance_words": balance_words(reckoned),
        },
    )  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _balance(steps: RowEditor[forms.StepRow], found: reads.OpenSheet) -> Balance:
    """The hours as they are typed, so far as they are numbers."""
    rows = []
    for row in steps.rows:
        typed = RowEditor._typed(row) if row.is_bound else row.initial
        try:
            hours = Decimal(str(typed.get("hours") or 0).replace(",", "."))
        except ArithmeticError:
            hours = Decimal(0)
        rows.append(
            SimpleNamespace(
                kind=str(typed.get("kind") or ""), hours=hours if hours.is_finite() else Decimal(0),
                parallel_group=str(typed.get("parallel_group") or ""), optional=bool(typed.get("optional")),
            )
        )  # fmt: skip
    return balance(rows, found.version.channels.all() if found.version else ())


@require_POST
@rules.staff("procedures.edit")
def simulate(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Try the sheet on past cases; what came of it stays with the sheet."""
    found = sheet_or_404(request, sheet_id)
    try:
        services.simulate_sheet(actor_of(request), sheet_id=sheet_id, at=timezone.now())
    except Refusal as refused:
        context: dict[str, Any] = sheet_context(request, found) | {"refusal": refused}
        return render(request, "procedures/manage/sheet.html", context)
    return redirect("procedures:sheet", sheet_id)


@require_http_methods(["GET", "POST"])
@rules.staff("procedures.approve")
def approve(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """The page of a binding act: new cases are worked by this sheet."""
    found = sheet_or_404(request, sheet_id)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            services.approve_sheet(
                actor_of(request), sheet_id=sheet_id, revision=_number(request.POST.get("revision", "")), at=timezone.now()
            )
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Approved: new cases are worked by this sheet."))
            return redirect("procedures:sheet", sheet_id)
    consequences = [
        _("Cases received from now on are worked by this sheet."),
        _("Cases already received keep the sheet they began with."),
        _("The sheet can no longer be changed; a new one can be written."),
        balance_words(found.balance),
    ]
    if not found.sheet.simulation:
        consequences.append(_("It has not been simulated on past cases."))
    return render(
        request,
        "procedures/manage/confirm.html",
        {
            "subject": _("Process sheet %(number)s of %(code)s") % {"number": found.sheet.number, "code": found.sheet.procedure.code},
            "consequences": consequences, "heading": _("Approve this process sheet"), "label": _("Approve"), "form": None,
            "refusal": refusal, "revision": found.sheet.revision, "back": reverse("procedures:sheet", args=[sheet_id]),
        },
    )  # fmt: skip
