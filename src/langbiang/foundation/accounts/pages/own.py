"""One's own account: position, password, sessions."""

from typing import Any

from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import rules
from langbiang.foundation.accounts import browsers, entering, queries, second_factor, services
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.organizations import queries as organizations

from .found import actor_of, local, own_account, staff_home
from .sign_in import NEXT


class PasswordForm(forms.Form):
    """The present password and the new one."""

    present = forms.CharField(
        label=gettext_lazy("Present password"), strip=False, max_length=200,
        error_messages={"required": gettext_lazy("Enter your present password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
    new = forms.CharField(
        label=gettext_lazy("New password"), strip=False, max_length=200,
        help_text=gettext_lazy("At least 12 characters; a few words nobody would guess are easy to remember."),
        error_messages={"required": gettext_lazy("Enter the new password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label=gettext_lazy("New password once more"), strip=False, max_length=200,
        error_messages={"required": gettext_lazy("Enter the new password once more.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_present(self) -> str:
        """The present password must fit."""
        given: str = self.cleaned_data["present"]
        if not self.account.check_password(given):
            raise forms.ValidationError(_("This is not your present password."))
        return given

    def clean_new(self) -> str:
        """Long enough, not a common one, not the old one."""
        given: str = self.cleaned_data["new"]
        validate_password(given, self.account)
        if self.account.check_password(given):
            raise forms.ValidationError(_("Choose a password other than the present one."))
        return given

    def clean_again(self) -> str:
        """Twice the same."""
        given: str = self.cleaned_data["again"]
        if self.cleaned_data.get("new") and given != self.cleaned_data["new"]:
            raise forms.ValidationError(_("The two new passwords differ."))
        return given


def shell_of(request: HttpRequest) -> str:
    """Officers see their account in the workbench, citizens in the portal."""
    return "ui/workbench.html" if actor_of(request).is_staff else "ui/portal.html"


@never_cache
@rules.signed_in
@require_GET
def profile(request: HttpRequest) -> HttpResponse:
    """Who one is here, in which position, and where one is signed in."""
    account = own_account(request)
    return render(
        request,
        "accounts/profile.html",
        {
            "account": account,
            "positions": organizations.positions_of(account.pk, on=services.today()),
            "factors": second_factor.factors(account),
            "sessions": _sessions(request, account),
            "shell": shell_of(request),
        },
    )


def _sessions(request: HttpRequest, account: Account) -> list[dict[str, Any]]:
    rows = UserSession.objects.filter(user_id=account.pk).order_by("-last_seen_at")[:50]
    here = request.session.session_key
    found = [
        {
            "id": row.pk, "browser": browsers.in_words(row.user_agent), "address": row.ip, "seen": row.last_seen_at,
            "begun": row.created_at, "current": row.session_key == here,
        }
        for row in rows
        if row.session_key == here or row.exists()
    ]  # fmt: skip
    return sorted(found, key=lambda line: not line["current"])


@never_cache
@rules.staff()
@require_http_methods(["GET", "POST"])
def positions(request: HttpRequest) -> HttpResponse:
    """In which of one's positions to work in this session."""
    held = organizations.positions_of(own_account(request).pk, on=services.today())
    if request.method == "POST":
        given = request.POST.get("position", "")
        chosen = next((p for p in held if str(p.position_id) == given), None)
        if chosen is not None:
            request.session[queries.POSITION_KEY] = chosen.position_id
            messages.success(
                request,
                _("You now work as %(title)s, %(agency)s.") % {"title": chosen.title, "agency": chosen.agency_name},
            )
            return HttpResponseRedirect(local(request, request.session.pop(NEXT, ""), staff_home(queries.actor_of(request))))
        messages.error(request, _("You do not hold this position any more. Choose another."))
    return render(request, "accounts/positions.html", {"positions": held})


@never_cache
@rules.signed_in
@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """Sign out one other browser, or all others."""
    account = own_account(request)
    given = request.POST.get("session", "")
    here = request.session.session_key or ""
    if given.isdigit():
        services.end_own_session(actor_of(request), session_id=int(given), but=here, at=timezone.now())
        messages.success(request, _("That browser is signed out."))
    else:
        ended = services.end_other_sessions(actor_of(request), account=account, but=here, at=timezone.now())
        messages.success(
            request,
            ngettext("%(count)d other browser is signed out.", "%(count)d other browsers are signed out.", ended)
            % {"count": ended}
            if ended
            else _("You were signed in nowhere else."),
        )
    return redirect("accounts:profile")


@sensitive_post_parameters("present", "new", "again")
@never_cache
@rules.public
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose a new password. Open to whoever is signed in with one, even before they hold a position."""
    account = request.user
    if not isinstance(account, Account) or account.kind != Account.Kind.STAFF:
        return redirect("accounts:staff_sign_in")
    form = PasswordForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        services.change_own_password(
            actor_of(request), account=account, password=form.cleaned_data["new"],
            but=request.session.session_key or "", at=timezone.now(),
        )  # fmt: skip
        old_key = request.session.session_key
        update_session_auth_hash(request, account)
        request.session[entering.MUST_CHANGE] = False
        services.move_session(old_key=old_key or "", new_key=request.session.session_key or "")
        messages.success(request, _("Your password is changed. Other browsers were signed out."))
        following = local(request, request.session.pop(NEXT, ""), "")
        return HttpResponseRedirect(following) if following else redirect("accounts:profile")
    return render(
        request,
        "accounts/password.html",
        {
            "form": form, "must": account.must_change_password, "shell": shell_of(request),
            "rules": password_validators_help_texts(),
        },
    )  # fmt: skip
