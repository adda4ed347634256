"""Measures of signals as drawings: where dots, bars and cells stand. Numbers only; the templates draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from langbiang.city.traffic.signals.arrivals import Diagram
from langbiang.city.traffic.signals.lamps import GREEN, YELLOW
from langbiang.city.traffic.signals.log import QUARTER_MS
from langbiang.city.traffic.signals.phases import Split
from langbiang.city.traffic.signals.quarters import Quarter

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 900.0, 46.0, 26.0, 18.0, 26.0
PURDUE_HEIGHT, BARS_HEIGHT, ROW_HEIGHT = 330.0, 200.0, 26.0
NAME = 74.0  # room for the name of a phase beside its row
HOUR_MS = 3_600_000
MOST_NUMBERED = 24  # cells so narrow that a figure no longer fits stay without one
COLOURS = {GREEN: "green", YELLOW: "yellow"}


@dataclass(frozen=True)
class Tick:
    """A place on an axis with its word."""

    at: float
    word: str


@dataclass(frozen=True)
class Mark:
    """A rectangle with what it says; `kind` chooses its look (`gap` where there is no data)."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    tip: str
    word: str = ""
    word_x: float = 0.0
    word_y: float = 0.0


@dataclass(frozen=True)
class Purdue:
    """The coordination diagram: arrivals by colour as dots, the beginnings of green, yellow and red as lines."""

    dots: dict[str, str]
    lines: dict[str, str]
    hours: list[Tick]
    seconds: list[Tick]
    gaps: list[Mark]


@dataclass(frozen=True)
class Line:
    """A row of a drawing: its name, its marks."""

    name: str
    y: float
    marks: list[Mark]
    note: str = ""
    note_x: float = 0.0


@dataclass(frozen=True)
class Rows:
    """A drawing of rows under one another, with an axis below."""

    lines: list[Line]
    ticks: list[Tick]
    height: float


def _along(first_ms: int, last_ms: int, left: float = LEFT) -> tuple[float, float]:
    return left, (WIDTH - RIGHT - left) / max(1, last_ms - first_ms)


def hours(first_ms: int, last_ms: int, left: float = LEFT) -> list[Tick]:
    """The hours of an axis of time, every third where there are many."""
    start, scale = _along(first_ms, last_ms, left)
    step = HOUR_MS * (3 if last_ms - first_ms > 12 * HOUR_MS else 1)
    return [
        Tick(round(start + (at - first_ms) * scale, 1), f"{at % (24 * HOUR_MS) // HOUR_MS or (24 if at == last_ms and at > first_ms else 0):02d}:00")
        for at in range(first_ms, last_ms + 1, step)
    ]


def purdue(diagram: Diagram, heard_ms: set[int], *, first_ms: int, last_ms: int) -> Purdue:
    """The diagram of some hours: across the time of day, up the seconds since red began; quarters without data as gaps."""
    start, scale = _along(first_ms, last_ms)
    shown = [c for c in diagram.cycles if first_ms <= c.red_ms < last_ms]
    top = max((c.length_s for c in shown), default=60.0)
    up = (PURDUE_HEIGHT - TOP - BOTTOM) / top

    def x(ms: float) -> float:
        return round(start + (ms - first_ms) * scale, 1)

    def y(seconds: float) -> float:
        return round(PURDUE_HEIGHT - BOTTOM - seconds * up, 1)

    dots: dict[str, list[str]] = {"green": [], "yellow": [], "red": []}
    for at, since, colour in zip(diagram.at_ms.tolist(), diagram.in_cycle_s, diagram.colour.tolist(), strict=True):
        if first_ms <= at < last_ms:
            dots[COLOURS.get(colour, "red")].append(f"M{x(at)} {y(since)}h.01")
    lines: dict[str, list[str]] = {"green": [], "yellow": [], "red": []}
    for c in shown:
        for name, ms in (("green", c.green_ms), ("yellow", c.yellow_ms), ("red", c.end_ms)):
            lines[name].append(f"M{x(c.red_ms)} {y((ms - c.red_ms) / 1000)}H{x(min(c.end_ms, last_ms))}")
    step = 20 if top <= 140 else 60
    return Purdue(
        {k: "".join(v) for k, v in dots.items()}, {k: "".join(v) for k, v in lines.items()}, hours(first_ms, last_ms),
        [Tick(y(s), str(s)) for s in range(0, int(top) + 1, step)],
        [
            Mark(x(at), TOP, round(QUARTER_MS * scale, 1), PURDUE_HEIGHT - TOP - BOTTOM, "gap", "")
            for at in range(first_ms, last_ms, QUARTER_MS)
            if at not in heard_ms
        ],
    )  # fmt: skip


def bars(values: Mapping[int, tuple[float, str] | None], marks: Mapping[int, float], *, first_ms: int, last_ms: int) -> list[Mark]:
    """Shares from 0 to 100 as bars by quarter, a tick where the second figure stands; no bar, but a gap, without data."""
    start, scale = _along(first_ms, last_ms)
    floor, full = BARS_HEIGHT - BOTTOM, BARS_HEIGHT - TOP - BOTTOM
    width = round(QUARTER_MS * scale, 1)
    found = []
    for at in range(first_ms, last_ms, QUARTER_MS):
        x, value = round(start + (at - first_ms) * scale, 1), values.get(at)
        if value is None:
            found.append(Mark(x, TOP, width, full, "gap", f"{at % (24 * HOUR_MS) // HOUR_MS:02d}:{at % HOUR_MS // 60_000:02d}"))
            continue
        height = round(full * min(100.0, value[0]) / 100, 1)
        found.append(Mark(x + 1, floor - height, max(1.0, width - 2), height, "share", value[1]))
        if at in marks:
            found.append(Mark(x, round(floor - full * min(100.0, marks[at]) / 100, 1) - 1, width, 2, "tick", value[1]))
    return found


def cells(rows: Sequence[tuple[str, Mapping[int, tuple[int, int, str] | None]]], *, first_ms: int, last_ms: int) -> Rows:
    """Failures of (failed, of how many) by row and quarter as cells, darker where more failed."""
    start, scale = _along(first_ms, last_ms, NAME)
    width, many = round(QUARTER_MS * scale, 1), (last_ms - first_ms) // QUARTER_MS
    lines = []
    for n, (name, values) in enumerate(rows):
        y = TOP + n * ROW_HEIGHT
        marks = []
        for at in range(first_ms, last_ms, QUARTER_MS):
            value, x = values.get(at), round(start + (at - first_ms) * scale, 1)
            if value is None:
                marks.append(Mark(x, y, width, ROW_HEIGHT - 4, "gap", ""))
                continue
            failed, judged, tip = value
            level = 0 if not failed else min(4, 1 + int(4 * failed / max(1, judged)))
            word = str(failed) if failed and many <= MOST_NUMBERED else ""
            marks.append(Mark(x + 0.5, y, max(1.0, width - 1), ROW_HEIGHT - 4, f"level-{level}", tip, word, round(x + width / 2, 1), y + 15))
        lines.append(Line(name, y + 15, marks))
    return Rows(lines, hours(first_ms, last_ms, NAME), TOP + len(rows) * ROW_HEIGHT + BOTTOM)


def stacks(rows: Sequence[tuple[str, Sequence[tuple[str, int, str]], str]]) -> Rows:
    """Counts of several kinds by row, one after another along a bar; all rows on one scale, from 0."""
    most = max((sum(n for _kind, n, _tip in parts) for _name, parts, _note in rows), default=0) or 1
    scale = (WIDTH - RIGHT - NAME - 70) / most
    lines = []
    for n, (name, parts, note) in enumerate(rows):
        y, x, marks = TOP + n * ROW_HEIGHT, NAME, []
        for kind, count, tip in parts:
            if count:
                width = round(count * scale, 1)
                marks.append(Mark(round(x, 1), y, width, ROW_HEIGHT - 6, kind, tip, str(count) if width > 24 else "", round(x + width / 2, 1), y + 15))
                x += width
        lines.append(Line(name, y + 15, marks, note, round(x + 6, 1)))
    return Rows(lines, [], TOP + len(rows) * ROW_HEIGHT + 4)


def splits(rows: Sequence[tuple[str, Split]]) -> Rows:
    """Lengths of greens by row: a thin bar from shortest to longest, a thick one from 15 % to 85 %, a tick at the middle."""
    most = max((split.most for _name, split in rows), default=0.0) or 1.0
    scale = (WIDTH - RIGHT - NAME - 60) / most
    lines = []
    for n, (name, s) in enumerate(rows):
        y, tip = TOP + n * ROW_HEIGHT, f"{s.least:g} – {s.p15:g} – {s.p50:g} – {s.p85:g} – {s.most:g} s"
        span = [
            Mark(round(NAME + a * scale, 1), y + dy, max(2.0, round((b - a) * scale, 1)), height, kind, tip)
            for a, b, dy, height, kind in ((s.least, s.most, 8, 4, "whisker"), (s.p15, s.p85, 2, 16, "box"))
        ]
        span.append(Mark(round(NAME + s.p50 * scale - 1.5, 1), y, 3, 20, "middle", tip))
        lines.append(Line(name, y + 15, span, f"{s.p50:.0f} s", round(NAME + s.most * scale + 6, 1)))
    step = 10 if most <= 80 else 20
    ticks = [Tick(round(NAME + v * scale, 1), str(v)) for v in range(0, int(most) + 1, step)]
    return Rows(lines, ticks, TOP + len(rows) * ROW_HEIGHT + BOTTOM)


def heard(rows: Sequence[Quarter]) -> set[int]:
    """Quarters with data."""
    return {row.bin_ms for row in rows if row.is_heard}
