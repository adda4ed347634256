"""Where a figure is used by the indicators: formulas, rules between figures, written reports, packets sent."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from langbiang.foundation.access import SYSTEM, Actor
from langbiang.foundation.measures import Shown, Use, tells_uses
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.reporting import queries as reporting

from . import formulas, periods, queries
from .models import Indicator, Narrative, Outline, Rule
from .words import period_words

SHOWN = 5  # packets and reports of one kind that are named one by one


@tells_uses("indicators")
def told(actor: Actor, shown: Shown) -> Iterator[Use]:
    """What of the indicators stands on a figure. Links only for those who may open the pages."""
    day = shown.last or timezone.localdate()
    may_view, may_keep = "indicators.view" in actor.permissions, "indicators.keep" in actor.permissions
    rows = [row for row in Indicator.objects.order_by("rank", "code") if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)]
    if shown.measure and not shown.indicator:
        for row in rows:
            if row.measure == shown.measure:
                yield Use(_("Indicator"), queries.named(row), reverse("indicators:indicator", args=[row.code]) if may_view else "")
        return
    if not shown.indicator:
        return
    wanted = {shown.indicator, *shown.series}
    for row in rows:
        if row.formula and wanted & {part for code in formulas.read(row.formula).codes for part in (code, code.partition(".")[0])}:
            place = [row.code, shown.agency_id, shown.period]
            url = reverse("indicators:provenance", args=place) if shown.agency_id and shown.period else reverse("indicators:indicator", args=[row.code])
            yield Use(_("Formula"), f"{queries.named(row)} = {row.formula}", url if may_view else "")
    for rule in Rule.objects.filter(code=shown.indicator, valid_from__lte=day).order_by("pk"):
        if rule.valid_to is None or day < rule.valid_to:
            yield Use(_("Rule between figures"), queries.named(rule), reverse("indicators:rules", args=[rule.code]) if may_keep else "")
    yield from _written(actor, shown, may_keep=may_keep)
    yield from _sent(actor, shown)


def _written(actor: Actor, shown: Shown, *, may_keep: bool) -> Iterator[Use]:
    """Outlines that show the figure, and reports of the agency that were written with it beside."""
    day = shown.last or timezone.localdate()
    for outline in Outline.objects.filter(valid_from__lte=day).order_by("code"):
        if (outline.valid_to is not None and outline.valid_to <= day) or not any(shown.indicator in s.get("indicators", ()) for s in outline.sections):
            continue
        yield Use(_("Outline of a written report"), queries.titled(outline), reverse("indicators:outline", args=[outline.code]) if may_keep else "")
        reports = Narrative.objects.filter(outline=outline, last_day__gte=day, stage__in=("submitted", "verified", "published"))
        if shown.agency_id and shown.agency_id not in organizations.root_ids():
            for report in reports.filter(agency_id=shown.agency_id).select_related("agency").order_by("last_day", "pk")[:SHOWN]:
                url = reverse("indicators:narrative", args=[report.pk]) if queries.may_see(actor, report) else ""
                yield Use(_("Written report"), f"{queries.titled(outline)}, {period_words(periods.parse(report.period))}, {report.agency.name}", url)
            continue
        of_period = reports.values_list("period").annotate(n=Count("pk"), last=Min("last_day")).order_by("last")
        for period, n, _last in of_period[:SHOWN]:
            said = ngettext("%(n)s report", "%(n)s reports", n) % {"n": n}
            url = reverse("indicators:narratives_of", args=[outline.code, period]) if "indicators.view" in actor.permissions else ""
            yield Use(_("Written report"), f"{queries.titled(outline)}, {period_words(periods.parse(period))}: {said}", url)


def _sent(actor: Actor, shown: Shown) -> Iterator[Use]:
    """Packets to the Government that carried the figure of the period."""
    if not shown.period:
        return
    rows = reporting.packets(SYSTEM).filter(kind="indicator_data", subject=shown.indicator, period=shown.period).order_by("-vintage")
    for row in rows[:SHOWN]:
        url = reverse("reporting:packet", args=[row.pk]) if "reporting.view" in actor.permissions else ""
        yield Use(_("Packet sent"), str(row.content.get("packet_id", "")), url)
