"""When a question, a group, a paper or a fee applies: small expressions over answers, kept as data."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.timezone import localdate

Condition = Mapping[str, Any]
TESTS = ("is", "is_not", "in", "filled", "less_than", "greater_than", "age_below", "age_from")
_NUMERIC = ("less_than", "greater_than", "age_below", "age_from")
DEEPEST = 10


def holds(condition: Condition, answers: Mapping[str, Any], *, today: date | None = None) -> bool:
    """Whether a condition holds for answers; an empty one always does. Answers of a wrong kind never raise.

    `{"question": key, "is": value}` and the like; `all`, `any` and `not` combine.
    """
    if not condition:
        return True
    if "all" in condition:
        return all(holds(part, answers, today=today) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, answers, today=today) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], answers, today=today)
    return _test(condition, answers.get(str(condition.get("question", ""))), today or localdate())


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: true is not 1."""
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _test(condition: Condition, value: Any, today: date) -> bool:
    given = value if isinstance(value, list) else [value]
    if "is" in condition:
        return any(same(v, condition["is"]) for v in given)
    if "is_not" in condition:
        return not any(same(v, condition["is_not"]) for v in given)
    if "in" in condition:
        return any(same(v, wanted) for v in given for wanted in condition["in"])
    if "filled" in condition:
        return (value is not None and value != "" and value != []) is bool(condition["filled"])
    if "less_than" in condition or "greater_than" in condition:
        found = number(value)
        if found is None:
            return False
        if "less_than" in condition:
            return found < Decimal(str(condition["less_than"]))
        return found > Decimal(str(condition["greater_than"]))
    years = age(value, today)
    if years is None:
        return False
    return bool(years < condition["age_below"] if "age_below" in condition else years >= condition.get("age_from", 0))


def number(value: Any) -> Decimal | None:
    """A number, also one kept as text as decimals are; None for anything else, and for what is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def age(value: Any, today: date) -> int | None:
    """Whole years from an ISO date to a day; None when it is not a date."""
    if not isinstance(value, str):
        return None
    try:
        born = date.fromisoformat(value)
    except ValueError:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def questions_in(condition: Condition) -> set[str]:
    """The questions a condition looks at."""
    found: set[str] = set()
    for part in [*condition.get("all", []), *condition.get("any", [])]:
        found |= questions_in(part)
    if "not" in condition:
        found |= questions_in(condition["not"])
    if "question" in condition:
        found.add(str(condition["question"]))
    return found


def tests_in(condition: Condition) -> list[Condition]:
    """The single tests a condition is made of."""
    found: list[Condition] = []
    for part in [*condition.get("all", []), *condition.get("any", [])]:
        found += tests_in(part)
    if "not" in condition:
        found += tests_in(condition["not"])
    return [*found, condition] if "question" in condition else found


def problems_of(condition: Any, known: set[str], where: str, *, depth: int = 0) -> list[str]:
    """What is wrong with a condition as written."""
    if not isinstance(condition, Mapping):
        return [f"{where}: a condition is an object"]
    if not condition:
        return [f"{where}: an empty condition inside another"] if depth else []
    if depth > DEEPEST:
        return [f"{where}: conditions are nested too deeply; at most {DEEPEST} levels"]
    combined = [key for key in ("all", "any", "not") if key in condition]
    if combined and len(condition) > 1:
        return [f"{where}: {combined[0]!r} stands alone; put the rest inside it"]
    if combined == ["not"]:
        return problems_of(condition["not"], known, f"{where}.not", depth=depth + 1)
    if combined:
        key = combined[0]
        parts = condition[key]
        if not isinstance(parts, list) or not parts:
            return [f"{where}.{key}: a list with at least one condition"]
        return [
            p for i, part in enumerate(parts) for p in problems_of(part, known, f"{where}.{key}[{i}]", depth=depth + 1)
        ]
    return _problems_of_test(condition, known, where)


def _problems_of_test(condition: Condition, known: set[str], where: str) -> list[str]:
    found = []
    name = condition.get("question")
    if not isinstance(name, str) or name not in known:
        found.append(f"{where}: unknown question {name!r}")
    tests = [t for t in TESTS if t in condition]
    if len(tests) != 1:
        found.append(f"{where}: exactly one of {', '.join(TESTS)}")
    elif tests == ["in"] and not isinstance(condition["in"], list):
        found.append(f"{where}.in: a list")
    elif tests == ["filled"] and not isinstance(condition["filled"], bool):
        found.append(f"{where}.filled: true or false")
    elif tests[0] in _NUMERIC and (
        isinstance(condition[tests[0]], bool) or not isinstance(condition[tests[0]], int | float)
    ):
        found.append(f"{where}.{tests[0]}: a number")
    unknown = set(map(str, condition)) - {"question", *TESTS}
    return found + [f"{where}: unknown key {k!r}" for k in sorted(unknown)]
