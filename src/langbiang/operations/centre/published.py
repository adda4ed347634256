"""Indicators as figures of the centre: what was published, by unit of the map, under the rights of whoever looks."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from langbiang.foundation.access import Actor
from langbiang.foundation.places import queries as places
from langbiang.foundation.ui import formats
from langbiang.government.indicators import queries as indicators
from langbiang.government.indicators.queries import Described, Figure, Headline, NoSuchPeriod, Spread

from . import policies
from .charts import Line, by_period
from .figures import NoSuchFigure
from .maps import HEXAGONS, Map, choropleth

__all__ = [
    "Described", "Headline", "MOVED", "NoSuchPeriod", "Reach", "Spread", "address", "beside", "begun_words", "coverage_words", "described", "every", "figures_of",
    "headlines", "known", "level_words", "line_of", "map_of", "reach_of", "spread", "status_words", "told", "within", "worst_first", "written",
]  # fmt: skip

# The event after which a published figure may be another one.
MOVED = "indicators.published"
spread = indicators.spread
described = indicators.described
headlines = indicators.headlines


@dataclass(frozen=True)
class Reach:
    """Whose published figures somebody sees (None: everybody's), and whether they may open where those come from."""

    agencies: frozenset[int] | None
    may_open: bool = False

    def sees(self, agency_id: int) -> bool:
        """Whether the figures of an agency are theirs to see."""
        return self.agencies is None or agency_id in self.agencies


def reach_of(actor: Actor) -> Reach:
    """Published figures are open inside the administration to those who see the indicators; others see those of the
    agencies whose figures they see at the centre."""
    if policies.may_view_indicators(actor):
        return Reach(None, may_open=True)
    return Reach(policies.agencies_seen(actor))


def known(code: str, *, on: datetime) -> Described:
    """What an indicator of the catalogue is called and how it is read. Raises NoSuchFigure."""
    found = described([code], on=timezone.localdate(on)).get(code)
    if found is None:
        raise NoSuchFigure(_("There is no indicator “%(code)s”.") % {"code": code[:40]}, field="indicator")
    return found


def every(*, on: datetime) -> list[Described]:
    """All indicators in force, chapter by chapter."""
    return list(described(on=timezone.localdate(on)).values())


def written(value: Decimal | float | None, of: Described) -> str:
    """A value with its unit, as the language of the reader writes it."""
    if value is None:
        return _("no data")
    number = formats.number(value, of.decimals)
    return f"{number} {of.unit}".strip()


def within(found: Spread, reach: Reach) -> dict[str, indicators.UnitFigure]:
    """The units of a spread whose figures are seen, by place."""
    return {code: each for code, each in found.units.items() if reach.sees(each.agency_id)}


def figures_of(found: Spread, reach: Reach) -> dict[str, Figure]:
    """What each unit that is seen has, by place: as in the matrix of the indicator."""
    return {code: each.figure for code, each in within(found, reach).items()}


def address(code: str, agency_id: int, period: str) -> str:
    """Where the figure of a unit comes from."""
    return reverse("indicators:provenance", args=[code, agency_id, period])


def map_of(
    found: Spread, reach: Reach, *, way: str = "", url_of: Callable[[str], str] | None = None, drawing: str = HEXAGONS, chosen: str = ""
) -> Map:
    """The units with their figures of this very period: who has none of it is hatched and counted, never drawn with an older one."""
    seen = figures_of(found, reach)
    of = found.described
    target = float(found.target) if found.target is not None else None
    shown = [row.code for row in places.communes(on=found.last)]
    values: dict[str, float | None] = {code: None for code in shown}
    values |= {code: float(each.value) if each.value is not None else None for code, each in seen.items()}
    said = {code: beside(each) for code, each in seen.items()}
    said |= {code: _("not shown here") for code in found.units if code not in seen}
    return choropleth(
        values, written=lambda value: written(value, of), on=found.last,
        way=_way(way, target), target=target, direction=of.direction, drawing=drawing, chosen=chosen, said=said,
        url_of=lambda code: url_of(code) if url_of and code in seen else "",
    )  # fmt: skip


def _way(asked: str, target: float | None) -> str:
    """Around the target where there is one, unless something else was asked for."""
    if asked in ("equal", "quantile") or (asked == "diverging" and target is not None):
        return asked
    return "diverging" if target is not None else "quantile"


def beside(figure: Figure) -> str:
    """What is said beside a figure, or why there is none: what it is worth, that nothing happened, nothing to take a share of."""
    if figure.value is None:
        return _("nothing to take a share of") if figure.have == figure.of and figure.base == 0 else _("not published")
    words = [status_words(figure.status), _("nothing happened") if figure.is_no_event else ""]
    return ", ".join(filter(None, words))


def told(figure: Figure, of: Described) -> str:
    """A figure with what is said beside it."""
    said = beside(figure)
    return written(figure.value, of) + (f" ({said})" if said else "") if figure.value is not None else said


def status_words(status: str) -> str:
    """What a figure is worth, where it is not final."""
    return {"P": _("provisional"), "E": _("estimate")}.get(status, "")


def coverage_words(found: Spread, reach: Reach) -> str:
    """How many units have a figure, and how many of those figures are not final."""
    seen = figures_of(found, reach)
    have = [each for each in seen.values() if each.value is not None]
    words = [_("%(have)s/%(of)s have figures") % {"have": len(have), "of": len(seen)}]
    counts = Counter(each.status for each in have)
    if counts["P"]:
        words.append(ngettext("%(n)s provisional", "%(n)s provisional", counts["P"]) % {"n": counts["P"]})
    if counts["E"]:
        words.append(ngettext("%(n)s estimate", "%(n)s estimates", counts["E"]) % {"n": counts["E"]})
    return " · ".join(words)


def begun_words(found: Spread) -> str:
    """That a newer period has begun to come in; nothing where the newest is shown."""
    newer = [(words, have) for name, words, have in found.periods if name > found.period and have]
    if not newer:
        return ""
    words, have = newer[0]
    return ngettext("of %(period)s there is %(n)s so far", "of %(period)s there are %(n)s so far", have) % {"period": words, "n": have}


def level_words() -> str:
    """Said where units have no figure of an indicator."""
    return _("not given at this level")


def worst_first(found: Spread, reach: Reach) -> list[tuple[str, Figure]]:
    """The units that have a figure, the furthest on the wrong side first; without a good side the highest first."""
    rows = [(code, each) for code, each in figures_of(found, reach).items() if each.value is not None]
    sign = 1 if found.described.direction > 0 else -1
    rows.sort(key=lambda row: (sign * (row[1].value or 0), row[0]))
    return rows


def line_of(head: Headline, *, of: Described | None = None) -> Line:
    """The line of a headline: its last periods from the first with a figure on, a gap where there is none."""
    read = of or Described(head.code, head.name, head.unit, head.decimals, head.direction, head.source)
    target = float(head.target) if head.target is not None else None
    points: Sequence[tuple[str, float | None]] = [
        (indicators.period_said(name), float(value) if value is not None else None) for name, value in head.line
    ]
    begins = next((n for n, (_words, value) in enumerate(points) if value is not None), 0)
    return by_period(points[begins:], written=lambda value: written(value, read), target=target, is_share=head.unit == "%")
