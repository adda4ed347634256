"""Classes of a choropleth: where the breaks lie and into which class a value falls. No Django, no database.

At most seven classes. One value, all values equal, or nothing at all are answered like everything else: with as many
classes as there are to tell apart. A missing value has no class: it is hatched and counted, never drawn as zero.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

MOST = 7
WAYS = ("quantile", "equal", "manual", "diverging")


@dataclass(frozen=True)
class Class:
    """One class: the lowest and highest value it holds (or its cuts), how many units, and the shade of its colour.

    Shades run from 1 to 7 for a sequence and from -3 to 3 around a target.
    """

    low: float
    high: float
    count: int
    shade: int


@dataclass(frozen=True)
class Classed:
    """The classes that hold something, the class of each unit, and the units without a value."""

    classes: tuple[Class, ...]
    class_of: Mapping[str, int]
    missing: tuple[str, ...]
    way: str

    def shade_of(self, code: str) -> int | None:
        """The shade of a unit; None when it has no value."""
        number = self.class_of.get(code)
        return None if number is None else self.classes[number].shade


def classed(
    values: Mapping[str, float | None],
    *,
    way: str = "quantile",
    number: int = 5,
    breaks: Sequence[float] = (),
    target: float | None = None,
) -> Classed:
    """Put the values of units into classes.

    `quantile`: about as many units in each; `equal`: equally wide; `manual`: these inner `breaks`; `diverging`: equally
    wide on both sides of `target`. Raises ValueError for another way, or `diverging` without a target.
    """
    if way not in WAYS:
        raise ValueError(f"{way} is none of {', '.join(WAYS)}")
    known = {code: float(value) for code, value in values.items() if value is not None and isfinite(value)}
    missing = tuple(sorted(set(values) - set(known)))
    if not known:
        return Classed((), {}, missing, way)
    number = max(1, min(number, MOST))
    shades: Sequence[int] | None = None
    if way == "manual":
        inner = sorted(set(breaks))[: MOST - 1]
    elif way == "equal":
        inner = _equal(known.values(), number)
    elif way == "diverging":
        if target is None:
            raise ValueError("classes around a target need the target")
        inner, shades = _around(known.values(), target)
    else:
        inner = _quantiles(known.values(), number)
    return _counted(known, missing, inner, shades, way)


def _quantiles(values: Iterable[float], number: int) -> list[float]:
    """Breaks that leave about as many values in each class; equal values are never torn apart."""
    rows = sorted(values)
    breaks: list[float] = []
    for part in range(1, number):
        cut = rows[min(len(rows) - 1, round(part * len(rows) / number))]
        if cut > rows[0] and (not breaks or cut > breaks[-1]):
            breaks.append(cut)
    if not breaks and rows[-1] > rows[0]:
        # Nearly all share the lowest value: the few others still stand out.
        breaks.append(next(each for each in rows if each > rows[0]))
    return breaks if number > 1 else []


def _equal(values: Iterable[float], number: int) -> list[float]:
    rows = list(values)
    low, high = min(rows), max(rows)
    breaks = [low + (high - low) * part / number for part in range(1, number)]
    return sorted({each for each in breaks if low < each < high})


def _around(values: Iterable[float], target: float) -> tuple[list[float], list[int]]:
    """Three classes on each side, as far as the farthest value; the shade says the side: below is negative."""
    reach = max(abs(value - target) for value in values)
    if reach == 0:
        return [], [1]
    steps = sorted({target + reach * part / 3 for part in (-2, -1, 0, 1, 2)})
    if len(steps) < 5:  # so near the target that the breaks are one and the same number
        return [target], [-1, 1]
    return steps, [-3, -2, -1, 1, 2, 3]


def _counted(
    known: Mapping[str, float], missing: tuple[str, ...], inner: Sequence[float], shades: Sequence[int] | None, way: str
) -> Classed:
    """The classes with their edges and counts; those that hold nothing are left out unless somebody chose the breaks."""
    low, high = min(known.values()), max(known.values())
    rank = {code: bisect_right(inner, value) for code, value in known.items()}
    counts = [0] * (len(inner) + 1)
    for place in rank.values():
        counts[place] += 1
    if way == "diverging":  # whole from the lowest to the highest value, without what lies beyond them
        held = [place for place, count in enumerate(counts) if count]
        kept = list(range(held[0], held[-1] + 1))
        edges = [low, *(max(low, min(high, each)) for each in inner), high]
    else:
        kept = [place for place, count in enumerate(counts) if count or way == "manual"]
        edges = [min(low, *inner) if inner else low, *inner, max(high, *inner) if inner else high]
    shown = shades or _spread(len(kept))
    held_by = {place: [known[code] for code, found in rank.items() if found == place] for place in kept}
    classes = tuple(
        Class(
            # What a class holds says more than where it was cut, unless somebody chose the cuts.
            min(held_by[place]) if way in ("quantile", "equal") else edges[place],
            max(held_by[place]) if way in ("quantile", "equal") else edges[place + 1],
            counts[place],
            shown[place if shades else position],
        )
        for position, place in enumerate(kept)
    )
    position_of = {place: position for position, place in enumerate(kept)}
    return Classed(classes, {code: position_of[place] for code, place in rank.items()}, missing, way)


def _spread(number: int) -> list[int]:
    """Shades for a number of classes, as far apart as seven shades allow; a single class takes the middle one."""
    if number == 1:
        return [4]
    return [round(1 + place * (MOST - 1) / (number - 1)) for place in range(number)]
