"""Figures of the demo province: made up, and they say so. Reports of the last months with late, missing and corrected ones."""

import math
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from langbiang.foundation import audit
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.access import queries as access
from langbiang.foundation.organizations import queries as organizations

from . import demo_narratives, periods
from .breakdowns import TOTAL
from .models import Entry, Indicator, Obligation, Observation, Series, Target
from .services import make_obligations, take_internal
from .services.obligations import asked_of

Progress = Callable[[int, int], None]
Cells = dict[tuple[str, str], Decimal]  # by series and part
SOURCE = "Số liệu giả định để trình diễn"
FIRST = date(2025, 7, 1)
OWED_DAYS = 62  # how far back reports with their whole way are there; before that only their figures

# A commune's usual value, spread of size, growth a year, strength of the season, its best month, noise.
_FLOW = {
    "BUDGET_REV.AMT": (4200, 0.9, 0.09, 0.25, 12, 0.12), "BUDGET_REV.EST": (4100, 0.9, 0.06, 0.05, 12, 0.01),
    "BUDGET_EXP.AMT": (6900, 0.5, 0.08, 0.30, 12, 0.10), "BUDGET_EXP.EST": (7400, 0.5, 0.06, 0.05, 12, 0.01),
    "ENT_NEW.N": (3.2, 1.0, 0.12, 0.2, 6, 0.35), "ENT_NEW.CAPITAL": (21, 1.1, 0.12, 0.2, 6, 0.5),
    "ENT_EXIT.SUSP": (1.4, 1.0, 0.02, 0.4, 1, 0.5), "ENT_EXIT.DISS": (0.5, 1.0, 0.0, 0.1, 6, 0.6),
    "TOURIST.ALL": (9800, 1.4, 0.11, 0.35, 6, 0.10), "JOBS.CREATED": (32, 0.6, 0.05, 0.2, 4, 0.25),
    "AGRI_AREA.HARV": (240, 0.7, 0.01, 0.6, 11, 0.12), "AGRI_AREA.OUTPUT": (900, 0.8, 0.03, 0.6, 11, 0.12),
    "FOREST.VIOL": (0.35, 0.8, -0.1, 0.3, 3, 0.8), "SAFETY.CASES": (0.9, 0.8, -0.05, 0.2, 1, 0.6),
}  # fmt: skip
_WHOLE = {"ENT_NEW.N", "ENT_EXIT.SUSP", "ENT_EXIT.DISS", "TOURIST.ALL", "JOBS.CREATED", "FOREST.VIOL", "SAFETY.CASES"}
# A part as a share of the whole: usual share, its growth a year.
_SHARE = {
    "TOURIST.INTL": ("TOURIST.ALL", 0.09, 0.01), "TOURIST.STAY": ("TOURIST.ALL", 0.55, 0.0),
    "SAFETY.DEATHS": ("SAFETY.CASES", 0.3, 0.0), "SAFETY.INJURED": ("SAFETY.CASES", 0.8, 0.0),
    "SI_COV.N": ("SI_COV.LABOUR", 0.27, 0.02), "HI_COV.INSURED": ("HI_COV.POP", 0.94, 0.01), "POVERTY.POOR": ("POVERTY.ALL", 0.045, -0.01),
    "EDU_STD.STD": ("EDU_STD.ALL", 0.62, 0.04), "CLEAN_W.WITH": ("CLEAN_W.ALL", 0.71, 0.03), "FOREST.AREA": ("FOREST.NATURAL", 0.54, 0.0),
}  # fmt: skip
_STOCK = {
    "SI_COV.LABOUR": 16500, "HI_COV.POP": 31000, "POVERTY.ALL": 8100, "EDU_STD.ALL": 9, "CLEAN_W.ALL": 5600, "FOREST.NATURAL": 19500,
    "AGRI_AREA.SOWN": 2600, "PI_DISB.ASSIGNED": 42000,
}  # fmt: skip
# The province's own series: usual value, season, noise.
_PROVINCE = {
    "GRDP_G.G": (6.8, 0.8), "GRDP_G.I": (4.9, 0.6), "GRDP_G.II": (7.9, 1.2), "GRDP_G.III": (7.4, 0.8), "GRDP_CAP.GRDP": (331000, 9000),
    "GRDP_CAP.POP": (3884, 10), "IIP.YOY": (7.6, 2.4), "IIP.YTD": (7.2, 0.6), "CPI.YOY": (3.3, 0.4), "CPI.MOM": (0.25, 0.2),
    "CPI.AVG": (3.2, 0.15), "RETAIL.AMT": (17200, 900), "EXPORT.AMT": (212, 21), "IMPORT.AMT": (96, 12), "TOT_INV.AMT": (21500, 2600),
    "FDI.NEW": (14, 11), "FDI.ADDED": (5, 5), "FDI.PROJECTS": (2, 1.4), "JOBS.UNEMP": (1.9, 0.15),
}  # fmt: skip
# How totals fall into parts: usual weights of the categories of one dimension. Two series under one name fall apart alike.
_PARTS: dict[str, tuple[str, dict[str, float]]] = {
    "TOURIST.ALL": ("ORIGIN", {"DOM": 91, "NEA": 4.5, "SEA": 2, "EUR": 1.5, "OTH": 1}), "JOBS.CREATED": ("SEX", {"F": 47, "M": 53}),
    "AGRI_AREA.SOWN": ("CROP", {"COFFEE": 46, "TEA": 4, "VEG": 20, "FLOWER": 4, "RICE": 8, "FRUIT": 12, "OTH": 6}),
    "POVERTY.ALL": ("ETHNIC", {"KINH": 74, "MINORITY": 26}), "POVERTY.POOR": ("ETHNIC", {"KINH": 30, "MINORITY": 70}),
}  # fmt: skip
_TARGETS = {"GRDP_G": "8", "PI_DISB": "100", "HI_COV": "95", "TOURIST": "20000000", "BUDGET_REV": "100", "POVERTY": "3.5", "EDU_STD": "70"}


def _season(month: int, strength: float, best: int) -> float:
    return 1 + strength * math.cos((month - best) / 12 * 2 * math.pi)


class _Maker:
    """Values that hang together, drawn from the seed: the same seed gives the same province."""

    def __init__(self, seed: int, series: dict[str, Series]) -> None:
        self.dice = random.Random(seed)
        self.series = series
        self.size: dict[tuple[int, str], float] = {}
        self.part_dice = random.Random(seed + 1)  # of its own, so that the totals do not hang on the parts

    def parts(self, agency: int, values: dict[str, Decimal]) -> dict[tuple[str, str], Decimal]:
        """The parts of the totals of one report, by series and key; they add up to their total, and no part is above its own whole."""
        found: dict[tuple[str, str], Decimal] = {}
        for code, (dimension, usual) in _PARTS.items():
            if code not in values:
                continue
            size = {category: self.size.setdefault((agency, f"{dimension}:{category}"), math.exp(self.part_dice.gauss(0, 0.35))) for category in usual}
            weights = {category: weight * size[category] * math.exp(self.part_dice.gauss(0, 0.04)) for category, weight in usual.items()}
            left, step = values[code], Decimal(1).scaleb(-self.series[code].decimals)
            whole = sum(weights.values())
            for n, (category, weight) in enumerate(weights.items()):
                share = min(left, (values[code] * Decimal(repr(weight / whole))).quantize(step))
                part = left if n == len(weights) - 1 else share
                found[code, f"{dimension}:{category}"] = part
                left -= part
        return found

    def _of(self, agency: int, key: str, spread: float) -> float:
        if (agency, key) not in self.size:
            common = self.size.setdefault((agency, ""), self.dice.gauss(0, 1))
            self.size[agency, key] = math.exp(spread * (0.7 * common + 0.5 * self.dice.gauss(0, 1)) - spread * spread / 2)
        return self.size[agency, key]

    def report(self, agency: int, codes: list[str], period: periods.Period) -> dict[str, Decimal]:
        """The figures of one report."""
        found: dict[str, float] = {}
        years = (period.last - FIRST).days / 365
        for code in sorted(codes, key=lambda code: code in _SHARE):
            if code in _FLOW:
                usual, spread, growth, strength, best, noise = _FLOW[code]
                mean = usual * self._of(agency, code, spread) * (1 + growth) ** years * _season(period.last.month, strength, best)
                found[code] = max(0.0, mean * (1 + self.dice.gauss(0, noise)))
                if code in _WHOLE and mean < 30:
                    found[code] = float(self._poisson(mean))
            elif code in _SHARE:
                whole, usual, growth = _SHARE[code]
                own = min(0.99, max(0.0, usual * (0.8 + 0.4 * self._of(agency, code, 0.25) / 1.3) + growth * years))
                found[code] = found.get(whole, 0) * own
            elif code in _STOCK:
                found[code] = _STOCK[code] * self._of(agency, code, 0.5) * (1 + 0.01 * years)
            elif code == "PI_DISB.DISB":
                assigned = found.setdefault("PI_DISB.ASSIGNED", _STOCK["PI_DISB.ASSIGNED"] * self._of(agency, "PI_DISB.ASSIGNED", 0.5))
                part = period.last.timetuple().tm_yday / 365
                found[code] = assigned * min(0.98, part**1.7 * (0.75 + 0.25 * self._of(agency, code, 0.3)))
            elif code == "CLEAN_W.NTM":
                found[code] = float(self._of(agency, code, 0.5) > 0.9)
            elif code in _PROVINCE:
                usual, noise = _PROVINCE[code]
                found[code] = max(usual + self.dice.gauss(0, noise), 0.0)
        return {code: self._rounded(code, value) for code, value in found.items() if code in codes}

    def _rounded(self, code: str, value: float) -> Decimal:
        return Decimal(repr(round(value, self.series[code].decimals)))

    def _poisson(self, mean: float) -> int:
        limit, count, product = math.exp(-mean), 0, self.dice.random()
        while product > limit:
            count += 1
            product *= self.dice.random()
        return count


@transaction.atomic
def load(*, at: datetime, seed: int, progress: Progress) -> None:
    """Give the province figures since July 2025, and the reports of the last two months their way through the hands."""
    if Observation.objects.exists():
        progress(0, 0)
        return
    today = timezone.localdate(at)
    series = {row.code: row for row in Series.objects.all()}
    maker = _Maker(seed, series)
    make_obligations(first=today - timedelta(days=OWED_DAYS), last=date(today.year, 12, 31), at=at)
    indicators = list(Indicator.objects.filter(valid_to__isnull=True).exclude(source_kind__in=("internal", "formula")).order_by("rank"))
    for n, indicator in enumerate(indicators):
        reports = {(r.about_id, r.period): r for r in Obligation.objects.filter(indicator=indicator)}
        rows: list[Observation] = []
        entries: list[Entry] = []
        for agency, period, codes in _spans(indicator, series, today):
            values = maker.report(agency, codes, period)
            cells = {(code, TOTAL): value for code, value in values.items()} | maker.parts(agency, values)
            report = reports.get((agency, period.name))
            if report is None:
                rows += _published(cells, series, agency, period, None, at=period_known(period))
            else:
                rows += _with_report(report, cells, series, period, entries, maker.dice, at=at)
        Observation.objects.bulk_create(rows, batch_size=3000)
        Entry.objects.bulk_create(entries, batch_size=3000)
        Obligation.objects.bulk_update(
            list(reports.values()),
            ["state", "stage", "first_sent_at", "submitted_at", "submitted_label", "submitted_by", "verified_at", "verified_label", "published_at", "note",
             "flagged_at"], batch_size=500,
        )  # fmt: skip
        progress(n + 1, len(indicators))
    root = next(iter(organizations.root_ids()))
    Target.objects.bulk_create(
        Target(code=code, agency_id=root, year=today.year, value=Decimal(value), source=SOURCE, set_by=SYSTEM.label, known_from=at)
        for code, value in _TARGETS.items()
    )
    take_internal(at=at, periods_back=6)
    demo_narratives.load(at=at, seed=seed)
    audit.record(SYSTEM, "indicators.demo_loaded", "demo", after={"figures": Observation.objects.count()}, at=at)


def period_known(period: periods.Period) -> datetime:
    """When a figure without a report counts as published: five days after its period."""
    return timezone.make_aware(datetime.combine(period.last + timedelta(days=5), datetime.min.time()))


def _spans(indicator: Indicator, series: dict[str, Series], today: date) -> Iterator[tuple[int, periods.Period, list[str]]]:
    """Unit, period and series of every report up to today."""
    units: list[tuple[int, list[str]]] = []
    if codes := [each.code for each in asked_of(indicator, series, is_province=False)]:
        units += [(row.id, codes) for row in organizations.commune_agencies(on=today)]
    if codes := [each.code for each in asked_of(indicator, series, is_province=True)]:
        units += [(root, codes) for root in organizations.root_ids()]
    # A week's report holds what was paid out so far: one a month is enough for the time before reports are kept.
    begin = today - timedelta(days=OWED_DAYS) if indicator.frequency == "W" else FIRST
    period = periods.of(begin, indicator.frequency, indicator.scheme)
    while period.last <= today:
        for agency, codes in units:
            yield agency, period, codes
        period = period.next


def _published(
    values: Cells, series: dict[str, Series], agency: int, period: periods.Period, report: Obligation | None, *, at: datetime
) -> list[Observation]:
    return [
        Observation(
            series=series[code], agency_id=agency, period=period.name, breakdown=key, first_day=period.first, last_day=period.last,
            frequency=period.frequency, value=value, known_from=at, source=SOURCE, reported_at=(report.submitted_at if report else None) or at,
            reported_by=report.submitted_label if report else SYSTEM.label, verified_by=report.verified_label if report else "",
            published_by=SYSTEM.label, obligation=report,
        )
        for (code, key), value in values.items()
    ]  # fmt: skip


_SEATED: dict[int, tuple[int, str]] = {}


def _reporter(agency: int, day: date) -> tuple[int | None, str]:
    if not _SEATED:
        for holder in access.holders(on=day, roles=["officer", "reviewer"]):
            _SEATED.setdefault(holder.agency_id, (holder.account_id, holder.label))
    return _SEATED.get(agency, (None, SYSTEM.label))


def _with_report(
    report: Obligation, values: Cells, series: dict[str, Series], period: periods.Period, entries: list[Entry],
    dice: random.Random, *, at: datetime,
) -> list[Observation]:  # fmt: skip
    """Bring a report as far as it would be by now; gives what is published of it."""
    if dice.random() < 0.03:  # never sent
        if report.due_at < at:
            report.state, report.flagged_at = ("missing" if report.missing_at < at else "overdue"), report.due_at
        return []
    sent = report.due_at + (
        timedelta(minutes=dice.randint(5, 2000)) if dice.random() < 0.05 else -timedelta(minutes=dice.randint(10, 2600))
    )
    if sent > at:
        if report.due_at < at:
            report.state, report.flagged_at = "overdue", report.due_at
        return []
    who, label = _reporter(report.agency_id, timezone.localdate(at))
    report.submitted_by_id, report.submitted_label = who, label[:300]
    report.first_sent_at = report.submitted_at = sent
    report.state = "late" if sent > report.due_at else "on_time"
    report.stage = "submitted"
    entries += [
        Entry(obligation=report, series=series[code], breakdown=key, value=value, typed_by=label[:300], typed_at=sent)
        for (code, key), value in values.items()
    ]
    checked = sent + timedelta(hours=dice.randint(1, 20))
    if checked > at:
        return []
    report.stage, report.verified_at, report.verified_label = "verified", checked, SYSTEM.label
    if checked + timedelta(hours=30) > at:
        return []
    report.stage, report.published_at = "published", checked + timedelta(hours=4)
    return _published(values, series, report.about_id, period, report, at=report.published_at)
