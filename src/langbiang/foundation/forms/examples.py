"""Believable answers to any form: for the demo province, for previews and for tests."""

import random
from datetime import date, timedelta
from typing import Any

from . import answers as checking
from . import conditions, definition, kinds

_TEXTS = ("Theo nhu cầu của gia đình", "Bổ sung hồ sơ cá nhân", "Phục vụ công việc", "Theo quy định hiện hành")
_STREETS = ("Phan Đình Phùng", "Hai Bà Trưng", "Nguyễn Văn Trỗi", "Lê Hồng Phong", "Trần Phú", "Hùng Vương")
_GIVEN = ("An", "Bình", "Chi", "Dung", "Hạnh", "Khang", "Lan", "Minh", "Ngọc", "Phúc", "Quân", "Thảo", "Vy")
_FAMILY = ("Nguyễn Thị", "Trần Văn", "Lê Minh", "Phạm Thu", "Hoàng Gia", "Võ Thanh", "Đặng Hoài")
_VALID_TAX = ("0100109106", "0301442379", "5800000001")


def example_answers(form: definition.Form, *, full_name: str, seed: int) -> dict[str, Any]:
    """Answers that pass the check of the form; the same seed gives the same answers."""
    dice = random.Random(seed)
    found: dict[str, Any] = {}
    for group in definition.groups(form):
        if not conditions.holds(group.get("show_if") or {}, found):
            continue
        if repeat := group.get("repeat"):
            count = max(int(repeat.get("min", 1)), min(int(repeat.get("max", 10)), dice.randint(1, 3)))
            rows = [_row(group, found, dice, "") for _ in range(count)]
            found[group["key"]] = [row for n, row in enumerate(rows) if row or n < int(repeat.get("min", 1))]
            continue
        found.update(_row(group, found, dice, full_name))
    kept, problems = checking.check(form, found)
    for key in problems:
        found.pop(key.split(".")[0], None)
    return kept if not problems else checking.check(form, found)[0]


def _row(group: definition.Group, before: dict[str, Any], dice: random.Random, full_name: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for question in group["questions"]:
        if not conditions.holds(question.get("show_if") or {}, {**before, **row}) or question["kind"] in (
            "info",
            "file",
        ):
            continue
        if not question.get("required") and dice.random() < 0.3:
            continue
        value = _value(question, {**before, **row}, dice, full_name)
        if value is not None:
            row[question["key"]] = value
    return row


def _value(question: definition.Question, known: dict[str, Any], dice: random.Random, full_name: str) -> Any:
    if "example" in question:
        return question["example"]
    kind = question["kind"]
    if kind in ("choice", "place", "choices"):
        options = [value for value, _label, _english in kinds.choices_of(question)]
        if not options:
            return None
        return [dice.choice(options)] if kind == "choices" else dice.choice(options)
    if kind == "name":
        return full_name if question.get("prefill") == "person.full_name" and full_name else _name(dice)
    if kind == "date":
        return _date(question, known, dice)
    low, high = question.get("min"), question.get("max")
    start = int(low) if low is not None else 1
    end = int(high) if high is not None else max(start, 20)
    simple: dict[str, Any] = {
        "yes_no": dice.random() < 0.5,
        "number": dice.randint(start, max(start, min(end, start + 40))),
        "decimal": f"{max(start, dice.randint(start, max(start, min(end, start + 300))))}",
        "money": max(start, dice.randint(1, 900) * 100_000 if high is None else min(end, start + 1_000_000)),
        "identity": f"068{dice.choice('013')}{dice.randint(60, 99):02d}{dice.randint(0, 999999):06d}",
        "tax_code": dice.choice(_VALID_TAX[:2]),
        "phone": f"09{dice.randint(0, 99999999):08d}",
        "email": f"nguoi.dan.{dice.randint(1, 9999)}@example.vn",
        "address": f"{dice.randint(1, 300)} {dice.choice(_STREETS)}",
    }
    if kind in simple:
        return simple[kind]
    return dice.choice(_TEXTS)[: int(question.get("max_length") or 300)]


def _name(dice: random.Random) -> str:
    return f"{dice.choice(_FAMILY)} {dice.choice(_GIVEN)}"


def _date(question: definition.Question, known: dict[str, Any], dice: random.Random) -> str:
    today = date.today()
    low, high = today - timedelta(days=20000), today - timedelta(days=3)
    if any(r["rule"] == "not_before" and r["other"] == "today" for r in question.get("rules") or []):
        low, high = today, today + timedelta(days=60)
    elif "birth" not in question["key"]:
        low = today - timedelta(days=25)
    for rule in question.get("rules") or []:
        other = known.get(rule["other"])
        if isinstance(other, str) and rule["rule"] == "not_before":
            low = max(low, date.fromisoformat(other))
            high = max(low, high)
        elif isinstance(other, str) and rule["rule"] == "not_after":
            high = min(high, date.fromisoformat(other))
            low = min(low, high)
    return (low + timedelta(days=dice.randint(0, max(0, (high - low).days)))).isoformat()
