"""The systems this province talks to: how they fare, where they are reached, how often is tried."""

from django import forms
from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Refusal, acting, rules
from langbiang.foundation.ui.form_fields import DateField

from .. import queries, services, transports
from ..models import System
from .messages import tabs

WAYS = {"rest": gettext_lazy("HTTP with acknowledgement"), "file_drop": gettext_lazy("Files in a folder")}


class SystemForm(forms.Form):
    """A new system."""

    code = forms.SlugField(label=gettext_lazy("Code"), max_length=60)
    name = forms.CharField(label=gettext_lazy("Name of the system"), max_length=200)
    purpose = forms.CharField(label=gettext_lazy("What is exchanged"), max_length=300, required=False)
    signing = forms.ChoiceField(
        label=gettext_lazy("Digital seal"), choices=System.Signing.choices, widget=forms.RadioSelect,
        initial=System.Signing.IF_POSSIBLE.value,
    )  # fmt: skip
    source = forms.CharField(label=gettext_lazy("Where this is agreed"), max_length=300, required=False)


class AddressForm(forms.Form):
    """Another address from a day on."""

    carried_by = forms.ChoiceField(label=gettext_lazy("Way"), widget=forms.RadioSelect)
    address = forms.CharField(label=gettext_lazy("Address or folder"), max_length=500)
    timeout_s = forms.IntegerField(
        label=gettext_lazy("Seconds to wait for an answer"), min_value=1, max_value=300, initial=20
    )
    first_day = DateField(label=gettext_lazy("From"))
    source = forms.CharField(label=gettext_lazy("Where this is agreed"), max_length=300)

    def __init__(self, *args: object, **values: object) -> None:
        super().__init__(*args, **values)  # type: ignore[arg-type]  # values of a bound form
        field = self.fields["carried_by"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind, WAYS.get(kind, kind)) for kind in transports.known()]


class PaceForm(forms.Form):
    """Another quota and other waiting times from a day on."""

    per_minute = forms.IntegerField(label=gettext_lazy("Messages a minute at most"), min_value=1, max_value=100_000)
    first_wait_s = forms.IntegerField(label=gettext_lazy("First wait, seconds"), min_value=1, max_value=86_400)
    longest_wait_s = forms.IntegerField(label=gettext_lazy("Longest wait, seconds"), min_value=1, max_value=86_400)
    jitter_percent = forms.IntegerField(label=gettext_lazy("Spread, percent"), min_value=0, max_value=100)
    expires_after_h = forms.IntegerField(label=gettext_lazy("Given up after, hours"), min_value=1, max_value=8760)
    first_day = DateField(label=gettext_lazy("From"))
    source = forms.CharField(label=gettext_lazy("Where this is agreed"), max_length=300)

    def clean(self) -> None:
        """The longest wait is not the shorter one."""
        found = super().clean() or {}
        if (found.get("longest_wait_s") or 0) < (found.get("first_wait_s") or 0):
            self.add_error("longest_wait_s", _("The longest wait cannot be shorter than the first."))


def _found(code: str) -> System:
    try:
        return queries.system(code)
    except System.DoesNotExist:
        raise Http404 from None


@rules.staff("exchange.view")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every system with its traffic."""
    rows = queries.health(at=timezone.now())
    return render(
        request, "exchange/systems.html",
        {"tabs": tabs("systems"), "rows": rows, "dead": sum(row.dead for row in rows),
         "may_manage": acting(request).may("exchange.manage")},
    )  # fmt: skip


@rules.staff("exchange.view")
@require_GET
def system(request: HttpRequest, code: str) -> HttpResponse:
    """One system: standing, addresses and paces through time."""
    row, now = _found(code), timezone.now()
    standing = next(each for each in queries.health(at=now) if each.system.pk == row.pk)
    return render(
        request, "exchange/system.html",
        {"row": row, "standing": standing, "pace": queries.pace_of(row, at=now),
         "endpoints": [(each, WAYS.get(each.transport, each.transport)) for each in queries.endpoints_of(row)],
         "paces": queries.paces_of(row), "may_manage": acting(request).may("exchange.manage")},
    )  # fmt: skip


@rules.staff("exchange.manage")
@require_http_methods(["GET", "POST"])
def open_new(request: HttpRequest) -> HttpResponse:
    """Add a system."""
    form = SystemForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.open_system(acting(request), **form.cleaned_data, at=timezone.now())
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            notes.success(request, _("The system is added. Now give its address."))
            return redirect("exchange:address", row.code)
    return render(request, "exchange/form.html", {"form": form, "heading": _("Add a system"), "back": None})


@rules.staff("exchange.manage")
@require_POST
def pause(request: HttpRequest, code: str) -> HttpResponse:
    """Pause or go on."""
    row = _found(code)
    try:
        if row.paused_at is None:
            services.pause(acting(request), system=code, reason=request.POST.get("reason", ""), at=timezone.now())
            notes.success(request, _("Sending is paused; messages gather in the queue."))
        else:
            services.resume(acting(request), system=code, at=timezone.now())
            notes.success(request, _("Sending goes on."))
    except services.NothingToChange as refused:
        notes.error(request, str(refused))
    return redirect("exchange:system", code)


@rules.staff("exchange.manage")
@require_http_methods(["GET", "POST"])
def address(request: HttpRequest, code: str) -> HttpResponse:
    """Give a system another address."""
    row, now = _found(code), timezone.now()
    known = queries.endpoint_of(row, at=now)
    first = {"carried_by": known.transport, "address": known.address, "timeout_s": known.timeout_s} if known else {}
    form = AddressForm(request.POST or None, initial=first or {"carried_by": "rest"})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_endpoint(acting(request), system=code, **form.cleaned_data, at=now)
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            notes.success(request, _("Saved; it holds from that day."))
            return redirect("exchange:system", code)
    return render(
        request, "exchange/form.html", {"form": form, "heading": _("Another address"), "back": code, "row": row}
    )


@rules.staff("exchange.manage")
@require_http_methods(["GET", "POST"])
def pace(request: HttpRequest, code: str) -> HttpResponse:
    """Agree on another pace."""
    row, now = _found(code), timezone.now()
    known = queries.pace_of(row, at=now)
    names = ("per_minute", "first_wait_s", "longest_wait_s", "jitter_percent", "expires_after_h")
    form = PaceForm(request.POST or None, initial={name: getattr(known, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_pace(acting(request), system=code, **form.cleaned_data, at=now)
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            notes.success(request, _("Saved; it holds from that day."))
            return redirect("exchange:system", code)
    return render(
        request, "exchange/form.html", {"form": form, "heading": _("Quota and waiting times"), "back": code, "row": row}
    )
