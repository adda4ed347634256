"""The counter: somebody stands there with papers. Who, what, for which commune; then the same pages as at home."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from langbiang.foundation.access import Actor, Refusal, acting, rules
from langbiang.foundation.forms import queries as form_queries
from langbiang.foundation.forms import services as drafts
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.people import queries as people
from langbiang.foundation.people import services as people_services
from langbiang.foundation.ui.form_fields import DateField
from langbiang.government.cases import services
from langbiang.government.procedures import queries as procedures

from . import filing as online
from . import filling as fill


class WhoForm(forms.Form):
    """Who files what at this counter."""

    card = forms.CharField(
        label=gettext_lazy("Identity card: scan the QR code, or type the number"),
        help_text=gettext_lazy(
            "The scanner types the whole line of the card; 12 digits are enough for a known person."
        ),
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    full_name = forms.CharField(
        label=gettext_lazy("Full name (for a person not yet on record)"), required=False, max_length=200
    )
    birth_date = DateField(label=gettext_lazy("Date of birth (for a person not yet on record)"), required=False)
    procedure = forms.CharField(
        label=gettext_lazy("Procedure: code or name"), max_length=300, widget=forms.TextInput(attrs={"list": "offered"})
    )
    place = forms.ChoiceField(label=gettext_lazy("Commune, ward or special zone it concerns"))
    on_behalf = forms.CharField(
        label=gettext_lazy("Filed by somebody else? Their identity number"), required=False, max_length=400,
        help_text=gettext_lazy("Leave empty when the person files for themselves."),
    )  # fmt: skip
    authority = forms.CharField(
        label=gettext_lazy("Authority to file (number and day of the paper)"), required=False, max_length=300
    )

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["place"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = places


def _counters(actor: Actor) -> list[int]:
    """Agencies with a counter where this officer receives."""
    reach = actor.reach("cases.receive")
    return [row.id for row in organizations.one_stop_agencies(on=timezone.localdate()) if reach.covers(row.id)]


def _offered(text: str) -> procedures.PinnedProcedure | None:
    """The procedure meant: by its code, by its name, or by `code name` as the list offers it."""
    day = timezone.localdate()
    head = text.strip().split(" ")[0]
    offers = procedures.fileable(on=day)
    return next((p for p in offers if p.code == head), None) or next(
        (p for p in offers if p.title.casefold() == text.strip().casefold()), None
    )


@rules.staff("cases.receive")
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Who, what, where: then the questions."""
    actor: Actor = acting(request)
    day = timezone.localdate()
    counters = _counters(actor)
    own = actor.agency_id if actor.agency_id in counters else (counters[0] if counters else None)
    places = [(r.place_code, r.name.removeprefix("Ủy ban nhân dân ")) for r in organizations.commune_agencies(on=day)]
    home = organizations.place_of(own) if own else ""
    form = WhoForm(
        request.POST or None, places=places, initial={"place": home, "procedure": request.GET.get("code", "")}
    )
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid() and own is not None:
        try:
            return _begin(actor, form, own)
        except Refusal as problem:
            if problem.field in form.fields:
                form.add_error(problem.field, str(problem))
            else:
                refusal = problem
    return render(
        request,
        "cases/counter/start.html",
        {
            "form": form,
            "refusal": refusal,
            "offers": procedures.fileable(on=day),
            "counter": organizations.name_of(own) if own else "",
            "drafts": form_queries.drafts_of(actor, room=fill.ROOM)[:20],
        },
        status=refusal.status if refusal else 200,
    )


def _begin(actor: Actor, form: WhoForm, counter: int) -> HttpResponse:
    data = form.cleaned_data
    now = timezone.now()
    procedure = _offered(data["procedure"])
    if procedure is None:
        raise Refusal(
            _("No procedure that can be filed has this code or name."), field="procedure",
            way_out=_("Type a part of the name and choose from the list."),
        )  # fmt: skip
    owner = people_services.person_at_counter(
        actor, card=data["card"], full_name=data["full_name"], birth_date=data["birth_date"], at=now
    )
    submitter_id = owner.pk
    if data["on_behalf"]:
        try:
            submitter = people_services.person_at_counter(
                actor, card=data["on_behalf"], full_name="", birth_date=None, at=now
            )
        except Refusal as problem:
            raise Refusal(problem.message, field="on_behalf", way_out=problem.way_out) from None
        submitter_id = submitter.pk
        if not data["authority"].strip() and not people.may_act_for(submitter.pk, owner.pk, on=timezone.localdate()):
            raise Refusal(
                _("Filing for somebody else needs a paper of authority or a relation on record."), field="authority",
                way_out=_("Enter the number and day of the authorisation."),
            )  # fmt: skip
    draft = fill.begin(
        actor, procedure, owner_id=owner.pk, at=now,
        extra={
            "counter": True, "receiving_unit": counter, "place": data["place"], "submitter_id": submitter_id,
            "authority": {"paper": data["authority"]} if data["authority"] else {}, "return_way": "counter",
        },
    )  # fmt: skip
    return redirect("cases:counter_page", draft.pk, 1)


@rules.staff("cases.receive")
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, draft_id: UUID, page: int) -> HttpResponse:
    """One page of questions, typed by the officer."""
    filling = fill.open_filling(request, draft_id)
    return online.pages(request, filling, page, url_name="cases:counter_page", check_name="cases:counter_check")


@rules.staff("cases.receive")
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Everything on one page; receiving gives the case its code and the receipt to print."""
    actor: Actor = acting(request)
    filling = fill.open_filling(request, draft_id)
    if filling.draft.sent_at:
        return redirect("cases:queue")
    refusal: Refusal | None = None
    second = ""
    if request.method == "POST":
        try:
            case = services.file_at_counter(
                actor,
                filing=filling.filing(on=timezone.localdate()),
                confirmed_second=request.POST.get("second") == "1",
                key=f"draft:{draft_id}",
                at=timezone.now(),
            )
        except services.AlreadyDone as repeated:
            return redirect("cases:counter_done", repeated.case_id)
        except services.SimilarCase as similar:
            second, refusal = str(similar.case_id), similar
        except Refusal as problem:
            refusal = problem
        else:
            drafts.mark_sent(actor, draft_id=draft_id, at=timezone.now())
            return redirect("cases:counter_done", case.pk)
    context = online.check_context(filling, "cases:counter_page")
    owner = people.person(filling.owner_id)
    submitter_id = int(filling.draft.extra.get("submitter_id") or owner.pk)
    context |= {
        "owner": owner,
        "submitter": people.person(submitter_id) if submitter_id != owner.pk else None,
        "refusal": refusal,
        "second": second,
    }
    return render(request, "cases/file/check.html", context, status=422 if refusal else 200)


@rules.staff("cases.receive")
@require_http_methods(["GET"])
def done(request: HttpRequest, case_id: int) -> HttpResponse:
    """Received: the code, the day, the receipt to print, and the next person please."""
    from langbiang.government.cases import queries

    case = queries.case_for_officer(acting(request), case_id)
    receipt = case.forms.filter(form_no="01").order_by("-issued_at").first()
    return render(
        request,
        "cases/counter/done.html",
        {
            "case": case,
            "procedure": procedures.pinned(case.procedure_version_id),
            "receipt_url": reverse("cases:form", args=[receipt.pk]) if receipt else "",
            "unit": case.names.get("competent_unit", ""),
        },
    )
