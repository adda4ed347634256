"""Figures on their way to the Government: one packet an indicator and period, again only when a figure changed."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.reporting import services as reporting

from .. import periods, queries
from ..models import Indicator, Observation

SET = "LD25"
# What was published so long ago is looked at again: a stopped worker loses nothing, and what did not change is not resent.
LOOK_BACK = timedelta(days=3)


def send_published(*, at: datetime, since: datetime | None = None) -> int:
    """Put every indicator and period with figures published since a moment on its way; gives how many packets are told of.

    A packet holds the province and every unit that has a value of its own, each with its status, vintage and since when it
    is known. The same content is the same packet; a changed one is its next vintage and names the one it replaces. What a
    formula gives has no packet of its own: whoever holds its operands reckons it.
    """
    catalogue = queries.Catalogue()
    owners = {code: each.code for rows in catalogue.rows.values() for each in rows for code in each.series_codes}
    begin = since or at - LOOK_BACK
    # A figure that was taken back has no new version: its end is what is told.
    moved = Q(known_from__gt=begin, known_from__lte=at) | Q(known_to__gt=begin, known_to__lte=at)
    pairs = (
        Observation.objects.filter(moved, breakdown="_T")
        .values_list("series__code", "period")
        .distinct()
    )
    wanted = {(owners[code], period) for code, period in pairs if code in owners}
    for code, period in sorted(wanted):
        span = periods.parse(period)
        row = catalogue.row(code, span.last)
        values = packet_values(row, span) if row is not None and not row.formula else []
        if values:
            reporting.send_packet(
                SYSTEM, kind="indicator_data", subject=code, period=period, at=at,
                values={"set_code": SET, "values": values}, agency_id=next(iter(organizations.root_ids()), None),
            )  # fmt: skip
    return len(wanted)


def packet_values(indicator: Indicator, period: periods.Period) -> list[dict[str, Any]]:
    """The values of a packet, the province first. Two SQL statements."""
    series = queries.series_of(indicator)
    codes = [*indicator.top, *indicator.base]
    known = queries.as_known(codes, first=period, last=period)
    root = next(iter(organizations.root_ids()), 0)
    units = [root, *(agency for agency in queries.children(indicator, root, series, period=period, values=known) if agency != root)]
    found = []
    for agency in units:
        below = queries.children(indicator, agency, series, period=period, values=known)
        figure = queries.figure(indicator, series, known, agencies=below, period=period)
        if figure.value is None:
            continue
        vintages = [known[code, unit, period.name].vintage for code in codes for unit in {*below, agency} if (code, unit, period.name) in known]
        found.append(
            {
                "indicator_code": indicator.code, "unit_code": organizations.code_of(agency),
                "value": figure.value.quantize(Decimal("0.000001")), "status": figure.status,
                "known_from": figure.newest, "vintage": max(vintages),
            }
        )  # fmt: skip
    return found
