"""Figures on their way to the Government: one packet an indicator and period, again only when a figure changed."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import override

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.reporting import services as reporting

from .. import periods, queries
from ..breakdowns import TOTAL
from ..models import Indicator, Observation, Series
from ..queries.figures import Values

SET = "LD25"
# What was published so long ago is looked at again: a stopped worker loses nothing, and what did not change is not resent.
LOOK_BACK = timedelta(days=3)


def send_published(*, at: datetime, since: datetime | None = None) -> int:
    """Put every indicator and period with figures published since a moment on its way; gives how many packets are told of.

    A packet holds the province and every unit that has a value of its own, each with its status, vintage and since when it
    is known. The same content is the same packet; a changed one is its next vintage and names the one it replaces. What a
    formula gives has no packet of its own: whoever holds its operands reckons it. Parts follow their total, under their keys;
    what figures are broken down by goes as a packet of its own, again only when it changed.
    """
    catalogue = queries.Catalogue()
    owners = {code: each.code for rows in catalogue.rows.values() for each in rows for code in each.series_codes}
    begin = since or at - LOOK_BACK
    # A figure that was taken back has no new version: its end is what is told.
    moved = Q(known_from__gt=begin, known_from__lte=at) | Q(known_to__gt=begin, known_to__lte=at)
    pairs = (
        Observation.objects.filter(moved)
        .values_list("series__code", "period")
        .distinct()
    )
    wanted = {(owners[code], period) for code, period in pairs if code in owners}
    breakdowns = queries.Breakdowns()
    used: set[str] = set()
    for code, period in sorted(wanted):
        span = periods.parse(period)
        row = catalogue.row(code, span.last)
        values = packet_values(row, span, breakdowns) if row is not None and not row.formula else []
        if values:
            used |= {each["breakdown"] for each in values if "breakdown" in each}
            reporting.send_packet(
                SYSTEM, kind="indicator_data", subject=code, period=period, at=at,
                values={"set_code": SET, "values": values}, agency_id=next(iter(organizations.root_ids()), None),
            )  # fmt: skip
    if used:
        _send_breakdowns(breakdowns, at=at)
    return len(wanted)


def _send_breakdowns(known: queries.Breakdowns, *, at: datetime) -> None:
    """Tell what figures are broken down by and what each category is: whoever reads a key finds it there."""
    with override("vi"):
        rows = [
            {
                "code": code, "name": known.name_of(code),
                "categories": [{"code": f"{code}:{each.code}", "name": known.part_name(f"{code}:{each.code}")} for each in known.categories[code]],
            }
            for code in sorted(known.dimensions)
        ]  # fmt: skip
    reporting.send_packet(SYSTEM, kind="breakdown_list", subject=SET, at=at, values={"breakdowns": rows}, agency_id=next(iter(organizations.root_ids()), None))


def packet_values(indicator: Indicator, period: periods.Period, breakdowns: queries.Breakdowns | None = None) -> list[dict[str, Any]]:
    """The values of a packet, the province first, parts after their total. Two SQL statements, two more without `breakdowns`."""
    series = queries.series_of(indicator)
    codes = [*indicator.top, *indicator.base]
    by_key = queries.all_known(codes, first=period, last=period)
    keys = [TOTAL]
    if set(by_key) - {TOTAL}:
        splits = queries.splits_of(indicator, breakdowns or queries.Breakdowns(), period.last)
        keys += [part.key for split, _whole in splits for part in split.parts if part.key in by_key]
    return [value for key in keys for value in _values_of(indicator, series, by_key.get(key, {}), key, period)]


def _values_of(
    indicator: Indicator, series: Mapping[str, Series], known: Values, key: str, period: periods.Period
) -> Iterator[dict[str, Any]]:
    codes = [*indicator.top, *indicator.base]
    root = next(iter(organizations.root_ids()), 0)
    units = [root, *(agency for agency in queries.children(indicator, root, series, period=period, values=known) if agency != root)]
    for agency in units:
        below = queries.children(indicator, agency, series, period=period, values=known)
        figure = queries.figure(indicator, series, known, agencies=below, period=period, is_part=key != TOTAL)
        if figure.value is None:
            continue
        vintages = [known[code, unit, period.name].vintage for code in codes for unit in {*below, agency} if (code, unit, period.name) in known]
        of_part = {} if key == TOTAL else {"breakdown": key}
        yield {
            "indicator_code": indicator.code, "unit_code": organizations.code_of(agency), **of_part,
            "value": figure.value.quantize(Decimal("0.000001")), "status": figure.status,
            "known_from": figure.newest, "vintage": max(vintages),
        }  # fmt: skip
