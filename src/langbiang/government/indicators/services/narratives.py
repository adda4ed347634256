"""Written reports on an outline: owed ahead, written section by section, sent, checked by another person, handed on."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import SYSTEM, Actor, Stale
from langbiang.foundation.calendars import queries as calendars
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.reporting import services as reporting

from .. import periods, policies, queries
from ..deadlines import due_at
from ..events import NarrativeHandedOn, NarrativeReturned
from ..models import Narrative, NarrativeText, Obligation, Outline
from .entering import OPEN_STAGES, BadValue, Closed
from .flow import WAITING, NotComplete, _needs

Stage, State = Obligation.Stage, Obligation.State
LONGEST = 20_000  # letters of a section
REGIME = "ND09-2019"
# Control characters a copied text may bring along: nobody sees them, and no packet can carry them.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2029\ufeff\ufffe\uffff]")


def outlines_in_force(day: date) -> list[Outline]:
    """The outlines on a day."""
    rows = Outline.objects.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    return list(rows.order_by("code"))


@transaction.atomic
def make_narratives(*, first: date, last: date, at: datetime) -> int:
    """Add the written reports owed for every period that ends from `first` to `last`; gives how many were added.

    What is there stays; of those nobody has begun the deadline follows the rule in force.
    """
    before = Narrative.objects.count()
    calendar = calendars.calendar_for(None, on=timezone.localtime(at).date())
    for outline in Outline.objects.order_by("code", "valid_from"):
        period = periods.of(first, outline.frequency, outline.scheme)
        while period.last <= last:
            if period.last >= max(first, outline.valid_from) and (outline.valid_to is None or period.last < outline.valid_to):
                due = due_at(outline.deadline, period, is_working=calendar.is_working)
                _add(outline, period, due)
            period = period.next
    return Narrative.objects.count() - before


def _add(outline: Outline, period: periods.Period, due: datetime) -> None:
    writers = [organizations.agency_id_of(code, on=period.last) for code in outline.owners]
    if "commune" in outline.levels:
        writers += [row.id for row in organizations.commune_agencies(on=period.last)]
    missing = due + timedelta(minutes=outline.grace_minutes)
    Narrative.objects.bulk_create(
        [
            Narrative(outline=outline, agency_id=writer, period=period.name, last_day=period.last, due_at=due, missing_at=missing)
            for writer in writers
            if writer is not None
        ],
        ignore_conflicts=True, batch_size=2000,
    )  # fmt: skip
    untouched = Narrative.objects.filter(outline=outline, period=period.name, state=State.OPEN, stage=Stage.EMPTY, first_due_at__isnull=True)
    untouched.exclude(due_at=due, missing_at=missing).update(due_at=due, missing_at=missing)


def held_narrative(narrative_id: int) -> Narrative:
    """The written report, held for this transaction. Raises Stale when there is none."""
    found = Narrative.objects.select_for_update(of=("self",)).select_related("outline").filter(pk=narrative_id).first()
    if found is None:
        raise Stale(_("This report is not there any more."))
    return found


def _check_stage(report: Narrative, *stages: str) -> None:
    if report.stage not in stages:
        raise Closed(
            _("Somebody was quicker, or the report is not that far: it is now “%(stage)s”.") % {"stage": queries.stage_words(report.stage)}
        )


@transaction.atomic
def write(actor: Actor, *, narrative_id: int, texts: Mapping[str, str], at: datetime) -> Narrative:
    """Keep sections of a written report by their number. Raises Forbidden, Closed, BadValue; nothing is kept then."""
    report = held_narrative(narrative_id)
    policies.require(policies.may_report(actor, report))
    _check_stage(report, *OPEN_STAGES)
    known = {section["number"] for section in report.outline.sections}
    for number, text in texts.items():
        if number not in known:
            raise BadValue(_("This outline has no section %(number)s.") % {"number": number[:20]}, field=number)
        if len(text) > LONGEST:
            raise BadValue(
                _("Section %(number)s is longer than %(n)s letters.") % {"number": number, "n": LONGEST}, field=number,
                way_out=_("Shorten it, or put the details into an annex."),
            )  # fmt: skip
        report.texts[number] = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\u2028", "\n")).strip()
    report.texts = {number: text for number, text in report.texts.items() if text}
    if report.stage in (Stage.EMPTY, Stage.DRAFT):
        report.stage = Stage.DRAFT if report.texts else Stage.EMPTY
    report.save(update_fields=["texts", "stage"])
    audit.record(actor, "indicators.narrative_written", report, after={"sections": sorted(texts)}, at=at)
    return report


@transaction.atomic
def send_narrative(actor: Actor, *, narrative_id: int, reason: str = "", at: datetime) -> Narrative:
    """Send a written report; every required section has to be there. Raises Forbidden, Closed, NotComplete."""
    report = held_narrative(narrative_id)
    policies.require(policies.may_report(actor, report))
    _check_stage(report, *OPEN_STAGES)
    for section in report.outline.sections:
        if section["required"] and not report.texts.get(section["number"]):
            raise NotComplete(
                _("Section %(number)s “%(heading)s” is empty.") % section, field=section["number"],
                way_out=_("Write it; where nothing happened, say so."),
            )  # fmt: skip
    is_late = at > report.due_at
    report.stage = Stage.SUBMITTED
    if report.state in WAITING:
        report.state = State.LATE if is_late else State.ON_TIME
    if is_late and reason.strip():
        report.note = reason.strip()[:1000]
    report.first_sent_at = report.first_sent_at or at
    report.submitted_at, report.submitted_by_id, report.submitted_label = at, actor.account_id, actor.label[:300]
    report.verified_at, report.verified_label = None, ""
    report.save()
    audit.record(actor, "indicators.narrative_sent", report, after={"late": is_late}, at=at)
    return report


@transaction.atomic
def check_narrative(actor: Actor, *, narrative_id: int, at: datetime) -> Narrative:
    """Say that a written report is right: never by the person who sent it. Raises Forbidden, Closed."""
    report = held_narrative(narrative_id)
    policies.require(policies.may_verify(actor, report))
    _check_stage(report, Stage.SUBMITTED)
    report.stage, report.verified_at, report.verified_label = Stage.VERIFIED, at, actor.label[:300]
    report.save(update_fields=["stage", "verified_at", "verified_label"])
    audit.record(actor, "indicators.narrative_checked", report, at=at)
    return report


@transaction.atomic
def return_narrative(actor: Actor, *, narrative_id: int, reason: str, at: datetime) -> Narrative:
    """Give a written report back before it is handed on, or open one that was for a correction. Raises Forbidden, Closed, NoReason."""
    report = held_narrative(narrative_id)
    policies.require(policies.may_verify(actor, report))
    _check_stage(report, Stage.SUBMITTED, Stage.VERIFIED, Stage.PUBLISHED)
    report.note = _needs(reason)
    if report.stage == Stage.PUBLISHED:
        report.reopened_for = report.note
    report.stage = Stage.RETURNED
    report.save(update_fields=["note", "reopened_for", "stage"])
    audit.record(actor, "indicators.narrative_returned", report, after={"reason": report.note}, at=at)
    told = NarrativeReturned(narrative_id=report.pk, reason=report.note)
    events.emit(actor, told, at=at, agency_id=report.agency_id, subject=f"indicators.narrative:{report.pk}")
    return report


@transaction.atomic
def hand_on_narrative(actor: Actor, *, narrative_id: int, at: datetime) -> NarrativeText:
    """Make a checked report known and put it on its way to the Government; a corrected one is the next vintage with its reason.

    Raises Forbidden, Closed.
    """
    report = held_narrative(narrative_id)
    policies.require(policies.may_publish(actor, report))
    _check_stage(report, Stage.VERIFIED)
    former = report.vintages.select_for_update().filter(known_to__isnull=True).first()
    if former is not None:
        former.known_to = at
        former.save(update_fields=["known_to"])
    packet = reporting.send_packet(
        SYSTEM, kind="narrative", subject=report.outline.code, period=report.period, unit_code=organizations.code_of(report.agency_id),
        values={
            "regime_code": REGIME, "outline_code": report.outline.code, "period": report.period,
            "unit_code": organizations.code_of(report.agency_id),
            "sections": [
                {"number": section["number"], "heading": section["heading"], "body": report.texts[section["number"]]}
                for section in report.outline.sections
                if report.texts.get(section["number"])
            ],
        },
        agency_id=report.agency_id, at=at,
    )  # fmt: skip
    made = NarrativeText.objects.create(
        narrative=report, vintage=former.vintage + 1 if former else 1, texts=report.texts, known_from=at,
        reported_by=report.submitted_label, verified_by=report.verified_label, published_by=actor.label[:300],
        reason=(report.reopened_for or _("Published again")) if former else "", packet=str(packet.content.get("packet_id", ""))[:80],
    )  # fmt: skip
    report.stage, report.reopened_for = Stage.PUBLISHED, ""
    report.save(update_fields=["stage", "reopened_for"])
    audit.record(actor, "indicators.narrative_handed_on", report, after={"vintage": made.vintage, "packet": made.packet}, at=at)
    told = NarrativeHandedOn(narrative_id=report.pk, outline=report.outline.code, period=report.period)
    events.emit(actor, told, at=at, agency_id=report.agency_id, subject=f"indicators.narrative:{report.pk}")
    return made
