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
from ..breakdowns import TOTAL
from ..models import Entry, Lock, Obligation, Series
from ..numbers import NotANumber, Typed, read

OPEN_STAGES = (Obligation.Stage.EMPTY, Obligation.Stage.DRAFT, Obligation.Stage.RETURNED)


class BadValue(Refusal):
    """A value that cannot stand in this cell."""


class Closed(Refusal):
    """The report or its period is not open for changes."""


@dataclass(frozen=True)
class Cell:
    """A cell after it was typed: of a total, or of one of its parts."""

    series: Series
    value: Decimal | None
    findings: list[dict[str, Any]]
    part: str = TOTAL


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


def part_number(text: str, series: Series) -> Typed | None:
    """What was typed for a part of a series. A part may be 0 also where a total may not. Raises BadValue."""
    low = None if series.low is None else min(series.low, Decimal(0))
    return number(text, Series(code=series.code, decimals=series.decimals, unit=series.unit, low=low, high=series.high))


@transaction.atomic
def type_cell(
    actor: Actor, *, report_id: int, series_code: str, text: str, part: str = TOTAL, confirmed: str | None = None,
    second: str | None = None, at: datetime,
) -> Cell:
    """Keep what was typed into one cell; a blank empties it. `part` is the key of a part of the series, `confirmed` says why
    an unusual value is right, `second` what is asked beside it (None: as before).

    Raises Forbidden, Closed, BadValue; nothing is kept then, and what stood in the cell stays.
    """
    report = held(report_id)
    policies.require(policies.may_report(actor, report))
    check_open(report)
    series = next((each for each in queries.asked(report) if each.code == series_code), None)
    if series is None:
        raise BadValue(_("This report has no such column."), field=series_code)
    splits = queries.splits(report)
    if part != TOTAL and not any(part in each.keys for each in splits.get(series_code, ())):
        raise BadValue(
            _("This report has no such part."), field=series_code, way_out=_("The breakdown may have ended meanwhile: load the page again.")
        )
    typed = number(text, series) if part == TOTAL else part_number(text, series)
    seconds = {series.pk: second_number(second, series)} if second is not None and part == TOTAL else {}
    cells = _keep(actor, report, [(series, part, typed, confirmed)], splits, seconds=seconds, at=at)
    return next(cell for cell in cells if cell.series.pk == series.pk and cell.part == part)


@transaction.atomic
def type_cells(
    actor: Actor, *, report_id: int, values: Sequence[tuple[Series, Typed | None]], parts: Sequence[tuple[Series, str, Typed | None]] = (),
    seconds: Mapping[int, Decimal | None] | None = None, at: datetime,
) -> list[Cell]:  # fmt: skip
    """Keep several cells of one report at once: those of a spreadsheet; `parts` with their keys, `seconds` what stands beside
    totals, by number of the series.

    Raises Forbidden, Closed.
    """
    report = held(report_id)
    policies.require(policies.may_report(actor, report))
    check_open(report)
    cells = [(series, TOTAL, typed, None) for series, typed in values] + [(*each, None) for each in parts]
    return _keep(actor, report, cells, queries.splits(report), seconds=seconds or {}, at=at)


def _keep(
    actor: Actor, report: Obligation, values: Sequence[tuple[Series, str, Typed | None, str | None]], splits: queries.Splits, *,
    seconds: Mapping[int, Decimal | None], at: datetime,
) -> list[Cell]:
    entries = {(entry.series_id, entry.breakdown): entry for entry in report.entries.all()}
    confirmed_now = set()
    for series, part, typed, confirmed in values:
        former = entries.get((series.pk, part))
        if typed is None:
            if former is not None:
                former.delete()
                del entries[series.pk, part]
            continue
        beside = seconds if part == TOTAL else {}
        same = former is not None and former.value == typed.value and former.is_no_event == typed.is_no_event
        same = same and former is not None and former.second == beside.get(series.pk, former.second)
        said = confirmed if confirmed is not None else (former.confirmed if former and same else "")
        if confirmed is not None:
            confirmed_now.add((series.pk, part))
        entry = former or Entry(obligation=report, series=series, breakdown=part)
        entry.value, entry.is_no_event, entry.confirmed = typed.value, typed.is_no_event, said.strip()[:500]
        if series.pk in beside:
            entry.second = beside[series.pk]
        entry.typed_by, entry.typed_at = actor.label[:300], at
        entries[series.pk, part] = entry
    cells = _judged(report, entries, splits, confirmed_now)
    if report.stage == Obligation.Stage.EMPTY and entries:
        report.stage = Obligation.Stage.DRAFT
        report.save(update_fields=["stage"])
    elif report.stage == Obligation.Stage.DRAFT and not entries:
        report.stage = Obligation.Stage.EMPTY
        report.save(update_fields=["stage"])
    audit.record(
        actor, "indicators.typed", report,
        after={queries.cell_name(series.code, part): None if typed is None else str(typed.value) for series, part, typed, _why in values}, at=at,
    )  # fmt: skip
    return cells


def _judged(report: Obligation, entries: dict[tuple[int, str], Entry], splits: queries.Splits, confirmed_now: set[tuple[int, str]]) -> list[Cell]:
    """Every cell of the report judged anew: one value bears on the others."""
    series = queries.asked(report)
    values = {each.code: entries[each.pk, TOTAL].value if (each.pk, TOTAL) in entries else None for each in series}
    crossed = judging.cross(report, series, values)
    cells, changed = [], []
    for each in series:
        entry = entries.get((each.pk, TOTAL))
        findings = (
            judging.judge(report, each, values[each.code], values, second=entry.second)
            if entry and not entry.is_no_event
            else []
        )
        findings += crossed.get(each.code, [])
        keys = [key for split in splits.get(each.code, ()) for key in split.keys]
        there = {key: entries[each.pk, key] for key in keys if (each.pk, key) in entries}
        of_parts = judging.part_hints(report, each, {key: part.value for key, part in there.items() if part.value is not None and not part.is_no_event})
        for split in splits.get(each.code, ()):
            known = {key: there[key].value if key in there else None for key in split.keys}
            for key, wrong in judging.judge_parts(split.row, each, values[each.code], known).items():
                of_parts.setdefault(key, []).extend(wrong)
        if each.not_above is not None:
            for key, part in there.items():
                whole = entries.get((each.not_above_id or 0, key))
                if whole is not None and part.value is not None and whole.value is not None and part.value > whole.value:
                    told = {"whole": each.not_above.code, "limit": str(whole.value)}
                    of_parts.setdefault(key, []).append({"severity": judging.BLOCK, "rule": "not_above", "values": told})
        findings += of_parts.pop(TOTAL, [])
        if entry is not None:
            missed, missed_before = ([found for found in which if found["rule"] == "parts"] for which in (findings, entry.findings))
            # What was said of something else, or of parts that missed their total by so much, is not said of this miss.
            moved = missed and missed != missed_before and (each.pk, TOTAL) not in confirmed_now
            if moved or not any(found["severity"] == judging.CONFIRM for found in findings):
                entry.confirmed = ""
            entry.findings = findings
            entry.save()
        cells.append(Cell(each, values[each.code], findings))
        for key in keys:
            wrong = of_parts.get(key, [])
            if key in there:
                there[key].findings = wrong
                changed.append(there[key])
            cells.append(Cell(each, there[key].value if key in there else None, wrong, key))
    _save_parts(changed)
    return cells


def _save_parts(entries: Sequence[Entry]) -> None:
    """Keep the cells of parts: two SQL statements however many there are."""
    Entry.objects.bulk_create([entry for entry in entries if entry.pk is None])
    fields = ["value", "is_no_event", "findings", "confirmed", "typed_by", "typed_at"]
    Entry.objects.bulk_update([entry for entry in entries if entry.pk is not None], fields)
