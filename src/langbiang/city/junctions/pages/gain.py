"""Proof of gain: replayed days for the control room, with the button that replays one, and the same for everybody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.city.traffic.twin.replay import BASELINES, CALIBRATED_SHARE
from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.ui import formats

from .. import queries, services
from ..models import ProofOfGain, Replay
from ..services.finding import rule
from .forms import SHOWN_DAYS, ReplayForm, controller_word
from .parts import tabs

# The chart: a line of so many units a day, the figure written at its right.
ROW, LEFT, RIGHT, TOP = 26, 86, 410, 24


@dataclass(frozen=True)
class Line:
    """One day of the chart: its interval, its middle, and the figure in words."""

    y: float
    low: float
    middle: float
    high: float
    word_y: float
    row: dict[str, Any]


def baseline_word(code: str, planned: int | None = None, of: int | None = None) -> str:
    """A baseline in words; the plan of the cabinet only where it was known in every junction hour, `planned` of `of`."""
    if code != "fixed":
        return controller_word(code)
    if planned is None or not of:
        return _("Fixed plan, unknown whose")
    if not planned:
        return _("Evenly timed stages")
    if planned < of:
        return _("Plan of the cabinet, known in %(n)s of %(all)s junction hours") % {"n": planned, "all": of}
    return _("Plan of the cabinet")


def _baseline_of(rows: Iterable[ProofOfGain], code: str) -> str:
    """The baseline of several days in words, their junction hours taken together."""
    of_code = [row.figures for row in rows if row.baseline == code]
    if any("planned" not in figures for figures in of_code):
        return baseline_word(code)
    return baseline_word(code, sum(f["planned"] for f in of_code), sum(f["junction_hours"] for f in of_code))


def class_word(code: str) -> str:
    """A kind of vehicle in words."""
    return {
        "motorcycle": _("motorbikes"), "bicycle": _("bicycles"), "car": _("cars"), "van": _("vans"), "bus": _("buses"), "truck": _("trucks"),
    }.get(code, code)  # fmt: skip


def classes_word(told: Mapping[str, Any]) -> str:
    """What was taken for granted of vehicles counted without a class; empty where each was counted with its own."""
    if told and "unclassed_share" not in told:  # kept before shares were
        return _("vehicles counted without a class drive as cars")
    mix = told.get("class_mix")
    if not mix:
        return ""
    words = _("%(share)s %% of the vehicles were counted without a class and drive by an assumed class mix of %(day)s (%(mix)s)")
    assumed = words % {
        "share": formats.number(100 * told["unclassed_share"], 1), "day": formats.day(date.fromisoformat(mix["valid_from"])),
        "mix": ", ".join(f"{class_word(kind)} {formats.percent(100 * part, 0)}" for kind, part in mix["shares"].items()),
    }  # fmt: skip
    return assumed if mix["verified"] else _("%(told)s, not verified: %(source)s") % {"told": assumed, "source": mix["source"]}


def outcome_of(row: ProofOfGain) -> str:
    """Won or lost only where the whole interval lies on one side."""
    return "won" if row.high_percent < 0 else "lost" if row.low_percent > 0 else "open"


def limits_word(row: ProofOfGain) -> str:
    """The limits all controllers of the day shared, and what ours could see."""
    bounds = row.figures.get("bounds")
    if not bounds:
        return row.limits
    words = _(
        "yellow %(yellow_s)s s, changes %(change_least_s)s–%(change_most_s)s s, least green %(green_least_s)s–%(green_most_s)s s; "
        "cameras see %(range_m)s m and miss %(missed_percent)s %%"
    )
    told: str = words % bounds
    return told


def hours_word(hours: Sequence[int]) -> str:
    """Whole hours as spans: 7:00–9:00, 17:00–18:00."""
    spans: list[list[int]] = []
    for hour in sorted(hours):
        if spans and spans[-1][1] == hour:
            spans[-1][1] = hour + 1
        else:
            spans.append([hour, hour + 1])
    return ", ".join(f"{begin}:00–{end}:00" for begin, end in spans)


def _shown(row: ProofOfGain) -> dict[str, Any]:
    figures = row.figures
    return {
        "row": row, "controller": controller_word(row.controller), "baseline": _baseline_of([row], row.baseline), "code": row.baseline,
        "calibrated": float(row.geh_share) >= CALIBRATED_SHARE, "geh": float(row.geh_share) * 100, "outcome": outcome_of(row),
        "limits": limits_word(row), "hours": hours_word(figures.get("hours", [])), "ours": figures.get("ours"), "base": figures.get("base"),
        "side": 100 * figures.get("side_share", 0), "left_out": ", ".join(figures.get("left_out", [])),
        "planned": figures.get("planned"), "junction_hours": figures.get("junction_hours"), "classes": classes_word(figures),
    }  # fmt: skip


def _chart(rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Days from the newest down: interval and middle against no change, on a scale that holds them all and zero."""
    if not rows:
        return None
    least = min(0.0, *(float(each["row"].low_percent) for each in rows))
    most = max(0.0, *(float(each["row"].high_percent) for each in rows))
    span = max(most - least, 10.0)
    least, span = least - 0.05 * span, 1.1 * span

    def x(value: object) -> float:
        return round(LEFT + (float(str(value)) - least) / span * (RIGHT - LEFT), 1)

    lines = [
        Line(
            TOP + ROW * (n + 0.5), x(each["row"].low_percent), x(each["row"].change_percent), x(each["row"].high_percent),
            TOP + ROW * (n + 0.5) + 4, each,
        )
        for n, each in enumerate(rows)
    ]  # fmt: skip
    height = TOP + ROW * len(rows) + 6
    return {"lines": lines, "zero": x(0), "height": height, "bottom": height - 6, "word_x": RIGHT + 12}


def _evidence(request: HttpRequest) -> dict[str, Any]:
    """Replayed days with their figures, and days without a proof with their reason."""
    now = timezone.now()
    since = timezone.localdate(now) - timedelta(days=SHOWN_DAYS)
    proofs = list(queries.proofs(since=since))
    every = [_shown(row) for row in proofs]
    present = [code for code in BASELINES if any(each["code"] == code for each in every)]
    wanted = request.GET.get("against", "")
    chosen = wanted if wanted in present else next(iter(present), "")
    rows = [each for each in every if each["code"] == chosen]
    newest = sorted((each for each in every if each["row"].day == every[0]["row"].day), key=lambda each: present.index(each["code"]))
    days = list(queries.replays(since=since))
    proved = {row.day for row in proofs}
    whys = [(row, _why(row, now=now)) for row in days]
    return {
        "rows": rows, "chart": _chart(rows), "against": _baseline_of(proofs, chosen), "newest": newest,
        "choices": [{"label": _baseline_of(proofs, code), "url": f"?against={code}", "current": code == chosen} for code in present],
        "without": [(row, why) for row, why in whys if why and row.day not in proved],
        "again": [(row, why) for row, why in whys if why and row.day in proved],
        "running": _running(days, now=now), "sources": sorted({each["row"].source for each in every if each["row"].source}), "days": SHOWN_DAYS,
    }  # fmt: skip


def _why(row: Replay, *, now: datetime) -> str:
    """Why the last replay of a day gave nothing; empty where it did, or is still to come."""
    if queries.is_silent(row, at=now):
        return _("The simulation stopped without a word; it is taken up again at night.")
    return queries.why_not(row) or queries.why_not_again(row)


def _running(days: Sequence[Replay], *, now: Any) -> list[Replay]:
    return [row for row in days if row.state in ("waiting", "running") and not queries.is_silent(row, at=now)]


@rules.staff("traffic.view")
@require_GET
def gain(request: HttpRequest) -> HttpResponse:
    """The replays of the last thirty days, lost days as well."""
    return _page(request, _form(request, None))


def _form(request: HttpRequest, data: Any) -> ReplayForm | None:
    if "traffic.plan" not in acting(request).permissions:
        return None
    now = timezone.now()
    first, last = int(rule("replay_from_hour", at=now)), int(rule("replay_until_hour", at=now))
    yesterday: date = timezone.localdate(now) - timedelta(days=1)
    return ReplayForm(data, initial={"day": yesterday, "from_hour": first, "until_hour": last})


def _page(request: HttpRequest, form: ReplayForm | None, refusal: Refusal | None = None) -> HttpResponse:
    return render(request, "junctions/gain.html", _evidence(request) | {"tabs": tabs("gain"), "form": form, "refusal": refusal})


@rules.staff("traffic.view")
@require_GET
def running(request: HttpRequest) -> HttpResponse:
    """How far the replays have come; once none runs the page is loaded again to show what came out."""
    since = timezone.localdate() - timedelta(days=SHOWN_DAYS)
    rows = _running(list(queries.replays(since=since)), now=timezone.now())
    answer = render(request, "junctions/_running.html", {"running": rows})
    if not rows:
        answer["HX-Redirect"] = reverse("junctions:gain")
    return answer


@rules.staff("traffic.plan")
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask that a day be replayed now."""
    if request.method == "GET":
        return redirect("junctions:gain")
    form = _form(request, request.POST)
    assert form is not None  # whoever comes here may plan
    refusal: Refusal | None = None
    if form.is_valid():
        try:
            services.ask_for_replay(acting(request), at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The day is being replayed in the background. You can leave this page."))
            return redirect("junctions:gain")
    return _page(request, form, refusal)


@rules.public
@require_GET
@cache_control(public=True, max_age=300)
def public(request: HttpRequest) -> HttpResponse:
    """What replays of counted days showed, for everybody: days won, days lost, days without a proof."""
    return render(request, "junctions/public.html", _evidence(request))
