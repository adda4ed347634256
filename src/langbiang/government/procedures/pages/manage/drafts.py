"""Writing a version: begin, fill in, approve with a second pair of eyes, publish from a day."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.ui.formats import day

from ...models import ProcedureVersion
from ...queries import editing
from ...services import drafts as services
from ..found import actor_of, today
from . import forms
from .rows import RowEditor
from .versions import version_or_404


@require_http_methods(["GET", "POST"])
@rules.staff("procedures.edit")
def new(request: HttpRequest) -> HttpResponse:
    """The first draft of a procedure the catalogue does not know yet."""
    form = forms.NewProcedureForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_draft(actor_of(request), at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            return redirect("procedures:draft", made.pk)
    return render(request, "procedures/manage/new.html", {"form": form, "refusal": refusal})


@require_http_methods(["GET", "POST"])
@rules.staff("procedures.edit")
def begin(request: HttpRequest, version_id: int) -> HttpResponse:
    """A new draft that begins as a copy of a version; the version itself never changes."""
    found = version_or_404(request, version_id)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            made = services.begin_version(actor_of(request), version_id=version_id, at=timezone.now())
        except Refusal as refused:
            refusal = refused
        else:
            return redirect("procedures:draft", made.pk)
    consequences = [
        _("A draft is made that says the same as version %(number)s.") % {"number": found.number},
        _("Version %(number)s stays in force until the draft is approved and published.") % {"number": found.number},
    ]
    return _confirm(request, found, refusal, consequences, _("Begin a new version"), _("Begin a new version"))


@require_http_methods(["GET", "POST"])
@rules.staff("procedures.edit")
def edit(request: HttpRequest, version_id: int) -> HttpResponse:
    """The properties, ways of filing and papers of a draft."""
    found = version_or_404(request, version_id)
    if found.state != ProcedureVersion.State.DRAFT:
        raise Http404
    channels, papers = RowEditor(forms.ChannelRow, "channel"), RowEditor(forms.PaperRow, "paper")
    refusal: Refusal | None = None
    revision = found.revision
    if request.method == "POST":
        revision = _number(request.POST.get("revision", ""))
        form = forms.PropertiesForm(request.POST)
        channels.read(request.POST)
        papers.read(request.POST)
        if channels.acted(request.POST) | papers.acted(request.POST):
            # Only the rows changed: the page comes back as it was typed, nothing is judged yet.
            form = forms.PropertiesForm(initial=_typed(form))
            channels = channels if not channels.rows or not channels.rows[0].is_bound else _unbound(channels)
            papers = papers if not papers.rows or not papers.rows[0].is_bound else _unbound(papers)
        elif all([form.is_valid(), channels.is_valid(), papers.is_valid()]):
            changes = {**form.cleaned_data, "channels": channels.values, "documents": papers.values}
            try:
                services.change_draft(
                    actor_of(request), version_id=version_id, revision=revision, changes=changes, at=timezone.now()
                )
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(request, _("The draft is saved."))
                return redirect("procedures:version_admin", version_id)
    else:
        form = forms.PropertiesForm(initial=_initial(found))
        channels.show(_channel_rows(found))
        papers.show(_paper_rows(found))
    return render(
        request,
        "procedures/manage/draft.html",
        {
            "version": found, "form": form, "channels": channels, "papers": papers, "refusal": refusal,
            "revision": revision, "wrong": forms.errors_of([form, *channels.rows, *papers.rows]),
        },
    )  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _typed(form: forms.PropertiesForm) -> dict[str, Any]:
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
    }


def _unbound(editor: RowEditor[Any]) -> RowEditor[Any]:
    return editor.show([RowEditor._typed(row) for row in editor.rows])


def _initial(found: ProcedureVersion) -> dict[str, Any]:
    names = (
        "title", "title_en", "summary", "levels", "audiences", "keywords", "decision_no", "decision_date", "online_level",
        "cutoff_scope", "conditions", "steps_text", "verified",
    )  # fmt: skip
    return {
        **{name: getattr(found, name) for name in names},
        "field_code": found.field.code,
        "life_events": [event.slug for event in found.life_events.all()],
    }


def _channel_rows(found: ProcedureVersion) -> list[dict[str, Any]]:
    return [
        {
            "kind": c.kind, "duration": None if c.duration is None else c.duration.normalize(), "duration_unit": c.duration_unit,
            "fee_state": c.fee_state, "fee_amount": None if c.fee_amount is None else int(c.fee_amount), "note": c.note,
        }
        for c in sorted(found.channels.all(), key=lambda c: c.rank)
    ]  # fmt: skip


def _paper_rows(found: ProcedureVersion) -> list[dict[str, Any]]:
    names = ("name", "group", "originals", "copies", "present_only", "required", "key")
    return [{name: getattr(d, name) for name in names} for d in sorted(found.documents.all(), key=lambda d: d.rank)]


@require_http_methods(["GET", "POST"])
@rules.staff("procedures.approve")
def approve(request: HttpRequest, version_id: int) -> HttpResponse:
    """The page of a binding act: this draft is right."""
    found = version_or_404(request, version_id)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            services.approve(
                actor_of(request), version_id=version_id, revision=_number(request.POST.get("revision", "")), at=timezone.now()
            )
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Approved. It comes into force when it is published from a day."))
            return redirect("procedures:version_admin", version_id)
    before = editing.previous(found)
    consequences = [
        _("You confirm that what stands here agrees with the decision that announces the procedure."),
        _("The draft can no longer be changed."),
        _("It comes into force only when it is published from a day."),
    ]
    if before is not None:
        changes = editing.differences(before, found)
        consequences.insert(0, _("%(n)s things differ from version %(number)s.") % {"n": len(changes), "number": before.number})
    return _confirm(request, found, refusal, consequences, _("Approve this version"), _("Approve"))


@require_http_methods(["GET", "POST"])
@rules.staff("procedures.approve")
def publish(request: HttpRequest, version_id: int) -> HttpResponse:
    """The page of a binding act: from a day on, this version is what holds."""
    found = version_or_404(request, version_id)
    form = forms.PublishForm(request.POST or None, initial={"valid_from": today()})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.publish(
                actor_of(request), version_id=version_id, valid_from=form.cleaned_data["valid_from"], at=timezone.now()
            )
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Published from %(day)s.") % {"day": day(form.cleaned_data["valid_from"])})
            return redirect("procedures:version_admin", version_id)
    consequences = [
        _("From that day on citizens see this version, and new cases are received under it."),
        _("Cases received before keep the version they were received under."),
    ]
    if before := editing.previous(found):
        consequences.append(_("Version %(number)s ends on that day.") % {"number": before.number})
    return _confirm(request, found, refusal, consequences, _("Publish this version"), _("Publish"), form)


def _confirm(
    request: HttpRequest, found: ProcedureVersion, refusal: Refusal | None, consequences: list[str], heading: str,
    label: str, form: forms.PublishForm | None = None,
) -> HttpResponse:  # fmt: skip
    return render(
        request,
        "procedures/manage/confirm.html",
        {
            "subject": f"{found.procedure.code} {found.title}", "consequences": consequences, "heading": heading, "label": label,
            "form": form, "refusal": refusal, "revision": found.revision,
            "back": reverse("procedures:version_admin", args=[found.pk]),
        },
    )  # fmt: skip
