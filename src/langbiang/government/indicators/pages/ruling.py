"""Keeping the rules between the figures of an indicator."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from langbiang.foundation.access import Refusal, acting, rules

from .. import policies, queries, services, words
from ..models import Rule, Series
from . import parts
from .forms import EndForm, RuleForm


def told(rule: Rule, names: dict[str, str]) -> str:
    """A rule as a line: sums, sign and factor, with the names of the figures."""
    left, right = (" + ".join(names.get(code, code) for code in side) for side in (rule.left, rule.right))
    match rule.kind:
        case "together":
            return _("%(left)s and %(right)s: both or neither") % {"left": left, "right": right}
        case "either":
            return _("%(left)s and %(right)s: never both") % {"left": left, "right": right}
        case "not_falling":
            return _("%(left)s does not fall within the year") % {"left": left}
    times = f"{rule.factor.normalize():f} × " if rule.factor != 1 else ""
    return _("%(left)s has to %(sign)s %(right)s") % {"left": left, "sign": words.SIGNS[rule.sign], "right": times + right}


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def keep(request: HttpRequest, code: str) -> HttpResponse:
    """The rules of an indicator, and another one."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    each = parts.named_indicator(code)
    rows = {row.code: row for row in Series.objects.filter(code__in=each.series_codes)}
    names = {c: queries.named(rows[c]) for c in each.series_codes if c in rows}
    form = RuleForm(request.POST or None, series=list(names.items()), initial={"valid_from": timezone.localdate()})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.add_rule(actor, code=code, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The rule holds for reports of periods that end from that day on."))
            return redirect("indicators:rules", code)
    found = Rule.objects.filter(code=code).order_by("valid_to", "pk")
    return render(
        request, "indicators/rules.html",
        {
            "form": form, "refusal": refusal, "name": queries.named(each), "indicator": each,
            "found": [(rule, queries.named(rule), told(rule, names)) for rule in found],
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def end(request: HttpRequest, code: str, rule_id: int) -> HttpResponse:
    """Say that a rule holds no more."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    rule = Rule.objects.filter(pk=rule_id, code=code).first()
    if rule is None:
        raise Http404
    form = EndForm(request.POST or None, initial={"valid_to": timezone.localdate()})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.end_rule(actor, rule_id=rule_id, valid_to=form.cleaned_data["valid_to"], at=timezone.now())
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The rule has ended."))
            return redirect("indicators:rules", code)
    return render(request, "indicators/rule_end.html", {"form": form, "refusal": refusal, "rule": rule, "name": queries.named(rule), "code": code})
