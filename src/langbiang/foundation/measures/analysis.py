"""Questions nobody foresaw: a figure grouped by whatever its records say, worked out by the worker over the exports."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import Error, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import events
from langbiang.foundation.access import SYSTEM, Actor, Refusal
from langbiang.foundation.access import policies as access
from langbiang.foundation.audit import services as audit

from . import analysing, book, clickhouse, declaring, exporting, policies
from .events import Analysed
from .models import Analysis

LIMIT = 1000
SECONDS = 60
MOST_KEYS = 3


class BadQuestion(Refusal):
    """A question cannot be answered like this."""


def keys_of(found: declaring.Measure) -> dict[str, Any]:
    """What a figure can be grouped by, with titles."""
    told: dict[str, Any] = {"agency": _("Agency")}
    if not found.is_stock:  # what is there at the end of a period is not the sum of its months
        told = {"month": _("Month"), "year": _("Year"), "day": _("Day")} | told
    return told | {key: each.title for key, each in found.records.filters.items()}


@transaction.atomic
def ask(
    actor: Actor, *, measure: str, first: date, last: date, by: Sequence[str], filters: Mapping[str, str], at: datetime
) -> Analysis:
    """Put a question; the worker answers it. Raises Forbidden, NoSuchMeasure, BadQuestion."""
    access.require(policies.may_analyse(actor))
    assert actor.account_id is not None
    found = declaring.known(measure)
    if first > last:
        raise BadQuestion(_("The period ends before it begins. Exchange the two days."), field="first")
    if not by or len(by) > MOST_KEYS or any(key not in keys_of(found) for key in by):
        raise BadQuestion(
            _("This figure cannot be grouped like this."), field="by",
            way_out=_("Choose one to three of: %(keys)s.") % {"keys": ", ".join(map(str, keys_of(found).values()))},
        )  # fmt: skip
    if wrong := next((key for key in filters if key not in found.records.filters), None):
        raise BadQuestion(
            _("This figure cannot be narrowed by “%(filter)s”.") % {"filter": wrong}, field="filters", way_out=_("Leave it out.")
        )
    seen = policies.agencies_seen(actor)
    row = Analysis.objects.create(
        account_id=actor.account_id, agency_id=actor.agency_id, measure=found.name, at=at,
        question={
            "first": first.isoformat(), "last": last.isoformat(), "by": list(dict.fromkeys(by)),
            "filters": {key: value for key, value in filters.items() if value},
            "agencies": None if seen is None else sorted(seen),
        },
    )  # fmt: skip
    audit.record(actor, "measures.analysis_asked", row, after={"measure": measure, **row.question}, at=at)
    from .tasks import analyse

    analyse.defer(analysis_id=row.pk)
    return row


def work_out(*, analysis_id: int, at: datetime) -> None:
    """Answer a question in a process of its own; what goes wrong is kept as its answer."""
    row = Analysis.objects.get(pk=analysis_id)
    if row.state != Analysis.State.WAITING:
        return
    started = time.monotonic()
    try:
        found = declaring.known(row.measure)
        row.as_of = _exported(found, at).at
        row.answer = run(found, row.question)
        row.state = Analysis.State.DONE
    except (subprocess.SubprocessError, OSError, ValueError, exporting.ExportFailed, Error, Refusal) as problem:
        row.answer, row.state = {"problem": type(problem).__name__}, Analysis.State.FAILED
    row.took_ms = round((time.monotonic() - started) * 1000)
    with transaction.atomic():
        row.save(update_fields=["answer", "state", "took_ms", "as_of"])
        events.emit(
            SYSTEM, Analysed(analysis_id=row.pk), at=at, agency_id=row.agency_id, subject=f"analysis:{row.pk}"
        )


def _exported(found: declaring.Measure, at: datetime) -> exporting.Exported:
    """The exports, written anew where they do not hold this figure yet: nothing exported is not nothing counted."""
    kept = exporting.exported()
    if kept is not None and kept.holds(found):
        return kept
    if not book.is_kept(found.records):
        book.rebuild(found.records, at=timezone.now)
    return exporting.export(at=at)


def run(found: declaring.Measure, question: Mapping[str, Any], *, limit: int = LIMIT) -> dict[str, Any]:
    """Ask the process that groups, or ClickHouse where the installation has one. Raises SubprocessError, ValueError."""
    numbers = found.numbers
    told = {
        **question, "file": str(exporting.folder() / f"{found.records.name}.parquet"), "top": numbers["top"],
        "base": numbers.get("base"), "scale": found.scale, "stock": found.is_stock,
        "columns": list(found.records.filters), "limit": limit,
    }  # fmt: skip
    if settings.CLICKHOUSE:
        return clickhouse.answer(settings.CLICKHOUSE, told, found.records.name)
    done = subprocess.run(
        [sys.executable, "-m", analysing.__name__, "ask"], input=json.dumps(told), capture_output=True, text=True,
        timeout=SECONDS, check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
