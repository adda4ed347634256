"""Keeping what figures are broken down by: dimensions, their categories, and the series reported by them from a day on."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.ui import formats

from .. import breakdowns, policies, queries
from ..models import Breakdown, Category, Dimension, Entry, Indicator, Observation, Series

MOST_PARTS = 60


class BadBreakdown(Refusal):
    """A dimension, a category or a breakdown that cannot stand."""


@transaction.atomic
def add_dimension(
    actor: Actor, *, code: str, name: str, name_en: str = "", valid_from: date, source: str, verified: bool = False, at: datetime
) -> Dimension:
    """Add something figures can be broken down by. Raises Forbidden, BadBreakdown."""
    policies.require(policies.may_keep(actor))
    if not breakdowns.CODE.fullmatch(code):
        raise BadBreakdown(
            _("“%(code)s” is no code of a dimension.") % {"code": code[:30]}, field="code",
            way_out=_("Write 1 to 12 capital letters, digits or _, beginning with a letter: for example SEX."),
        )  # fmt: skip
    _check(name, source)
    if (there := Dimension.objects.filter(code=code).first()) is not None:
        raise BadBreakdown(
            _("There is a dimension %(code)s already: %(name)s.") % {"code": code, "name": queries.named(there)}, field="code",
            way_out=_("Use that one, or take another code: keys of figures stand on it."),
        )  # fmt: skip
    made = Dimension.objects.create(
        code=code, name=name.strip()[:250], name_en=(name_en.strip() or name.strip())[:250], source=source.strip()[:300], verified=verified,
        valid_from=valid_from,
    )  # fmt: skip
    audit.record(actor, "indicators.dimension_added", made, after={"code": code, "name": made.name, "valid_from": valid_from, "source": made.source}, at=at)
    return made


@transaction.atomic
def add_category(
    actor: Actor, *, dimension: str, code: str, name: str, name_en: str = "", valid_from: date, source: str, verified: bool = False, at: datetime
) -> Category:
    """Add a category to a dimension from a day on: reports of periods that end from then on ask for it. Raises Forbidden, BadBreakdown."""
    policies.require(policies.may_keep(actor))
    held = _dimension(dimension)
    if not breakdowns.CATEGORY.fullmatch(code):
        raise BadBreakdown(
            _("“%(code)s” is no code of a category.") % {"code": code[:30]}, field="code",
            way_out=_("Write 1 to 12 capital letters, digits or _: for example F."),
        )  # fmt: skip
    _check(name, source)
    if valid_from < held.valid_from:
        raise BadBreakdown(
            _("The dimension begins on %(day)s, later than that day.") % {"day": formats.day(held.valid_from)}, field="valid_from",
            way_out=_("Choose that day or a later one."),
        )  # fmt: skip
    if (there := Category.objects.filter(dimension=held, code=code).first()) is not None:
        raise BadBreakdown(
            _("The code %(code)s belongs to “%(name)s”.") % {"code": code, "name": queries.named(there)}, field="code",
            way_out=_("Take another code, so that old and new figures are not mixed."),
        )  # fmt: skip
    for row in Breakdown.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from)):
        if dimension in row.by.split("-"):
            _check_number(row.by, valid_from, more={dimension: 1}, field="code")
    rank = Category.objects.filter(dimension=held).aggregate(last=Max("rank"))["last"]
    made = Category.objects.create(
        dimension=held, code=code, name=name.strip()[:250], name_en=(name_en.strip() or name.strip())[:250],
        rank=0 if rank is None else rank + 1, source=source.strip()[:300], verified=verified, valid_from=valid_from,
    )  # fmt: skip
    told = {"dimension": dimension, "code": code, "name": made.name, "valid_from": valid_from, "source": made.source}
    audit.record(actor, "indicators.category_added", made, after=told, at=at)
    return made


@transaction.atomic
def end_category(actor: Actor, *, category_id: int, valid_to: date, source: str, at: datetime) -> Category:
    """Say that a category is asked for no more from a day on; figures of former periods keep it. Raises Forbidden, BadBreakdown."""
    policies.require(policies.may_keep(actor))
    found = Category.objects.select_for_update(of=("self",)).select_related("dimension").filter(pk=category_id, valid_to__isnull=True).first()
    if found is None:
        raise BadBreakdown(_("This category has ended already."), way_out=_("Go back and look at the list."))
    _check_end(found, valid_to, source)
    _check_unused(Q(breakdown__regex=rf"(^|-){found.dimension.code}:{found.code}(-|$)"), valid_to)
    _end(actor, "indicators.category_ended", found, valid_to=valid_to, source=source, at=at)
    return found


@transaction.atomic
def end_dimension(actor: Actor, *, dimension: str, valid_to: date, source: str, at: datetime) -> Dimension:
    """Say that nothing is broken down by a dimension from a day on. Raises Forbidden, BadBreakdown: not while a series is."""
    policies.require(policies.may_keep(actor))
    found = _dimension(dimension)
    _check_end(found, valid_to, source)
    open_rows = Breakdown.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=valid_to)).select_related("series").order_by("series__code")
    if users := [row.series.code for row in open_rows if dimension in row.by.split("-")]:
        raise BadBreakdown(
            _("These series are broken down by it: %(codes)s.") % {"codes": ", ".join(users)}, field="valid_to", way_out=_("End those breakdowns first.")
        )
    _end(actor, "indicators.dimension_ended", found, valid_to=valid_to, source=source, at=at)
    return found


@transaction.atomic
def add_breakdown(
    actor: Actor, *, code: str, series: str, dimensions: Sequence[str], is_exhaustive: bool, is_optional: bool = True, is_final: bool = False,
    valid_from: date, source: str, verified: bool = False, at: datetime,
) -> Breakdown:  # fmt: skip
    """Report a series of an indicator by a dimension, or by two crossed, for periods that end from a day on. Raises Forbidden, BadBreakdown.

    Exhaustive parts add up to their total. Optional ones may be left blank together.
    """
    policies.require(policies.may_keep(actor))
    row = Indicator.objects.filter(code=code, valid_to__isnull=True).first()
    if row is None:
        raise BadBreakdown(_("There is no such indicator."), field="series")
    held = Series.objects.select_for_update().filter(code=series).first() if series in row.series_codes else None
    if held is None:
        raise BadBreakdown(_("Choose a series of this indicator."), field="series", way_out=_("Choose one from the list."))
    if not row.is_owed:
        raise BadBreakdown(_("Nobody reports this indicator, so nobody can report parts of it."), field="series")
    chosen = sorted(set(dimensions))
    if not 1 <= len(chosen) <= breakdowns.MOST_CROSSED:
        raise BadBreakdown(_("Choose one dimension, or two to be crossed."), field="dimensions")
    if not source.strip():
        raise BadBreakdown(_("Name the act or letter the change stands on."), field="source")
    for each in chosen:
        there = Dimension.objects.filter(code=each).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from)).first()
        if there is None:
            raise BadBreakdown(_("There is no dimension %(code)s on that day.") % {"code": each[:30]}, field="dimensions", way_out=_("Choose one from the list."))
        if valid_from < there.valid_from:
            raise BadBreakdown(
                _("The dimension begins on %(day)s, later than that day.") % {"day": formats.day(there.valid_from)}, field="valid_from",
                way_out=_("Choose that day or a later one."),
            )  # fmt: skip
    by = breakdowns.by_of(chosen)
    _check_number(by, valid_from, field="dimensions")
    for other in Breakdown.objects.filter(series=held, by=by):
        if other.valid_to is None or valid_from < other.valid_to:
            raise BadBreakdown(
                _("This series is broken down by it already, from %(day)s on.") % {"day": formats.day(other.valid_from)}, field="dimensions",
                way_out=_("End that breakdown first, or choose a day after its end."),
            )  # fmt: skip
    made = Breakdown.objects.create(
        series=held, by=by, is_exhaustive=is_exhaustive, is_optional=is_optional, is_final=is_final, source=source.strip()[:300], verified=verified,
        valid_from=valid_from,
    )  # fmt: skip
    told = {"series": series, "by": by, "exhaustive": is_exhaustive, "optional": is_optional, "valid_from": valid_from, "source": made.source}
    audit.record(actor, "indicators.breakdown_added", made, after=told, at=at)
    return made


@transaction.atomic
def end_breakdown(actor: Actor, *, breakdown_id: int, valid_to: date, source: str, at: datetime) -> Breakdown:
    """Say that a series is broken down no more from a day on; figures of former periods keep their parts. Raises Forbidden, BadBreakdown."""
    policies.require(policies.may_keep(actor))
    found = Breakdown.objects.select_for_update(of=("self",)).select_related("series").filter(pk=breakdown_id, valid_to__isnull=True).first()
    if found is None:
        raise BadBreakdown(_("This breakdown has ended already."), way_out=_("Go back and look at the list."))
    _check_end(found, valid_to, source)
    pattern = "^" + "-".join(f"{each}:[A-Z0-9_]+" for each in found.by.split("-")) + "$"
    _check_unused(Q(series=found.series, breakdown__regex=pattern), valid_to)
    _end(actor, "indicators.breakdown_ended", found, valid_to=valid_to, source=source, at=at)
    return found


def _dimension(code: str) -> Dimension:
    found = Dimension.objects.select_for_update().filter(code=code, valid_to__isnull=True).first()
    if found is None:
        raise BadBreakdown(_("There is no dimension %(code)s in force.") % {"code": code[:30]}, way_out=_("Go back and look at the list."))
    return found


def _check(name: str, source: str) -> None:
    if not name.strip():
        raise BadBreakdown(_("It has no name."), field="name", way_out=_("Write what it is called."))
    if not source.strip():
        raise BadBreakdown(_("Name the act or letter the change stands on."), field="source")


def _check_number(by: str, day: date, *, field: str, more: dict[str, int] | None = None) -> None:
    """Refuse a breakdown without parts, or with more than a form can hold."""
    number = 1
    for code in by.split("-"):
        rows = Category.objects.filter(dimension__code=code, valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
        number *= rows.count() + (more or {}).get(code, 0)
    if not number:
        raise BadBreakdown(_("A dimension without categories breaks nothing down."), field=field, way_out=_("Add its categories first."))
    if number > MOST_PARTS:
        raise BadBreakdown(
            _("That makes %(n)s parts; a form holds at most %(most)s.") % {"n": number, "most": MOST_PARTS}, field=field,
            way_out=_("Choose fewer or coarser categories."),
        )  # fmt: skip


def _check_end(row: Dimension | Category | Breakdown, valid_to: date, source: str) -> None:
    if valid_to <= row.valid_from:
        raise BadBreakdown(
            _("The day has to lie after %(day)s.") % {"day": formats.day(row.valid_from)}, field="valid_to", way_out=_("Choose a later day.")
        )
    if not source.strip():
        raise BadBreakdown(_("Name the act or letter the change stands on."), field="source")


def _check_unused(parts: Q, valid_to: date) -> None:
    """Refuse an end before parts that were published or typed already: nothing that was reported is lost."""
    last: Iterable[date | None] = (
        Observation.objects.filter(parts, last_day__gte=valid_to, known_to__isnull=True).aggregate(last=Max("last_day"))["last"],
        Entry.objects.filter(parts, obligation__last_day__gte=valid_to).aggregate(last=Max("obligation__last_day"))["last"],
    )
    known = [day for day in last if day is not None]
    if known:
        raise BadBreakdown(
            _("Such parts were reported already for periods up to %(day)s.") % {"day": formats.day(max(known))}, field="valid_to",
            way_out=_("Choose %(day)s or a later day; former periods keep their parts.") % {"day": formats.day(max(known) + timedelta(days=1))},
        )  # fmt: skip


def _end(actor: Actor, act: str, row: Dimension | Category | Breakdown, *, valid_to: date, source: str, at: datetime) -> None:
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    audit.record(actor, act, row, after={"valid_to": valid_to, "source": source.strip()}, at=at)
