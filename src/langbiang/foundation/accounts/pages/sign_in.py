"""Officers come in by password and second factor; everybody goes out by the same door."""

import json

from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from langbiang.foundation.access import rules
from langbiang.foundation.accounts import entering, queries, second_factor, services
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.organizations import queries as organizations

from .found import actor_of, local, safe_next, staff_home

NEXT = "next_after_sign_in"


class StaffForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label=gettext_lazy("User name"), max_length=150,
        error_messages={"required": gettext_lazy("Enter your user name.")},
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    password = forms.CharField(
        label=gettext_lazy("Password"), max_length=200, strip=False,
        error_messages={"required": gettext_lazy("Enter your password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class CodeForm(forms.Form):
    """The second factor."""

    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=20,
        help_text=gettext_lazy("Six digits from your authenticator app, or one of your recovery codes"),
        error_messages={"required": gettext_lazy("Enter the code.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip


@sensitive_post_parameters("password")
@never_cache
@rules.public
@require_http_methods(["GET", "POST"])
def staff(request: HttpRequest) -> HttpResponse:
    """Officers sign in here; who is in already goes on."""
    following = safe_next(request, "")
    if request.method == "GET" and actor_of(request).is_staff:
        return HttpResponseRedirect(following or staff_home(actor_of(request)))
    form = StaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        username = form.cleaned_data["username"]
        account = entering.officer_with(request, username, form.cleaned_data["password"])
        if account is not None:
            if entering.needs_second_step(account):
                entering.wait_for_second_step(request, account)
                request.session[NEXT] = following
                return redirect("accounts:second_factor")
            return _go_in(request, account, following, how="password")
        if not getattr(request, "axes_locked_out", False):
            form.add_error(
                None, _("User name and password do not match. Check both; capital letters count in the password.")
            )
    return render(request, "accounts/staff_sign_in.html", {"form": form, "next": following, "demo": demo_sign_ins()})


def demo_sign_ins() -> list[tuple[str, str, str, str]]:
    """The sign-ins of the demo province, where it is loaded; never in production."""
    if settings.MODE == "production" or not queries.has_demo():
        return []
    from langbiang.foundation.accounts import demo

    return demo.sign_in_table()


def _go_in(request: HttpRequest, account: Account, following: str, *, how: str) -> HttpResponse:
    entering.enter(request, account, how=how)
    actor = queries.actor_of(request)
    if account.must_change_password:
        request.session[NEXT] = following
        return redirect("accounts:password")
    if not actor.is_staff:
        return redirect("accounts:no_position")
    held = organizations.positions_of(account.pk, on=services.today())
    if len(held) > 1:
        request.session[NEXT] = following
        return redirect("accounts:positions")
    return HttpResponseRedirect(following or staff_home(actor))


@sensitive_post_parameters("code", "key")
@never_cache
@rules.public
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """The second factor of somebody whose password was right. Wrong codes count as wrong passwords do."""
    account = entering.waiting(request)
    if account is None:
        return redirect("accounts:staff_sign_in")
    answered = request.method == "POST" and "key" in request.POST
    form = CodeForm(request.POST if request.method == "POST" and not answered else None)
    problem = ""
    if answered:
        if second_factor.check_key(account, _json(request.POST["key"])):
            return _go_in(request, account, _kept_next(request), how="password+key")
        entering.wrong_try(request, account.username)
        problem = _("The security key was not accepted. Try it again, or enter a recovery code.")
    elif request.method == "POST" and form.is_valid():
        if entering.is_held_up(request, account):
            entering.lock(request, account)
        elif second_factor.check(account, form.cleaned_data["code"]):
            return _go_in(request, account, _kept_next(request), how="password+code")
        else:
            entering.wrong_try(request, account.username)
            form.add_error("code", _("This code does not fit, or was used already. Wait for the next one and enter it."))
    options = second_factor.ask_key(account) if second_factor.has_key(account) else None
    return render(
        request, "accounts/second_step.html",
        {"form": form, "name": account.get_full_name(), "key_options": options, "problem": problem},
    )  # fmt: skip


def _kept_next(request: HttpRequest) -> str:
    return local(request, request.session.pop(NEXT, ""), "")


def _json(text: str) -> dict[str, object]:
    try:
        found = json.loads(text[:20000])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@never_cache
@rules.public
@require_http_methods(["GET"])
def no_position(request: HttpRequest) -> HttpResponse:
    """An officer whose account holds no position today: what that means and who helps."""
    actor = actor_of(request)
    if actor.kind != "anonymous" or actor.account_id is None:
        return redirect("accounts:profile" if actor.account_id else "accounts:staff_sign_in")
    return render(request, "accounts/no_position.html", {"name": actor.label})


@rules.public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Go out: the session ends on the server too."""
    was_staff = actor_of(request).kind != "citizen" and request.user.is_authenticated
    if request.user.is_authenticated:
        services.record_sign_out(actor_of(request), session_key=request.session.session_key or "")
    logout(request)
    return redirect("accounts:staff_sign_in" if was_staff else "/")
