"""One's own account: position, password, second factor, sessions."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import rules
from langbiang.foundation.accounts import queries, second_factor, services
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.organizations import queries as organizations

SECRET = "totp_secret"


class PasswordForm(forms.Form):
    """The old password and the new one."""

    old = forms.CharField(
        label=gettext_lazy("Present password"), strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
    new = forms.CharField(
        label=gettext_lazy("New password"), strip=False, max_length=200,
        help_text=gettext_lazy("At least 12 characters; several words are easy to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_old(self) -> str:
        """The present password must fit."""
        given: str = self.cleaned_data["old"]
        if not self.account.check_password(given):
            raise forms.ValidationError(_("This is not your present password."))
        return given

    def clean_new(self) -> str:
        """Long enough and not a common one."""
        given: str = self.cleaned_data["new"]
        validate_password(given, self.account)
        return given


class CodeForm(forms.Form):
    """A code of the app being enrolled."""

    code = forms.CharField(
        label=gettext_lazy("Code the app shows now"), max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip


def _account(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)
    return request.user


@rules.signed_in
@require_GET
def profile(request: HttpRequest) -> HttpResponse:
    """What one's account is and may."""
    account = _account(request)
    positions = organizations.positions_of(account.pk, on=timezone.localdate())
    return render(
        request,
        "accounts/profile.html",
        {
            "account": account,
            "positions": positions,
            "has_second": second_factor.is_enrolled(account),
            "sessions": _sessions(request, account),
            "shell": "ui/workbench.html" if request.actor.is_staff else "ui/portal.html",  # type: ignore[attr-defined]
        },
    )


def _sessions(request: HttpRequest, account: Account) -> list[dict[str, Any]]:
    from allauth.usersessions.models import UserSession

    rows = UserSession.objects.filter(user_id=account.pk).order_by("-last_seen_at")
    return [
        {
            "agent": row.user_agent[:120],
            "address": row.ip,
            "seen": row.last_seen_at,
            "current": row.session_key == request.session.session_key,
        }
        for row in rows
        if row.exists()
    ]


@rules.staff()
@require_POST
def choose_position(request: HttpRequest) -> HttpResponse:
    """Act in another of one's positions from now on."""
    given = request.POST.get("position", "")
    held = {p.position_id for p in organizations.positions_of(_account(request).pk, on=timezone.localdate())}
    if given.isdigit() and int(given) in held:
        request.session[queries.POSITION_KEY] = int(given)
        messages.success(request, _("You now act in this position."))
    return redirect("accounts:profile")


@rules.signed_in
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    ended = services.end_sessions(_account(request).pk, but=request.session.session_key or "")
    messages.success(request, _("%(count)s other sessions were ended.") % {"count": ended})
    return redirect("accounts:profile")


@sensitive_post_parameters("old", "new")
@rules.staff()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose a new password."""
    account = _account(request)
    form = PasswordForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        services.change_own_password(
            account, request.actor, at=timezone.now(), password=form.cleaned_data["new"]  # type: ignore[attr-defined]
        )  # fmt: skip
        update_session_auth_hash(request, account)
        services.end_sessions(account.pk, but=request.session.session_key or "")
        messages.success(request, _("Your password was changed; other sessions were ended."))
        return redirect("accounts:profile")
    return render(request, "accounts/password.html", {"form": form, "must": account.must_change_password})


@rules.staff()
@require_http_methods(["GET", "POST"])
def enrol_second(request: HttpRequest) -> HttpResponse:
    """Add an authenticator app as second factor."""
    account = _account(request)
    secret = request.session.get(SECRET) or second_factor.new_secret()
    request.session[SECRET] = secret
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        codes = second_factor.enrol(account, secret, form.cleaned_data["code"])
        if codes is not None:
            del request.session[SECRET]
            return render(request, "accounts/recovery_codes.html", {"codes": codes})
        form.add_error("code", _("This code does not fit. Wait for the next one and enter it."))
    return render(
        request, "accounts/enrol_second.html",
        {"form": form, "secret": secret, "address": second_factor.address_of(account, secret)},
    )  # fmt: skip


@rules.staff()
@require_POST
def remove_second(request: HttpRequest) -> HttpResponse:
    """Take the second factor off; the password is asked once more."""
    account = _account(request)
    if account.check_password(request.POST.get("password", "")):
        second_factor.remove(account)
        messages.success(request, _("The second factor was removed."))
    else:
        messages.error(request, _("This is not your present password."))
    return redirect("accounts:profile")
