"""The questions an action asks before it is done."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.accounts import queries as accounts
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.cases import queries
from langbiang.government.cases.models import Case
from langbiang.government.procedures import queries as procedures

Text = forms.Textarea(attrs={"rows": 4})


class ActionForm(forms.Form):
    """Base: knows the case and the actor, so that choices are those of this case."""

    def __init__(self, *args: Any, actor: Actor, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor, self.case = actor, case
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices; a subclass overrides it."""

    def choose(self, name: str, choices: list[tuple[Any, Any]], *, empty: Any = "") -> None:
        """Set the choices of a field."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", empty), *choices] if empty else choices

    def reasons(self, kind: str) -> list[tuple[str, str]]:
        """The listed reasons of a kind in force today."""
        return [(r.code, r.text) for r in queries.reasons(kind, on=timezone.localdate())]


class NoteForm(ActionForm):
    """An act with an optional note."""

    note = forms.CharField(label=_("Note for the history"), required=False, widget=Text, max_length=2000)


class NothingForm(ActionForm):
    """An act that asks nothing."""


class ReasonForm(ActionForm):
    """An act that needs its reason in words."""

    reason = forms.CharField(label=_("Reason"), widget=Text, max_length=2000)


class RefuseForm(ActionForm):
    """Why a filing is not received."""

    reason = forms.ChoiceField(label=_("Reason"))
    explanation = forms.CharField(
        label=_("Explanation for the applicant"),
        widget=Text,
        max_length=2000,
        help_text=_("In plain words. The applicant reads exactly this."),
    )
    where_to_turn = forms.CharField(label=_("Where the applicant can turn"), required=False, max_length=500)

    def prepare(self) -> None:
        self.choose("reason", self.reasons("refusal"), empty=_("Choose a reason"))


class SupplementForm(ActionForm):
    """What is missing or wrong: up to four points at once."""

    reason = forms.ChoiceField(label=_("Ground"))
    due_on = forms.DateField(label=_("To be answered by"), help_text=_("For example 25/11/2026"))
    guidance = forms.CharField(label=_("How to put it right"), required=False, widget=Text, max_length=2000)

    def prepare(self) -> None:
        self.choose("reason", self.reasons("supplement"), empty=_("Choose a ground"))
        papers = [(d.key, d.name[:140]) for d in procedures.pinned(self.case.procedure_version_id).documents]
        for n in range(1, 5):
            self.fields[f"requirement_{n}"] = forms.ChoiceField(
                label=_("Paper %(n)s") % {"n": n}, required=False, choices=[("", _("None of the list")), *papers]
            )
            self.fields[f"what_{n}"] = forms.CharField(
                label=_("What is missing or wrong"), required=n == 1, max_length=500
            )
            self.fields[f"why_{n}"] = forms.CharField(label=_("Why it is needed"), required=n == 1, max_length=500)
        self.order_fields(
            [
                "reason",
                *(f"{part}_{n}" for n in range(1, 5) for part in ("requirement", "what", "why")),
                "guidance",
                "due_on",
            ]
        )

    def items(self) -> list[dict[str, str]]:
        """The points as the service takes them."""
        data = self.cleaned_data
        return [
            {
                "requirement": data.get(f"requirement_{n}", ""),
                "what": data.get(f"what_{n}", ""),
                "why": data.get(f"why_{n}", ""),
            }
            for n in range(1, 5)
        ]


class OfficerForm(ActionForm):
    """Who is to do it."""

    officer = forms.ChoiceField(label=_("Officer"))
    note = forms.CharField(label=_("Note for the history"), required=False, widget=Text, max_length=2000)

    def prepare(self) -> None:
        found = accounts.officers_of(self.case.processing_unit_id, permission="cases.process", on=timezone.localdate())
        self.choose(
            "officer", [(o.account_id, f"{o.full_name} · {o.title}") for o in found], empty=_("Choose an officer")
        )


class ConsultForm(ActionForm):
    """Whom to ask what until when."""

    agencies = forms.MultipleChoiceField(label=_("Units to ask"), widget=forms.CheckboxSelectMultiple)
    question = forms.CharField(label=_("Question"), widget=Text, max_length=4000)
    due_on = forms.DateField(label=_("To be answered by"), help_text=_("For example 25/11/2026"))

    def prepare(self) -> None:
        found = organizations.consultable(on=timezone.localdate(), near=self.case.processing_unit_id)
        self.choose("agencies", [(a.id, a.name) for a in found])


class OpinionForm(ActionForm):
    """The answer of a consulted unit."""

    opinion = forms.ChoiceField(
        label=_("Opinion"),
        widget=forms.RadioSelect,
        choices=[
            ("agree", _("Agrees")),
            ("conditions", _("Agrees under conditions")),
            ("disagree", _("Does not agree")),
        ],
    )
    answer = forms.CharField(label=_("Reasons and conditions"), required=False, widget=Text, max_length=4000)


class ProposeForm(ActionForm):
    """The result as the officer proposes it: its lines come filled from the application and can be corrected."""

    outcome = forms.ChoiceField(
        label=_("Result"),
        widget=forms.RadioSelect,
        choices=[("granted", _("Granted as asked")), ("partial", _("Granted in part")), ("denied", _("Denied"))],
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        widget=Text,
        max_length=4000,
        help_text=_("Needed when the request is denied or granted in part."),
    )
    legal_ground = forms.CharField(label=_("Legal ground"), required=False, max_length=500)

    def prepare(self) -> None:
        from langbiang.government.cases.documents import results

        procedure = procedures.pinned(self.case.procedure_version_id)
        self.rows = results.prefill(procedure, self.case.answers)
        before = self.case.results.filter(state__in=["draft", "proposed"]).order_by("-version").first()
        for row in self.rows:
            value = (before.content.get(row.id) if before else None) or row.value
            self.fields[f"row_{row.id}"] = forms.CharField(
                label=row.label, required=False, initial=value, max_length=1000
            )
        if before:
            for name in ("outcome", "reason", "legal_ground"):
                self.fields[name].initial = getattr(before, name)
        else:
            self.fields["outcome"].initial = "granted"
        self.order_fields(["outcome", *(f"row_{row.id}" for row in self.rows), "reason", "legal_ground"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("outcome") != "denied":
            for row in self.rows:
                if row.required and not data.get(f"row_{row.id}", "").strip():
                    self.add_error(f"row_{row.id}", _("This line stands on the result and cannot be empty."))
        return data

    def content(self) -> dict[str, str]:
        """The lines of the result."""
        return {row.id: self.cleaned_data.get(f"row_{row.id}", "").strip() for row in self.rows}


class HandOverForm(ActionForm):
    """Who collects the result."""

    collector = forms.CharField(label=_("Name of the one who collects"), max_length=200)
    identity_last4 = forms.CharField(
        label=_("Last four digits of the owner's identity number"),
        max_length=4,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    authority = forms.CharField(
        label=_("Written authority"),
        required=False,
        max_length=300,
        help_text=_("Number and date, when somebody else than the owner collects."),
    )

    def prepare(self) -> None:
        self.fields["collector"].initial = self.case.owner_name


class PostForm(ActionForm):
    """The parcel."""

    tracking_no = forms.CharField(label=_("Tracking number"), max_length=60)


class ExtendForm(ActionForm):
    """A new date with its reason."""

    reason = forms.ChoiceField(label=_("Reason"))
    explanation = forms.CharField(label=_("Explanation and apology"), widget=Text, max_length=2000)
    due = forms.DateField(label=_("New date"), help_text=_("For example 25/11/2026"))

    def prepare(self) -> None:
        self.choose("reason", self.reasons("extension"), empty=_("Choose a reason"))


class SuspendForm(ActionForm):
    """A ground that stops the clock."""

    reason = forms.ChoiceField(label=_("Ground"))
    note = forms.CharField(label=_("Explanation"), widget=Text, max_length=2000)
    evidence = forms.FileField(label=_("Document that shows it"), required=False)

    def prepare(self) -> None:
        self.choose("reason", self.reasons("suspension"), empty=_("Choose a ground"))


class StopForm(ActionForm):
    """A ground to stop handling."""

    reason = forms.ChoiceField(label=_("Ground"))
    note = forms.CharField(label=_("Explanation for the applicant"), widget=Text, max_length=2000)

    def prepare(self) -> None:
        self.choose("reason", self.reasons("stop"), empty=_("Choose a ground"))


class DecideForm(ActionForm):
    """Yes or no with a note."""

    decision = forms.ChoiceField(
        label=_("Decision"), widget=forms.RadioSelect, choices=[("yes", _("Agree")), ("no", _("Do not agree"))]
    )
    note = forms.CharField(label=_("Note"), required=False, widget=Text, max_length=2000)


class PaymentForm(ActionForm):
    """Money received at the counter."""

    amount_vnd = forms.IntegerField(label=_("Amount received (đồng)"), min_value=1)
    note = forms.CharField(label=_("Receipt number"), required=False, max_length=200)

    def prepare(self) -> None:
        owed = sum(c.amount_vnd - c.paid_vnd for c in self.case.charges.all())
        self.fields["amount_vnd"].initial = owed or None


def end_of_day(day: Any) -> datetime:
    """The last minute of office hours on a day a form names."""
    return datetime(day.year, day.month, day.day, 17, 30, tzinfo=timezone.get_current_timezone())
