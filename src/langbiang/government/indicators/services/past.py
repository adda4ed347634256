"""Figures of years before a reform: given for the units of then, kept for the units the province was formed with."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from io import StringIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places

from .. import periods, policies
from ..models import Lock, Observation, Series
from ..numbers import NotANumber, read
from .entering import Closed
from .flow import NoReason

HEAD = ("series", "unit", "period", "value")
Lines = dict[tuple[Series, str], dict[str, Decimal]]  # by series and name of the period: the value of each unit


class BadPast(Refusal, ValueError):
    """A file of former figures that cannot be taken over; names the lines."""


@dataclass
class Taken:
    """What became of a file: figures kept, those that were known already, corrected ones, and units that share one figure."""

    kept: int = 0
    estimates: int = 0
    known: int = 0
    revised: int = 0
    joint: list[str] = field(default_factory=list)


@transaction.atomic
def take_past(actor: Actor, *, text: str, units_of: date, source: str, reason: str = "", at: datetime) -> Taken:
    """Take over a CSV of series, unit (code or full name on the day `units_of`), period and value; all of it or nothing.

    Only sums can be recast, and only onto a unit of which every former part is in the file. Whole parts are added up
    exactly; a unit that was split is divided by its published share and marked as an estimate; without a share its
    successors have no figure of their own and are named. A corrected file adds the next version of what an earlier file
    gave, with the reason; what came with a report stays. Raises Forbidden, Closed, NoReason, BadPast with every line that
    is wrong and every part that is missing.
    """
    policies.require(policies.may_keep(actor))
    if len(source.strip()) < 5:
        raise BadPast(_("Name the publication the figures come from."), field="source")
    lines = _read(text, units_of)
    # The units the province was formed with: on that day former figures are read again.
    day = max([units_of, *(organizations.agency(root).valid_from for root in organizations.root_ids())])
    recast = {key: places.recast(values, units_of, day) for key, values in sorted(lines.items(), key=lambda each: (each[0][0].code, each[0][1]))}
    _check_whole(recast, lines, units_of, day)
    _check_unlocked(lines)
    taken = Taken()
    for (series, period_name), found in recast.items():
        for part in found:
            if part.is_joint:
                taken.joint.append(f"{series.code} {period_name}: " + ", ".join(places.name_of(code) for code in part.codes))
                continue
            agency = organizations.commune_agency_id(part.codes[0], on=day)
            if agency is None:
                continue
            status = Observation.Status.ESTIMATED if part.is_estimate else Observation.Status.FINAL
            _keep(actor, taken, series, agency, period_name, part, status, source=source.strip()[:200], reason=reason, units_of=units_of, at=at)
    audit.record(
        actor, "indicators.past_taken", "indicators",
        after={"source": source.strip(), "kept": taken.kept, "estimates": taken.estimates, "joint": len(taken.joint), "revised": taken.revised,
               "reason": reason.strip()}, at=at,
    )  # fmt: skip
    return taken


def _keep(
    actor: Actor, taken: Taken, series: Series, agency: int, period_name: str, part: places.Recast, status: str, *, source: str, reason: str,
    units_of: date, at: datetime,
) -> None:  # fmt: skip
    """Add one figure, or its next version where an earlier file gave another."""
    period = periods.parse(period_name)
    value = part.value.quantize(Decimal(1).scaleb(-series.decimals))
    all_rows = Observation.objects.select_for_update().filter(series=series, agency_id=agency, period=period_name, breakdown="_T")
    versions = list(all_rows.order_by("vintage"))
    former = next((row for row in versions if row.known_to is None), None)
    if former is not None and ((former.value, former.status) == (value, status) or "recast_from" not in former.inputs):
        taken.known += 1
        return
    if versions and len(reason.strip()) < 5:
        raise NoReason(
            _("The file corrects figures that were taken over before: %(series)s, %(unit)s, %(period)s.")
            % {"series": series.code, "unit": organizations.name_of(agency), "period": period_name},
            field="reason", way_out=_("Say why, in a few words at least."),
        )  # fmt: skip
    if former is not None:
        former.known_to = at
        former.save(update_fields=["known_to"])
    Observation.objects.create(
        series=series, agency_id=agency, period=period_name, first_day=period.first, last_day=period.last, frequency=period.frequency,
        status=status, vintage=versions[-1].vintage + 1 if versions else 1, value=value, known_from=at, source=source,
        reason=reason.strip()[:1000] if versions else "", reported_by=actor.label[:300], reported_at=at, published_by=actor.label[:300],
        inputs={"units_of": units_of.isoformat(), "recast_from": list(part.sources)},
    )  # fmt: skip
    taken.kept += 1
    taken.revised += bool(versions)
    taken.estimates += part.is_estimate


def _check_whole(recast: Mapping[tuple[Series, str], Sequence[places.Recast]], lines: Lines, units_of: date, day: date) -> None:
    """Refuse a figure of a unit of which a part is not in the file: the rest of it is no figure. Raises BadPast."""
    made_of: dict[str, set[str]] = {}
    for above in places.provinces(on=units_of):
        for row in places.communes(province=above.code, on=units_of):
            for each in places.current_of(row, at=day):
                made_of.setdefault(each.place.code, set()).add(row.code)
    wrong = []
    for (series, period_name), found in recast.items():
        for part in found:
            missing = set() if part.is_joint else made_of.get(part.codes[0], set()) - set(lines[series, period_name])
            if missing:
                told = {
                    "series": series.code, "period": period_name, "unit": places.full_name(part.codes[0], on=day),
                    "missing": ", ".join(sorted(f"{places.full_name(code, on=units_of)} ({code})" for code in missing)),
                }  # fmt: skip
                wrong.append(_("%(series)s %(period)s: %(unit)s was formed from more units than the file holds; missing: %(missing)s") % told)
    if wrong:
        raise BadPast(
            _("Nothing was taken over.") + " " + _joined(wrong), field="file",
            way_out=_("Add a line for each missing unit, with 0 or k where nothing happened, or leave the unit out."),
        )  # fmt: skip


def _check_unlocked(lines: Lines) -> None:
    codes = {series.code.partition(".")[0] for series, _period in lines}
    for lock in Lock.objects.filter(code__in=codes, opened_at__isnull=True):
        if any((series.code.partition(".")[0], period) == (lock.code, lock.period) for series, period in lines):
            raise Closed(
                _("The period %(period)s is closed for this indicator.") % {"period": lock.period},
                way_out=_("Two persons who keep the indicators can open it again, with a reason."), field="file",
            )  # fmt: skip


def _joined(wrong: Sequence[str]) -> str:
    return "; ".join(wrong[:20]) + (f" (+{len(wrong) - 20})" if len(wrong) > 20 else "")


def _read(text: str, units_of: date) -> Lines:
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
        raise BadPast(_("Nothing was taken over.") + " " + _joined(wrong), field="file")
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
