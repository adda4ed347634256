"""Keeping the catalogue: what each indicator means and who answers for it, targets, closed periods."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Refusal, acting, rules
from langbiang.foundation.organizations import queries as organizations

from .. import policies, queries, services, words
from ..models import Indicator, Lock, Outline, Series, Target
from ..numbers import NotANumber, read
from ..services.locks import NotLocked
from ..services.obligations import in_force
from ..services.versions import used_by
from . import parts
from .adding import formula_words
from .forms import IndicatorForm, LockForm, ReasonForm, TargetForm


def deadline_words(each: Indicator | Outline) -> str:
    """When a report is due, in words."""
    rule = each.deadline
    at = {"at": rule.get("at", ""), "day": rule.get("day"), "days": rule.get("days"), "month": rule.get("month")}
    match rule.get("rule"):
        case "day_of_month":
            return _("day %(day)s of the month after, %(at)s") % at
        case "days_after":
            return _("%(days)s day(s) after the period, %(at)s") % at
        case "weekday":
            names = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")]
            return _("%(day)s of the week, %(at)s") % {**at, "day": names[rule["weekday"]]}
        case "date":
            return _("%(day)s/%(month)s of the year after, %(at)s") % at
    return "–"


@require_GET
@rules.staff("indicators.keep")
def catalogue(request: HttpRequest) -> HttpResponse:
    """All indicators in force, with what nobody has checked against the signed text yet."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    rows = [
        {
            "indicator": each, "name": queries.named(each), "owner": organizations.name_of(organizations.agency_id_of(each.owner)),
            "due": deadline_words(each) if each.is_owed else _("reckoned from others") if each.formula else _("counted by the platform"),
        }
        for each in in_force(timezone.localdate())
    ]  # fmt: skip
    unchecked = sum(not row["indicator"].verified for row in rows)  # type: ignore[attr-defined]  # rows are mappings of many kinds
    return render(request, "indicators/catalogue.html", {"tabs": parts.tabs(actor, "catalogue"), "rows": rows, "unchecked": unchecked})


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Another meaning, owner or deadline from a day on; former rows below."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    each = parts.newest_row(code)
    rule = each.deadline
    form = IndicatorForm(
        request.POST or None, is_owed=each.is_owed,
        initial={
            **{name: getattr(each, name) for name in ("name", "name_en", "definition", "owner", "source_name", "coverage_percent",
                                                      "is_publishable", "source", "verified")},
            "rule": rule.get("rule"), "number": rule.get("day", rule.get("days", rule.get("weekday"))), "month": rule.get("month"),
            "hour": rule.get("at", "17:00"), "shift": rule.get("shift", "none"),
            "grace_hours": each.grace_minutes // 60, "valid_from": timezone.localdate(),
        },
    )  # fmt: skip
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        names = ("name", "name_en", "definition", "owner", "source_name", "coverage_percent", "is_publishable", "source", "verified")
        values = {name: given[name] for name in names}
        if each.is_owed:
            values |= {"deadline": form.deadline(), "grace_minutes": 60 * given["grace_hours"]}
        try:
            services.change_indicator(actor, code=code, values=values, valid_from=given["valid_from"], at=timezone.now())
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The indicator is changed from that day on."))
            return redirect("indicators:catalogue")
    rows = Indicator.objects.filter(code=code).order_by("-valid_from")
    series = [row for c in each.series_codes for row in Series.objects.filter(code=c)]
    targets = Target.objects.filter(code=code, known_to__isnull=True).select_related("agency").order_by("-year", "agency__name")[:200]
    return render(
        request, "indicators/change.html",
        {
            "form": form, "refusal": refusal, "name": queries.named(each), "indicator": each, "rows": rows,
            "series": [(row, queries.named(row), words.ROLLS[row.space], words.ROLLS[row.time]) for row in series],
            "reckoned": formula_words(each, {row.code: queries.named(row) for row in series}),
            "changed_by": used_by([code, *each.series_codes], on=timezone.localdate()),
            "targets": [(row, parts.value_words(row.value, each)) for row in targets],
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def target(request: HttpRequest, code: str) -> HttpResponse:
    """What the province is to reach in a year."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    each = parts.newest_row(code)
    form = TargetForm(request.POST or None, initial={"year": timezone.localdate().year})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            typed = read(given["value"], decimals=each.decimals)
        except NotANumber:
            typed = None
        if typed is None:
            form.add_error("value", _("Write a number as 1.250,5 with at most %(n)s decimals.") % {"n": each.decimals})
        else:
            try:
                services.set_target(
                    actor, code=code, agency_id=parts.root_id(), year=given["year"], value=typed.value, source=given["source"],
                    verified=given["verified"], at=timezone.now(),
                )  # fmt: skip
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(request, _("The target is set."))
                return redirect("indicators:change", code)
    return render(
        request, "indicators/target.html",
        {"form": form, "refusal": refusal, "name": queries.named(each), "indicator": each, "unit": parts.unit_words(each)},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def locks(request: HttpRequest) -> HttpResponse:
    """Closed periods, and closing one."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    indicators = [(each.code, queries.named(each)) for each in in_force(timezone.localdate())]
    form = LockForm(request.POST or None, indicators=indicators)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.lock(actor, code=given["code"], period=given["period"].strip(), at=timezone.now())
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The period is closed."))
            return redirect("indicators:locks")
    names = dict(indicators)
    rows = [(row, names.get(row.code, row.code)) for row in Lock.objects.order_by("-locked_at")[:200]]
    return render(
        request, "indicators/locks.html",
        {"tabs": parts.tabs(actor, "locks"), "form": form, "refusal": refusal, "rows": rows, "me": actor.account_id},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def ask(request: HttpRequest, lock_id: int) -> HttpResponse:
    """Ask to open a closed period; another person agrees."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    form = ReasonForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.ask_opening(actor, lock_id=lock_id, reason=form.cleaned_data["reason"], at=timezone.now())
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Another person who keeps the indicators has to agree now."))
            return redirect("indicators:locks")
    return render(request, "indicators/lock_ask.html", {"form": form, "refusal": refusal})


@require_POST
@rules.staff("indicators.keep")
def agree(request: HttpRequest, lock_id: int) -> HttpResponse:
    """Open a closed period another person asked for."""
    try:
        services.open_lock(acting(request), lock_id=lock_id, at=timezone.now())
    except NotLocked as refused:
        parts.tell(request, refused)
    else:
        messages.success(request, _("The period is open again."))
    return redirect("indicators:locks")
