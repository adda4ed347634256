"""Administrators find, enrol, close and help officers."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Actor, Refusal, rules
from langbiang.foundation.access.policies import require
from langbiang.foundation.accounts import keys, policies, queries, second_factor, services
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.organizations import queries as organizations

from .found import actor_of

PAGE = 50
VIEWS = (("open", gettext_lazy("Open")), ("unused", gettext_lazy("Unused for 90 days")), ("closed", gettext_lazy("Closed")))


class EnrolForm(forms.Form):
    """A new officer."""

    full_name = forms.CharField(
        label=gettext_lazy("Full name"), max_length=200,
        error_messages={"required": gettext_lazy("Enter the full name.")},
    )  # fmt: skip
    username = forms.CharField(
        label=gettext_lazy("User name"), max_length=60, help_text=gettext_lazy("For example an.nguyen.xuanhuong"),
        error_messages={"required": gettext_lazy("Enter a user name.")},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip
    position_id = forms.ChoiceField(
        label=gettext_lazy("Position"), required=False,
        help_text=gettext_lazy("Vacant positions of the agencies you administer. Without one the account can do nothing yet."),
    )  # fmt: skip
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    phone = forms.CharField(label=gettext_lazy("Telephone"), required=False, max_length=20)

    def __init__(self, *args: Any, vacant: list[organizations.PositionHeld], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("No position yet"))]
        choices += [(str(p.position_id), f"{p.title} · {p.agency_name}") for p in vacant]
        self.fields["position_id"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean_position_id(self) -> int | None:
        """The position, where one was chosen."""
        given = self.cleaned_data["position_id"]
        return int(given) if given else None


def _agencies(actor: Actor) -> frozenset[int] | None:
    """Where this administrator keeps accounts; None for the whole province."""
    reach = actor.reach(policies.PERMISSION)
    if reach.everywhere:
        return None
    return frozenset().union(*(agencies or frozenset() for agencies, _field in reach.pairs))


@require_GET
@rules.staff("accounts.manage")
def accounts(request: HttpRequest) -> HttpResponse:
    """Officers by name, a page at a time."""
    text = request.GET.get("q", "").strip()[:100]
    view = request.GET.get("view", "open")
    after = request.GET.get("after", "")[:150]
    rows = queries.search(text, agency_ids=_agencies(actor_of(request)), closed=view == "closed")
    if view == "unused":
        rows = queries.unused_for(90, at=timezone.now(), among=rows)
    if after:
        rows = rows.filter(username__gt=after)
    shown = list(rows[: PAGE + 1])
    more = len(shown) > PAGE
    shown = shown[:PAGE]
    seats = organizations.seats_of([row.pk for row in shown], on=services.today())
    protected = second_factor.protected({row.pk for row in shown})
    here = reverse("accounts:list")

    def address(**changes: str) -> str:
        return f"{here}?{urlencode({k: v for k, v in {'q': text, 'view': view, **changes}.items() if v})}"

    return render(
        request,
        "accounts/list.html",
        {
            "lines": [(row, seats.get(row.pk, []), row.pk in protected) for row in shown],
            "search_text": text,
            "may_keep_keys": keys.may_keep_keys(actor_of(request)),
            "list_url": here,
            "view": view,
            "tabs": [{"label": words, "url": address(view=key), "current": key == view} for key, words in VIEWS],
            "next_url": address(after=shown[-1].username) if more else "",
            "first_url": address() if after else "",
        },
    )


@never_cache
@require_http_methods(["GET", "POST"])
@rules.staff("accounts.manage")
def enrol(request: HttpRequest) -> HttpResponse:
    """Enrol an officer; the first password is shown once."""
    actor = actor_of(request)
    reach = _agencies(actor)
    today = services.today()
    agencies = reach if reach is not None else [row.id for row in organizations.agencies_on(today)]
    form = EnrolForm(request.POST or None, vacant=organizations.vacant_positions(agencies, on=today))
    if request.method == "POST" and form.is_valid():
        try:
            account, password = services.enrol_officer(actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            return render(
                request, "accounts/first_password.html", {"account": account, "password": password, "is_new": True}
            )
    return render(request, "accounts/enrol.html", {"form": form})


@never_cache
@require_GET
@rules.staff("accounts.manage")
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """One officer's account."""
    row = _kept(request, account_id)
    return render(
        request,
        "accounts/account.html",
        {
            "account": row,
            "positions": organizations.positions_of(row.pk, on=services.today()),
            "factors": second_factor.factors(row),
            "held_up": queries.is_held_up(row),
            "is_own": row.pk == actor_of(request).account_id,
        },
    )


def _kept(request: HttpRequest, account_id: int) -> Account:
    row = get_object_or_404(Account, pk=account_id, kind=Account.Kind.STAFF)
    require(policies.may_keep(actor_of(request), row, at=timezone.now()))
    return row


def _consequences(act: str, row: Account) -> tuple[str, str, list[str], bool] | None:
    """Title, button, what will happen, and whether it takes something away."""
    name = row.get_full_name()
    acts = {
        "password": (
            _("Give %(name)s a new password"), _("Make a new password"),
            [
                _("The present password is void at once, and every browser is signed out."),
                _("You see the new password once. Hand it over in person or by telephone, not by e-mail."),
                _("A hold-up after wrong tries is lifted. A second factor stays."),
            ],
            False,
        ),
        "second-factor": (
            _("Remove the second factor of %(name)s"), _("Remove the second factor"),
            [
                _("App, security keys and recovery codes are void; the password alone is enough until new ones are added."),
                _("Every browser is signed out. Make sure that it is really this person who asks you."),
            ],
            True,
        ),
        "close": (
            _("Close the account of %(name)s"), _("Close the account"),
            [
                _("Every browser is signed out at once, and nobody can sign in with this account."),
                _("What was done with it stays on record. Open work stays assigned: hand it over first."),
                _("You can open it again later."),
            ],
            True,
        ),
        "reopen": (
            _("Open the account of %(name)s again"), _("Open the account"),
            [_("The person can sign in with the former password, and acts in the positions held now.")],
            False,
        ),
    }  # fmt: skip
    if act not in acts:
        return None
    title, button, lines, danger = acts[act]
    return title % {"name": name}, button, lines, danger


@never_cache
@require_http_methods(["GET", "POST"])
@rules.staff("accounts.manage")
def change(request: HttpRequest, account_id: int, act: str) -> HttpResponse:
    """The page of a binding act on an account: says what follows, then does it."""
    row = _kept(request, account_id)
    words = _consequences(act, row)
    if words is None:
        raise Http404
    refusal: Refusal | None = None
    if request.method == "POST":
        actor, now = actor_of(request), timezone.now()
        try:
            if act == "password":
                password = services.reset_password(actor, account_id=account_id, at=now)
                return render(request, "accounts/first_password.html", {"account": row, "password": password})
            if act == "second-factor":
                services.reset_second_factor(actor, account_id=account_id, at=now)
                messages.success(request, _("The second factor is removed."))
            elif act == "close":
                services.set_active(actor, account_id=account_id, active=False, at=now)
                messages.success(request, _("The account is closed."))
            else:
                services.set_active(actor, account_id=account_id, active=True, at=now)
                messages.success(request, _("The account is open again."))
            return redirect("accounts:account", account_id)
        except Refusal as refused:
            refusal = refused
    title, button, lines, danger = words
    return render(
        request, "accounts/change.html",
        {"account": row, "title": title, "label": button, "consequences": lines, "is_danger": danger, "refusal": refusal},
    )  # fmt: skip
