"""Correcting names on the wire and noting who compared them with the regulation."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import acting, rules
from langbiang.foundation.ui.form_fields import DateField

from .. import queries, services
from ..codec.mapping import WIRE_TYPES
from ..models import CodeRow, FieldRow
from ..packets import KINDS
from .found import kind_or_404, number_or_404

TYPES = {
    "string": gettext_lazy("text"),
    "integer": gettext_lazy("whole number"),
    "decimal": gettext_lazy("number"),
    "boolean": gettext_lazy("yes or no, as true or false"),
    "boolean_01": gettext_lazy("yes or no, as 1 or 0"),
    "date": gettext_lazy("day, as 2026-11-25"),
    "date_vn": gettext_lazy("day, as 25/11/2026"),
    "datetime": gettext_lazy("moment with time zone"),
    "list": gettext_lazy("list"),
    "object": gettext_lazy("group"),
}


class FieldForm(forms.Form):
    """How a field is written."""

    wire_name = forms.CharField(label=gettext_lazy("Name on the wire"), max_length=120, required=False)
    wire_type = forms.ChoiceField(
        label=gettext_lazy("Kind of value"), choices=[(each, TYPES[each]) for each in WIRE_TYPES]
    )
    required = forms.BooleanField(label=gettext_lazy("Required on the wire"), required=False)
    max_len = forms.IntegerField(
        label=gettext_lazy("Longest, characters"), required=False, min_value=1, max_value=1_000_000
    )
    code_list = forms.ChoiceField(label=gettext_lazy("Code list"), required=False)
    source_page = forms.CharField(label=gettext_lazy("Page of the regulation"), max_length=120, required=False)
    first_day = DateField(label=gettext_lazy("From"))

    def __init__(self, *args: object, **values: object) -> None:
        super().__init__(*args, **values)  # type: ignore[arg-type]  # values of a bound form
        names = CodeRow.objects.order_by("code_list").values_list("code_list", flat=True).distinct()
        field = self.fields["code_list"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("none")), *((name, name) for name in names)]


class VerifyForm(forms.Form):
    """The page a row was compared with."""

    source_page = forms.CharField(label=gettext_lazy("Page of the regulation"), max_length=120)


def _row(field_id: int) -> FieldRow:
    return get_object_or_404(FieldRow, pk=number_or_404(field_id), valid_to__isnull=True)


@rules.staff("reporting.view")
@require_GET
def fields(request: HttpRequest, kind: str) -> HttpResponse:
    """The fields of one kind of packet."""
    rows = list(queries.fields_of(acting(request), kind_or_404(kind), at=timezone.now()))
    return render(
        request, "reporting/mapping.html",
        {"kind": kind, "title": KINDS[kind].title,
         "lines": [(row, TYPES.get(row.wire_type, row.wire_type)) for row in rows],
         "verified": sum(row.verified_on is not None for row in rows), "fields": len(rows),
         "may_manage": acting(request).may("reporting.manage")},
    )  # fmt: skip


def _shown(request: HttpRequest, row: FieldRow, form: FieldForm, verify: VerifyForm) -> HttpResponse:
    return render(
        request,
        "reporting/field.html",
        {"row": row, "form": form, "verify": verify, "title": KINDS[row.packet_kind].title},
    )


@rules.staff("reporting.manage")
@require_http_methods(["GET", "POST"])
def field(request: HttpRequest, field_id: int) -> HttpResponse:
    """Correct one field from a day on."""
    row, now = _row(field_id), timezone.now()
    names = ("wire_name", "wire_type", "required", "max_len", "code_list", "source_page")
    today = now.astimezone(queries.HERE).date()
    form = FieldForm(request.POST or None, initial={**{name: getattr(row, name) for name in names}, "first_day": today})
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_field(acting(request), field_id=row.pk, **form.cleaned_data, at=now)
        except services.BadMapping as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(
                request, _("Saved. It counts as not verified until somebody compares it with the regulation.")
            )
            return redirect("reporting:mapping", row.packet_kind)
    return _shown(request, row, form, VerifyForm(initial={"source_page": row.source_page}))


@rules.staff("reporting.manage")
@require_POST
def verify(request: HttpRequest, field_id: int) -> HttpResponse:
    """Note that a row agrees with the regulation."""
    row = _row(field_id)
    form = VerifyForm(request.POST)
    if not form.is_valid():
        names = ("wire_name", "wire_type", "required", "max_len", "code_list", "source_page")
        return _shown(request, row, FieldForm(initial={name: getattr(row, name) for name in names}), form)
    services.verify_field(
        acting(request), field_id=row.pk, source_page=form.cleaned_data["source_page"], at=timezone.now()
    )
    messages.success(request, _("Noted: this field agrees with the regulation."))
    return redirect("reporting:mapping", row.packet_kind)
