"""Giving a role to a position, and taking it back."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from langbiang.foundation.access import Forbidden, Refusal, policies, queries, roles, rules, services
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats
from langbiang.foundation.ui.form_fields import DateField

from .listing import actor_of


class GrantForm(forms.Form):
    """Which role, where, for what, how long."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), error_messages={"required": gettext_lazy("Choose the role.")})
    agency = forms.ChoiceField(
        label=gettext_lazy("Over which agency"),
        help_text=gettext_lazy("The role holds at this agency and at all agencies below it."),
    )
    field = forms.ChoiceField(
        label=gettext_lazy("Only for the field"), required=False,
        help_text=gettext_lazy("Leave it at “all fields” unless this officer handles one field only."),
    )  # fmt: skip
    valid_from = DateField(label=gettext_lazy("From"))
    last_day = DateField(label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: until it is taken back."))

    def offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """Set what can be chosen."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class RevokeForm(forms.Form):
    """From when on."""

    on = DateField(label=gettext_lazy("First day without this role"))


@require_http_methods(["GET", "POST"])
@rules.staff("access.grant")
def grant(request: HttpRequest, position_id: int) -> HttpResponse:
    """Give a position a role."""
    position, actor, today = organizations.position_record(position_id), actor_of(request), timezone.localdate()
    if position is None:
        raise Http404
    policies.require(policies.may_grant(actor, position.agency_id))
    form = GrantForm(request.POST or None, initial={"valid_from": today, "agency": str(position.agency_id)})
    reach = actor.reach("access.grant")
    agencies = [(str(r.id), r.name) for r in organizations.agencies_on(today) if reach.covers(r.id)]
    own = [pair for pair in agencies if pair[0] == str(position.agency_id)]
    form.offer("role", [("", _("Choose…")), *((row.code, row.title) for row in roles.all_roles())])
    form.offer("agency", [*own, *(pair for pair in agencies if pair not in own)])
    form.offer("field", [("", _("all fields")), *roles.fields().items()])
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.grant_role(
                actor, position_id=position.pk, role_code=data["role"], agency_id=int(data["agency"]),
                field=data["field"] or None, valid_from=data["valid_from"],
                valid_to=data["last_day"] + timedelta(days=1) if data["last_day"] else None, at=timezone.now(),
            )  # fmt: skip
        except Forbidden as refused:
            refusal = Refusal(refused.message, field="role", way_out=refused.way_out)
        except Refusal as refused:
            refusal = refused
            if refused.field == "valid_to":
                refused.field = "last_day"
        else:
            messages.success(
                request,
                _("%(role)s: given from %(day)s.")
                % {"role": roles.role(data["role"]).title, "day": formats.day(data["valid_from"])},
            )
            return redirect("organizations:position", position.pk)
    return render(request, "access/grant.html", {"form": form, "refusal": refusal, "position": position})


@require_http_methods(["GET", "POST"])
@rules.staff("access.grant")
def revoke(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """The page of a binding act: a position loses a role."""
    given = queries.assignment(assignment_id)
    if given is None:
        raise Http404
    actor, today = actor_of(request), timezone.localdate()
    policies.require(policies.may_grant(actor, given.agency_id))
    form = RevokeForm(request.POST or None, initial={"on": today})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.revoke_role(actor, assignment_id=given.pk, on=form.cleaned_data["on"], at=timezone.now())
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The role is taken back."))
            return redirect("organizations:position", given.position_id)
    known = {row.code: row.title for row in roles.all_roles()}
    people = [h.account.get_full_name() for h in organizations.holders_of([given.position_id], on=today)]
    words = {"role": known.get(given.role, given.role), "agency": organizations.name_of(given.agency_id)}
    consequences = [
        _("From that day on this position no longer carries the role “%(role)s” at %(agency)s.") % words,
        _("Concerned now: %(names)s.") % {"names": ", ".join(people)} if people else _("Nobody holds this position now."),
        _("Open work in this role stays with the agency: others who hold the role can take it."),
    ]
    return render(
        request,
        "access/revoke.html",
        {"form": form, "refusal": refusal, "given": given, "consequences": consequences, "role_title": words["role"]},
    )
