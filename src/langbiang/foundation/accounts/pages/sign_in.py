"""Coming in and going out: officers by password and second factor, citizens through the identity provider."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.accounts import oidc, queries, second_factor, services
from langbiang.foundation.accounts.models import Account

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WAITING = "second_factor_account"
ATTEMPT = "oidc_attempt"
NEXT = "next_after_sign_in"


class StaffForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label=gettext_lazy("User name"), max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )  # fmt: skip
    password = forms.CharField(
        label=gettext_lazy("Password"), max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class CodeForm(forms.Form):
    """The second factor."""

    code = forms.CharField(
        label=gettext_lazy("Code from your authenticator app, or a recovery code"), max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )  # fmt: skip


def safe_next(request: HttpRequest, given: str, otherwise: str) -> str:
    """An address on this very site, else the usual one: nobody is sent elsewhere by a link."""
    if given.startswith("/") and url_has_allowed_host_and_scheme(given, {request.get_host()}, request.is_secure()):
        return given
    return otherwise


def _workbench() -> str:
    return "/work/"


@sensitive_post_parameters("password")
@never_cache
@rules.public
@require_http_methods(["GET", "POST"])
def staff(request: HttpRequest) -> HttpResponse:
    """Officers sign in here."""
    following = safe_next(request, request.POST.get("next") or request.GET.get("next", ""), "")
    form = StaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = authenticate(
            request, username=form.cleaned_data["username"].strip(), password=form.cleaned_data["password"]
        )
        if getattr(request, "axes_locked_out", False):
            from langbiang.foundation.accounts.lockout import locked_out

            return locked_out(request)
        if isinstance(found, Account) and found.kind == Account.Kind.STAFF and found.is_active:
            if second_factor.is_enrolled(found):
                request.session.cycle_key()
                request.session[WAITING] = {"account": found.pk, "at": timezone.now().timestamp()}
                request.session[NEXT] = following
                return redirect("accounts:second_factor")
            return _enter(request, found, following or _workbench())
        form.add_error(
            None, _("User name and password do not match. Check both; capital letters count in the password.")
        )
    return render(
        request,
        "accounts/staff_sign_in.html",
        {"form": form, "next": following, "demo": _demo_lines()},
        status=200,
    )


def _demo_lines() -> list[tuple[str, str, str, str]]:
    if settings.MODE == "production" or not queries.has_demo():
        return []
    from langbiang.foundation.accounts import demo

    return demo.sign_in_table()


def _enter(request: HttpRequest, account: Account, following: str) -> HttpResponse:
    login(request, account, backend=BACKEND)
    if account.must_change_password:
        return redirect("accounts:password")
    return HttpResponseRedirect(following)


@never_cache
@rules.public
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """The second factor of somebody whose password was right; ten minutes, five tries."""
    waiting: dict[str, Any] = request.session.get(WAITING) or {}
    account = Account.objects.filter(pk=waiting.get("account"), is_active=True).first() if waiting else None
    if account is None or timezone.now().timestamp() - waiting.get("at", 0) > 600 or waiting.get("tries", 0) >= 5:
        request.session.pop(WAITING, None)
        return redirect("accounts:staff_sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if second_factor.check(account, form.cleaned_data["code"]):
            following = request.session.pop(NEXT, "") or _workbench()
            request.session.pop(WAITING, None)
            return _enter(request, account, following)
        waiting["tries"] = waiting.get("tries", 0) + 1
        request.session[WAITING] = waiting
        form.add_error("code", _("This code does not fit. Wait for the next one and enter it."))
    return render(request, "accounts/second_step.html", {"form": form, "name": account.get_full_name()})


@never_cache
@rules.public
@require_http_methods(["GET", "POST"])
def citizen(request: HttpRequest) -> HttpResponse:
    """Citizens: one button to the identity provider, and back to where they were."""
    following = safe_next(request, request.POST.get("next") or request.GET.get("next", ""), "/")
    known = oidc.provider()
    refusal: Refusal | None = None
    if request.method == "POST" and known is not None:
        try:
            address, attempt = oidc.begin(known, redirect_uri=_return_address())
        except Refusal as problem:
            refusal = problem
        else:
            request.session[ATTEMPT] = asdict(attempt)
            request.session[NEXT] = following
            return HttpResponseRedirect(address)
    return render(
        request,
        "accounts/citizen_sign_in.html",
        {
            "next": following,
            "refusal": refusal,
            "available": known is not None,
            "is_demo": settings.MODE != "production",
        },
        status=refusal.status if refusal else 200,
    )


def _return_address() -> str:
    return f"{settings.PUBLIC_URL}{reverse('accounts:oidc_return')}"


@never_cache
@rules.public
@require_GET
def oidc_return(request: HttpRequest) -> HttpResponse:
    """Back from the identity provider."""
    kept = request.session.pop(ATTEMPT, None)
    known = oidc.provider()
    following = safe_next(request, request.session.pop(NEXT, "/"), "/")
    try:
        if kept is None or known is None:
            raise oidc.SignInFailed(
                _("This sign-in was begun elsewhere or too long ago."), way_out=_("Begin the sign-in again.")
            )
        if request.GET.get("error"):
            raise oidc.SignInFailed(
                _("You were not signed in."), way_out=_("Begin the sign-in again when you are ready.")
            )
        claims = oidc.finish(
            known, oidc.Attempt(**kept), state=request.GET.get("state", ""), code=request.GET.get("code", ""),
            redirect_uri=_return_address(),
        )  # fmt: skip
        account = services.account_for_citizen(oidc.identity_of(claims), at=timezone.now())
    except Refusal as refusal:
        return render(
            request,
            "accounts/citizen_sign_in.html",
            {"next": following, "refusal": refusal, "available": known is not None},
            status=refusal.status,
        )
    login(request, account, backend=BACKEND)
    return HttpResponseRedirect(following)


@rules.signed_in
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Go out."""
    logout(request)
    return redirect("/")
