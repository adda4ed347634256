"""Lines drawn by the server: zero-based unless it is a share, a gap where there is nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from .figures import Measure, Value

WIDTH, HEIGHT = 600.0, 160.0
LEFT, RIGHT, TOP, BOTTOM = 8.0, 8.0, 20.0, 22.0


@dataclass(frozen=True)
class Point:
    """A day, or a period, on the line."""

    day: date | None
    value: float
    x: float
    y: float


@dataclass(frozen=True)
class Line:
    """A series ready to be drawn: its pieces between gaps, the highest value and a line for the target."""

    pieces: list[str]
    points: list[Point]
    top: float
    low: float
    target_y: float | None
    first: date | None
    last: date | None
    gaps: int
    # Notes of people: where on the line, and what they say.
    marks: Sequence[tuple[float, str]] = ()
    known: Measure | None = None
    # Of a line by periods instead of days: each point in words, the first and the last period, and how high it reaches.
    told: Sequence[tuple[str, str]] = ()
    begins: str = ""
    ends: str = ""
    peak: str = ""


def line(series: Mapping[date, Value], known: Measure, notes: Sequence[tuple[date, str]] = ()) -> Line:
    """A series by day as a drawing of 600 x 160, with a mark at each day somebody left a note to."""
    days = sorted(series)
    values = {day: series[day].number for day in days}
    numbers = [value for value in values.values() if value is not None]
    if not numbers:
        return Line([], [], 0, 0, None, days[0] if days else None, days[-1] if days else None, len(days))
    reach = [*numbers, known.target] if known.target is not None else numbers
    low = max(0.0, min(reach) - 5) if known.is_ratio else min(0.0, *reach)
    high = max(reach)
    top = 100.0 if known.is_ratio else (high if high > low else low + 1)
    pieces, xs, height = _drawn([values[day] for day in days], low, top)
    points = [Point(days[n], value, x, y) for piece in pieces for n, value, x, y in piece]
    drawn = [" ".join(f"{x},{y}" for _n, _value, x, y in piece) for piece in pieces]
    target_y = height(known.target) if known.target is not None else None
    where = dict(zip(days, xs, strict=True))
    marks = [(where[day], text) for day, text in notes if day in where]
    return Line(drawn, points, top, low, target_y, days[0], days[-1], len(days) - len(points), marks, known)


def by_period(
    series: Sequence[tuple[str, float | None]], *, written: Callable[[float | None], str], target: float | None = None, is_share: bool = False
) -> Line:
    """A series by periods, each with its name in words; as high as its values and zero-based unless it is a share."""
    names = [name for name, _value in series]
    numbers = [value for _name, value in series if value is not None]
    begins, ends = (names[0], names[-1]) if names else ("", "")
    if not numbers:
        return Line([], [], 0, 0, None, None, None, len(series), begins=begins, ends=ends)
    reach = [*numbers, target] if target is not None else numbers
    low = min(reach) - 0.1 * (max(reach) - min(reach)) if is_share else min(0.0, *reach)
    top = max(reach) if max(reach) > low else low + 1
    pieces, _xs, height = _drawn([value for _name, value in series], low, top)
    points = [Point(None, value, x, y) for piece in pieces for _n, value, x, y in piece]
    return Line(
        [" ".join(f"{x},{y}" for _n, _value, x, y in piece) for piece in pieces], points, top, low,
        height(target) if target is not None else None, None, None, len(series) - len(points),
        told=[(names[n], written(value)) for piece in pieces for n, value, _x, _y in piece], begins=begins, ends=ends,
        peak=written(top),
    )  # fmt: skip


def _drawn(
    values: Sequence[float | None], low: float, top: float
) -> tuple[list[list[tuple[int, float, float, float]]], list[float], Callable[[float], float]]:
    """Where each value stands (its number, the value, x, y) in pieces between gaps, all places across, and how high a value is."""
    step = (WIDTH - LEFT - RIGHT) / max(1, len(values) - 1)
    xs = [round(LEFT + step * number, 1) for number in range(len(values))]

    def height(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / max(top - low, 1e-9), 1)

    pieces: list[list[tuple[int, float, float, float]]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((number, value, xs[number], height(value)))
    return [piece for piece in pieces if piece], xs, height


def spark(values: Sequence[float | None]) -> list[str]:
    """A small line without a scale, 200 x 60: pieces between gaps, from the lowest to the highest value."""
    numbers = [value for value in values if value is not None]
    if len(numbers) < 2:
        return []
    low, high = min(numbers), max(numbers)
    step = 196.0 / max(1, len(values) - 1)
    pieces: list[list[str]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            share = (value - low) / (high - low) if high > low else 0.5
            pieces[-1].append(f"{2 + step * number:.1f},{56 - 52 * share:.1f}")
    return [" ".join(piece) for piece in pieces if piece]
