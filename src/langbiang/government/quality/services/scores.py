"""Scores of other provinces, from a file."""

import csv
import io
import json
import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import policies
from ..events import ScoresImported
from ..models import ProvinceScore

PERIOD = re.compile(r"\d{4}(-Q[1-4]|-(0[1-9]|1[0-2]))?")
LARGEST = 1_000_000


class BadScores(Refusal):
    """A file of scores that cannot be read, or says something impossible."""


def _wrong(text: str) -> BadScores:
    return BadScores(
        text, field="file", way_out=_("Correct the file as the page of the index in the documentation shows it.")
    )


def _read(name: str, content: bytes) -> list[dict[str, Any]]:
    if len(content) > LARGEST:
        raise _wrong(_("The file is larger than 1 MB: this is no list of provinces."))
    try:
        text = content.decode("utf-8-sig")
        if name.lower().endswith(".json"):
            found = json.loads(text)
            # As the national portal answers, or a plain list.
            listed = found.get("data", found).get("evaluation", []) if isinstance(found, dict) else found
            return [
                {
                    "code": row.get("departmentCode", row.get("code")), "name": row.get("departmentName", row.get("name")),
                    "total": row.get("totalScore", row.get("total")),
                    "groups": row.get("groupScores", row.get("groups")) or {},
                }
                for row in listed
            ]  # fmt: skip
        rows = list(csv.DictReader(io.StringIO(text)))
    except (UnicodeDecodeError, ValueError, AttributeError, csv.Error) as problem:
        raise _wrong(_("The file is neither CSV nor JSON in UTF-8.")) from problem
    plain = {"code", "name", "total"}
    return [{**row, "groups": {k: v for k, v in row.items() if k and k not in plain and v}} for row in rows]


def _checked(place: int, row: dict[str, Any]) -> tuple[str, str, Decimal]:
    code, name = str(row.get("code") or "").strip(), str(row.get("name") or "").strip()
    if not code or not name:
        raise _wrong(_("Row %(row)s has no code or no name.") % {"row": place})
    try:
        total = Decimal(str(row["total"]).strip().replace(",", "."))
        if not 0 <= total <= 100:
            raise InvalidOperation
    except (KeyError, InvalidOperation):
        raise _wrong(_("Row %(row)s: the total must be a number from 0 to 100.") % {"row": place}) from None
    return code[:20], name[:200], total


@transaction.atomic
def import_scores(
    actor: Actor, *, name: str, content: bytes, period: str, source: str, as_of: date, at: datetime
) -> int:
    """Take over published scores of other provinces; gives how many. The same day again replaces that day's rows.

    Raises Forbidden, BadScores.
    """
    policies.require(policies.may_manage(actor))
    if not PERIOD.fullmatch(period):
        raise BadScores(
            _("“%(period)s” is not a period.") % {"period": period[:20]}, field="period",
            way_out=_("Write 2026, 2026-Q3 or 2026-07."),
        )  # fmt: skip
    if not source.strip():
        raise BadScores(_("Say where the scores were published."), field="source")
    if as_of > timezone.localdate(at):
        raise BadScores(_("The scores cannot be of a day to come."), field="as_of")
    rows = [(*_checked(place, row), row["groups"]) for place, row in enumerate(_read(name, content), 1)]
    if not rows:
        raise _wrong(_("The file lists no provinces."))
    if len({row[0] for row in rows}) != len(rows):
        raise _wrong(_("A province stands in the file twice."))
    for code, province, total, groups in rows:
        ProvinceScore.objects.update_or_create(
            province_code=code, period=period, as_of=as_of,
            defaults={
                "province_name": province, "total": total, "groups": groups, "source": source[:300], "imported_at": at,
            },
        )  # fmt: skip
    audit.record(
        actor, "quality.scores_imported", f"quality.scores:{period}",
        after={"provinces": len(rows), "source": source, "as_of": as_of.isoformat()}, at=at,
    )  # fmt: skip
    events.emit(actor, ScoresImported(period=period, provinces=len(rows)), at=at)
    return len(rows)
