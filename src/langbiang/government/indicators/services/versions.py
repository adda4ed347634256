"""A new row of the catalogue from a day on: what may be said of it, and what becomes of the reports owed already."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from langbiang.foundation.access import Refusal
from langbiang.foundation.ui import formats

from .. import formulas
from ..models import Indicator, Obligation, Observation
from ..queries.catalogue import Catalogue


class BadIndicator(Refusal):
    """A row of the catalogue that cannot stand."""


def open_row(code: str) -> Indicator:
    """The row of an indicator without an end, held for this transaction. Raises BadIndicator."""
    found = Indicator.objects.select_for_update(of=("self",)).select_related("group").filter(code=code, valid_to__isnull=True).first()
    if found is None:
        raise BadIndicator(
            _("There is no indicator %(code)s in force.") % {"code": code[:30]}, field="code", way_out=_("Choose one from the catalogue.")
        )
    return found


def follow(former: Indicator, values: Mapping[str, Any], *, valid_from: date) -> Indicator:
    """The row that follows one from a day on; the same day changes the row itself. Raises BadIndicator.

    Reports owed for periods that end from that day on are owed under the new row.
    """
    if valid_from < former.valid_from:
        raise BadIndicator(
            _("The row in force begins on %(day)s, later than that day.") % {"day": formats.day(former.valid_from)}, field="valid_from",
            way_out=_("Choose that day or a later one."),
        )  # fmt: skip
    made = former
    if valid_from != former.valid_from:
        former.valid_to = valid_from
        former.save(update_fields=["valid_to"])
        made = Indicator.objects.get(pk=former.pk)
        made.pk, made.valid_from, made.valid_to = None, valid_from, None
        made._state.adding = True
    for key, value in values.items():
        setattr(made, key, value)
    made.save()
    if made is not former:
        Obligation.objects.filter(indicator=former, last_day__gte=valid_from).update(indicator=made)
    return made


def check_formula(code: str, text: str, *, row: Indicator, on: date) -> formulas.Formula:
    """Refuse a formula that cannot be read or reckoned: unknown operand, another rhythm, no value there, a cycle. Raises BadIndicator."""
    try:
        formula = formulas.read(text)
    except formulas.BadFormula as problem:
        raise BadIndicator(*_cannot_read(problem), field="formula", way_out=_("Write for example: TOURIST.INTL / TOURIST * 100")) from problem
    catalogue = Catalogue()
    for operand in formula.codes:
        other = catalogue.row(operand, on)
        if operand.partition(".")[0] == code:
            raise BadIndicator(
                _("The formula stands on the indicator itself (%(code)s).") % {"code": operand}, field="formula",
                way_out=_("Write it with other indicators only."),
            )  # fmt: skip
        if other is None:
            raise BadIndicator(
                _("There is no indicator or series %(code)s on %(day)s.") % {"code": operand, "day": formats.day(on)}, field="formula",
                way_out=_like(operand, [*catalogue.rows, *catalogue.series]),
            )  # fmt: skip
        if (other.frequency, other.scheme) != (row.frequency, row.scheme):
            raise BadIndicator(
                _("%(code)s is reported for other periods than this indicator.") % {"code": operand}, field="frequency",
                way_out=_("Choose the same rhythm and the same kind of months, or leave it out of the formula."),
            )  # fmt: skip
        if "commune" in row.levels and "commune" not in other.levels:
            raise BadIndicator(
                _("%(code)s has no figures of communes.") % {"code": operand}, field="levels", way_out=_("Leave the communes out, or leave it out of the formula.")
            )
    operands = {
        each: formulas.read(now.formula).codes for each in catalogue.rows if each != code and (now := catalogue.row(each, on)) is not None and now.formula
    }
    way = formulas.cycle(code, {**operands, code: formula.codes})
    if way:
        raise BadIndicator(
            _("The formula leads back to itself: %(way)s.") % {"way": " → ".join(way)}, field="formula",
            way_out=_("Take one of these out of the formula, or change the formula of the other one first."),
        )  # fmt: skip
    return formula


def _cannot_read(problem: formulas.BadFormula) -> tuple[str]:
    part = {"part": problem.part}
    return ({
        "long": _("A formula has at most %(part)s letters.") % part, "sign": _("“%(part)s” cannot be read in a formula.") % part,
        "empty": _("The formula is empty."), "no_operand": _("The formula names no indicator."), "deep": _("The brackets go too deep."),
        "bracket": _("A bracket is opened and not closed."), "ends": _("The formula ends where something has to follow."),
        "unexpected": _("“%(part)s” stands where nothing like it can stand.") % part,
    }[problem.kind],)  # fmt: skip


def _like(code: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(code, known, n=3, cutoff=0.5)
    if not near:
        return _("Take a code from the list of codes below.")
    return _("Did you mean %(codes)s?") % {"codes": ", ".join(near)}


def check_nothing_rewritten(row: Indicator, *, valid_from: date) -> None:
    """Refuse a formula that would change figures that are published already. Raises BadIndicator."""
    leaves = Catalogue().leaves(row.code, valid_from, date.max)
    last = Observation.objects.filter(series__code__in=leaves, last_day__gte=valid_from, known_to__isnull=True).aggregate(last=Max("last_day"))["last"]
    if last is not None:
        raise BadIndicator(
            _("Figures up to %(day)s are published under the formula in force.") % {"day": formats.day(last)}, field="valid_from",
            way_out=_("Choose %(day)s or a later day; former periods keep their formula.") % {"day": formats.day(last + timedelta(days=1))},
        )  # fmt: skip


def check_no_overlap(code: str, *, valid_from: date, valid_to: date | None) -> None:
    """Refuse a row whose days another row of the code covers. Raises BadIndicator."""
    if valid_to is not None and valid_to <= valid_from:
        raise BadIndicator(
            _("The end does not lie after the beginning (%(day)s).") % {"day": formats.day(valid_from)}, field="valid_to",
            way_out=_("Choose a later day, or leave it empty."),
        )  # fmt: skip
    for row in Indicator.objects.select_for_update().filter(code=code).order_by("valid_from"):
        if (row.valid_to is None or valid_from < row.valid_to) and (valid_to is None or row.valid_from < valid_to):
            until = formats.day(row.valid_to) if row.valid_to else _("today and later")
            raise BadIndicator(
                _("%(code)s is in force from %(first)s until %(last)s already: the days overlap.")
                % {"code": code, "first": formats.day(row.valid_from), "last": until},
                field="valid_from" if row.valid_to else "code",
                way_out=_("Choose %(day)s or a later day.") % {"day": formats.day(row.valid_to)} if row.valid_to
                else _("Take another code, or change the indicator that is there."),
            )  # fmt: skip


def used_by(codes: Iterable[str], *, on: date) -> list[Indicator]:
    """The indicators whose formula in force on a day, or from a later day on, names one of these codes."""
    wanted = set(codes)
    rows = Indicator.objects.exclude(formula="").order_by("rank", "code", "valid_from")
    found = {
        row.code: row
        for row in rows
        if (row.valid_to is None or row.valid_to > on) and wanted & {part for c in formulas.read(row.formula).codes for part in (c, c.partition(".")[0])}
    }
    return list(found.values())


def waive_after_end(row: Indicator, *, valid_to: date, at: datetime) -> int:
    """Say of reports nobody has begun, of periods that end from a day on, that they are not owed; gives how many."""
    waiting = Obligation.objects.filter(indicator=row, last_day__gte=valid_to, stage="empty").exclude(state="waived")
    return waiting.update(state="waived", note=_("The indicator ended on %(day)s.") % {"day": formats.day(valid_to)})
