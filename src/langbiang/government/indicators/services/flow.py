"""The way of a report: sent, checked by another person, published; returned or opened again with a reason."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor, Refusal

from .. import periods, policies, queries
from ..breakdowns import TOTAL
from ..events import Published, Returned, Submitted
from ..judging import BLOCK, CONFIRM
from ..models import Entry, Obligation, Observation, Series
from .entering import Closed, check_open, check_unlocked, held

Stage, State = Obligation.Stage, Obligation.State
WAITING = (State.OPEN, State.OVERDUE, State.MISSING)


class NotComplete(Refusal):
    """A report that cannot be sent as it stands."""


class NoReason(Refusal):
    """An act that has to say why, without a reason."""


def _needs(reason: str) -> str:
    if len(reason.strip()) < 5:
        raise NoReason(_("Say why, in a few words at least."), field="reason")
    return reason.strip()[:1000]


@transaction.atomic
def submit(actor: Actor, *, report_id: int, reason: str = "", at: datetime) -> Obligation:
    """Send a report. It is on time up to and with the instant it is due; a late one may say why.

    Raises Forbidden, Closed, NotComplete with the column concerned.
    """
    report = held(report_id)
    policies.require(policies.may_report(actor, report))
    check_open(report)
    entries = {(entry.series_id, entry.breakdown): entry for entry in report.entries.select_related("series")}
    splits = queries.splits(report)
    for series in queries.asked(report):
        entry = entries.get((series.pk, TOTAL))
        for split in splits.get(series.code, ()):
            _check_parts(split, series, entries)
        if entry is None:
            if not series.is_optional:
                raise NotComplete(
                    _("“%(name)s” is not filled in.") % {"name": queries.named(series)}, field=series.code,
                    way_out=_("Write the figure, 0, or k where nothing happened."),
                )  # fmt: skip
            continue
        _check_findings(entry, queries.named(series))
    is_late = at > report.due_at
    report.stage = Stage.SUBMITTED
    if report.state in WAITING:
        report.state = State.LATE if is_late else State.ON_TIME
    if is_late and reason.strip():
        report.note = reason.strip()[:1000]
    report.first_sent_at = report.first_sent_at or at
    report.submitted_at, report.submitted_by_id, report.submitted_label = at, actor.account_id, actor.label[:300]
    report.verified_at = report.verified_by = None
    report.verified_label = ""
    report.save()
    told = {queries.cell_name(str(entry.series_id), entry.breakdown): str(entry.value) for entry in entries.values()}
    audit.record(actor, "indicators.submitted", report, after={"values": told, "late": is_late}, at=at)
    sent = Submitted(obligation_id=report.pk, indicator=report.indicator.code, period=report.period, is_late=is_late)
    events.emit(actor, sent, at=at, agency_id=report.agency_id, subject=f"indicators.obligation:{report.pk}")
    return report


def _check_parts(split: queries.Split, series: Series, entries: Mapping[tuple[int, str], Entry]) -> None:
    """Refuse parts that are begun and not whole, parts without their total, and parts that contradict it. Raises NotComplete."""
    there = [part for part in split.parts if (series.pk, part.key) in entries]
    blank = [part for part in split.parts if (series.pk, part.key) not in entries]
    names = {"name": queries.named(series), "by": split.name, "part": blank[0].name if blank else ""}
    if blank and (not split.row.is_optional or (there and split.row.is_exhaustive)):
        raise NotComplete(
            _("“%(name)s”, %(by)s: “%(part)s” is not filled in.") % names, field=queries.cell_name(series.code, blank[0].key),
            way_out=_("Write the figure, 0, or k where nothing happened.") if not split.row.is_optional
            else _("Write the figure, 0, or k where nothing happened; or leave all parts of it blank."),
        )  # fmt: skip
    if there and (series.pk, TOTAL) not in entries:
        raise NotComplete(
            _("“%(name)s” is not filled in, but its parts are.") % names, field=series.code, way_out=_("Write the total above its parts.")
        )
    for part in there:
        entry = entries[series.pk, part.key]
        _check_findings(entry, f"{queries.named(series)}, {part.name}")


def _check_findings(entry: Entry, name: str) -> None:
    worst = {finding["severity"] for finding in entry.findings}
    if BLOCK in worst:
        raise NotComplete(_("“%(name)s” contradicts another figure.") % {"name": name}, field=entry.series.code)
    if CONFIRM in worst and not entry.confirmed:
        raise NotComplete(
            _("“%(name)s” is unusual.") % {"name": name}, field=entry.series.code,
            way_out=_("Correct it, or say beside it why it is right."),
        )  # fmt: skip


@transaction.atomic
def verify(actor: Actor, *, report_id: int, at: datetime) -> Obligation:
    """Say that the figures of a report are right: never by the person who sent it. Raises Forbidden, Closed."""
    report = held(report_id)
    policies.require(policies.may_verify(actor, report))
    _check_stage(report, Stage.SUBMITTED)
    report.stage, report.verified_at = Stage.VERIFIED, at
    report.verified_by_id, report.verified_label = actor.account_id, actor.label[:300]
    report.save()
    audit.record(actor, "indicators.verified", report, at=at)
    return report


@transaction.atomic
def return_report(actor: Actor, *, report_id: int, reason: str, at: datetime) -> Obligation:
    """Give a report back with the reason. Raises Forbidden, Closed, NoReason."""
    report = held(report_id)
    policies.require(policies.may_verify(actor, report))
    _check_stage(report, Stage.SUBMITTED, Stage.VERIFIED)
    report.note, report.stage = _needs(reason), Stage.RETURNED
    report.save(update_fields=["note", "stage"])
    audit.record(actor, "indicators.returned", report, after={"reason": report.note}, at=at)
    gone = Returned(obligation_id=report.pk, reason=report.note)
    events.emit(actor, gone, at=at, agency_id=report.agency_id, subject=f"indicators.obligation:{report.pk}")
    return report


@transaction.atomic
def publish(actor: Actor, *, report_ids: Iterable[int], status: str = Observation.Status.FINAL, at: datetime) -> int:
    """Make the figures of checked reports known; gives how many figures changed.

    A figure that is known already with the same value stays. Another value closes the former vintage and adds the next
    one, with the reason the report was opened again for. A figure whose cell was blanked since is known no more from now
    on. Raises Forbidden, Closed.
    """
    changed = 0
    for report_id in sorted(set(report_ids)):
        report = held(report_id)
        policies.require(policies.may_publish(actor, report))
        _check_stage(report, Stage.VERIFIED)
        check_unlocked(report)
        asked = _asked_cells(report)
        entries = [entry for entry in report.entries.all() if (entry.series_id, entry.breakdown) in asked]
        made, revised = _add_vintages(actor, report, entries, status, at)
        taken_back = _take_back(actor, report, {(entry.series_id, entry.breakdown) for entry in entries}, at)
        made, revised = made + taken_back, revised or bool(taken_back)
        report.stage, report.published_at, report.reopened_for = Stage.PUBLISHED, at, ""
        report.save(update_fields=["stage", "published_at", "reopened_for"])
        audit.record(actor, "indicators.published", report, after={"figures": made, "status": status}, at=at)
        told = Published(indicator=report.indicator.code, period=report.period, figures=made, is_revision=revised)
        events.emit(actor, told, at=at, agency_id=report.about_id, subject=f"indicators.obligation:{report.pk}")
        changed += made
    return changed


def _asked_cells(report: Obligation) -> set[tuple[int, str]]:
    """Every cell a report consists of: totals and the parts of the breakdowns that hold for its period."""
    splits = queries.splits(report)
    return {
        (series.pk, key)
        for series in queries.asked(report)
        for key in (TOTAL, *(key for split in splits.get(series.code, ()) for key in split.keys))
    }  # fmt: skip


def _add_vintages(actor: Actor, report: Obligation, entries: Iterable[Entry], status: str, at: datetime) -> tuple[int, bool]:
    """Add a vintage of every figure that changed; gives how many, and whether one of them is a revision. Three SQL statements."""
    newest = {
        (row.series_id, row.breakdown): row
        for row in Observation.objects.select_for_update()
        .filter(series__in={entry.series_id for entry in entries}, agency_id=report.about_id, period=report.period)
        .order_by("vintage")
    }
    period = periods.parse(report.period)
    added, closed, revised = [], [], False
    for entry in entries:
        last = newest.get((entry.series_id, entry.breakdown))
        former = last if last is not None and last.known_to is None else None
        if former is not None:
            if (former.value, former.is_no_event, former.status) == (entry.value, entry.is_no_event, status):
                continue
            closed.append(former.pk)
        revised = revised or last is not None
        added.append(
            Observation(
                series_id=entry.series_id, agency_id=report.about_id, period=report.period, first_day=period.first, last_day=period.last,
                frequency=period.frequency, breakdown=entry.breakdown, vintage=last.vintage + 1 if last else 1, value=entry.value,
                is_no_event=entry.is_no_event, status=status, known_from=at, source=report.indicator.source_name or "form",
                reported_by=report.submitted_label, reported_at=report.submitted_at or at, verified_by=report.verified_label,
                published_by=actor.label[:300], reason=(report.reopened_for or _("Published again")) if last else "", obligation=report,
            )
        )  # fmt: skip
    Observation.objects.filter(pk__in=closed).update(known_to=at)
    Observation.objects.bulk_create(added)
    return len(added), revised


def _take_back(actor: Actor, report: Obligation, filled: set[tuple[int, str]], at: datetime) -> int:
    """End what is known of the cells a report asks and leaves blank now; gives how many. As known earlier it still shows."""
    asked = {series.pk: series.code for series in queries.asked(report)}
    rows = Observation.objects.select_for_update().filter(
        series__in=asked, agency_id=report.about_id, period=report.period, known_to__isnull=True, obligation=report
    )
    gone = [row for row in rows.order_by("pk") if (row.series_id, row.breakdown) not in filled]
    ended = {queries.cell_name(asked[row.series_id], row.breakdown): str(row.value) for row in gone}
    if ended:
        Observation.objects.filter(pk__in=[row.pk for row in gone]).update(known_to=at)
        told = {"period": report.period, "reason": report.reopened_for}
        audit.record(actor, "indicators.taken_back", report, before=ended, after=told, at=at)
    return len(ended)


@transaction.atomic
def reopen(actor: Actor, *, report_id: int, reason: str, at: datetime) -> Obligation:
    """Open a published report for a correction; the figures stay known until the corrected ones are published.

    By those who fill it in or check it. Raises Forbidden, Closed, NoReason.
    """
    report = held(report_id)
    if not policies.may_verify(actor, report).allowed:
        policies.require(policies.may_report(actor, report))
    _check_stage(report, Stage.PUBLISHED)
    check_unlocked(report)
    report.reopened_for = report.note = _needs(reason)
    report.stage = Stage.RETURNED
    report.save(update_fields=["note", "reopened_for", "stage"])
    audit.record(actor, "indicators.reopened", report, after={"reason": report.note}, at=at)
    return report


def _check_stage(report: Obligation, *stages: str) -> None:
    if report.stage not in stages:
        raise Closed(
            _("Somebody was quicker, or the report is not that far: it is now “%(stage)s”.")
            % {"stage": queries.stage_words(report.stage)}
        )  # fmt: skip
