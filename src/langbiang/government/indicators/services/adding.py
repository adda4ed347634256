"""A new indicator, another formula from a day on, the end of one: the catalogue without a data file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor
from langbiang.foundation.measures import queries as measures
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats

from .. import deadlines, policies
from ..events import IndicatorChanged
from ..models import Group, Indicator, Series
from .obligations import make_obligations
from .versions import (
    BadIndicator,
    check_formula,
    check_no_overlap,
    check_nothing_rewritten,
    follow,
    open_row,
    used_by,
    waive_after_end,
)

CODE = re.compile(r"[A-Z][A-Z0-9_]{1,19}")
SUFFIX = re.compile(r"[A-Z0-9_]{1,15}")
MOST_SERIES = 12
Roll = Series.Roll


@dataclass(frozen=True)
class Column:
    """A column of the reporting form: a series, and whether it is added up (top), divided by (base) or asked besides (more)."""

    suffix: str
    name: str
    name_en: str
    unit: str = ""
    decimals: int = 0
    role: str = "top"
    space: str = "sum"
    time: str = "sum"
    low: Decimal | None = None
    high: Decimal | None = None
    is_optional: bool = False
    second: str = ""


@transaction.atomic
def add_indicator(
    actor: Actor, *, code: str, group: str, values: Mapping[str, Any], columns: Sequence[Column] = (), valid_from: date, valid_to: date | None = None,
    at: datetime,
) -> Indicator:  # fmt: skip
    """Add an indicator: reported on a form, counted by a measure of the platform, or reckoned from others.

    `values` are fields of `Indicator`; `columns` those of the form where it is reported. Raises Forbidden, BadIndicator
    with the field concerned; nothing is kept then.
    """
    policies.require(policies.may_keep(actor))
    if not CODE.fullmatch(code):
        raise BadIndicator(
            _("“%(code)s” is no code of an indicator.") % {"code": code[:30]}, field="code",
            way_out=_("Write 2 to 20 capital letters, digits or _, beginning with a letter: for example TOURIST_STAY."),
        )  # fmt: skip
    check_no_overlap(code, valid_from=valid_from, valid_to=valid_to)
    chapter = Group.objects.filter(code=group).first()
    if chapter is None:
        raise BadIndicator(_("There is no such chapter."), field="group", way_out=_("Choose one from the list."))
    rank = (Indicator.objects.aggregate(last=Max("rank"))["last"] or 0) + 1
    row = Indicator(code=code, group=chapter, rank=rank, valid_from=valid_from, valid_to=valid_to, **values)
    _check_row(row)
    match row.source_kind:
        case Indicator.Source.FORMULA:
            check_formula(code, row.formula, row=row, on=valid_from)
        case Indicator.Source.INTERNAL:
            columns = _measured(row)
        case _:
            _check_columns(row, columns)
            if not any(each.role == "top" for each in columns):
                raise BadIndicator(
                    _("The form has no column that is added up."), field="columns", way_out=_("Add a column and let it be added up.")
                )
    _take(row, columns)
    row.save()
    if row.is_owed:
        today = timezone.localdate(at)
        make_obligations(first=max(today, valid_from), last=date(max(today, valid_from).year, 12, 31), at=at, codes=[code])
    told = {key: value for key, value in values.items() if value not in ("", None, [], {})}
    audit.record(
        actor, "indicators.added", row,
        after={"code": code, "valid_from": valid_from, **told, "columns": [asdict(each) for each in columns]}, at=at,
    )  # fmt: skip
    events.emit(actor, IndicatorChanged(indicator=code, valid_from=valid_from.isoformat()), at=at, subject=f"indicators.indicator:{row.pk}")
    return row


def _check_row(row: Indicator) -> None:
    if not row.source.strip():
        raise BadIndicator(_("Name the act or letter the change stands on."), field="source")
    if organizations.agency_id_of(row.owner, on=row.valid_from) is None:
        raise BadIndicator(_("There is no agency with the code %(code)s on that day.") % {"code": row.owner}, field="owner")
    if not row.levels:
        raise BadIndicator(_("Nobody has figures of it."), field="levels", way_out=_("Choose the province, the communes or both."))
    if row.is_owed:
        try:
            deadlines.check(row.deadline)
        except deadlines.BadRule as problem:
            raise BadIndicator(_("The rule for the deadline is not complete: %(part)s.") % {"part": problem}, field="number") from problem


def _check_columns(row: Indicator, columns: Sequence[Column]) -> None:
    if len(columns) > MOST_SERIES:
        raise BadIndicator(_("A form has at most %(n)s columns.") % {"n": MOST_SERIES}, field="columns", way_out=_("Make two indicators of it."))
    seen: set[str] = set()
    for each in columns:
        part = {"column": each.suffix[:20]}
        if not SUFFIX.fullmatch(each.suffix):
            raise BadIndicator(
                _("“%(column)s” is no code of a column.") % part, field="columns", way_out=_("Write 1 to 15 capital letters, digits or _, for example AMT.")
            )
        if each.suffix in seen:
            raise BadIndicator(_("There are two columns %(column)s.") % part, field="columns", way_out=_("Give one of them another code."))
        seen.add(each.suffix)
        if each.low is not None and each.high is not None and each.low > each.high:
            raise BadIndicator(_("Column %(column)s: the lowest value is above the highest.") % part, field="columns", way_out=_("Exchange the two."))
        if Series.objects.filter(code=f"{row.code}.{each.suffix}").exists():
            raise BadIndicator(
                _("The series %(column)s was reported under this code before.") % {"column": f"{row.code}.{each.suffix}"}, field="columns",
                way_out=_("Give the column another code, so that old and new figures are not mixed."),
            )  # fmt: skip


def _measured(row: Indicator) -> list[Column]:
    """The columns of an indicator that stands on a measure: its number, and for a share what it is a share of."""
    try:
        measure = measures.known(row.measure)
    except measures.NoSuchMeasure as problem:
        raise BadIndicator(
            _("There is no figure of the platform called %(name)s.") % {"name": row.measure[:100] or "–"}, field="measure", way_out=_("Choose one from the list.")
        ) from problem
    names = {}
    for language in ("vi", "en"):
        with override(language):
            names[language] = str(measure.title)[:200]
    row.scale = measure.scale
    time = Roll.LAST if measure.is_stock else Roll.SUM
    titles = {"top": ("", ""), "base": (" (mẫu số)", " (of all)")}
    return [
        Column(f"{'N' if part == 'top' else 'OF'}_{_mark(row.valid_from)}", names["vi"] + titles[part][0], names["en"] + titles[part][1], role=part, time=time)
        for part in measure.part_names
    ]


def _mark(day: date) -> str:
    """The part of a code that keeps series of two formulas apart."""
    return f"{day:%y%m%d}"


def _take(row: Indicator, columns: Sequence[Column]) -> None:
    """Make the series of the columns and put them into the row."""
    made = []
    for each in columns:
        fields = asdict(each)
        role, suffix = fields.pop("role"), fields.pop("suffix")
        fields["name_en"] = fields["name_en"] or fields["name"]
        made.append((role, Series.objects.create(code=f"{row.code}.{suffix}", **fields)))
    if made:
        row.top, row.base, row.more = ([series.code for role, series in made if role == part] for part in ("top", "base", "more"))


@transaction.atomic
def change_formula(
    actor: Actor, *, code: str, values: Mapping[str, Any], columns: Sequence[Column] = (), valid_from: date, source: str, verified: bool = False,
    at: datetime,
) -> Indicator:  # fmt: skip
    """Reckon an indicator otherwise from a day on; figures of former periods keep the formula that held then.

    `values` may hold formula, or measure, or top, base, more and scale; `columns` are added to the form. Published
    figures are never changed: the day lies after them. Raises Forbidden, BadIndicator.
    """
    policies.require(policies.may_keep(actor))
    former = open_row(code)
    if not source.strip():
        raise BadIndicator(_("Name the act or letter the change stands on."), field="source")
    check_nothing_rewritten(former, valid_from=valid_from)
    told = dict(values)
    row = open_row(code)
    row.valid_from = valid_from
    match row.source_kind:
        case Indicator.Source.FORMULA:
            told = {"formula": str(values.get("formula", "")).strip()}
            check_formula(code, told["formula"], row=row, on=valid_from)
        case Indicator.Source.INTERNAL:
            row.measure = str(values.get("measure", ""))
            told = {"measure": row.measure, **_series_of(row, _measured(row))}
        case _:
            told = _of_form(row, values, columns)
    before = {key: getattr(former, key) for key in told}
    if before == told and not columns:
        raise BadIndicator(_("That is the formula in force already."), field="formula", way_out=_("Change it, or go back."))
    made = follow(former, {**told, "source": source.strip()[:300], "verified": verified}, valid_from=valid_from)
    audit.record(actor, "indicators.formula_changed", made, before=before, after={**told, "valid_from": valid_from, "source": source}, at=at)
    events.emit(actor, IndicatorChanged(indicator=code, valid_from=valid_from.isoformat()), at=at, subject=f"indicators.indicator:{made.pk}")
    return made


def _series_of(row: Indicator, columns: Sequence[Column]) -> dict[str, Any]:
    if Series.objects.filter(code__in=[f"{row.code}.{each.suffix}" for each in columns]).exists():
        raise BadIndicator(
            _("The formula was changed from that very day on already."), field="valid_from", way_out=_("Choose another day.")
        )
    _take(row, columns)
    return {"top": row.top, "base": row.base, "more": row.more, "scale": row.scale}


def _of_form(row: Indicator, values: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    parts = {part: list(values.get(part, getattr(row, part))) for part in ("top", "base", "more")}
    known_codes = set(row.series_codes)
    if unknown := [each for part in parts.values() for each in part if each not in known_codes]:
        raise BadIndicator(_("%(code)s is no series of this indicator.") % {"code": unknown[0][:40]}, field="top", way_out=_("Choose from the list."))
    if columns:
        _check_columns(row, columns)
        _take(row, columns)
        for part in parts:
            parts[part] += getattr(row, part)
    if not parts["top"]:
        raise BadIndicator(_("Nothing is added up."), field="top", way_out=_("Choose at least one series that is added up."))
    if both := set(parts["top"]) & set(parts["base"]):
        raise BadIndicator(_("%(code)s stands above and below the line.") % {"code": min(both)}, field="base", way_out=_("Choose it in one place."))
    parts["more"] = [each for each in parts["more"] if each not in parts["top"] + parts["base"]]
    return {**parts, "scale": int(values.get("scale", row.scale))}


@transaction.atomic
def end_indicator(actor: Actor, *, code: str, valid_to: date, source: str, at: datetime) -> Indicator:
    """Say that an indicator is kept no more from a day on. Its figures stay; reports nobody has begun are not owed.

    Raises Forbidden, BadIndicator: not while the formula of another stands on it.
    """
    policies.require(policies.may_keep(actor))
    row = open_row(code)
    if valid_to <= row.valid_from:
        raise BadIndicator(
            _("The day has to lie after %(day)s.") % {"day": formats.day(row.valid_from)}, field="valid_to", way_out=_("Choose a later day.")
        )
    if not source.strip():
        raise BadIndicator(_("Name the act or letter the change stands on."), field="source")
    if users := used_by([code], on=valid_to):
        raise BadIndicator(
            _("The formula of %(codes)s stands on it.") % {"codes": ", ".join(each.code for each in users)}, field="valid_to",
            way_out=_("Change or end that one first."),
        )  # fmt: skip
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    waived = waive_after_end(row, valid_to=valid_to, at=at)
    audit.record(actor, "indicators.ended", row, after={"valid_to": valid_to, "source": source.strip(), "reports_waived": waived}, at=at)
    events.emit(actor, IndicatorChanged(indicator=code, valid_from=valid_to.isoformat()), at=at, subject=f"indicators.indicator:{row.pk}")
    return row
