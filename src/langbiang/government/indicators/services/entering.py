"""Typing figures: cell by cell, kept at once, with what is wrong or doubtful said beside the cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.ui import formats

from .. import judging, policies, queries
from ..models import Entry, Lock, Obligation, Series
from ..numbers import NotANumber, Typed, read

OPEN_STAGES = (Obligation.Stage.EMPTY, Obligation.Stage.DRAFT, Obligation.Stage.RETURNED)


class BadValue(Refusal):
    """A value that cannot stand in this cell."""


class Closed(Refusal):
    """The report or its period is not open for changes."""


@dataclass(frozen=True)
class Cell:
    """A cell after it was typed."""

    series: Series
    value: Decimal | None
    findings: list[dict[str, Any]]


def held(report_id: int) -> Obligation:
    """The report, held for this transaction. Raises Stale when there is none."""
    found = Obligation.objects.select_for_update(of=("self",)).select_related("indicator").filter(pk=report_id).first()
    if found is None:
        raise Stale(_("This report is not there any more."))
    return found


def check_open(report: Obligation) -> None:
    """Refuse changes to a report that was sent, or whose period is closed."""
    if report.stage not in OPEN_STAGES:
        raise Closed(
            _("This report was sent. It can be changed after it is returned or opened for a correction.")
        )
    check_unlocked(report)


def check_unlocked(report: Obligation) -> None:
    """Refuse changes in a closed period."""
    if Lock.objects.filter(code=report.indicator.code, period=report.period, opened_at__isnull=True).exists():
        raise Closed(
            _("The period %(period)s is closed for this indicator.") % {"period": report.period},
            way_out=_("Two persons who keep the indicators can open it again, with a reason.")
        )  # fmt: skip


def number(text: str, series: Series) -> Typed | None:
    """What was typed for a series, within its range. Raises BadValue, naming the rule and the way out."""
    try:
        typed = read(text, decimals=series.decimals)
    except NotANumber as problem:
        said = {
            "form": _("“%(text)s” is no number."),
            "point": _("“%(text)s” can be read in two ways."),
            "digits": _("“%(text)s” has too many digits."),
            "decimals": ngettext(
                "“%(text)s” has more than %(n)d decimal.", "“%(text)s” has more than %(n)d decimals.", series.decimals
            ) if series.decimals else _("“%(text)s” has decimals; this is a whole number."),
        }[problem.rule]  # fmt: skip
        raise BadValue(
            said % {"text": text[:40], "n": series.decimals}, field=series.code,
            way_out=_("Write 1.250,5 for one thousand two hundred and fifty and a half; k where nothing happened."),
        ) from problem  # fmt: skip
    if typed is not None and not typed.is_no_event:
        low, high = series.low, series.high
        if (low is not None and typed.value < low) or (high is not None and typed.value > high):
            limits = {"low": formats.number(low, 0) if low is not None else "–∞", "high": formats.number(high, 0) if high is not None else "∞"}
            raise BadValue(
                _("%(value)s lies outside %(low)s to %(high)s.") % {"value": text.strip(), **limits}, field=series.code,
                way_out=_("Check the sign and the unit: %(unit)s.") % {"unit": series.unit or "–"},
            )  # fmt: skip
    return typed


def second_number(text: str, series: Series) -> Decimal | None:
    """What was typed beside a value: a sum or a change, with a range of its own. Raises BadValue."""
    if not series.second:
        return None
    free = Series(code=series.code, decimals=series.decimals, unit=series.unit)
    typed = number(text, free)
    return None if typed is None else typed.value


@transaction.atomic
def type_cell(
    actor: Actor, *, report_id: int, series_code: str, text: str, confirmed: str | None = None,
    second: str | None = None, at: datetime,
) -> Cell:
    """Keep what was typed into one cell; a blank empties it. `confirmed` says why an unusual value is right,
    `second` what is asked beside it (None: as before).

    Raises Forbidden, Closed, BadValue; nothing is kept then, and what stood in the cell stays.
    """
    report = held(report_id)
    policies.require(policies.may_report(actor, report))
    check_open(report)
    series = next((each for each in queries.asked(report) if each.code == series_code), None)
    if series is None:
        raise BadValue(_("This report has no such column."), field=series_code)
    typed = number(text, series)
    seconds = {series.pk: second_number(second, series)} if second is not None else {}
    cells = _keep(actor, report, [(series, typed, confirmed)], seconds=seconds, at=at)
    return next(cell for cell in cells if cell.series.pk == series.pk)


@transaction.atomic
def type_cells(
    actor: Actor, *, report_id: int, values: Sequence[tuple[Series, Typed | None]],
    seconds: Mapping[int, Decimal | None] | None = None, at: datetime,
) -> list[Cell]:
    """Keep several cells of one report at once: those of a spreadsheet; `seconds` what stands beside them, by number of the series.

    Raises Forbidden, Closed.
    """
    report = held(report_id)
    policies.require(policies.may_report(actor, report))
    check_open(report)
    return _keep(actor, report, [(series, typed, None) for series, typed in values], seconds=seconds or {}, at=at)


def _keep(
    actor: Actor, report: Obligation, values: Sequence[tuple[Series, Typed | None, str | None]], *,
    seconds: Mapping[int, Decimal | None], at: datetime,
) -> list[Cell]:
    entries = {entry.series_id: entry for entry in report.entries.all()}
    for series, typed, confirmed in values:
        former = entries.get(series.pk)
        if typed is None:
            if former is not None:
                former.delete()
                del entries[series.pk]
            continue
        same = former is not None and former.value == typed.value and former.is_no_event == typed.is_no_event
        same = same and former is not None and former.second == seconds.get(series.pk, former.second)
        said = confirmed if confirmed is not None else (former.confirmed if former and same else "")
        entry = former or Entry(obligation=report, series=series)
        entry.value, entry.is_no_event, entry.confirmed = typed.value, typed.is_no_event, said.strip()[:500]
        if series.pk in seconds:
            entry.second = seconds[series.pk]
        entry.typed_by, entry.typed_at = actor.label[:300], at
        entries[series.pk] = entry
    cells = _judged(report, entries)
    if report.stage == Obligation.Stage.EMPTY and entries:
        report.stage = Obligation.Stage.DRAFT
        report.save(update_fields=["stage"])
    elif report.stage == Obligation.Stage.DRAFT and not entries:
        report.stage = Obligation.Stage.EMPTY
        report.save(update_fields=["stage"])
    audit.record(
        actor, "indicators.typed", report,
        after={series.code: None if typed is None else str(typed.value) for series, typed, _why in values}, at=at,
    )  # fmt: skip
    return cells


def _judged(report: Obligation, entries: dict[int, Entry]) -> list[Cell]:
    """Every cell of the report judged anew: one value bears on the others."""
    series = queries.asked(report)
    values = {each.code: entries[each.pk].value if each.pk in entries else None for each in series}
    crossed = judging.cross(report, series, values)
    cells = []
    for each in series:
        entry = entries.get(each.pk)
        findings = (
            judging.judge(report, each, values[each.code], values, second=entry.second)
            if entry and not entry.is_no_event
            else []
        )
        findings += crossed.get(each.code, [])
        if entry is not None:
            if not any(found["severity"] == judging.CONFIRM for found in findings):
                entry.confirmed = ""
            entry.findings = findings
            entry.save()
        cells.append(Cell(each, values[each.code], findings))
    return cells
