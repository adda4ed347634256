"""Figures of years before a reform: given for the units of then, kept for the units of today."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from io import StringIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places

from .. import periods, policies
from ..models import Observation, Series
from ..numbers import NotANumber, read

HEAD = ("series", "unit", "period", "value")


class BadPast(Refusal, ValueError):
    """A file of former figures that cannot be taken over; names the lines."""


@dataclass
class Taken:
    """What became of a file: figures kept, those that were known already, and units that share one figure."""

    kept: int = 0
    estimates: int = 0
    known: int = 0
    joint: list[str] = field(default_factory=list)


@transaction.atomic
def take_past(actor: Actor, *, text: str, units_of: date, source: str, at: datetime) -> Taken:
    """Take over a CSV of series, unit (code or full name on the day `units_of`), period and value; all of it or nothing.

    Only sums can be recast. Whole parts are added up exactly; a unit that was split is divided by its published share and
    marked as an estimate; without a share its successors have no figure of their own and are named. Figures that are
    known already stay. Raises Forbidden, BadPast with every line that is wrong.
    """
    policies.require(policies.may_keep(actor))
    if len(source.strip()) < 5:
        raise BadPast(_("Name the publication the figures come from."), field="source")
    lines = _read(text, units_of)
    today = timezone.localdate(at)
    taken = Taken()
    for (series, period_name), values in sorted(lines.items(), key=lambda each: (each[0][0].code, each[0][1])):
        period = periods.parse(period_name)
        for part in places.recast(values, units_of, today):
            if part.is_joint:
                taken.joint.append(f"{series.code} {period_name}: " + ", ".join(places.name_of(code) for code in part.codes))
                continue
            agency = organizations.commune_agency_id(part.codes[0], on=today)
            if agency is None:
                continue
            status = Observation.Status.ESTIMATED if part.is_estimate else Observation.Status.FINAL
            _row, is_new = Observation.objects.get_or_create(
                series=series, agency_id=agency, period=period_name, breakdown="_T", known_to=None,
                defaults={
                    "first_day": period.first, "last_day": period.last, "frequency": period.frequency, "status": status,
                    "value": part.value.quantize(Decimal(1).scaleb(-series.decimals)), "known_from": at, "source": source.strip()[:200],
                    "reported_by": actor.label[:300], "reported_at": at, "published_by": actor.label[:300],
                    "inputs": {"units_of": units_of.isoformat(), "recast_from": list(part.sources)},
                },
            )  # fmt: skip
            taken.kept += is_new
            taken.known += not is_new
            taken.estimates += is_new and part.is_estimate
    audit.record(
        actor, "indicators.past_taken", "indicators",
        after={"source": source.strip(), "kept": taken.kept, "estimates": taken.estimates, "joint": len(taken.joint)}, at=at,
    )  # fmt: skip
    return taken


def _read(text: str, units_of: date) -> dict[tuple[Series, str], dict[str, Decimal]]:
    rows = list(csv.DictReader(StringIO(text.lstrip("\ufeff"))))
    if not rows or any(name not in rows[0] for name in HEAD):
        raise BadPast(_("The first line has to name the columns %(names)s.") % {"names": ", ".join(HEAD)}, field="file")
    series = {row.code: row for row in Series.objects.filter(space=Series.Roll.SUM)}
    named = _units(units_of)
    found: dict[tuple[Series, str], dict[str, Decimal]] = {}
    wrong: list[str] = []
    for number, row in enumerate(rows, start=2):
        codes = named.get((row["unit"] or "").strip().casefold(), set())
        try:
            period = periods.parse((row["period"] or "").strip())
            typed = read(row["value"] or "", decimals=6)
        except (periods.NotAPeriod, NotANumber) as problem:
            wrong.append(_("line %(n)s: %(why)s") % {"n": number, "why": problem})
            continue
        if (row["series"] or "").strip() not in series:
            wrong.append(_("line %(n)s: “%(text)s” is no series that is added up over units") % {"n": number, "text": row["series"]})
        elif len(codes) != 1:
            said = _("names several units; write the code") if codes else _("is no unit of that day")
            wrong.append(_("line %(n)s: “%(text)s” %(why)s") % {"n": number, "text": row["unit"], "why": said})
        elif typed is None or period.last > units_of:
            wrong.append(_("line %(n)s: no value, or a period after the units it is given for") % {"n": number})
        else:
            here = found.setdefault((series[row["series"].strip()], period.name), {})
            code = next(iter(codes))
            if code in here:
                wrong.append(_("line %(n)s: the same unit, series and period stand here twice") % {"n": number})
            here[code] = typed.value
    if wrong:
        shown = "; ".join(wrong[:20]) + (f" (+{len(wrong) - 20})" if len(wrong) > 20 else "")
        raise BadPast(_("Nothing was taken over.") + " " + shown, field="file")
    return found


def _units(day: date) -> Mapping[str, set[str]]:
    """Codes by code, full name and name with what it lay in, of every unit that is part of today's province."""
    found: dict[str, set[str]] = {}

    def add(words: str, code: str) -> None:
        found.setdefault(words.casefold(), set()).add(code)

    for row in [row for above in places.provinces(on=day) for row in places.communes(province=above.code, on=day)]:
        if not any(each.place.parent_code == settings.PROVINCE_CODE for each in places.current_of(row)):
            continue
        add(row.code, row.code)
        add(row.title, row.code)
        add(places.long_name(row), row.code)
    return found
