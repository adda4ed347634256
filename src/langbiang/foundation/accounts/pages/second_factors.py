"""One's own second factor: an app, security keys, recovery codes. Every change asks for the password again."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import rules
from langbiang.foundation.accounts import second_factor, services
from langbiang.foundation.accounts.models import Account

from .found import actor_of, own_account

SECRET = "totp_secret"


class PasswordAgain(forms.Form):
    """The password, because this changes how the account is protected."""

    password = forms.CharField(
        label=gettext_lazy("Your password"), strip=False, max_length=200,
        error_messages={"required": gettext_lazy("Enter your password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_password(self) -> str:
        """It must fit."""
        given: str = self.cleaned_data["password"]
        if not self.account.check_password(given):
            raise forms.ValidationError(_("This is not your present password."))
        return given


class AppForm(PasswordAgain):
    """A code of the app being enrolled."""

    code = forms.CharField(
        label=gettext_lazy("Code the app shows now"), max_length=10,
        error_messages={"required": gettext_lazy("Enter the code the app shows.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip
    field_order = ("code", "password")


class KeyForm(PasswordAgain):
    """A name for the key, and what the browser got from it."""

    name = forms.CharField(
        label=gettext_lazy("Name of the key"), max_length=60,
        help_text=gettext_lazy("So that you recognise it later, for example “blue key at the office”"),
        error_messages={"required": gettext_lazy("Give the key a name.")},
    )  # fmt: skip
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20000)
    field_order = ("name", "password")


@never_cache
@rules.staff()
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """What protects the account besides the password."""
    account = own_account(request)
    return render(
        request,
        "accounts/second_factors.html",
        {
            "factors": second_factor.factors(account),
            "codes_left": second_factor.recovery_codes_left(account),
        },
    )


@sensitive_post_parameters("password", "code")
@never_cache
@rules.staff()
@require_http_methods(["GET", "POST"])
def app(request: HttpRequest) -> HttpResponse:
    """Add an authenticator app, or put another in its place."""
    account = own_account(request)
    secret = request.session.get(SECRET) or second_factor.new_secret()
    request.session[SECRET] = secret
    form = AppForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        codes = services.enrol_app(
            actor_of(request), account=account, secret=secret, code=form.cleaned_data["code"], at=timezone.now()
        )
        if codes is not None:
            del request.session[SECRET]
            return _done(request, codes, _("The app is your second factor from now on."))
        form.add_error("code", _("This code does not fit. Wait for the next one and enter it."))
    spaced = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
    return render(
        request, "accounts/enrol_app.html",
        {"form": form, "secret": spaced, "address": second_factor.address_of(account, secret)},
    )  # fmt: skip


def _done(request: HttpRequest, codes: list[str], said: str) -> HttpResponse:
    messages.success(request, said)
    if not codes:
        return redirect("accounts:second_factors")
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


@sensitive_post_parameters("password", "key")
@never_cache
@rules.staff()
@require_http_methods(["GET", "POST"])
def key(request: HttpRequest) -> HttpResponse:
    """Add a security key."""
    account = own_account(request)
    form = KeyForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        codes = services.enrol_key(
            actor_of(request), account=account, name=form.cleaned_data["name"],
            answer=_json(form.cleaned_data["key"]), at=timezone.now(),
        )  # fmt: skip
        if codes is not None:
            return _done(request, codes, _("The security key is your second factor from now on."))
        form.add_error(None, _("The browser got no answer from the key. Plug it in, touch it when it blinks, and try again."))
    return render(
        request, "accounts/enrol_key.html", {"form": form, "key_options": second_factor.begin_key(account)}
    )  # fmt: skip


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@sensitive_post_parameters("password")
@never_cache
@rules.staff()
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Take one factor away; a page that says what follows."""
    account = own_account(request)
    factor = next((f for f in second_factor.factors(account) if f.id == factor_id), None)
    if factor is None:
        return redirect("accounts:second_factors")
    form = PasswordAgain(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        services.remove_own_factor(actor_of(request), account=account, factor_id=factor_id, at=timezone.now())
        messages.success(request, _("It is no longer asked for at the sign-in."))
        return redirect("accounts:second_factors")
    last = len(second_factor.factors(account)) == 1
    return render(request, "accounts/remove_factor.html", {"form": form, "factor": factor, "is_last": last})


@sensitive_post_parameters("password")
@never_cache
@rules.staff()
@require_http_methods(["GET", "POST"])
def recovery(request: HttpRequest) -> HttpResponse:
    """Fresh recovery codes; the old ones become void."""
    account = own_account(request)
    if not second_factor.is_enrolled(account):
        return redirect("accounts:second_factors")
    form = PasswordAgain(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        codes = services.renew_recovery_codes(actor_of(request), account=account, at=timezone.now())
        return render(request, "accounts/recovery_codes.html", {"codes": codes})
    return render(request, "accounts/renew_codes.html", {"form": form})
