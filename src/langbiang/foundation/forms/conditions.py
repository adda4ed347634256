"""When a question, a group, a paper or a fee applies: small expressions over answers, kept as data."""

from collections.abc import Mapping
from datetime import date
from typing import Any

Condition = Mapping[str, Any]
TESTS = ("is", "is_not", "in", "filled", "less_than", "greater_than", "age_below", "age_from")


def holds(condition: Condition, answers: Mapping[str, Any], *, today: date | None = None) -> bool:
    """Whether a condition holds for answers; an empty one always does. Answers of a wrong kind never raise.

    `{"question": key, "is": value}` and the like; `all`, `any` and `not` combine; in a repeated group the inner answers
    are looked at first.
    """
    if not condition:
        return True
    if "all" in condition:
        return all(holds(part, answers, today=today) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, answers, today=today) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], answers, today=today)
    return _test(condition, answers.get(str(condition.get("question", ""))), today or date.today())


def _test(condition: Condition, value: Any, today: date) -> bool:
    if "is" in condition:
        return bool(value == condition["is"] or (isinstance(value, list) and condition["is"] in value))
    if "is_not" in condition:
        return bool(value != condition["is_not"] and not (isinstance(value, list) and condition["is_not"] in value))
    if "in" in condition:
        wanted = condition["in"]
        return any(v in wanted for v in value) if isinstance(value, list) else bool(value in wanted)
    if "filled" in condition:
        return bool(value not in (None, "", [])) is bool(condition["filled"])
    if "less_than" in condition or "greater_than" in condition:
        number = _number(value)
        if number is None:
            return False
        return bool(number < condition["less_than"] if "less_than" in condition else number > condition["greater_than"])
    years = age(value, today)
    if years is None:
        return False
    return bool(years < condition["age_below"] if "age_below" in condition else years >= condition.get("age_from", 0))


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def age(value: Any, today: date) -> int | None:
    """Whole years from an ISO date to a day; None when it is not a date."""
    try:
        born = date.fromisoformat(str(value))
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


def problems_of(condition: Any, known: set[str], where: str) -> list[str]:
    """What is wrong with a condition as written."""
    if not isinstance(condition, Mapping):
        return [f"{where}: a condition is an object"]
    if not condition:
        return []
    for key in ("all", "any"):
        if key in condition:
            if not isinstance(condition[key], list) or not condition[key]:
                return [f"{where}.{key}: a list with at least one condition"]
            return [p for i, part in enumerate(condition[key]) for p in problems_of(part, known, f"{where}.{key}[{i}]")]
    if "not" in condition:
        return problems_of(condition["not"], known, f"{where}.not")
    found = []
    if condition.get("question") not in known:
        found.append(f"{where}: unknown question {condition.get('question')!r}")
    tests = [t for t in TESTS if t in condition]
    if len(tests) != 1:
        found.append(f"{where}: exactly one of {', '.join(TESTS)}")
    elif tests == ["in"] and not isinstance(condition["in"], list):
        found.append(f"{where}.in: a list")
    unknown = set(condition) - {"question", *TESTS}
    return found + [f"{where}: unknown key {k!r}" for k in sorted(unknown)]
