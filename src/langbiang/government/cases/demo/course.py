"""How one invented case runs: pure, so that a seed gives the same province every time."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from langbiang.foundation.calendars import deadlines
from langbiang.government.procedures.queries import Sheet, SheetRow


@dataclass
class Line:
    """One line of history."""

    at: datetime
    kind: str
    role: str
    public: bool = False
    note: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Work:
    """One piece of work, open when it has no end."""

    kind: str
    role: str
    step_key: str
    name: str
    place: str
    opened_at: datetime
    due_at: datetime | None
    done_at: datetime | None = None
    outcome: str = ""


@dataclass
class Course:
    """Everything that happened to one case up to now."""

    business: str
    submitted_at: datetime
    received_at: datetime | None = None
    due: datetime | None = None
    due_first: datetime | None = None
    start_day: Any = None
    ended_at: datetime | None = None
    returned_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    step_key: str = ""
    lines: list[Line] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)
    supplement: dict[str, Any] | None = None
    explanation: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Habits:
    """How often things go other than smoothly."""

    refused: float = 0.018
    supplement: float = 0.085
    late: float = 0.027
    denied: float = 0.02
    stopped: float = 0.008


def office_minute(calendar: deadlines.WorkCalendar, at: datetime) -> datetime:
    """The instant itself in office time, else the first minute of the next."""
    return calendar.after_minutes(at, 1)


def invent(
    dice: random.Random,
    *,
    filed_at: datetime,
    online: bool,
    now: datetime,
    calendar: deadlines.WorkCalendar,
    term: deadlines.Term,
    cutoff: deadlines.CutoffRule,
    sheet: Sheet,
    late_bias: float = 1.0,
    habits: Habits | None = None,
) -> Course:
    """Invent what happened to a case filed at an instant; whatever lies after `now` has not happened yet."""
    habits = habits or Habits()
    course = Course(business="submitted", submitted_at=filed_at)
    course.lines.append(Line(filed_at, "submitted", "applicant" if online else "receiver", public=True))
    answered = calendar.after_minutes(filed_at, dice.randint(10, 300)) if online else filed_at
    intake_due = calendar.after_minutes(filed_at, 480)
    if answered > now:
        course.work.append(
            Work("intake", "receiver", "receive", "Kiểm tra và tiếp nhận", "receiving", filed_at, intake_due)
        )
        return course
    if online and dice.random() < habits.refused:
        course.business, course.closed_at = "refused", answered
        course.work.append(
            Work(
                "intake",
                "receiver",
                "receive",
                "Kiểm tra và tiếp nhận",
                "receiving",
                filed_at,
                intake_due,
                answered,
                "refused",
            )
        )
        course.lines.append(
            Line(
                answered,
                "refused",
                "receiver",
                True,
                "Hồ sơ không thuộc thẩm quyền hoặc không đủ điều kiện theo quy định.",
            )
        )
        return course
    _accept(course, answered, calendar, term, cutoff)
    if online:
        course.work.append(
            Work(
                "intake",
                "receiver",
                "receive",
                "Kiểm tra và tiếp nhận",
                "receiving",
                filed_at,
                intake_due,
                answered,
                "accepted",
            )
        )
    _run(dice, course, now, calendar, term, sheet, late_bias, habits)
    return course


def _accept(
    course: Course, at: datetime, calendar: deadlines.WorkCalendar, term: deadlines.Term, cutoff: deadlines.CutoffRule
) -> None:
    facts = deadlines.Facts(received_at=at, term=term, cutoff=cutoff)
    found = deadlines.reckon(calendar, facts)
    course.business, course.received_at = "accepted", at
    course.due = course.due_first = found.due_current
    course.start_day = found.start.day
    course.explanation = [step.as_json() for step in deadlines.explain(calendar, facts)]
    course.lines.append(Line(at, "accepted", "receiver", True, data={"due": found.due_current.isoformat()}))


def _run(
    dice: random.Random,
    course: Course,
    now: datetime,
    calendar: deadlines.WorkCalendar,
    term: deadlines.Term,
    sheet: Sheet,
    late_bias: float,
    habits: Habits,
) -> None:
    received, due = course.received_at, course.due
    assert received is not None
    assert due is not None
    rows = [row for row in sheet.rows if row.role != "receiver"]
    if sheet.rows[0].role == "receiver":
        first = sheet.rows[0]
        course.work.append(
            Work(
                "step", "receiver", first.key, first.name, "receiving", course.submitted_at, None, received, "accepted"
            )
        )
    working = [row for row in rows if row.kind != "return"]
    budget = max(30, calendar.working_minutes(received, due))
    late = dice.random() < habits.late * late_bias
    used = int(budget * (dice.uniform(1.05, 1.6) if late else dice.betavariate(5, 3)))
    weights = [max(0.2, float(row.hours)) * dice.uniform(0.5, 1.5) for row in working] or [1.0]
    total = sum(weights)
    at = received
    supplement_after = dice.randrange(max(1, len(working))) if dice.random() < habits.supplement else -1
    stop = dice.random() < habits.stopped
    for index, (row, weight) in enumerate(zip(working, weights, strict=True)):
        minutes = max(3, int(used * weight / total))
        opened = at
        done = calendar.after_minutes(opened, minutes)
        course.step_key = row.key
        step_due = calendar.after_minutes(opened, max(30, int(float(row.hours) * 60)))
        item = Work(_kind(row), row.role, row.key, row.name, row.place, opened, step_due)
        course.work.append(item)
        if done > now:
            course.business = "accepted" if index == 0 else "processing"
            return
        if (
            index == supplement_after
            and row.role == "officer"
            and _supplement(dice, course, item, row, now, calendar, term, done)
        ):
            return
        item.done_at, item.outcome = (
            done,
            "signed" if row.kind == "sign" else "released" if row.kind == "release" else "done",
        )
        at = done
        if stop and row.role == "officer":
            course.business, course.closed_at = "stopped", done
            course.lines.append(
                Line(
                    done,
                    "stopped",
                    "leader",
                    True,
                    "Theo đề nghị rút hồ sơ của người nộp.",
                    {"ground": "Người nộp rút hồ sơ", "stage": row.key},
                )
            )
            return
        _tell(course, row, done, dice, habits)
    course.ended_at = at
    course.business = "decided"
    _hand_over(dice, course, rows, at, now, calendar)


def _kind(row: SheetRow) -> str:
    return {"sign": "sign", "release": "number", "return": "return"}.get(
        row.kind, "assign" if row.role == "dispatcher" else "step"
    )


def _tell(course: Course, row: SheetRow, at: datetime, dice: random.Random, habits: Habits) -> None:
    if row.role == "dispatcher":
        course.lines.append(Line(at, "assigned", "dispatcher", data={"officer": ""}))
    elif row.kind == "sign":
        course.outcome = "denied" if dice.random() < habits.denied else "granted"
        course.lines.append(Line(at, "signed", row.role, True, data={"outcome": course.outcome}))
    elif row.kind == "release":
        course.lines.append(Line(at, "released", row.role, True, data={"outcome": course.outcome or "granted"}))
    else:
        course.lines.append(Line(at, "step_completed", row.role, data={"step": row.key, "name": row.name}))


def _supplement(
    dice: random.Random,
    course: Course,
    item: Work,
    row: SheetRow,
    now: datetime,
    calendar: deadlines.WorkCalendar,
    term: deadlines.Term,
    at: datetime,
) -> bool:
    """The applicant is asked for something; true when they have not answered yet."""
    asked = calendar.after_minutes(item.opened_at, max(2, calendar.working_minutes(item.opened_at, at) // 3))
    days = dice.choice([1, 1, 2, 3, 4, 6])
    answered = calendar.after_minutes(asked, days * 480 - dice.randint(0, 200))
    limit = calendar.closing(calendar.nth_after(asked.astimezone(deadlines.LOCAL).date(), 10))
    what = dice.choice(
        [
            ("Giấy tờ tùy thân", "Bản chụp mờ, không đọc được số định danh."),
            ("Tờ khai", "Thiếu chữ ký của người yêu cầu."),
            ("Giấy ủy quyền", "Chưa được chứng thực theo quy định."),
            ("Bản vẽ kèm theo", "Thiếu trang có xác nhận."),
        ]
    )
    course.supplement = {
        "asked": asked,
        "due": limit,
        "what": what[0],
        "why": what[1],
        "answered": answered if answered <= now else None,
    }
    course.lines.append(
        Line(asked, "supplement_requested", "officer", True, data={"items": [{"what": what[0], "why": what[1]}]})
    )
    if answered > now:
        item.done_at, item.outcome = None, ""
        course.business = "supplement"
        course.work.append(Work("waiting", "officer", row.key, "Chờ người nộp bổ sung", row.place, asked, limit))
        return True
    assert course.due is not None
    course.due = deadlines.moved_for_suspension(calendar, term, course.due, asked, answered)
    course.lines.append(Line(answered, "supplement_answered", "applicant", True))
    return False


def _hand_over(
    dice: random.Random,
    course: Course,
    rows: list[SheetRow],
    at: datetime,
    now: datetime,
    calendar: deadlines.WorkCalendar,
) -> None:
    back = next((row for row in rows if row.kind == "return"), None)
    if back is None:
        return
    collected = calendar.after_minutes(at, int(dice.expovariate(1 / 500)) + 15)
    course.step_key = back.key
    item = Work("return", back.role, back.key, back.name, back.place, at, None)
    course.work.append(item)
    if collected > now or collected - at > timedelta(days=60):
        return
    item.done_at, item.outcome = collected, "returned"
    course.business, course.returned_at, course.closed_at = "returned", collected, collected
    course.lines.append(Line(collected, "returned", "returner", True, data={"delivery": "handed_over"}))
