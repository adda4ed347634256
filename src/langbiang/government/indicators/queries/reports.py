"""Reports owed: by an agency, waiting to be checked, and all of a period at one glance."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.errors import Text
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations.queries import AgencyRow

from ..breakdowns import TOTAL
from ..models import Category, Dimension, Indicator, Obligation, Rule, Series
from .breakdowns import Breakdowns, Split

Splits = dict[str, list[Split]]  # by code of the series

STAGES: dict[str, Text] = {
    "empty": _("Not begun"), "draft": _("Being filled in"), "submitted": _("Sent, to be checked"), "returned": _("To be corrected"),
    "verified": _("Checked, to be published"), "published": _("Published"),
}  # fmt: skip
# How grave a state is where one cell stands for several reports.
_RANK = {"missing": 6, "overdue": 5, "late": 4, "open": 3, "waived": 2, "on_time": 1}


def stage_words(stage: str) -> str:
    """How far a report is, in words."""
    return str(STAGES.get(stage, stage))


def named(thing: Series | Indicator | Rule | Dimension | Category) -> str:
    """The name in the reader's language."""
    return thing.name_en if get_language() == "en" else thing.name


def asked(report: Obligation) -> list[Series]:
    """The columns of a report, in order. One SQL statement."""
    rows = {row.code: row for row in Series.objects.filter(code__in=report.indicator.series_codes).select_related("not_above")}
    known = [rows[code] for code in report.indicator.series_codes if code in rows]
    if "commune" not in report.indicator.levels:
        return known
    is_province = report.agency_id != report.about_id
    return [each for each in known if (each.space == Series.Roll.OFFICIAL) == is_province]


def splits(report: Obligation, known: Breakdowns | None = None) -> Splits:
    """By what the columns of a report are broken down, by code of the series. Two SQL statements, none with `known`."""
    found = known or Breakdowns()
    return {code: found.of(code, report.last_day) for code in report.indicator.series_codes}


def cell_name(series_code: str, part: str) -> str:
    """What a cell is called in spreadsheets, forms and the audit trail: the code of the series, and of a part its key."""
    return series_code if part == TOTAL else f"{series_code}/{part}"


def owed_by(actor: Actor, *, agency_id: int, at: datetime, ahead: timedelta = timedelta(days=14)) -> list[Obligation]:
    """What an agency owes: everything not published that is due within some days or was due, the nearest deadline first."""
    if not actor.may("indicators.report", agency_id=agency_id) and not actor.may("indicators.verify", agency_id=agency_id):
        return []
    open_ = Q(stage__in=("empty", "draft", "returned")) & ~Q(state="waived") & Q(due_at__lte=at + ahead)
    sent = Q(stage__in=("submitted", "verified"))
    rows = Obligation.objects.filter(open_ | sent, agency_id=agency_id).select_related("indicator", "indicator__group")
    return list(rows.prefetch_related("entries").order_by("due_at", "indicator__rank", "pk"))


def _reach(actor: Actor, permission: str) -> Q:
    where = Q(pk__in=[])
    for agencies, _field in actor.reach(permission).pairs:
        where |= Q() if agencies is None else Q(agency_id__in=agencies)
        if agencies is None:
            return Q()
    return where


def owed_reports(*, seen_by: Actor | None = None) -> QuerySet[Obligation]:
    """Every report that is owed and not waived; with `seen_by` those this person may open."""
    rows = Obligation.objects.exclude(state="waived").select_related("indicator", "agency")
    if seen_by is None:
        return rows
    permissions = ("indicators.report", "indicators.verify", "indicators.publish")
    reaches = [_reach(seen_by, each) for each in permissions]
    return rows if any(not each for each in reaches) else rows.filter(reaches[0] | reaches[1] | reaches[2])


def to_check(actor: Actor) -> QuerySet[Obligation]:
    """Reports this person may check now."""
    rows = Obligation.objects.filter(_reach(actor, "indicators.verify"), stage="submitted")
    return rows.exclude(submitted_by_id=actor.account_id).select_related("indicator", "agency").order_by("due_at", "pk")


def waiting_to_publish(actor: Actor) -> QuerySet[Obligation]:
    """Checked reports this person may publish."""
    rows = Obligation.objects.filter(_reach(actor, "indicators.publish"), stage="verified")
    return rows.select_related("indicator", "agency").order_by("due_at", "pk")


@dataclass(frozen=True)
class Cell:
    """One unit and one indicator in the matrix: the gravest state of the reports concerned."""

    state: str  # none (not owed here), or a state of a report
    report_id: int = 0
    minutes_late: int = 0


@dataclass
class Matrix:
    """All units against all indicators."""

    indicators: list[Indicator]
    units: list[AgencyRow]
    rows: list[tuple[AgencyRow, list[Cell]]]
    counts: dict[str, int] = field(default_factory=dict)
    owner_cells: list[tuple[Indicator, Cell]] = field(default_factory=list)


def matrix(*, first: datetime, last: datetime, indicators: list[Indicator], units: list[AgencyRow]) -> Matrix:
    """What became of every report due from `first` to `last`, unit by indicator. Two SQL statements at most."""
    worst: dict[tuple[int, str], Cell] = {}
    counts: dict[str, int] = defaultdict(int)
    owned: dict[str, Cell] = {}
    roots = organizations.root_ids()
    found = Obligation.objects.filter(due_at__gte=first, due_at__lte=last).values_list(
        "pk", "indicator__code", "about_id", "state", "due_at", "first_sent_at"
    )
    for pk, code, about, state, due, sent in found:
        late = int((sent - due).total_seconds() // 60) if sent and sent > due else 0
        cell = Cell(state, pk, late)
        counts[state] += 1
        if about in roots:
            if code not in owned or _RANK[state] > _RANK[owned[code].state]:
                owned[code] = cell
        elif (about, code) not in worst or _RANK[state] > _RANK[worst[about, code].state]:
            worst[about, code] = cell
    nothing = Cell("none")
    rows = [(unit, [worst.get((unit.id, each.code), nothing) for each in indicators]) for unit in units]
    return Matrix(indicators, units, rows, dict(counts), [(each, owned[each.code]) for each in indicators if each.code in owned])
