"""Figures of indicators for other systems: of a unit and period, as known at a moment, with every part."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.organizations import queries as organizations

from . import periods, policies, queries

router = Router(tags=["indicators"])


class NoSuchFigure(Refusal):
    """Nothing of this code, agency or period."""

    status = 404


class PartOut(Schema):
    """One part of a figure: its key, and its share of the total in percent where parts are parts of a whole."""

    breakdown: str
    name: str
    value: Decimal | None
    share: Decimal | None
    status: str
    have: int
    of: int


class SplitOut(Schema):
    """A figure by one breakdown; `exhaustive` where the parts add up to it."""

    by: str
    name: str
    exhaustive: bool
    parts: list[PartOut]


class IndicatorOut(Schema):
    """A figure, how many of how many units it is put together from, since when it is known, and its parts."""

    indicator: str
    agency: str
    period: str
    unit: str
    value: Decimal | None
    status: str
    have: int
    of: int
    known_from: datetime | None
    breakdowns: list[SplitOut]


@router.get("/{code}", response=IndicatorOut, url_name="indicator", summary="The figure of a unit and period, with its parts")
@rules.client("indicators.view")
def indicator(request: HttpRequest, code: str, period: str = "", agency: str = "", known_at: datetime | None = None) -> dict[str, Any]:
    """The figure of the province, or of the agency of a code, for a period (the last one that ended where none is named)."""
    policies.require(policies.may_view(acting(request)))
    catalogue = queries.Catalogue()
    today = timezone.localdate()
    row = catalogue.row(code, today) if "." not in code else None
    if row is None and "." not in code and catalogue.rows.get(code):
        row = catalogue.rows[code][-1]
    if row is None:
        raise NoSuchFigure(_("There is no such indicator."), field="code")
    try:
        span = periods.parse(period) if period else periods.of(today, row.frequency, row.scheme).previous
    except periods.NotAPeriod as problem:
        raise Refusal(
            _("“%(period)s” is no period.") % {"period": period[:20]}, field="period",
            way_out=_("Write 2026-10, 2026-W47, 2026-Q3, 2026-S1 or 2026."),
        ) from problem  # fmt: skip
    agency_id = organizations.agency_id_of(agency, on=span.last) if agency else next(iter(organizations.root_ids()), None)
    if agency_id is None:
        raise NoSuchFigure(_("There is no agency with the code %(code)s on that day.") % {"code": agency[:30]}, field="agency")
    if known_at is not None and timezone.is_naive(known_at):
        known_at = timezone.make_aware(known_at)
    ((_span, found),) = queries.history(row, agency_id, last=span, count=1, known_at=known_at, catalogue=catalogue)
    broken = queries.parts_of(row, agency_id, span, known_at=known_at, catalogue=catalogue)
    return {
        "indicator": code, "agency": organizations.code_of(agency_id), "period": span.name, "unit": row.unit, "known_from": found.newest, **_told(found),
        "breakdowns": [
            {
                "by": each.by, "name": each.name, "exhaustive": each.is_exhaustive,
                "parts": [{"breakdown": part.key, "name": part.name, "share": _rounded(part.share), **_told(part.figure)} for part in each.parts],
            }
            for each in broken
            if each.is_known
        ],
    }  # fmt: skip


def _told(found: queries.Figure) -> dict[str, Any]:
    return {"value": _rounded(found.value), "status": found.status, "have": found.have, "of": found.of}


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.000001"))
