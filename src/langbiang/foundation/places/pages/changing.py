"""Correcting a unit, and declaring what becomes of it: first filled in, then read back, then done."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Forbidden, Refusal, rules
from langbiang.foundation.access.policies import require
from langbiang.foundation.ui import formats

from .. import policies, queries, services
from ..models import PlaceSuccession
from ..naming import with_kind
from ..register import PlaceRow
from ..services import Target
from . import forms
from .found import actor_of, place_or_404

Kind = PlaceSuccession.Kind
TITLES = {
    Kind.MERGE: gettext_lazy("Merge with other units"),
    Kind.SPLIT: gettext_lazy("Split into parts"),
    Kind.RENAME: gettext_lazy("Rename or re-grade"),
    Kind.TRANSFER: gettext_lazy("Move to another province"),
}
HINTS = {
    Kind.MERGE: gettext_lazy("This unit and others become one; the new unit may keep one of their codes."),
    Kind.SPLIT: gettext_lazy("This unit becomes two or more; one of them may keep its code."),
    Kind.RENAME: gettext_lazy("A new name, a new code, or a commune that becomes a ward."),
    Kind.TRANSFER: gettext_lazy("The same unit below another province."),
}


def _to_edit(request: HttpRequest, place_id: int) -> PlaceRow:
    require(policies.may_edit(actor_of(request)))
    return place_or_404(place_id)


@require_http_methods(["GET", "POST"])
@rules.staff("places.edit")
def edit(request: HttpRequest, place_id: int) -> HttpResponse:
    """Correct what is said of a unit."""
    row = _to_edit(request, place_id)
    initial = {name: getattr(row, name) for name in forms.FactsForm.base_fields if hasattr(row, name)}
    form = forms.FactsForm(request.POST or None, initial=initial)
    if row.valid_to is None or not row.district:
        del form.fields["district"]
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.change_place(actor_of(request), place_id=row.id, at=timezone.now(), **form.cleaned_data)
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Saved."))
            return redirect("places:unit", row.id)
    return render(request, "places/edit.html", {"form": form, "refusal": refusal, "place": row})


@require_GET
@rules.staff("places.edit")
def choose(request: HttpRequest, place_id: int) -> HttpResponse:
    """Which change it is."""
    row = _to_edit(request, place_id)
    kinds = [kind for kind in TITLES if kind != Kind.TRANSFER or row.level == "commune"]
    items = [
        {"title": TITLES[kind], "text": HINTS[kind], "url": reverse("places:declare", args=[row.id, kind.value])}
        for kind in kinds
    ]
    return render(request, "places/choose.html", {"place": row, "items": items})


@require_http_methods(["GET", "POST"])
@rules.staff("places.edit")
def declare(request: HttpRequest, place_id: int, kind: str) -> HttpResponse:
    """The change itself. The first sending only reads it back; the second does it."""
    row = _to_edit(request, place_id)
    if kind not in Kind.values or (kind == Kind.TRANSFER and row.level != "commune"):
        raise Http404
    classes = {Kind.MERGE: forms.MergeForm, Kind.SPLIT: forms.SplitForm}
    form = classes.get(Kind(kind), forms.ChangeForm)(request.POST or None, initial={"revision": row.revision})
    units = _unit_forms(request, row, kind)
    refusal: Refusal | None = None
    others: list[PlaceRow] = []
    if request.method == "POST" and all([form.is_valid(), units.is_valid()]):
        data = form.cleaned_data
        if kind == Kind.MERGE:
            others = _named(form, data["others"], row, data["effective_on"])
        if form.is_valid():
            targets = [_target(each.cleaned_data) for each in units if each.cleaned_data]
            confirmed = request.POST.get("confirmed") == "1"
            try:
                with transaction.atomic():
                    news = services.declare_succession(
                        actor_of(request), kind=kind, old_ids=[row.id, *(other.id for other in others)], targets=targets,
                        effective_on=data["effective_on"], legal_ref=data["legal_ref"], note=data["note"],
                        share_source=data.get("share_source", ""),
                        revisions={row.id: data["revision"]} if data["revision"] else {}, at=timezone.now(),
                    )  # fmt: skip
                    if not confirmed:
                        transaction.set_rollback(True)
            except Forbidden:
                raise
            except Refusal as refused:
                refusal = refused
            else:
                if not confirmed:
                    queries.forget()
                    return _read_back(request, row, kind, others, targets, data["effective_on"])
                messages.success(request, _("The change is declared; it holds from %(day)s.") % {"day": formats.day(data["effective_on"])})
                return redirect("places:unit", news[0].pk)
    return render(
        request, "places/declare.html",
        {"place": row, "kind": kind, "title": TITLES[Kind(kind)], "form": form, "units": units, "refusal": refusal},
    )  # fmt: skip


def _unit_forms(request: HttpRequest, row: PlaceRow, kind: str) -> Any:
    """Forms of the units to come: one, or two to six for a split."""
    is_split = kind == Kind.SPLIT
    made: Any = django_forms.formset_factory(
        forms.PartForm if is_split else forms.UnitForm, formset=forms.UnitForms, min_num=2 if is_split else 1,
        validate_min=True, extra=2 if is_split else 0, max_num=6 if is_split else 1,
    )  # fmt: skip
    first = {
        "code": row.code if row.has_code else "", "kind": row.kind, "name": row.name, "name_en": row.name_en,
        "parent_code": row.parent_code,
    }  # fmt: skip
    return made(
        request.POST or None, prefix="unit", first=first,
        form_kwargs={"level": row.level, "provinces": [(each.code, each.title) for each in queries.provinces()]},
    )  # fmt: skip


def _target(data: dict[str, Any]) -> Target:
    return Target(
        code=data["code"], kind=data["kind"], name=data["name"], name_en=data["name_en"],
        parent_code=data.get("parent_code", ""), area_km2=data["area_km2"], share_area=data.get("share_area"),
        share_population=data.get("share_population"),
    )  # fmt: skip


def _named(form: django_forms.Form, text: str, row: PlaceRow, on: date) -> list[PlaceRow]:
    """The units named line by line; a name that fits several is asked about, never guessed."""
    found: dict[int, PlaceRow] = {}
    for line in filter(None, (" ".join(each.split()) for each in text.splitlines())):
        by_code = queries.find(line, on=on)
        fits = [by_code] if by_code else queries.matches(line, on=on, level=row.level)
        if len(fits) > 1 and any(each.parent_code == row.parent_code for each in fits):
            fits = [each for each in fits if each.parent_code == row.parent_code]
        if len(fits) == 1:
            found[fits[0].id] = fits[0]
        elif fits:
            names = "; ".join(f"{each.code} {queries.long_name(each)}" for each in fits)
            form.add_error("others", _("“%(line)s” may be: %(names)s. Write the code.") % {"line": line, "names": names})
        else:
            near = "; ".join(f"{hit.place.code} {hit.place.in_text}" for hit in queries.search(line, on=on, level=row.level, limit=3))
            message = _("There is no unit “%(line)s” on that day.") % {"line": line}
            form.add_error("others", f"{message} {_('Did you mean: %(names)s?') % {'names': near}}" if near else message)
    found.pop(row.id, None)
    return list(found.values())


def _read_back(
    request: HttpRequest, row: PlaceRow, kind: str, others: Sequence[PlaceRow], targets: Sequence[Target], on: date
) -> HttpResponse:
    """What will happen, in words; what was filled in travels along unseen."""
    day = formats.day(on)
    olds = ", ".join(each.in_text for each in (row, *others))
    news = ", ".join(f"{with_kind(each.kind, each.name)} ({each.code})" for each in targets)
    consequences = [
        _("On %(day)s these units end: %(units)s.") % {"day": day, "units": olds},
        _("From that day there is: %(units)s.") % {"units": news},
        _("Records made before keep the unit they were made under; figures are carried over to the new units."),
        _("People's Committees and their officers are not touched: merge or split those under “Agencies”."),
    ]
    moved = 0
    if row.level == "province":
        gone = {each.code for each in (row, *others)} - {each.code for each in targets}
        moved = sum(len(queries.communes(province=code, on=on)) for code in gone)
    if moved:
        consequences.insert(2, _("%(n)s communes, wards and special zones go to the new province on that day.") % {"n": moved})
    if on <= timezone.localdate():
        consequences.append(_("That day has come already: the change holds at once and cannot be withdrawn."))
    else:
        consequences.append(_("Until that day the change can be withdrawn."))
    kept = [(name, value) for name, values in request.POST.lists() for value in values]
    return render(
        request, "places/read_back.html",
        {
            "place": row, "title": TITLES[Kind(kind)], "consequences": consequences,
            "kept": [(n, v) for n, v in kept if n not in ("csrfmiddlewaretoken", "once", "confirmed")],
            "back_url": reverse("places:unit", args=[row.id]),
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("places.edit")
def shares(request: HttpRequest, place_id: int) -> HttpResponse:
    """How a unit that was split divides, as somebody published it."""
    row = _to_edit(request, place_id)
    _before, after = queries.history_of(row)
    steps = [step for step in after if not step.succession.is_whole]
    if len(steps) < 2:
        raise Http404
    form = forms.SharesForm(request.POST or None, parts=[(step.succession.id, step.place.in_text) for step in steps])
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.set_shares(
                actor_of(request), old_id=row.id, by=data["by"], source=data["source"], reason=data["reason"],
                shares={step.succession.id: data[f"share_{step.succession.id}"] for step in steps}, at=timezone.now(),
            )  # fmt: skip
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Saved. Old figures are divided by these shares from now on, marked as estimates."))
            return redirect("places:unit", row.id)
    return render(
        request, "places/act.html",
        {
            "title": _("Shares of %(place)s") % {"place": row.in_text}, "form": form, "refusal": refusal,
            "label": _("Save the shares"), "back_url": reverse("places:unit", args=[row.id]), "back": row.title,
            "consequences": [
                _("Old figures of this unit are divided among its parts by these shares, marked as estimates."),
                _("Shares entered before are replaced; the audit trail keeps them."),
            ],
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("places.edit")
def withdraw(request: HttpRequest, place_id: int) -> HttpResponse:
    """Take back a change that has not come yet."""
    row = _to_edit(request, place_id)
    before, _after = queries.history_of(row)
    form = forms.ReasonForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw_succession(
                actor_of(request), place_id=row.id, on=timezone.localdate(), at=timezone.now(), **form.cleaned_data
            )
        except Forbidden:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The change is withdrawn."))
            return redirect("places:list")
    olds = ", ".join(step.place.in_text for step in before)
    return render(
        request, "places/act.html",
        {
            "title": _("Withdraw the change to %(place)s") % {"place": row.in_text}, "form": form, "refusal": refusal,
            "label": _("Withdraw this change"), "danger": True, "back_url": reverse("places:unit", args=[row.id]),
            "back": row.title,
            "consequences": [
                _("These units live on as they are: %(units)s.") % {"units": olds},
                _("The units that were to begin on %(day)s will not begin.") % {"day": formats.day(row.valid_from)},
            ],
        },
    )  # fmt: skip
