"""What is doubtful about a value somebody types: rules between cells, and what its own history says."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from . import checks, periods
from .breakdowns import TOTAL
from .checks import BLOCK, CONFIRM, HINT, Crossing, History, summing
from .models import Breakdown, Entry, Obligation, Observation, Rule, Series

__all__ = ["BLOCK", "CONFIRM", "HINT", "copies", "cross", "history", "judge", "judge_parts", "last_digits", "rules_of"]
SEASONS = {"M": 12, "Q": 4, "S": 2}
BACK = {"D": 60, "W": 26, "M": 36, "Q": 16, "S": 10, "A": 10}
PEERS = 40


def judge(
    report: Obligation, series: Series, value: Decimal | None, cells: Mapping[str, Decimal | None], *,
    known: History | None = None, second: Decimal | None = None,
) -> list[dict[str, Any]]:
    """What is wrong with or unusual about a value, the gravest first. `cells` are the values of the whole report by series,
    `second` what was typed beside it."""
    if value is None:
        return []
    found: list[dict[str, Any]] = []
    if series.not_above is not None:
        whole = cells.get(series.not_above.code)
        if whole is not None and value > whole:
            found.append(
                {"severity": BLOCK, "rule": "not_above", "values": {"whole": series.not_above.code, "limit": str(whole)}}
            )
    past = known if known is not None else history(report, series)
    unusual = checks.examine(value, past)
    if any(each.rule in ("high", "low", "unit", "digits") for each in unusual):
        unusual = checks.examine(value, past, peers=_peers(report, series))
    if second is not None:
        is_change = series.second == Series.Second.CHANGE
        before = [None if past.previous is None else -past.previous] if is_change else _since_january(report, past)
        said = checks.running(value, second, before, decimals=series.decimals)
        unusual = ([replace(said, rule="change")] if said and is_change else [said] if said else []) + unusual
    return found + [{key: part for key, part in asdict(each).items() if key != "weight"} for each in unusual]


def rules_of(code: str, day: date) -> list[Rule]:
    """The rules between the figures of an indicator in force on a day."""
    rows = Rule.objects.filter(code=code, valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    return list(rows.order_by("pk"))


def cross(report: Obligation, series: Sequence[Series], cells: Mapping[str, Decimal | None]) -> dict[str, list[dict[str, Any]]]:
    """The rules between the figures of a report that do not hold, by the series beside which it is said: the last one concerned."""
    order = {each.code: n for n, each in enumerate(series)}
    rules = [rule for rule in rules_of(report.indicator.code, report.last_day) if {*rule.left, *rule.right} <= set(order)]
    before = _before(report, {code for rule in rules if rule.kind == Rule.Kind.NOT_FALLING for code in rule.left})
    found: dict[str, list[dict[str, Any]]] = {}
    for rule in rules:
        sides = checks.broken(Crossing(rule.kind, rule.left, rule.right, rule.sign, rule.factor), cells, before)
        if sides is None:
            continue
        beside = max([*rule.left, *rule.right], key=lambda code: order[code])
        told = {"rule_id": rule.pk, "left": str(sides[0]), "right": str(sides[1])}
        found.setdefault(beside, []).append({"severity": BLOCK if rule.is_final else CONFIRM, "rule": "cross", "values": told})
    return found


def _plain(value: Decimal | None) -> str:
    """A number written one way, whether it was just typed or read from the table."""
    return f"{value.normalize():f}" if value else "0"


def adds_up(series: Series, row: Breakdown) -> bool:
    """Whether parts of a series stand to their total as parts of a whole: counts and amounts do, rates of a branch do not."""
    return row.is_exhaustive or series.space == Series.Roll.SUM


def judge_parts(row: Breakdown, series: Series, total: Decimal | None, parts: Mapping[str, Decimal | None]) -> dict[str, list[dict[str, Any]]]:
    """What is wrong between a total and its parts of one breakdown, by key: said beside a part, or beside the total (`_T`)."""
    if not adds_up(series, row):
        return {}
    is_amount = series.low is not None and series.low >= 0
    found: dict[str, list[dict[str, Any]]] = {}
    if is_amount:
        found = {
            key: [{"severity": BLOCK, "rule": "part_above", "values": {"limit": _plain(total)}}] for key in summing.above(total, parts)
        }  # fmt: skip
    missed = summing.misses(total, parts, never_below_zero=is_amount) if row.is_exhaustive else None
    if missed is not None:
        told = {"by": row.by, "sum": _plain(missed.total), "total": _plain(total), "blank": missed.blank}
        found[TOTAL] = [{"severity": BLOCK if row.is_final else CONFIRM, "rule": "parts", "values": told}]
    return found


def _before(report: Obligation, codes: set[str]) -> dict[str, Decimal | None]:
    """The published values of the period before, where it lies in the same year."""
    period = periods.parse(report.period)
    if not codes or period.previous.last.year != period.last.year:
        return {}
    rows = Observation.objects.filter(
        series__code__in=codes, agency_id=report.about_id, period=period.previous.name, breakdown="_T", known_to__isnull=True
    )
    return dict(rows.values_list("series__code", "value"))


def _since_january(report: Obligation, past: History) -> list[float | None]:
    """The values of the periods of the same year before that of a report; None where one is not known."""
    period = periods.parse(report.period)
    number = {"M": period.last.month - 1, "Q": (period.last.month - 1) // 3, "S": (period.last.month - 1) // 6}
    wanted = number.get(period.frequency, 0)
    known = list(past.values)[-wanted:] if wanted else []
    return [*[None] * (wanted - len(known)), *known]


def history(report: Obligation, series: Series) -> History:
    """The published values of the unit before the period of a report, gaps kept. One SQL statement."""
    return _histories(report, series, [report.about_id])[report.about_id]


def part_hints(report: Obligation, series: Series, values: Mapping[str, Decimal]) -> dict[str, list[dict[str, Any]]]:
    """What is unusual about parts of a series against their own past, by key: a hint for who checks. One SQL statement."""
    if not values:
        return {}
    period = periods.parse(report.period)
    before = [period.shifted(-n) for n in range(BACK[period.frequency], 0, -1)]
    rows = Observation.objects.filter(
        series=series, agency_id=report.about_id, breakdown__in=list(values), known_to__isnull=True, frequency=period.frequency,
        last_day__gte=before[0].last, last_day__lt=period.last, value__isnull=False,
    ).values_list("breakdown", "period", "value")  # fmt: skip
    known = {(key, name): float(value) for key, name, value in rows if value is not None}
    found: dict[str, list[dict[str, Any]]] = {}
    for key, value in values.items():
        line = [known.get((key, each.name)) for each in before]
        while line and line[0] is None:
            line.pop(0)
        unusual = checks.examine(value, History(line, SEASONS.get(period.frequency, 0), series.decimals == 0))
        found[key] = [{**{part: told for part, told in asdict(each).items() if part != "weight"}, "severity": HINT} for each in unusual]
    return found


def _histories(report: Obligation, series: Series, agencies: Sequence[int]) -> dict[int, History]:
    period = periods.parse(report.period)
    before = [period.shifted(-n) for n in range(BACK[period.frequency], 0, -1)]
    rows = Observation.objects.filter(
        series=series, agency_id__in=agencies, breakdown="_T", known_to__isnull=True, frequency=period.frequency,
        last_day__gte=before[0].last, last_day__lt=period.last,
    ).values_list("agency_id", "period", "value")  # fmt: skip
    values = {(agency, name): float(value) for agency, name, value in rows if value is not None}
    found = {}
    for agency in agencies:
        line = [values.get((agency, each.name)) for each in before]
        while line and line[0] is None:
            line.pop(0)
        found[agency] = History(line, SEASONS.get(period.frequency, 0), series.decimals == 0)
    return found


def _peers(report: Obligation, series: Series) -> list[float]:
    """How unusual the same period is for other units, so that a month that moved everybody is not held against one."""
    entered = Entry.objects.filter(
        series=series, breakdown=TOTAL, obligation__period=report.period, obligation__indicator=report.indicator_id, value__isnull=False
    ).exclude(obligation=report)
    rows = list(entered.order_by("obligation__about_id").values_list("obligation__about_id", "value")[:PEERS])
    pasts = _histories(report, series, [agency for agency, _value in rows])
    return [pasts[agency].strangeness(float(value or 0)) for agency, value in rows if pasts[agency].speaks]


def copies(report: Obligation) -> list[Obligation]:
    """Other reports of the same indicator and period that hold exactly the same figures."""
    rows = Entry.objects.filter(
        breakdown=TOTAL, obligation__period=report.period, obligation__indicator=report.indicator_id, value__isnull=False
    )
    vectors: dict[int, dict[int, Decimal]] = {}
    for obligation, series, value in rows.values_list("obligation_id", "series_id", "value"):
        if value is not None:
            vectors.setdefault(obligation, {})[series] = value
    columns = sorted({series for vector in vectors.values() for series in vector})
    lines = {pk: [vector.get(series) for series in columns] for pk, vector in vectors.items()}
    same = {other for pair in checks.alike(lines) for other in pair[:2] if report.pk in pair[:2]} - {report.pk}
    return list(Obligation.objects.filter(pk__in=same).select_related("agency"))


def last_digits(agency_id: int, *, since: datetime) -> checks.Finding | None:
    """A hint for who checks: the last digits of what an agency reported since a moment are far from even."""
    rows = Observation.objects.filter(agency_id=agency_id, breakdown=TOTAL, known_from__gte=since, known_to__isnull=True, value__isnull=False)
    return checks.terminal_digits([value for value in rows.values_list("value", flat=True) if value is not None])
