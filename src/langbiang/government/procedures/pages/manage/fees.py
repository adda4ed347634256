"""Fees of a procedure: the next one from a day on, with the decision it stands on; none is ever changed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.ui.form_fields import DateField, MoneyField
from langbiang.foundation.ui.formats import day

from ...models import Channel, FeeRule
from ...queries import editing
from ...services import fees as services
from ..found import actor_of, today
from .versions import version_or_404

MOST_VND = 100_000_000_000


class FeeForm(forms.Form):
    """A fee or charge from a day on."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("le_phi", gettext_lazy("Charge (lệ phí)")), ("phi", gettext_lazy("Fee (phí)"))],
    )
    label = forms.CharField(label=gettext_lazy("For"), max_length=200)
    amount_vnd = MoneyField(label=gettext_lazy("Amount (đồng)"), least=0, most=MOST_VND)
    per = forms.CharField(
        label=gettext_lazy("Per"), max_length=80, required=False, help_text=gettext_lazy("For instance: per copy. Empty: once."),
    )  # fmt: skip
    channel = forms.ChoiceField(
        label=gettext_lazy("Way of filing"),
        required=False,
        choices=[("", gettext_lazy("All ways")), *Channel.Kind.choices],
    )
    valid_from = DateField(label=gettext_lazy("From"))
    legal_source = forms.CharField(
        label=gettext_lazy("Legal source"), max_length=300,
        help_text=gettext_lazy("Number, issuer and day of the act that sets the amount."),
    )  # fmt: skip


class EndForm(forms.Form):
    """The first day a fee is not charged any more."""

    from_day = DateField(label=gettext_lazy("No more from"))


def _carried(rule: FeeRule | None) -> dict[str, Any]:
    """What the next fee keeps of the one it follows; conditions and exemptions are kept by the service's caller."""
    if rule is None:
        return {"valid_from": today()}
    kept = ("kind", "label", "amount_vnd", "per", "channel", "legal_source")
    return {**{name: getattr(rule, name) for name in kept}, "valid_from": today()}


@require_http_methods(["GET", "POST"])
@rules.staff("procedures.approve")
def add(request: HttpRequest, version_id: int) -> HttpResponse:
    """A new fee, or the one that follows another from a day on (`?after=`)."""
    found = version_or_404(request, version_id)
    after = request.GET.get("after", "")
    rule = next((f for f in editing.fee_rules(found) if str(f.pk) == after), None)
    form = FeeForm(request.POST or None, initial=_carried(rule))
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        # Conditions, quantities and exemptions of the fee it follows go on: they are written in the model file.
        kept: dict[str, Any] = {}
        if rule is not None:
            kept = {
                "condition": rule.condition, "quantity_from": rule.quantity_from, "exemptions": rule.exemptions,
                "agency_id": rule.agency_id, "replaces_id": rule.pk,
            }  # fmt: skip
        try:
            made = services.add_fee(
                actor_of(request), code=found.procedure.code, at=timezone.now(), **form.cleaned_data, **kept
            )
        except Refusal as refused:
            if refused.field in form.fields:
                form.add_error(refused.field, str(refused))
            else:
                refusal = refused
        else:
            messages.success(
                request, _("“%(name)s” is charged from %(day)s.") % {"name": made.label, "day": day(made.valid_from)}
            )
            return redirect("procedures:version_admin", version_id)
    consequences = [_("Cases charged before keep their amount.")]
    if rule is not None:
        consequences.insert(0, _("“%(name)s” of today ends on that day.") % {"name": rule.label})
        if rule.condition or rule.exemptions:
            consequences.append(_("Conditions and exemptions go on as they are."))
    heading = _("The fee that follows") if rule else _("A new fee")
    return _page(request, found, form, refusal, consequences, heading, _("Charge it"))


@require_http_methods(["GET", "POST"])
@rules.staff("procedures.approve")
def end(request: HttpRequest, version_id: int, fee_id: int) -> HttpResponse:
    """A fee is charged no more from a day on."""
    found = version_or_404(request, version_id)
    form = EndForm(request.POST or None, initial={"from_day": today()})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            rule = services.end_fee(
                actor_of(request), fee_id=fee_id, from_day=form.cleaned_data["from_day"], at=timezone.now()
            )
        except Refusal as refused:
            if refused.field in form.fields:
                form.add_error(refused.field, str(refused))
            else:
                refusal = refused
        else:
            messages.success(
                request,
                _("“%(name)s” ends on %(day)s.") % {"name": rule.label, "day": day(form.cleaned_data["from_day"])},
            )
            return redirect("procedures:version_admin", version_id)
    consequences = [
        _("Cases charged before keep their amount."),
        _("Cases received from that day on owe nothing under it."),
    ]
    return _page(request, found, form, refusal, consequences, _("End a fee"), _("End it"))


def _page(
    request: HttpRequest, found: Any, form: forms.Form, refusal: Refusal | None, consequences: list[str], heading: str, label: str
) -> HttpResponse:  # fmt: skip
    return render(
        request,
        "procedures/manage/confirm.html",
        {
            "subject": f"{found.procedure.code} {found.title}", "form": form, "refusal": refusal, "consequences": consequences,
            "heading": heading, "label": label, "revision": "", "back": reverse("procedures:version_admin", args=[found.pk]),
        },
        status=422 if refusal or form.errors else 200,
    )  # fmt: skip
