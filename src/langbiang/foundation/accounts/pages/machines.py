"""Administrators give keys to other systems, and take them away."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.policies import require
from langbiang.foundation.accounts import keys as machine_keys
from langbiang.foundation.accounts import services
from langbiang.foundation.organizations import queries as organizations

from .found import actor_of

YEAR = 365


class KeyForm(forms.Form):
    """A key for another system."""

    name = forms.CharField(
        label=gettext_lazy("System"), max_length=200, help_text=gettext_lazy("For example: National public service portal"),
        error_messages={"required": gettext_lazy("Enter the name of the system.")},
    )  # fmt: skip
    position_id = forms.TypedChoiceField(
        label=gettext_lazy("Seat"), coerce=int,
        help_text=gettext_lazy("The key may do what this seat may do. Open a seat of its own for the system under Agencies."),
        error_messages={"required": gettext_lazy("Choose the seat it acts in.")},
    )  # fmt: skip
    days = forms.IntegerField(
        label=gettext_lazy("Valid for (days)"), initial=YEAR, min_value=1, max_value=machine_keys.LONGEST_DAYS,
        help_text=gettext_lazy("At most two years. Make the next key before this one ends."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = services.today()
        vacant = organizations.vacant_positions([row.id for row in organizations.agencies_on(today)], on=today)
        choices = [("", _("Choose a seat"))] + [(str(p.position_id), f"{p.title} · {p.agency_name}") for p in vacant]
        self.fields["position_id"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


@never_cache
@require_http_methods(["GET", "POST"])
@rules.staff("accounts.manage")
def keys(request: HttpRequest) -> HttpResponse:
    """The keys there are, and a form for the next one; a new key is shown once."""
    actor = actor_of(request)
    require(machine_keys.may_keep_keys(actor))
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key, text = machine_keys.issue_key(actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            return render(request, "accounts/key_made.html", {"key": key, "text": text})
    now = timezone.now()
    rows = machine_keys.keys()
    lines = [
        {
            "key": key,
            "seat": organizations.position(key.position_id),
            "agency": organizations.name_of(organizations.position(key.position_id).agency_id),
            "state": "revoked" if key.revoked_at else "expired" if key.expires_at <= now else "valid",
        }
        for key in rows
    ]
    status = 422 if form.errors else 200
    return render(request, "accounts/keys.html", {"lines": lines, "form": form}, status=status)


@require_POST
@rules.staff("accounts.manage")
def revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """End a key at once."""
    key = machine_keys.revoke_key(actor_of(request), key_id=key_id, at=timezone.now())
    messages.success(request, _("The key of %(name)s is void.") % {"name": key.account.full_name})
    return redirect("accounts:keys")
