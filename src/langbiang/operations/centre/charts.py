"""Lines drawn by the server: zero-based unless it is a share, a gap where there is nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from .figures import Measure, Value

WIDTH, HEIGHT = 600.0, 160.0
LEFT, RIGHT, TOP, BOTTOM = 8.0, 8.0, 20.0, 22.0


@dataclass(frozen=True)
class Point:
    """A day on the line."""

    day: date
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
    step = (WIDTH - LEFT - RIGHT) / max(1, len(days) - 1)

    def height(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / max(top - low, 1e-9), 1)

    pieces: list[list[Point]] = [[]]
    for number, day in enumerate(days):
        value = values[day]
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append(Point(day, value, round(LEFT + step * number, 1), height(value)))
    drawn = [" ".join(f"{point.x},{point.y}" for point in piece) for piece in pieces if piece]
    points = [point for piece in pieces for point in piece]
    target_y = height(known.target) if known.target is not None else None
    where = {day: round(LEFT + step * number, 1) for number, day in enumerate(days)}
    marks = [(where[day], text) for day, text in notes if day in where]
    return Line(drawn, points, top, low, target_y, days[0], days[-1], len(days) - len(points), marks, known)


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
