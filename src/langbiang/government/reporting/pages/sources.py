"""Ministries' databases as sources: their agreement, what was drawn, what stands in quarantine."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Refusal, acting, rules

from .. import connectors, queries, services
from ..models import Connector, Draw
from .found import number_or_404, tabs

MOST_SHOWN = 300


class SourceForm(forms.Form):
    """How a source is reached."""

    by = forms.ChoiceField(label=gettext_lazy("Way"), widget=forms.RadioSelect)
    address = forms.CharField(label=gettext_lazy("Address or folder"), max_length=500, required=False)
    agreement = forms.CharField(label=gettext_lazy("Agreement"), max_length=300, required=False)
    every_h = forms.IntegerField(label=gettext_lazy("Drawn every, hours"), min_value=1, max_value=24 * 31)
    is_active = forms.BooleanField(label=gettext_lazy("Draw figures from this source"), required=False)

    def __init__(self, *args: object, **values: object) -> None:
        super().__init__(*args, **values)  # type: ignore[arg-type]  # values of a bound form
        titles = {"rest": _("HTTP, page by page"), "file_folder": _("Files in a folder")}
        field = self.fields["by"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind, titles.get(kind, kind)) for kind in connectors.adapters()]


@rules.staff("reporting.view")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """All sources with their last draw."""
    return render(
        request, "reporting/sources.html", {"tabs": tabs("sources"), "lines": queries.sources_with_last_draw()}
    )


@rules.staff("reporting.view")
@require_GET
def source(request: HttpRequest, code: str) -> HttpResponse:
    """One source."""
    row = get_object_or_404(Connector, code=code)
    return render(
        request, "reporting/source.html",
        {"row": row, "draws": list(queries.draws_of(row.pk)[:60]),
         "may_manage": acting(request).may("reporting.manage")},
    )  # fmt: skip


@rules.staff("reporting.manage")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Change address, agreement and rhythm."""
    row = get_object_or_404(Connector, code=code)
    names = ("address", "agreement", "every_h", "is_active")
    form = SourceForm(request.POST or None, initial={"by": row.adapter, **{name: getattr(row, name) for name in names}})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_connector(
                acting(request), connector=code, valid_to=row.valid_to, **form.cleaned_data, at=timezone.now()
            )
        except services.SourceRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("reporting:source", code)
    return render(request, "reporting/change_source.html", {"form": form, "row": row})


@rules.staff("reporting.manage")
@require_POST
def draw(request: HttpRequest, code: str) -> HttpResponse:
    """Draw the figures of the last seven days now."""
    get_object_or_404(Connector, code=code)
    now = timezone.now()
    today = now.astimezone(queries.HERE).date()
    window = services.Window(today - timedelta(days=7), today - timedelta(days=1))
    try:
        drawn = services.draw(acting(request), connector=code, window=window, at=now)
    except Refusal as refused:
        messages.error(request, str(refused))
    else:
        if drawn.finished_at is None:
            messages.error(request, drawn.problem)
        else:
            messages.success(
                request, _("%(n)d rows: %(good)d accepted, %(bad)d in quarantine.")
                % {"n": drawn.rows_in, "good": drawn.accepted, "bad": drawn.rejected},
            )  # fmt: skip
    return redirect("reporting:source", code)


@rules.staff("reporting.view")
@require_GET
def quarantine(request: HttpRequest, draw_id: int) -> HttpResponse:
    """One draw and its rows in quarantine."""
    row = get_object_or_404(Draw.objects.select_related("connector"), pk=number_or_404(draw_id))
    return render(
        request, "reporting/quarantine.html",
        {"row": row, "found": list(queries.quarantined(row.pk)[:MOST_SHOWN]), "most": MOST_SHOWN},
    )  # fmt: skip
