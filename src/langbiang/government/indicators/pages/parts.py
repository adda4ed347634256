"""What the pages of this room share: the tabs, figures and periods in words, a report within reach."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats

from .. import periods, queries
from ..breakdowns import TOTAL
from ..models import Indicator, Obligation, Series
from ..periods import Period
from ..words import period_words

UNITS_EN = {
    "triệu đồng": "million đồng", "tỷ đồng": "billion đồng", "triệu USD": "million USD", "lượt": "visits", "người": "people",
    "hộ": "households", "doanh nghiệp": "enterprises", "dự án": "projects", "trường": "schools", "vụ": "cases", "tấn": "tonnes",
    "hồ sơ": "cases", "nghìn người": "thousand people", "xã": "communes",
}  # fmt: skip


def tabs(actor: Actor, current: str) -> list[dict[str, Any]]:
    """The views of the room this person may open."""
    labels = {
        "overview": (_("Figures"), "indicators.view"), "matrix": (_("Who has reported"), "indicators.view"),
        "reminders": (_("Reminders"), "indicators.view"), "reports": (_("My agency's reports"), "indicators.report"),
        "narratives": (_("Written reports"), "indicators.view"), "time": (_("More time"), "indicators.view"),
        "check": (_("To check"), "indicators.verify"),
        "publish": (_("To publish"), "indicators.publish"), "catalogue": (_("Catalogue of indicators"), "indicators.keep"),
        "locks": (_("Closed periods"), "indicators.keep"),
    }  # fmt: skip
    return [
        {"label": label, "url": reverse(f"indicators:{name}"), "current": name == current}
        for name, (label, permission) in labels.items()
        if permission in actor.permissions
    ]


def unit_words(thing: Indicator | Series) -> str:
    """The unit in the reader's language."""
    from django.utils.translation import get_language

    return UNITS_EN.get(thing.unit, thing.unit) if get_language() == "en" else thing.unit


def value_words(value: Any, thing: Indicator | Series) -> str:
    """A number with its unit; a dash where there is none."""
    if value is None:
        return "–"
    number = formats.number(value, thing.decimals)
    return f"{number}%" if thing.unit == "%" else f"{number} {unit_words(thing)}".strip()


def named_indicator(code: str) -> Indicator:
    """The row of the catalogue in force today, or the last one of an indicator that has ended. Raises Http404."""
    rows = list(Indicator.objects.select_related("group").filter(code=code).order_by("valid_from"))
    if not rows:
        raise Http404
    begun = [row for row in rows if row.valid_from <= timezone.localdate()]
    return begun[-1] if begun else rows[0]


def newest_row(code: str) -> Indicator:
    """The row of the catalogue the next change follows: the one without an end, else the last one. Raises Http404."""
    found = Indicator.objects.select_related("group").filter(code=code).order_by("-valid_from").first()
    if found is None:
        raise Http404
    return found


def period_of(name: str) -> Period:
    """A period out of an address. Raises Http404."""
    try:
        return periods.parse(name)
    except periods.NotAPeriod as problem:
        raise Http404 from problem


def within_reach(actor: Actor, report_id: int) -> Obligation:
    """A report this person may look into before it is published: of an agency they report, check or publish for. Raises Http404."""
    found = Obligation.objects.select_related("indicator", "agency", "about").filter(pk=report_id).first()
    allowed = found is not None and any(
        actor.may(permission, agency_id=found.agency_id)
        for permission in ("indicators.report", "indicators.verify", "indicators.publish")
    )
    if found is None or not allowed:
        raise Http404
    return found


def tell(request: HttpRequest, refusal: Refusal) -> None:
    """Say on the next page why something was not done."""
    messages.error(request, str(refusal))


@dataclass(frozen=True)
class Chart:
    """A line over periods, ready to be drawn at 600 x 160: pieces between gaps, points, labels."""

    pieces: list[str]
    points: list[tuple[float, float, str, str]]
    target_y: float | None
    top: str
    first: str
    last: str


def chart(series: list[tuple[Period, queries.Figure]], indicator: Indicator, target: Any = None) -> Chart | None:
    """The figures as a line; a gap where there is none, zero-based unless it is a share or a rate."""
    values = [float(found.value) if found.value is not None else None for _period, found in series]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    reach = [*known, float(target)] if target is not None else known
    spread = max(reach) - min(reach)
    low = min(reach) - 0.1 * spread if indicator.unit == "%" else min(0.0, *reach)
    high = max(reach) if max(reach) > low else low + 1
    step = 584 / max(1, len(values) - 1)

    def height(value: float) -> float:
        return round(138 - 124 * (value - low) / (high - low), 1)

    pieces: list[list[str]] = [[]]
    points = []
    for n, (value, (period, found)) in enumerate(zip(values, series, strict=True)):
        if value is None:
            pieces.append([])
            continue
        x, y = round(8 + step * n, 1), height(value)
        pieces[-1].append(f"{x},{y}")
        points.append((x, y, period_words(period), value_words(found.value, indicator)))
    return Chart(
        [" ".join(piece) for piece in pieces if piece], points, height(float(target)) if target is not None else None,
        value_words(max(reach), indicator), period_words(series[0][0]), period_words(series[-1][0]),
    )  # fmt: skip


def part_of(request: HttpRequest, breakdowns: queries.Breakdowns) -> str:
    """The part of a figure an address asks for, the total where it asks for none. Raises Http404."""
    asked = request.GET.get("part", "") or TOTAL
    if asked != TOTAL and not breakdowns.is_part(asked):
        raise Http404
    return asked


def address(name: str, *args: Any, part: str = TOTAL, **asked: str) -> str:
    """The address of a page about a figure, or about one part of it."""
    if part != TOTAL:
        asked["part"] = part
    return reverse(name, args=args) + (f"?{urlencode(asked, safe=':')}" if asked else "")


def parts_table(broken: list[queries.PartsBy], indicator: Indicator, agency_id: int, period: Period, *, is_province: bool) -> list[dict[str, Any]]:
    """The parts of a figure as lines: value, share of the total, how many units have it, a bar, and where they lead."""
    here = {} if is_province else {"agency": str(agency_id)}
    found = []
    for each in broken:
        if not each.is_known:
            continue
        longest = max((abs(part.figure.value) for part in each.parts if part.figure.value is not None), default=Decimal(0))
        rows = [
            {
                "name": part.name, "value": value_words(part.figure.value, indicator), "none": part.figure.value is None, "figure": part.figure,
                "share": "" if part.share is None else f"{formats.number(part.share, 1)}%",
                "bar": f"{100 * abs(part.figure.value) / longest:.1f}" if part.figure.value is not None and longest else "0",
                "url": address("indicators:indicator", indicator.code, part=part.key, **here),
                "from_url": address("indicators:provenance", indicator.code, agency_id, period.name, part=part.key),
            }
            for part in each.parts
        ]  # fmt: skip
        found.append({"by": each.by, "name": each.name, "is_exhaustive": each.is_exhaustive, "rows": rows, "has_shares": any(row["share"] for row in rows)})
    return found


STALE_AFTER = {"D": timedelta(days=2), "W": timedelta(days=14), "M": timedelta(days=45), "Q": timedelta(days=130), "S": timedelta(days=230),
               "A": timedelta(days=500)}  # fmt: skip


def root_id() -> int:
    """The agency that stands for the province."""
    return next(iter(organizations.root_ids()), 0)
