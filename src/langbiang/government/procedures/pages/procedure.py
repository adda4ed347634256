"""One procedure as a citizen reads it: what you need, how long, how much, where; and whether it is for you."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from langbiang.foundation.access import rules
from langbiang.foundation.forms import wizard
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui.formats import money

from ..process_hours import promised_hours
from ..queries import catalogue
from ..queries.pinned import NotInForce, PinnedProcedure, competent_choices
from ..queries.wording import code_in
from . import precheck, words
from .found import actor_of, address, text_of, today


@dataclass(frozen=True)
class Paper:
    """One paper of the list in words."""

    name: str
    copies: str
    is_needed: bool
    note: str
    form_file: str


@dataclass(frozen=True)
class Group:
    """Papers that belong together, for instance to one case in point."""

    label: str
    papers: list[Paper]


@dataclass(frozen=True)
class Way:
    """One way of filing: how long, how much."""

    name: str
    duration: str
    fee: str
    note: str


def page_or_404(code: str, number: int | None = None) -> catalogue.ProcedurePage:
    """The procedure of the address."""
    try:
        return catalogue.procedure_page(code[:20], on=today(), number=number)
    except NotInForce:
        raise Http404(_("There is no procedure with this code.")) from None


@require_safe
@rules.public
def procedure(request: HttpRequest, code: str) -> HttpResponse:
    """A procedure in force today."""
    if (tidy := code_in(code)) and tidy != code:
        return redirect("procedures:procedure", tidy)
    return _show(request, page_or_404(code))


@require_safe
@rules.public
def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """What a procedure said in an earlier version: cases received then are still handled by it."""
    if number > 100_000:
        raise Http404
    return _show(request, page_or_404(code, number), is_old=True)


def _show(request: HttpRequest, page: catalogue.ProcedurePage, *, is_old: bool = False) -> HttpResponse:
    found = page.procedure
    unit = text_of(request, "unit", 20)
    return render(
        request,
        "procedures/procedure.html",
        {
            "page": page,
            "procedure": found,
            "title": words.in_language(found, "title"),
            "levels": words.levels(found.levels),
            "is_old": is_old,
            "sees_marks": actor_of(request).is_staff,
            "ways": _ways(found),
            "times": _times(found),
            "cost": _cost(page),
            "groups": _groups(page),
            "fees": [_fee(fee) for fee in page.fees],
            "audiences": ", ".join(page.audiences),
            "events": [
                (words.in_language(e, "name"), address(reverse("procedures:catalogue"), life_event=e.slug))
                for e in page.events
            ],
            "where": _where(found, unit),
            "file_url": _file_url(found.code, unit) if page.is_fileable else "",
            "has_check": bool(found.eligibility.get("questions")) and not is_old,
        },
    )


def _file_url(code: str, unit: str) -> str:
    try:
        return address(reverse("cases:file", args=[code]), unit=unit)
    except NoReverseMatch:
        return ""


def _ways(found: PinnedProcedure) -> list[Way]:
    return [
        Way(
            str(words.CHANNELS.get(row.kind, row.kind)),
            words.duration(row.duration, row.duration_unit) or _("not stated"),
            words.fee(row.fee_state, row.fee_amount, row.currency),
            " ".join(part for part in (row.note, row.description) if part),
        )
        for row in found.channels
    ]


def _times(found: PinnedProcedure) -> str:
    """The promised time in one line; several where ways of filing differ."""
    stated = [row for row in found.channels if row.duration is not None and row.duration_unit]
    if not stated:
        return _("Not stated: ask the agency that decides")
    stated.sort(key=lambda row: promised_hours([row]) or 0)
    shortest, longest = (words.duration(row.duration, row.duration_unit) for row in (stated[0], stated[-1]))
    if shortest == longest:
        return shortest
    return _("%(shortest)s to %(longest)s, depending on how you file and on your case") % {
        "shortest": shortest, "longest": longest,
    }  # fmt: skip


def _cost(page: catalogue.ProcedurePage) -> str:
    if page.fees:
        amounts = sorted({fee.amount_vnd for fee in page.fees})
        if amounts == [0]:
            return _("Free of charge")
        if len(page.fees) == 1:
            return money(page.fees[0].amount_vnd) + (f" / {page.fees[0].per}" if page.fees[0].per else "")
        return _("from %(least)s, see below") % {"least": money(amounts[0])}
    told = dict.fromkeys(words.fee(r.fee_state, r.fee_amount, r.currency) for r in page.procedure.channels)
    return " – ".join(told) or _("Not stated: ask the agency that decides")


def _fee(fee: catalogue.FeeLine) -> dict[str, Any]:
    return {
        "kind": words.FEE_KINDS.get(fee.kind, ""), "label": fee.label, "per": fee.per, "amount": fee.amount_vnd,
        "channel": words.CHANNELS.get(fee.channel, ""), "agency": organizations.name_of(fee.agency_id) if fee.agency_id else "",
        "exemptions": fee.exemptions, "is_conditional": fee.is_conditional, "source": fee.legal_source,
        "valid_from": fee.valid_from, "verified": fee.verified,
    }  # fmt: skip


def _groups(page: catalogue.ProcedurePage) -> list[Group]:
    """The papers by group, each saying whether it must be brought at all."""
    return [
        Group(label, [_paper(row, page.form_files.get(row.key, "")) for row in rows])
        for label, rows in groupby(page.procedure.documents, key=lambda row: row.group)
    ]


def _paper(row: Any, form_file: str) -> Paper:
    copies = words.copies(row.originals, row.copies)
    note, needed = "", True
    if row.reuse_result:
        note = _("Need not be brought if you received it from an agency here: we look it up.")
        needed = False
    elif row.present_only:
        note = _("Only to be shown, or looked up in the database: nothing to hand in.")
        needed = False
    elif not row.required:
        note = _("Only where it applies to you.")
    return Paper(words.in_language(row, "name"), copies, needed, note, form_file)


def _where(found: PinnedProcedure, unit: str) -> dict[str, Any]:
    """Who decides: named agencies, or the commune chosen by the reader."""
    on = today()
    named = [organizations.agency_id_of(rule["agency"], on=on) for rule in found.competence if rule.get("agency")]
    ids = [pk for pk in named if pk] or competent_choices(found.procedure_id, on=on)
    by_commune = any(rule.get("level") == "commune" for rule in found.competence) or (
        not ids and "commune" in found.levels
    )
    units = organizations.commune_agencies(on=on) if by_commune else []
    chosen = next((row for row in units if row.code == unit), None)
    agencies = [organizations.agency(pk) for pk in ids]
    return {"agencies": agencies, "by_commune": by_commune, "units": units, "chosen": chosen}


@require_safe
@rules.public
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Whether the procedure is for this person: a few questions, one answer, nothing kept."""
    page = page_or_404(code)
    form = precheck.questions(page.procedure.eligibility)
    if not form["groups"]:
        return redirect("procedures:procedure", code)
    english, sent = words.is_english(), "sent" in request.GET
    answers: dict[str, Any] = {}
    pages = []
    again = not sent
    for group in form["groups"]:
        if sent:
            taken = wizard.take(group, answers, request.GET, request.FILES, store=_no_files, english=english)
            answers |= {key: value for key, value in taken.changes.items() if value is not None}
            pages.append(taken.page)
            again = again or taken.page.has_errors
        else:
            pages.append(wizard.page(group, {}, english=english))
    found = [] if again else precheck.outcomes(page.procedure.eligibility, answers, english=english)
    may_go_on = all(outcome.verdict == "yes" for outcome in found)
    return render(
        request,
        "procedures/check.html",
        {
            "page": page, "procedure": page.procedure, "title": words.in_language(page.procedure, "title"),
            "pages": pages, "forms": [s.form for p in pages for s in p.sections], "outcomes": found,
            "is_answered": not again, "may_go_on": may_go_on,
            "file_url": _file_url(code, "") if page.is_fileable and may_go_on else "",
        },
    )  # fmt: skip


def _no_files(_upload: Any) -> int:
    raise Http404
