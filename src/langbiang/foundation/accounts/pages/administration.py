"""Administrators: find, enrol, lock and help officers."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.accounts import queries, second_factor, services
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.organizations import queries as organizations


class EnrolForm(forms.Form):
    """A new officer."""

    full_name = forms.CharField(label=gettext_lazy("Full name"), max_length=200)
    username = forms.CharField(
        label=gettext_lazy("User name"), max_length=60, help_text=gettext_lazy("For example an.nguyen.xuanhuong")
    )
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)


@rules.staff("accounts.manage")
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Officers by name."""
    text = request.GET.get("q", "").strip()[:100]
    return render(
        request, "accounts/list.html", {"rows": queries.search(text, agency_ids=None)[:100], "search_text": text, "search_url": request.path}
    )


@rules.staff("accounts.manage")
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Enrol an officer; the first password is shown once."""
    form = EnrolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account, password = services.enrol_officer(
                request.actor, at=timezone.now(), **form.cleaned_data  # type: ignore[attr-defined]
            )  # fmt: skip
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            return render(request, "accounts/first_password.html", {"account": account, "password": password})
    return render(request, "accounts/enrol.html", {"form": form})


@rules.staff("accounts.manage")
@require_GET
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """One officer's account."""
    row = get_object_or_404(Account, pk=account_id, kind=Account.Kind.STAFF)
    return render(
        request,
        "accounts/account.html",
        {
            "account": row,
            "positions": organizations.positions_of(row.pk, on=timezone.localdate()),
            "has_second": second_factor.is_enrolled(row),
        },
    )


@rules.staff("accounts.manage")
@require_POST
def change(request: HttpRequest, account_id: int) -> HttpResponse:
    """Lock, open, or help with a forgotten password or lost telephone."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    act = request.POST.get("act", "")
    if act == "password":
        password = services.reset_password(actor, account_id=account_id, at=now)
        row = get_object_or_404(Account, pk=account_id)
        services.end_sessions(account_id)
        return render(request, "accounts/first_password.html", {"account": row, "password": password})
    if act == "second":
        services.reset_second_factor(actor, account_id=account_id, at=now)
        messages.success(request, _("The second factor was removed."))
    elif act in ("lock", "open"):
        services.set_active(actor, account_id=account_id, active=act == "open", at=now)
        messages.success(request, _("Done."))
    return redirect("accounts:account", account_id)
