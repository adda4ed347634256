"""Measures of the signals of one junction, and which detector watches which phase."""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.city.traffic.signals import arrivals, lamps, quarters
from langbiang.city.traffic.signals.detectors import ROLES, TURNS, Detector
from langbiang.city.traffic.signals.log import QUARTER_MS
from langbiang.city.traffic.signals.quarters import Quarter
from langbiang.foundation.access import Refusal, Stale, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.ui.form_fields import DateField

from .. import services
from ..models import Junction, Layout
from ..queries import signals as reading
from . import signal_charts as charts
from .parts import whole, within_reach

DIAGRAM_HOURS, LIVE_HOURS = 4, 6
EMPTY_ROWS = 4


class HoursForm(forms.Form):
    """Which hours of which day, and the phase looked at closely."""

    day = DateField(label=_("Day"))
    begin = forms.TypedChoiceField(label=_("From hour"), coerce=int, choices=[(h, f"{h:02d}:00") for h in range(24)])
    end = forms.TypedChoiceField(label=_("Until hour"), coerce=int, choices=[(h, f"{h:02d}:00") for h in range(1, 25)])
    phase = forms.TypedChoiceField(label=_("Phase"), coerce=int)

    def __init__(self, *args: Any, phases: Sequence[tuple[int, str]], junction: Junction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.junction = junction
        self.fields["phase"].choices = phases  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        """From before to; a day not measured yet only in pieces a page can reckon at once."""
        given = super().clean() or {}
        if self.errors:
            return given
        if given["end"] <= given["begin"]:
            self.add_error("end", gettext("Choose an hour after the first."))
        elif given["end"] - given["begin"] > LIVE_HOURS and not self.junction.signal_days.filter(day=given["day"]).exists():
            told = gettext("This day is measured at night. Until then choose at most %(hours)s hours.")
            self.add_error("end", told % {"hours": LIVE_HOURS})
        return given


def turn_word(turn: str) -> str:
    """A way through the junction in words."""
    return {"left": gettext("left"), "straight": gettext("straight on"), "right": gettext("right")}.get(turn, gettext("all"))


def phase_names(layout: Layout | None) -> dict[int, tuple[str, str]]:
    """Short and long name of each phase: its movement, and where that comes from and goes."""
    if layout is None:
        return {}
    arms = {a["key"]: a["name"] for a in layout.content["approaches"]}
    return {
        n + 1: (
            f"{n + 1} · {m['key']}",
            f"{n + 1} · {m['key']}: {arms.get(m['approach'], '')}, " + (turn_word(m["turn"]) if m["kind"] == "vehicle" else gettext("on foot")),
        )
        for n, m in enumerate(layout.content["movements"])
    }


@rules.staff("traffic.view")
@require_GET
def signals(request: HttpRequest, code: str) -> HttpResponse:
    """How the signals of a junction did in some hours of a day."""
    place = within_reach(request, code)
    layout = place.layouts.filter(state="approved").first()
    names = phase_names(layout)
    latest = reading.last_event(place.pk)
    known = place.signal_days.order_by("-day").first()
    context: dict[str, Any] = {
        "junction": place, "latest": latest, "has_any": latest is not None or known is not None,
        "may_plan": acting(request).may("traffic.plan", agency_id=place.agency_id),
    }  # fmt: skip
    vehicles = [n + 1 for n, m in enumerate(layout.content["movements"]) if m["kind"] == "vehicle"] if layout else []
    if context["has_any"] and vehicles:
        last = timezone.localtime(latest) if latest else None
        end = min(24, last.hour + 1) if last else 9
        initial = {
            "day": last.date() if last else known.day if known else None, "begin": max(0, end - 3), "end": end, "phase": vehicles[0],
        }  # fmt: skip
        form = HoursForm(
            request.GET if "day" in request.GET else initial, phases=[(n, names[n][1]) for n in vehicles], junction=place
        )
        context["form"] = form
        if form.is_valid():
            context |= _shown(place, form.cleaned_data, names)
    return render(request, "junctions/signals.html", context)


def _shown(place: Junction, given: dict[str, Any], names: dict[int, tuple[str, str]]) -> dict[str, Any]:
    day, phase = given["day"], given["phase"]
    first, last = (reading.midnight(day) + timedelta(hours=given[k]) for k in ("begin", "end"))
    is_short = given["end"] - given["begin"] <= DIAGRAM_HOURS
    found = reading.measured(place, day=day, first=first, last=last, with_rows=is_short)
    first_ms, last_ms = reading.wall_ms(first), reading.wall_ms(last)
    rows = found.quarters
    mine = {row.bin_ms: row for row in rows if row.phase == phase}
    diagram = None
    if found.log is not None and is_short:
        drawn = arrivals.diagram(found.log, found.detectors, phase)
        inside = [at for at in drawn.at_ms.tolist() if first_ms <= at < last_ms]
        cycles = [c for c in drawn.cycles if first_ms <= c.red_ms < last_ms]
        if cycles:
            diagram = {"chart": charts.purdue(drawn, charts.heard(rows), first_ms=first_ms, last_ms=last_ms), "cycles": cycles_table(drawn, first_ms, last_ms), "n": len(inside)}
    gaps = (last_ms - first_ms) // QUARTER_MS - len(charts.heard(rows))
    return {
        "shown": True, "day": day, "begin": f"{given['begin']:02d}:00", "end": f"{given['end']:02d}:00", "rows": found.rows,
        "is_kept": found.is_kept, "gaps": gaps, "is_short": is_short, "diagram_hours": DIAGRAM_HOURS, "diagram": diagram,
        "phase": names[phase][1], "arrivals": _arrivals(mine, first_ms, last_ms), "has_quarters": bool(charts.heard(rows)),
        "splits": _splits(rows, names), "endings": _endings(rows, names), "failures": _failures(rows, names, first_ms, last_ms),
        "walkers": _walkers(rows, names),
    }  # fmt: skip


def clock(ms: int) -> str:
    """A time of day."""
    return f"{ms % 86_400_000 // 3_600_000:02d}:{ms % 3_600_000 // 60_000:02d}"


def cycles_table(drawn: arrivals.Diagram, first_ms: int, last_ms: int) -> list[dict[str, Any]]:
    """The cycles of the diagram as rows: begin, length, green, arrivals, of these on green."""
    found = []
    at, colours = drawn.at_ms.tolist(), drawn.colour.tolist()
    place = 0
    for c in drawn.cycles:
        while place < len(at) and at[place] < c.red_ms:
            place += 1
        inside = []
        while place < len(at) and at[place] < c.end_ms:
            inside.append(colours[place])
            place += 1
        if first_ms <= c.red_ms < last_ms:
            found.append(
                {
                    "at": f"{clock(c.red_ms)}:{c.red_ms % 60_000 // 1000:02d}", "length": c.length_s, "green": c.green_s,
                    "arrivals": len(inside), "on_green": sum(colour == lamps.GREEN for colour in inside),
                }
            )  # fmt: skip
    return found


def _arrivals(mine: dict[int, Quarter], first_ms: int, last_ms: int) -> dict[str, Any]:
    """Arrivals of one phase: bars, their table, the sum."""
    table, bars, ticks = [], {}, {}
    for at in range(first_ms, last_ms, QUARTER_MS):
        row = mine.get(at)
        if row is None or not row.is_heard:
            table.append({"at": clock(at), "gap": True})
            continue
        share = 100 * row.on_green / row.arrivals if row.arrivals else None
        green = 100 * row.green_s / (QUARTER_MS / 1000)
        ratio = share / green if share is not None and green > 0 else None
        table.append(
            {
                "at": clock(at), "arrivals": row.arrivals, "share": share, "green": green, "ratio": ratio,
                "type": None if ratio is None else 1 + sum(ratio > bound for bound in arrivals.ARRIVAL_TYPES),
                "delay": row.delay_s / row.delayed if row.delayed else None, "yellow": row.on_yellow, "red": row.on_red,
                "turns": ", ".join(f"{' / '.join(turn_word(t) for t in key.split('+'))}: {n}" for key, n in sorted(row.counted.items())),
            }
        )  # fmt: skip
        if share is not None:
            bars[at] = (share, f"{clock(at)}: {share:.0f} % ({row.on_green}/{row.arrivals})")
            ticks[at] = green
    heard = [row for row in mine.values() if row.is_heard]
    total, lucky, delayed = (sum(getattr(row, name) for row in heard) for name in ("arrivals", "on_green", "delayed"))
    return {
        "bars": charts.bars(bars, ticks, first_ms=first_ms, last_ms=last_ms), "hours": charts.hours(first_ms, last_ms), "table": table,
        "n": total, "share": 100 * lucky / total if total else None, "delay": sum(r.delay_s for r in heard) / delayed if delayed else None,
    }  # fmt: skip


def _splits(rows: Sequence[Quarter], names: dict[int, tuple[str, str]]) -> dict[str, Any]:
    found = quarters.split_monitor(rows)
    many = len({s.pattern for s in found}) > 1
    named = [(names.get(s.phase, (str(s.phase), ""))[0] + (f" P{s.pattern}" if many else ""), s) for s in found]
    return {"chart": charts.splits(named), "table": named, "n": sum(s.greens for s in found)}


def _endings(rows: Sequence[Quarter], names: dict[int, tuple[str, str]]) -> dict[str, Any]:
    words = {"out": gettext("no more traffic"), "max": gettext("maximum reached"), "force": gettext("forced off"), "skip": gettext("passed over")}
    told, table = [], []
    for phase in sorted({row.phase for row in rows}):
        mine = [row for row in rows if row.phase == phase and row.is_heard]
        counts = {key: sum(getattr(r, name) for r in mine) for key, name in (("out", "gaps"), ("max", "maxes"), ("force", "forces"), ("skip", "skips"))}
        if sum(counts.values()):
            name = names.get(phase, (str(phase), ""))[0]
            told.append((name, [(key, n, f"{words[key]}: {n}") for key, n in counts.items()], ""))
            table.append((name, counts))
    return {"chart": charts.stacks(told), "table": table, "words": words, "n": sum(sum(c.values()) for _name, c in table)}


def _failures(rows: Sequence[Quarter], names: dict[int, tuple[str, str]], first_ms: int, last_ms: int) -> dict[str, Any]:
    told, table = [], []
    for phase in sorted({row.phase for row in rows if row.judged}):
        mine = {row.bin_ms: row for row in rows if row.phase == phase and row.is_heard}
        name = names.get(phase, (str(phase), ""))[0]
        told.append(
            (name, {at: (r.failed, r.judged, f"{name} {clock(at)}: {r.failed}/{r.judged}") for at, r in mine.items() if r.judged})
        )
        judged, failed = sum(r.judged for r in mine.values()), sum(r.failed for r in mine.values())
        worst = max(mine.values(), key=lambda r: r.failed, default=None)
        if judged:
            table.append(
                {
                    "name": name, "cycles": judged, "failed": failed, "share": 100 * failed / judged,
                    "green": 100 * sum(r.green_occupied for r in mine.values()) / judged,
                    "red": 100 * sum(r.red_occupied for r in mine.values()) / judged,
                    "worst": clock(worst.bin_ms) if worst is not None and worst.failed else "",
                }
            )  # fmt: skip
    return {"chart": charts.cells(told, first_ms=first_ms, last_ms=last_ms), "table": table, "n": sum(row["cycles"] for row in table)}


def _walkers(rows: Sequence[Quarter], names: dict[int, tuple[str, str]]) -> dict[str, Any]:
    told, table = [], []
    for phase in sorted({row.phase for row in rows if row.services or row.presses}):
        mine = [row for row in rows if row.phase == phase and row.is_heard]
        sums = {name: sum(getattr(r, name) for r in mine) for name in ("services", "presses", "people", "ped_waits")}
        mean = sum(r.ped_delay_s for r in mine) / sums["ped_waits"] if sums["ped_waits"] else None
        name = names.get(phase, (str(phase), ""))[0]
        table.append({"name": name, **sums, "mean": mean})
        if mean is not None:
            told.append((name, [("wait", round(mean), f"{name}: {mean:.0f} s")], f"n = {sums['ped_waits']}"))
    return {"chart": charts.stacks(told), "table": table, "n": sum(row["ped_waits"] for row in table)}


@rules.staff("traffic.plan")
@require_http_methods(["GET", "POST"])
def detectors(request: HttpRequest, code: str) -> HttpResponse:
    """The detectors of a junction as they are today, and those somebody enters."""
    place, today = within_reach(request, code), timezone.localdate()
    layout = place.layouts.filter(state="approved").first()
    entered = reading.detector_table(place.pk, day=today)
    rows = [_as_entered(one) for one in reading.detectors_of(place, day=today)]
    wrong: list[tuple[str, str]] = []
    refusal: Refusal | None = None
    seen, saved = (entered.pk, entered.revision) if entered else (0, 0), []
    now_seen = seen
    if request.method == "POST":
        known, rows = rows, _posted(request)
        table, _dash, revision = request.POST.get("seen", "").partition("-")
        seen = whole(table), whole(revision)
        given, wrong = _read(rows)
        if not wrong:
            try:
                services.enter_detectors(
                    acting(request), junction_code=place.code, rows=given, valid_from=today, note=request.POST.get("note", ""), seen=seen,
                    at=timezone.now(),
                )  # fmt: skip
            except Stale as stale:
                refusal, seen, saved = stale, now_seen, [one for one in known if one not in rows]
            except services.BadDetectors as refused:
                refusal, wrong = refused, refused.mistakes
            else:
                messages.success(request, gettext("Saved. Days measured from tonight on use these detectors."))
                return redirect("junctions:signals", place.code)
    names = phase_names(layout)
    vehicles = [n + 1 for n, m in enumerate(layout.content["movements"]) if m["kind"] == "vehicle"] if layout else []
    blank = {"channel": "", "phase": "", "role": "", "distance_m": "", "speed_kmh": "", "turns": []}
    return render(
        request, "junctions/detectors.html",
        {
            "junction": place, "entered": entered, "wrong": wrong, "refusal": refusal, "has_layout": layout is not None,
            "rows": [(n, row, {f for f, _t in wrong}) for n, row in enumerate([*rows, *([blank] * EMPTY_ROWS)])],
            "roles": [(role, role_word(role)) for role in ROLES], "phases": [(str(n), names[n][1]) for n in vehicles],
            "turns": [(turn, turn_word(turn)) for turn in TURNS], "note": request.POST.get("note", ""),
            "seen": f"{seen[0]}-{seen[1]}", "is_overtaken": isinstance(refusal, Stale),
            "saved": [(one, names.get(int(one["phase"]), ("", one["phase"]))[1], role_word(one["role"])) for one in saved],
        },
        status=422 if wrong else 200,
    )  # fmt: skip


def role_word(role: str) -> str:
    """What a detector is for."""
    return {
        "Presence": gettext("waiting at the line"), "Advance": gettext("arrivals before the line"), "Yellow_Red": gettext("driving on yellow or red"),
        "Count": gettext("counting"),
    }[role]  # fmt: skip


def _as_entered(one: Detector) -> dict[str, Any]:
    return {
        "channel": str(one.channel), "phase": str(one.phase), "role": one.role, "distance_m": f"{one.distance_m:g}", "speed_kmh": f"{one.speed_kmh:g}",
        "turns": list(one.turns),
    }  # fmt: skip


def _posted(request: HttpRequest) -> list[dict[str, Any]]:
    """Rows as they were filled in; those without a channel are blank and left out."""
    names = ("channel", "phase", "role", "distance_m", "speed_kmh")
    columns = {name: request.POST.getlist(name)[:300] for name in names}
    many = min(len(column) for column in columns.values())
    rows = [
        {**{name: columns[name][n].strip() for name in names}, "turns": request.POST.getlist(f"turns-{n}")} for n in range(many)
    ]
    return [row for row in rows if row["channel"]]


def _read(rows: Sequence[dict[str, Any]]) -> tuple[list[Detector], list[tuple[str, str]]]:
    found, wrong = [], []
    for n, row in enumerate(rows):
        figures: dict[str, float] = {}
        for name, default in (("channel", ""), ("phase", ""), ("distance_m", "0"), ("speed_kmh", "40")):
            try:
                figures[name] = float((row[name] or default).replace(",", "."))
                if not math.isfinite(figures[name]):
                    raise ValueError
            except ValueError:
                figures.pop(name, None)
                wrong.append((f"{name}-{n}", gettext("Row %(row)s: enter a number.") % {"row": n + 1}))
        if len(figures) == 4:
            found.append(
                Detector(
                    int(figures["channel"]), int(figures["phase"]), row["role"], figures["distance_m"], figures["speed_kmh"],
                    tuple(t for t in TURNS if t in row["turns"]),
                )
            )  # fmt: skip
    return found, wrong
