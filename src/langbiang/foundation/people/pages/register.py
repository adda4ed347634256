"""The register of people for officers: find, open, register, correct, merge. And for a citizen: what is known of them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Actor, Refusal, acting, rules
from langbiang.foundation.people import identity, queries, services
from langbiang.foundation.people.models import Person
from langbiang.foundation.ui.form_fields import DateField


class NoSuchPerson(Refusal):
    """There is no such record."""

    status = 404


class PersonForm(forms.Form):
    """What a record says."""

    full_name = forms.CharField(label=gettext_lazy("Full name"), max_length=200)
    identity_no = forms.CharField(
        label=gettext_lazy("Personal identification number or business code"), required=False, max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    birth_date = DateField(label=gettext_lazy("Date of birth or founding"), required=False)
    sex = forms.ChoiceField(
        label=gettext_lazy("Sex"), required=False, choices=[("", gettext_lazy("Not stated")), *Person.Sex.choices]
    )
    nationality = forms.CharField(label=gettext_lazy("Nationality"), required=False, max_length=60)
    ethnicity = forms.CharField(label=gettext_lazy("Ethnicity"), required=False, max_length=60)
    phone = forms.CharField(label=gettext_lazy("Telephone"), required=False, max_length=20)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    address_text = forms.CharField(label=gettext_lazy("Address"), required=False, max_length=300)


class RegisterForm(PersonForm):
    """A new record."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Person.Kind.choices, initial="citizen")
    field_order = ["kind"]


class ContactForm(forms.Form):
    """What a citizen may correct by themselves."""

    phone = forms.CharField(label=gettext_lazy("Telephone"), required=False, max_length=20)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)


class MergeForm(forms.Form):
    """Two records are one person."""

    merged = forms.IntegerField(
        label=gettext_lazy("Number of the other record"),
        min_value=1,
        help_text=gettext_lazy("It will point to this one."),
    )
    reason = forms.CharField(
        label=gettext_lazy("How do you know that they are the same?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = acting(request)
    return actor


def _record(request: HttpRequest, person_id: int) -> Person:
    try:
        return queries.person_for(_actor(request), person_id)
    except Person.DoesNotExist:
        raise NoSuchPerson(_("There is no such record.")) from None


def _blame(form: forms.Form, refused: Refusal) -> None:
    """Put a refusal where it belongs on the form."""
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))


@rules.staff("people.view")
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Find by name, number, telephone, or the scanned line of an identity card."""
    text = request.GET.get("q", "").strip()[:400]
    card = identity.parse_card(text)
    rows = queries.search(_actor(request), card.identity_no if card else text) if text else []
    if card and len(rows) == 1:
        return redirect("people:record", rows[0].pk)
    return render(
        request, "people/list.html",
        {"rows": rows, "search_text": text, "search_url": request.path, "limit": queries.LIMIT, "card": card},
    )  # fmt: skip


@rules.staff("people.view")
@require_GET
def record(request: HttpRequest, person_id: int) -> HttpResponse:
    """One record. Opening it is noted: people may ask who looked."""
    found = _record(request, person_id)
    services.note_look(_actor(request), person_id=found.pk, at=timezone.now())
    return render(
        request,
        "people/record.html",
        {
            "person": found,
            "facts": _facts(found),
            "relations": queries.relations_of(found.pk),
            "changes": queries.history_of(found.pk),
            "duplicates": queries.duplicates(found),
        },
    )


def _facts(person: Person) -> list[tuple[str, str]]:
    born = f"{person.birth_date:%d/%m/%Y}" if person.birth_date else ""
    rows = [
        (_("Personal identification number or business code"), person.identity_no or ""),
        (_("Date of birth or founding"), born),
        (_("Sex"), person.get_sex_display()),
        (_("Nationality"), person.nationality),
        (_("Ethnicity"), person.ethnicity),
        (_("Telephone"), person.phone),
        (_("E-mail"), person.email),
        (_("Address"), person.address_text),
    ]
    return [(str(label), str(value) or "—") for label, value in rows]


@rules.staff("people.edit")
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Add somebody who is not on record."""
    card = identity.parse_card(request.GET.get("card", ""))
    initial: dict[str, Any] = {}
    if card:
        initial = {"full_name": card.full_name, "identity_no": card.identity_no, "birth_date": card.birth_date,
                   "sex": card.sex, "address_text": card.address, "nationality": "Việt Nam"}  # fmt: skip
    form = RegisterForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            made = services.register_person(_actor(request), kind=values.pop("kind"), at=timezone.now(), **values)
        except Refusal as refused:
            _blame(form, refused)
        else:
            messages.success(request, _("Registered."))
            return redirect("people:record", made.pk)
    return render(request, "people/form.html", {"form": form, "title": _("Register somebody"), "label": _("Register")})


@rules.staff("people.edit")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, person_id: int) -> HttpResponse:
    """Correct a record; what it said before is kept."""
    found = _record(request, person_id)
    initial = {name: getattr(found, name) for name in PersonForm.base_fields}
    form = PersonForm(request.POST or None, initial=initial)
    revision = request.POST.get("revision") or str(found.revision)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_person(
                _actor(request), person_id=person_id, revision=int(revision) if revision.isdigit() else None,
                at=timezone.now(), **form.cleaned_data,
            )  # fmt: skip
        except Refusal as refused:
            _blame(form, refused)
        else:
            messages.success(request, _("Saved; what stood there before is kept."))
            return redirect("people:record", person_id)
    context = {"form": form, "title": found.full_name, "label": _("Save"), "revision": revision, "person": found}
    return render(request, "people/form.html", context)


@rules.staff("people.merge")
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, person_id: int) -> HttpResponse:
    """Declare that another record is the same person: both beside each other, with a reason."""
    kept = _record(request, person_id)
    given = request.POST.get("merged") or request.GET.get("with", "")
    other = Person.objects.filter(pk=int(given)).first() if given.isdigit() and len(given) < 18 else None
    form = MergeForm(request.POST or None, initial={"merged": given})
    if request.method == "POST" and form.is_valid():
        try:
            services.merge_people(
                _actor(request), kept_id=person_id, merged_id=form.cleaned_data["merged"],
                reason=form.cleaned_data["reason"], at=timezone.now(),
            )  # fmt: skip
        except Refusal as refused:
            _blame(form, refused)
        else:
            messages.success(request, _("The records are one now."))
            return redirect("people:record", person_id)
    pairs = list(zip(_facts(kept), _facts(other), strict=True)) if other else []
    rows = [(a[0], a[1], b[1], a[1] != b[1]) for a, b in pairs]
    return render(request, "people/merge.html", {"form": form, "kept": kept, "other": other, "rows": rows})


@rules.citizen
@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """What the province knows of me, who changed it, and how to reach me."""
    actor = _actor(request)
    own = queries.person(actor.person_id or 0)
    form = ContactForm(request.POST or None, initial={"phone": own.phone, "email": own.email})
    if request.method == "POST" and form.is_valid():
        try:
            services.update_person(actor, person_id=own.pk, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            _blame(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("people:mine")
    return render(
        request, "people/mine.html",
        {"person": own, "facts": _facts(own), "form": form, "changes": queries.history_of(own.pk)[:20]},
    )  # fmt: skip
