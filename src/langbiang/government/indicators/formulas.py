"""Formulas over other indicators, read from a line such as `TOURIST.INTL / TOURIST * 100`. No database.

An operand is the code of an indicator, or of one series an indicator is made of (with a point). Numbers are written with a
decimal comma. What is divided by nothing, or stands on an operand without a value, has no value.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

LONGEST = 300
DEEPEST = 20
_PIECE = re.compile(r"\s*(?:(?P<code>[A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)?)|(?P<number>\d+(?:,\d+)?)|(?P<sign>[-+*/()×÷:−]))")
_SIGNS = {"×": "*", "÷": "/", ":": "/", "−": "-"}


class BadFormula(ValueError):
    """A line that cannot be read. `kind` says what is wrong, `part` where."""

    def __init__(self, kind: str, part: str = "") -> None:
        super().__init__(f"{kind}: {part}")
        self.kind = kind
        self.part = part


@dataclass(frozen=True)
class Formula:
    """A formula as it was read: its operands in the order in which they first stand, and the tree of its operations."""

    codes: tuple[str, ...]
    tree: Any


@lru_cache(maxsize=512)
def read(text: str) -> Formula:
    """The formula of a line. Raises BadFormula."""
    if len(text) > LONGEST:
        raise BadFormula("long", str(LONGEST))
    pieces: list[tuple[str, str]] = []
    at = 0
    text = text.strip()
    while at < len(text):
        found = _PIECE.match(text, at)
        if found is None:
            raise BadFormula("sign", text[at : at + 12].strip())
        kind = str(found.lastgroup)
        pieces.append((kind, _SIGNS.get(found[kind], found[kind])))
        at = found.end()
    if not pieces:
        raise BadFormula("empty")
    reader = _Reader(pieces)
    tree = reader.sum(0)
    if reader.at < len(pieces):
        raise BadFormula("unexpected", pieces[reader.at][1])
    codes = tuple(dict.fromkeys(piece for kind, piece in pieces if kind == "code"))
    if not codes:
        raise BadFormula("no_operand")
    return Formula(codes, tree)


class _Reader:
    """Reads sums of products, the usual way."""

    def __init__(self, pieces: list[tuple[str, str]]) -> None:
        self.pieces = pieces
        self.at = 0

    def _next_is(self, signs: str) -> str:
        if self.at < len(self.pieces) and self.pieces[self.at][0] == "sign" and self.pieces[self.at][1] in signs:
            self.at += 1
            return self.pieces[self.at - 1][1]
        return ""

    def sum(self, depth: int) -> Any:
        left = self.product(depth)
        while sign := self._next_is("+-"):
            left = (sign, left, self.product(depth))
        return left

    def product(self, depth: int) -> Any:
        left = self.factor(depth)
        while sign := self._next_is("*/"):
            left = (sign, left, self.factor(depth))
        return left

    def factor(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise BadFormula("deep", str(DEEPEST))
        if self._next_is("("):
            inner = self.sum(depth + 1)
            if not self._next_is(")"):
                raise BadFormula("bracket")
            return inner
        if self._next_is("-"):
            return ("-", Decimal(0), self.factor(depth + 1))
        if self.at >= len(self.pieces):
            raise BadFormula("ends")
        kind, piece = self.pieces[self.at]
        if kind == "sign":
            raise BadFormula("unexpected", piece)
        self.at += 1
        return piece if kind == "code" else Decimal(piece.replace(",", "."))


def reckon(formula: Formula, values: Mapping[str, Any], *, number: Callable[[Decimal], Any] = Decimal) -> Any:
    """The value of a formula where its operands have these values; None where one has none or something is divided by zero.

    `number` is what written numbers become: Decimal, or Fraction where values are fractions.
    """

    def of(node: Any) -> Any:
        if isinstance(node, str):
            return values.get(node)
        if not isinstance(node, tuple):
            return number(node)
        sign, left, right = node[0], of(node[1]), of(node[2])
        if left is None or right is None:
            return None
        match sign:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
        return left / right if right else None

    return of(formula.tree)


def cycle(code: str, operands: Mapping[str, Iterable[str]]) -> list[str]:
    """The way from an indicator through formulas back to itself, beginning and ending with it; empty where there is none."""
    way: list[str] = [code]
    seen: set[str] = set()

    def back(at: str) -> bool:
        for each in operands.get(at, ()):
            plain = each.partition(".")[0]
            if plain == code:
                way.append(code)
                return True
            if plain not in seen:
                seen.add(plain)
                way.append(plain)
                if back(plain):
                    return True
                way.pop()
        return False

    return way if back(code) else []
