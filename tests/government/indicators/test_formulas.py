"""Formulas read from a line: what can be read, what cannot, and what they give."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.government.indicators.formulas import BadFormula, cycle, read, reckon

VALUES = {"A": Decimal(6), "B": Decimal(4), "C.X": Decimal(0)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A + B * 2", 14), ("(A + B) × 2", 20), ("A ÷ B", Decimal("1.5")), ("A : B : 3", Decimal("0.5")), ("A - B - 1", 1), ("-A + B", -2),
        ("A*0,5", 3), ("A / C.X", None), ("A + MISSING", None), ("A/(B-4)", None),
    ],
)  # fmt: skip
def test_a_formula_is_reckoned_the_usual_way(text: str, value: Decimal | None) -> None:
    assert reckon(read(text), VALUES) == value


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("", "empty", ""), ("5 * 2", "no_operand", ""), ("A +", "ends", ""), ("A B", "unexpected", "B"), ("(A", "bracket", ""), ("A * * B", "unexpected", "*"),
        ("A * 0.5", "sign", ".5"), ("a + B", "sign", "a + B"), ("A; DROP", "sign", "; DROP"), ("(" * 40 + "A" + ")" * 40, "deep", "20"), ("A" + "+A" * 200, "long", "300"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_where(text: str, kind: str, part: str) -> None:
    with pytest.raises(BadFormula) as refused:
        read(text)
    assert (refused.value.kind, refused.value.part) == (kind, part)


def test_the_operands_stand_in_the_order_of_the_line() -> None:
    assert read("TOURIST.INTL / TOURIST * 100 + TOURIST").codes == ("TOURIST.INTL", "TOURIST")


_leaves = st.sampled_from(["A", "B", "3", "0,25"])
_lines = st.recursive(_leaves, lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"), max_leaves=12)


@given(_lines.filter(lambda line: "A" in line or "B" in line), st.fractions(-50, 50), st.fractions(-50, 50))
def test_it_gives_what_plain_arithmetic_gives(line: str, a: Fraction, b: Fraction) -> None:
    said = reckon(read(line), {"A": a, "B": b}, number=Fraction)
    plain = line.replace("0,25", "F(1, 4)").replace("3", "F(3)")
    try:
        wanted = eval(plain, {"A": a, "B": b, "F": Fraction})
    except ZeroDivisionError:
        wanted = None
    assert said == wanted


def test_a_way_back_to_itself_is_found_and_told() -> None:
    operands = {"A": ["B", "C.X"], "B": ["D"], "D": ["A.ALL"], "C": []}
    assert cycle("A", operands) == ["A", "B", "D", "A"]
    assert cycle("C", operands) == []
    assert cycle("A", {"A": ["B"], "B": ["C"], "C": ["B"]}) == []
