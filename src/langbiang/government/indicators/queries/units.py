"""An indicator over the units of the province: one period beside each other, and what of each is the newest."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count
from django.utils import timezone

from langbiang.foundation.access import Refusal
from langbiang.foundation.organizations import queries as organizations

from .. import periods
from ..models import Indicator, Obligation, Observation, Target
from ..periods import Period
from .catalogue import Catalogue
from .figures import NOTHING, Figure, Values, as_known, held_at, units_day
from .reports import named

# So many periods are looked back for the newest with figures; longer ago nothing is new.
BACK = 13
# What is watched is at most so many periods old: what is older says nothing about now.
FRESH = {"D": 7, "W": 4, "M": 3, "Q": 2, "S": 2, "A": 2}


class NoSuchPeriod(Refusal):
    """A period an indicator has no figures of."""

    status = 404


@dataclass(frozen=True)
class Described:
    """What an indicator is called and how its figures are read."""

    code: str
    name: str
    unit: str
    decimals: int
    direction: int
    source: str
    group: str = ""


@dataclass(frozen=True)
class UnitFigure:
    """The figure of one unit and the agency that gave it."""

    agency_id: int
    figure: Figure


@dataclass(frozen=True)
class Spread:
    """An indicator over all units for one period, as known at a moment. A unit without a figure of this very period has none."""

    described: Described
    # Whether units have a figure of their own at all; without, only `whole` says something.
    is_of_units: bool
    period: str
    words: str
    last: date
    units: Mapping[str, UnitFigure]  # by the code of their place
    whole: Figure
    target: Decimal | None
    # Periods to choose from with how many units have figures of them, the newest first.
    periods: Sequence[tuple[str, str, int]]

    @property
    def have(self) -> int:
        """How many units have a figure."""
        return sum(each.figure.value is not None for each in self.units.values())


@dataclass(frozen=True)
class Newest:
    """The newest published figure of a unit, and its period."""

    period: str
    figure: Figure


def period_said(name: str) -> str:
    """A period as people say it, by its name."""
    from ..words import period_words

    return period_words(periods.parse(name))


def described(codes: Sequence[str] | None = None, *, on: date) -> dict[str, Described]:
    """These indicators (None: all in force) under their rows of a day, in their order; of an ended one its last row. One SQL statement."""
    rows = Indicator.objects.select_related("group").order_by("valid_from")
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    held: dict[str, Indicator] = {}
    for row in rows:
        if row.code not in held or row.valid_from <= on:
            held[row.code] = row
    shown = [row for row in held.values() if codes is not None or row.valid_to is None or row.valid_to > on]
    shown.sort(key=lambda row: (row.group.rank, row.rank, row.code))
    return {row.code: _described(row) for row in shown}


def _described(row: Indicator) -> Described:
    from django.utils.translation import get_language

    group = row.group.name_en if get_language() == "en" else row.group.name
    return Described(row.code, named(row), row.unit, row.decimals, row.direction, row.source_name, group)


def owner_of(code: str, *, on: date) -> int | None:
    """The agency that answers for an indicator on a day. Two SQL statements."""
    row = Catalogue().row(code, on)
    return organizations.agency_id_of(row.owner) if row else None


def standing_on(code: str, *, on: date) -> set[str]:
    """The indicators whose figures are others when this one is: itself, and what formulas reckon from it."""
    return Catalogue().standing_on(code, on)


def spread(code: str, *, on: datetime, period: str = "", known_at: datetime | None = None) -> Spread | None:
    """An indicator over the communes, as known at a moment (None: now); None where the catalogue has no such code.

    Without `period` it is the newest for which enough units have figures that there is one of the province, else the newest
    for which any has. One row of figures is read for all units: six SQL statements. Raises NoSuchPeriod.
    """
    rows = Catalogue()
    today = timezone.localdate(on)
    row = rows.row(code, today) or (rows.rows[code][-1] if rows.rows.get(code) else None)
    if row is None or "." in code:
        return None
    root = next(iter(organizations.root_ids()), 0)
    running = periods.of(today, row.frequency, row.scheme)
    spans = [running.shifted(-n) for n in range(BACK)]
    chosen = _parsed(row, period) if period else None
    if chosen is not None and chosen not in spans:
        spans.append(chosen)
    have = _coverage(rows, code, root, spans, known_at)
    if chosen is None:
        chosen = _newest(row, root, spans, have, is_of_units=rows.is_of_units(code, today))
    here = rows.row(code, chosen.last) or row
    is_of_units = rows.is_of_units(code, chosen.last)
    values = as_known(rows.leaves(code, chosen.first, chosen.last), first=chosen, last=chosen, known_at=known_at, named=_named(rows))
    units = organizations.commune_agencies(on=units_day(root, chosen)) if is_of_units and root else []
    return Spread(
        _described(here), is_of_units, chosen.name, period_said(chosen.name), units_day(root, chosen) if root else chosen.last,
        {unit.place_code: UnitFigure(unit.id, _at(rows, code, unit.id, chosen, values)) for unit in units},
        _at(rows, code, root, chosen, values), _target(here, root, chosen, known_at),
        [(span.name, period_said(span.name), have.get(span.name, 0)) for span in spans if have.get(span.name) or span == chosen],
    )  # fmt: skip


def _at(rows: Catalogue, code: str, agency_id: int, period: Period, values: Values) -> Figure:
    return rows.figure(code, agency_id, period, values) if rows.row(code, period.last) else NOTHING


def _parsed(row: Indicator, name: str) -> Period:
    found: Period | None = None
    with suppress(periods.NotAPeriod):
        found = periods.parse(name)
    scheme = row.scheme if row.frequency not in "DW" else periods.CALENDAR
    if found is None or (found.frequency, found.scheme) != (row.frequency, scheme):
        from django.utils.translation import gettext as _

        raise NoSuchPeriod(_("This indicator has no period “%(name)s”.") % {"name": name[:20]}, field="period", way_out=_("Choose one from the list."))
    return found


def _coverage(rows: Catalogue, code: str, root: int, spans: Sequence[Period], known_at: datetime | None) -> dict[str, int]:
    """How many units have every series of an indicator for each of some periods. One SQL statement."""
    leaves = rows.leaves(code, min(spans).first, max(spans).last)
    if rows.is_of_units(code, max(spans).last):
        units = [unit.id for unit in organizations.commune_agencies(on=max(span.last for span in spans))]
    else:
        units = [root]
    found = Observation.objects.filter(
        held_at(known_at), series__code__in=leaves, agency_id__in=units, breakdown="_T", value__isnull=False,
        period__in=[span.name for span in spans], last_day__gte=min(spans).first, last_day__lte=max(spans).last,
    ).values("period", "series__code").annotate(n=Count("pk")).order_by()  # fmt: skip
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for each in found:
        counts[each["period"]][each["series__code"]] = each["n"]
    wanted = {span.name: rows.needed(code, span.last) for span in spans}
    return {name: min((told.get(leaf, 0) for leaf in wanted[name]), default=0) for name, told in counts.items()}


def _newest(row: Indicator, root: int, spans: Sequence[Period], have: Mapping[str, int], *, is_of_units: bool) -> Period:
    """The period to show: the newest with enough units, else the newest with any, else the last that has ended."""
    known = [span for span in spans if have.get(span.name)]
    for span in known:
        units = len(organizations.commune_agencies(on=units_day(root, span))) if is_of_units else 1
        if 100 * have[span.name] >= row.coverage_percent * units:
            return span
    return known[0] if known else spans[1]


def _target(row: Indicator, root: int, period: Period, known_at: datetime | None) -> Decimal | None:
    """The plan of the province for the year, where it says something about a unit: of a share, never of a sum."""
    if not (row.is_share or row.unit == "%"):
        return None
    plans = Target.objects.filter(held_at(known_at), code=row.code, agency_id=root, year=period.last.year, kind="plan")
    return plans.values_list("value", flat=True).first()


def newest_of_units(code: str, *, at: datetime) -> dict[int, Newest]:
    """The newest figure of each commune that was published by a moment, by agency; what is too old to say anything is left out."""
    rows = Catalogue()
    row = rows.row(code, timezone.localdate(at))
    if row is None or not rows.is_of_units(code, timezone.localdate(at)):
        return {}
    found: dict[int, Newest] = {}
    spans, values = _fresh(rows, row, at)
    for unit in organizations.commune_agencies(on=timezone.localdate(at)):
        if newest := _newest_of(rows, code, unit.id, spans, values):
            found[unit.id] = newest
    return found


def newest_of_province(code: str, *, at: datetime) -> Newest | None:
    """The newest figure of the province that was known at a moment."""
    rows = Catalogue()
    row = rows.row(code, timezone.localdate(at))
    root = next(iter(organizations.root_ids()), 0)
    if row is None or not root:
        return None
    spans, values = _fresh(rows, row, at)
    return _newest_of(rows, code, root, spans, values)


def _named(rows: Catalogue) -> dict[int, str]:
    return {series.pk: code for code, series in rows.series.items()}


def _fresh(rows: Catalogue, row: Indicator, at: datetime) -> tuple[list[Period], Values]:
    running = periods.of(timezone.localdate(at), row.frequency, row.scheme)
    spans = [running.shifted(-n) for n in range(FRESH[row.frequency] + 1)]
    first, last = spans[-1], spans[0]
    leaves = rows.leaves(row.code, first.first, last.last)
    return spans, as_known(leaves, first=first, last=last, known_at=at, named=_named(rows))


def _newest_of(rows: Catalogue, code: str, agency_id: int, spans: Sequence[Period], values: Values) -> Newest | None:
    for span in spans:
        figure = _at(rows, code, agency_id, span, values)
        if figure.value is not None:
            return Newest(span.name, figure)
    return None


def unsent(code: str, *, at: datetime, after: timedelta, of_province: bool) -> dict[int, str]:
    """Who has not sent the newest report that was due so long before a moment: the unit it is about, and its period.

    A moved deadline counts as it stands, a waived report as not owed, and a report that was sent once as there; the instant
    of the deadline itself is still in time. One SQL statement.
    """
    roots = organizations.root_ids()
    due = Obligation.objects.filter(indicator__code=code, due_at__lt=at - after).exclude(state=Obligation.State.WAIVED)
    about = roots if of_province else [unit.id for unit in organizations.commune_agencies(on=timezone.localdate(at))]
    due = due.filter(about_id__in=about)
    newest = due.order_by("about_id", "-last_day").distinct("about_id")
    return {
        about: period for about, period, sent in newest.values_list("about_id", "period", "first_sent_at") if sent is None or sent > at
    }


def states_of(code: str, period: str) -> dict[int, str]:
    """What became of the reports of an indicator for a period, by the agency they are about. One SQL statement."""
    return dict(Obligation.objects.filter(indicator__code=code, period=period).values_list("about_id", "state"))
