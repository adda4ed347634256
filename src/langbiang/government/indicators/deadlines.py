"""When a report is due: a rule written as data, reckoned for a period. No database; working days are asked for.

Rules: `{"rule": "day_of_month", "day": 3, "at": "17:00"}` (of the month after the period ends), `{"rule": "days_after",
"days": 1, "at": "08:00"}`, `{"rule": "weekday", "weekday": 3, "at": "16:00"}` (Monday 0, within the week),
`{"rule": "date", "month": 1, "day": 15, "years": 1, "at": "17:00"}` (of a later year). `"shift": "after"` or `"before"`
moves a day off to the next or last working day.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .periods import Period

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RULES = ("day_of_month", "days_after", "weekday", "date")
SHIFTS = ("none", "before", "after")


class BadRule(ValueError):
    """A rule that cannot be reckoned; the text names the part."""


def check(rule: Mapping[str, Any]) -> None:
    """Refuse a rule that cannot be reckoned. Raises BadRule."""
    kind = rule.get("rule")
    if kind not in RULES:
        raise BadRule("rule")
    needed = {
        "day_of_month": {"day": (1, 28)}, "days_after": {"days": (0, 366)}, "weekday": {"weekday": (0, 6)},
        "date": {"month": (1, 12), "day": (1, 31), "years": (0, 2)},
    }[kind]  # fmt: skip
    for part, (least, most) in needed.items():
        if not isinstance(rule.get(part), int) or not least <= rule[part] <= most:
            raise BadRule(part)
    if rule.get("shift", "none") not in SHIFTS:
        raise BadRule("shift")
    try:
        time.fromisoformat(str(rule.get("at")))
    except ValueError as problem:
        raise BadRule("at") from problem


def due_at(rule: Mapping[str, Any], period: Period, *, is_working: Callable[[date], bool]) -> datetime:
    """The last instant at which a report is on time; it counts as on time itself."""
    check(rule)
    match rule["rule"]:
        case "day_of_month":
            after = period.last.replace(day=1) + timedelta(days=32)
            day = after.replace(day=rule["day"])
        case "days_after":
            day = period.last + timedelta(days=rule["days"])
        case "weekday":
            day = period.first + timedelta(days=rule["weekday"])
        case _:
            year = period.year + rule["years"]
            day = date(year, rule["month"], min(rule["day"], monthrange(year, rule["month"])[1]))
    step = {"none": 0, "before": -1, "after": 1}[rule.get("shift", "none")]
    while step and not is_working(day):
        day += timedelta(days=step)
    return datetime.combine(day, time.fromisoformat(rule["at"]), tzinfo=ZONE)
