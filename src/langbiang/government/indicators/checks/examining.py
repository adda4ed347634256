"""Looking at one value against its own past, its neighbours and its like."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from .finding import CONFIRM, HINT, Finding
from .history import History

STRANGE = 2.9  # |robust z| from which a value is asked about
UNIT_SLIPS = (10.0, 100.0, 1000.0, 1e6, 0.1, 0.01, 0.001, 1e-6)
BETTER = 2.5  # a misreading is offered when the value read otherwise is so many times less strange
SLIP_FROM = 1.8  # and from which it is tried whether another reading is usual
ALIKE_FROM = 3  # figures that have to be equal for two vectors to be copies


def examine(value: Decimal, history: History, *, peers: Sequence[float] = ()) -> list[Finding]:
    """What is unusual about a value, the gravest and surest first; at most one finding speaks of its height.

    `peers` are the changes against their own expectation (robust z) of units alike in the same period: when all of them
    moved the same way, it is the month that is unusual, not the value.
    """
    number = float(value)
    found: list[Finding] = []
    if history.previous is not None and number == history.previous and number != 0 and not history.repeats and history.speaks:
        found.append(Finding("copied", CONFIRM, {"value": number}, 5.0))
    if not history.speaks:
        return found
    if number < 0 and not history.is_below_zero:
        found.append(Finding("sign", CONFIRM, {"value": number}, 9.0))
        return found
    strange = history.strangeness(number) - _common(peers)
    height = _misread(number, value, history, strange) or _strange(number, history, strange)
    if height is not None:
        found.append(height)
    return sorted(found, key=lambda each: each.order)


def _common(peers: Sequence[float]) -> float:
    """How far units alike moved together: their median, where there are enough."""
    if len(peers) < 5:
        return 0.0
    ordered = sorted(peers)
    return ordered[len(ordered) // 2]


def _strange(number: float, history: History, strange: float) -> Finding | None:
    if abs(strange) < STRANGE or history.expected is None:
        return None
    ratio = number / history.expected if history.expected else math.inf
    rule = "high" if strange > 0 else "low"
    values: dict[str, float | str] = {"value": number, "expected": history.expected, "ratio": ratio, "z": strange}
    return Finding(rule, CONFIRM, values, abs(strange))


def _misread(number: float, value: Decimal, history: History, strange: float) -> Finding | None:
    """A value that becomes usual when read in another unit, or with two neighbouring digits exchanged."""
    if abs(strange) < SLIP_FROM or history.expected is None:
        return None
    common = strange - history.strangeness(number)
    best: Finding | None = None
    least = abs(strange) / BETTER
    for factor in UNIT_SLIPS:
        other = abs(history.strangeness(number / factor) + common)
        if other < least:
            least = other
            best = Finding("unit", CONFIRM, {"value": number, "instead": number / factor, "factor": factor,
                                             "expected": history.expected}, abs(strange))  # fmt: skip
    for instead in exchanged(value):
        other = abs(history.strangeness(float(instead)) + common)
        if other < least:
            least = other
            best = Finding("digits", CONFIRM, {"value": number, "instead": float(instead), "expected": history.expected}, abs(strange))
    return best


def exchanged(value: Decimal) -> list[Decimal]:
    """The value with each pair of neighbouring unequal digits exchanged; the number of digits stays."""
    text = f"{abs(value):f}"
    places = [n for n, sign in enumerate(text) if sign != "."]
    found = []
    for a, b in zip(places, places[1:], strict=False):
        if text[a] != text[b] and not (a == 0 and text[b] == "0" and len(places) > 1):
            letters = list(text)
            letters[a], letters[b] = letters[b], letters[a]
            found.append(Decimal("".join(letters)).copy_sign(value))
    return found


def running(value: Decimal, second: Decimal, before: Sequence[float | None], *, decimals: int = 0) -> Finding | None:
    """Whether a value and what the book says beside it contradict each other, with the exchange of digits that explains it.

    `second` has to be the value and `before` together: for a sum since January the values of the periods before, for a
    change since the period before that value taken away. Nothing can be said where one of them is not known. Figures
    with decimals may differ by one in the last place: books are kept more exactly than reports.
    """
    if any(each is None for each in before):
        return None
    former = sum((Decimal(repr(round(each or 0.0, 6))) for each in before), Decimal(0))
    expected = former + value
    room = Decimal(1).scaleb(-decimals) if decimals else Decimal(0)
    if abs(expected - second) <= room:
        return None
    values: dict[str, float | str] = {"value": float(value), "expected": float(expected), "typed": float(second)}
    for instead in exchanged(value):
        if abs(former + instead - second) <= room:
            values["instead"] = float(instead)
            break
    return Finding("running", CONFIRM, values, 8.0)


def alike(vectors: Mapping[int, Sequence[Decimal | None]]) -> list[tuple[int, int, int]]:
    """Pairs of units whose reports hold the same figures: (unit, unit, how many). Zeros and blanks say nothing."""
    seen: dict[tuple[Decimal | None, ...], list[int]] = {}
    for unit, vector in vectors.items():
        telling = [value for value in vector if value is not None and value != 0]
        if len(telling) >= ALIKE_FROM and len(set(telling)) >= ALIKE_FROM:
            seen.setdefault(tuple(vector), []).append(unit)
    return [
        (a, b, sum(value is not None and value != 0 for value in vector))
        for vector, units in seen.items()
        for a, b in zip(units, units[1:], strict=False)
    ]


def terminal_digits(values: Sequence[Decimal]) -> Finding | None:
    """A hint for who checks where the last digits of many figures are far from even, as of numbers that are made up.

    Chi-square over ten digits, from 100 figures with at least three digits on; said only beyond one in a thousand.
    """
    last = [int(f"{abs(value.normalize()):f}"[-1]) for value in values if abs(value) >= 100]
    if len(last) < 100:
        return None
    even = len(last) / 10
    chi = sum((last.count(digit) - even) ** 2 / even for digit in range(10))
    if chi < 27.9:
        return None
    most = max(range(10), key=last.count)
    return Finding("last_digits", HINT, {"digit": most, "share": 100 * last.count(most) / len(last), "n": len(last)}, chi)
