"""Drawing figures from ministries' databases: every row is accepted or quarantined, and none is counted twice."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Min
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from langbiang.foundation import events
from langbiang.foundation.access import SYSTEM, Actor, Refusal
from langbiang.foundation.access.policies import require
from langbiang.foundation.audit import services as audit
from langbiang.foundation.places import queries as places

from .. import policies, queries
from ..connectors import CONTRACTS, Figure, SourceRefused, Window, adapter, contract, port
from ..events import FiguresDrawn
from ..models import Connector, Draw, Quarantined, SourceRow

log = logging.getLogger(__name__)
MOST_PAGES = 10_000
# Sources correct themselves for some days; what did not change costs nothing.
USUAL_DAYS = 7
# What is left out is caught up so far back.
CAUGHT_UP_DAYS = 400


class AlreadyDrawing(Refusal):
    """Somebody else is drawing these figures at this moment."""


def draw(actor: Actor = SYSTEM, *, connector: str, window: Window, at: datetime) -> Draw:
    """Draw the figures of some days; a draw that was cut off goes on where it stopped.

    Gives the draw with its counts; `problem` says why it is not finished. Raises Forbidden, SourceRefused for a set-up
    that cannot work.
    """
    if actor.kind != "system":
        require(policies.may_manage(actor))
    source = Connector.objects.get(code=connector)
    if contract(source.subject) is None:
        raise SourceRefused(_("There is no contract for the subject “%(subject)s”.") % {"subject": source.subject})
    opened = _open(source, window, at)
    asked = port(source.adapter, source.address)
    for _page in range(MOST_PAGES):
        try:
            page = asked.fetch(source.subject, window, opened.cursor)
        except SourceRefused as refusal:
            Draw.objects.filter(pk=opened.pk).update(problem=str(refusal)[:500])
            opened.refresh_from_db()
            return opened
        opened = _take_in(actor, source, opened, page.rows, page.cursor, at)
        if opened.finished_at is not None:
            break
    return opened


@transaction.atomic
def _open(source: Connector, window: Window, at: datetime) -> Draw:
    row, _new = Draw.objects.get_or_create(
        connector=source, first_day=window.first_day, last_day=window.last_day, finished_at__isnull=True,
        defaults={"begun_at": at, "finished_at": None},
    )  # fmt: skip
    return row


@transaction.atomic
def _take_in(
    actor: Actor, source: Connector, opened: Draw, rows: list[dict[str, Any]], cursor: str | None, at: datetime
) -> Draw:
    """Keep one page and how far we are, in one transaction: a page is taken in once or not at all."""
    draw_row = Draw.objects.select_for_update().get(pk=opened.pk)
    if draw_row.cursor != opened.cursor or draw_row.finished_at is not None:
        raise AlreadyDrawing(
            _("These figures are being drawn at this moment."), way_out=_("Look again in a few minutes.")
        )
    accepted: list[Figure] = []
    refused: list[Quarantined] = []
    wanted = CONTRACTS[source.subject]
    known: dict[date, frozenset[str]] = {}
    for number, row in enumerate(rows, start=draw_row.rows_in + 1):
        try:
            figures = wanted.model_validate(row).figures()
        except ValidationError as problem:
            reasons = [
                f"{'.'.join(map(str, each['loc'])) or '-'}: {each['msg']}"[:300] for each in problem.errors()[:10]
            ]
        else:
            reasons = _unknown_places(figures, known)
        if reasons:
            refused.append(Quarantined(draw=draw_row, number=number, content=_shown(row), reasons=reasons))
        else:
            accepted += figures
    _keep(source, draw_row, accepted, at)
    Quarantined.objects.bulk_create(refused)
    draw_row.rows_in += len(rows)
    draw_row.rejected += len(refused)
    draw_row.accepted = draw_row.rows_in - draw_row.rejected
    draw_row.problem = ""
    if cursor is None:
        draw_row.finished_at = at
        told = {"rows": draw_row.rows_in, "accepted": draw_row.accepted, "rejected": draw_row.rejected}
        audit.record(actor, "reporting.figures_drawn", source, after=told, at=at)
        drawn = FiguresDrawn(
            connector=source.code, subject=source.subject, draw_id=draw_row.pk, accepted=draw_row.accepted,
            rejected=draw_row.rejected,
        )  # fmt: skip
        events.emit(SYSTEM, drawn, at=at, subject=f"reporting.draw:{draw_row.pk}")
    else:
        draw_row.cursor = cursor[:200]
    draw_row.save()
    return draw_row


def _unknown_places(figures: list[Figure], known: dict[date, frozenset[str]]) -> list[str]:
    """Why the unit of a row cannot be: no such code on the day it tells of. Without a register of units all pass."""
    found = []
    for place_code, period in {(each.place_code, each.period) for each in figures}:
        day = date.fromisoformat(period if len(period) == 10 else f"{period}-01")
        if day not in known:
            known[day] = frozenset(row.code for row in places.communes(on=day))
        if known[day] and place_code not in known[day]:
            found.append(f"unit: no unit has the code {place_code} on {day:%d/%m/%Y}")
    return found


def _shown(row: dict[str, Any]) -> dict[str, str]:
    """A refused row as text, cut short; names of columns stay, long values do not."""
    return {
        str(name)[:60].replace("\0", ""): str(value)[:200].replace("\0", "") for name, value in list(row.items())[:40]
    }


def _keep(source: Connector, draw_row: Draw, figures: list[Figure], at: datetime) -> None:
    """A value that changed closes the old version and opens the next; the same value again changes nothing."""
    newest = {each.key: each for each in figures}
    known = {
        row.row_key: row
        for row in SourceRow.objects.select_for_update().filter(
            connector=source, row_key__in=newest, known_to__isnull=True
        )
    }
    fresh: list[SourceRow] = []
    closed: list[int] = []
    for key, figure in newest.items():
        old = known.get(key)
        if old is not None:
            if old.value == figure.value:
                continue
            closed.append(old.pk)
        fresh.append(
            SourceRow(
                connector=source, draw=draw_row, row_key=key, series=figure.series, place_code=figure.place_code,
                period=figure.period, value=figure.value, version=old.version + 1 if old else 1, known_from=at,
            )
        )  # fmt: skip
    SourceRow.objects.filter(pk__in=closed).update(known_to=at)
    SourceRow.objects.bulk_create(fresh, batch_size=2000)


def draw_due(*, at: datetime) -> list[Draw]:
    """Draw from every active source whose turn it is, go on with what was cut off, and catch up what an outage left out.

    What a source refuses is kept with its draw; the others are drawn all the same.
    """
    done: list[Draw] = []
    today = at.astimezone(queries.HERE).date()
    for source in Connector.objects.filter(is_active=True, valid_from__lte=today).exclude(valid_to__lt=today).order_by("pk"):
        try:
            for window in _windows(source, at):
                done.append(draw(connector=source.code, window=window, at=at))
                if done[-1].finished_at is None:
                    break
        except SourceRefused as refusal:
            Draw.objects.filter(connector=source, finished_at=None).update(problem=str(refusal)[:500])
            log.warning("nothing can be drawn from %s: %s", source.code, refusal)
        except AlreadyDrawing as refusal:
            log.info("%s: %s", source.code, refusal)
    return done


def _windows(source: Connector, at: datetime) -> Iterator[Window]:
    """What is to be drawn now, one after the other: what was cut off, the last days when it is their turn, each day before
    them that no finished draw covers."""
    # A single day is caught up; it is no turn of the source.
    turns = Draw.objects.filter(connector=source).exclude(first_day=F("last_day"))
    for row in turns.filter(finished_at=None).order_by("begun_at", "pk"):
        yield Window(row.first_day, row.last_day)
    today = at.astimezone(queries.HERE).date()
    usual = Window(today - timedelta(days=USUAL_DAYS), today - timedelta(days=1))
    if not turns.filter(begun_at__gt=at - timedelta(hours=source.every_h)).exists():
        yield usual
    for day in _left_out(source, usual.first_day):
        yield Window(day, day)


def _left_out(source: Connector, until: date) -> list[date]:
    """Days before `until` that lie after the first day ever drawn and in no finished draw: the earliest first, those that
    were refused before last, so that a day the source has no more does not keep back the others."""
    earliest = max(source.valid_from, until - timedelta(days=CAUGHT_UP_DAYS))
    drawn = Draw.objects.filter(connector=source, last_day__gte=earliest)
    first = drawn.aggregate(first=Min("first_day"))["first"]
    if first is None:
        return []
    covered = {
        begin + timedelta(days=n)
        for begin, end in drawn.filter(finished_at__isnull=False).values_list("first_day", "last_day").distinct()
        for n in range((end - begin).days + 1)
    }
    refused = set(drawn.filter(finished_at=None, first_day=F("last_day")).values_list("first_day", flat=True))
    begin = max(earliest, first)
    days = (begin + timedelta(days=n) for n in range((until - begin).days))
    return sorted((day for day in days if day not in covered), key=lambda day: (day in refused, day))


@transaction.atomic
def change_connector(
    actor: Actor, *, connector: str, by: str, address: str, agreement: str, every_h: int, is_active: bool,
    valid_to: date | None = None, at: datetime,
) -> Connector:  # fmt: skip
    """Change where and how often figures are drawn, and under which agreement. Raises Forbidden, SourceRefused."""
    require(policies.may_manage(actor))
    adapter(by)
    row = Connector.objects.select_for_update().get(code=connector)
    if is_active and not agreement.strip():
        raise SourceRefused(
            _("Figures are drawn only under an agreement."), field="agreement",
            way_out=_("Name the document by which the source shares its data."),
        )  # fmt: skip
    if is_active and not address.strip():
        raise SourceRefused(_("This source has no address yet."), field="address")
    before = {"adapter": row.adapter, "address": row.address, "is_active": row.is_active}
    row.adapter, row.address, row.agreement, row.every_h = by, address.strip(), agreement.strip(), every_h
    row.is_active, row.valid_to = is_active, valid_to
    row.save()
    audit.record(
        actor, "reporting.connector_changed", row, before=before,
        after={"adapter": by, "address": row.address, "is_active": is_active}, at=at,
    )  # fmt: skip
    return row
