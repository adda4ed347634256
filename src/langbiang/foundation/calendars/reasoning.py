"""Puts the reckoning of a deadline into words, in the language of the reader."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from langbiang.foundation.ui import formats

from .deadlines import Step, StepCode

Values = dict[str, Any]


def weekday(day: date) -> str:
    """The name of the weekday, as it stands inside a sentence."""
    return (
        pgettext("weekday in a sentence", "Monday"),
        pgettext("weekday in a sentence", "Tuesday"),
        pgettext("weekday in a sentence", "Wednesday"),
        pgettext("weekday in a sentence", "Thursday"),
        pgettext("weekday in a sentence", "Friday"),
        pgettext("weekday in a sentence", "Saturday"),
        pgettext("weekday in a sentence", "Sunday"),
    )[day.weekday()]


def long_day(day: date) -> str:
    """Friday 28/08/2026."""
    return f"{weekday(day)} {formats.day(day)}"


def sentences(steps: Iterable[Step]) -> list[str]:
    """One sentence a step; runs of days off are told together."""
    told: list[str] = []
    run: list[Values] = []
    for step in steps:
        if step.code is StepCode.DAY_OFF:
            run.append(step.values)
            continue
        told += _days_off(run)
        run = []
        told.append(_SENTENCES[step.code](step.values))
    return told + _days_off(run)


def _day(kept: str) -> str:
    return long_day(date.fromisoformat(kept))


def _moment(kept: str) -> str:
    at = timezone.localtime(datetime.fromisoformat(kept))
    return _("%(time)s on %(day)s") % {"time": formats.clock(at), "day": long_day(at.date())}


def _amount(kept: str) -> str:
    figure = Decimal(kept)
    whole = figure == int(figure)
    return formats.number(figure, 0 if whole else max(1, -int(figure.normalize().as_tuple().exponent)))


def _plural(kept: str) -> int:
    figure = Decimal(kept)
    return 1 if figure == 1 else 2


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours})
    if rest or not hours:
        parts.append(ngettext("%(n)s minute", "%(n)s minutes", rest) % {"n": rest})
    return " ".join(parts)


def _why(values: Values) -> str:
    if values.get("weekend"):
        return _("weekend")
    return _reason(values)


def _reason(values: Values) -> str:
    note = str(values.get("note") or _("day off"))
    if values.get("swapped_with"):
        other = formats.day(date.fromisoformat(values["swapped_with"]))
        return _("%(note)s, exchanged with %(day)s") % {"note": note, "day": other}
    return note


def _days_off(run: list[Values]) -> list[str]:
    if not run:
        return []
    told = [f"{formats.day(date.fromisoformat(values['day']))} ({_reason(values)})" for values in run]
    return [_("Not counted: %(days)s.") % {"days": "; ".join(told)}]


def _received(values: Values) -> str:
    return _("Received at %(moment)s.") % {"moment": _moment(values["at"])}


def _received_on_day_off(values: Values) -> str:
    return _("%(day)s is a day off (%(why)s), so it counts as received on %(counts_for)s.") % {
        "day": formats.day(date.fromisoformat(values["day"])),
        "why": _why(values),
        "counts_for": _day(values["counts_for"]),
    }


def _received_after_cutoff(values: Values) -> str:
    return _("Received after %(hour)s, so it counts as received on the next working day, %(counts_for)s.") % {
        "hour": values["hour"],
        "counts_for": _day(values["counts_for"]),
    }


def _received_after_office_time(values: Values) -> str:
    return _("The office had closed at %(hour)s, so it counts as received on %(counts_for)s.") % {
        "hour": values["hour"],
        "counts_for": _day(values["counts_for"]),
    }


def _same_day(values: Values) -> str:
    return _("Time limit: the same day, %(day)s, by the end of office time.") % {"day": _day(values["day"])}


def _working_days(values: Values) -> str:
    return ngettext(
        "Time limit: %(n)s working day. The day of reception is not counted; the first day counted is %(first)s.",
        "Time limit: %(n)s working days. The day of reception is not counted; the first day counted is %(first)s.",
        _plural(values["amount"]),
    ) % {"n": _amount(values["amount"]), "first": _day(values["first"])}


def _calendar_days(values: Values) -> str:
    return ngettext(
        "Time limit: %(n)s day of the calendar from %(begins)s, which ends on %(nominal)s.",
        "Time limit: %(n)s days of the calendar from %(begins)s, which end on %(nominal)s.",
        _plural(values["amount"]),
    ) % {
        "n": _amount(values["amount"]), "begins": formats.day(date.fromisoformat(values["begins"])),
        "nominal": _day(values["nominal"]),
    }


def _months(values: Values) -> str:
    return ngettext(
        "Time limit: %(n)s month from %(begins)s, which ends on %(nominal)s.",
        "Time limit: %(n)s months from %(begins)s, which end on %(nominal)s.",
        _plural(values["amount"]),
    ) % {
        "n": _amount(values["amount"]), "begins": formats.day(date.fromisoformat(values["begins"])),
        "nominal": _day(values["nominal"]),
    }


def _working_hours(values: Values) -> str:
    return ngettext(
        "Time limit: %(n)s working hour of office time, running from %(begins)s.",
        "Time limit: %(n)s working hours of office time, running from %(begins)s.",
        _plural(values["amount"]),
    ) % {"n": _amount(values["amount"]), "begins": _moment(values["begins"])}


def _fraction_as_hours(values: Values) -> str:
    return _("%(days)s working days are %(hours)s working hours (8 hours a day).") % {
        "days": _amount(values["amount"]),
        "hours": _amount(values["hours"]),
    }


def _month_clipped(values: Values) -> str:
    return _("That month has no day %(day)s, so the term ends on its last day, %(clipped)s.") % {
        "day": values["day"],
        "clipped": formats.day(date.fromisoformat(values["clipped"])),
    }


def _weekend_days(values: Values) -> str:
    first, last = date.fromisoformat(values["first"]), date.fromisoformat(values["last"])
    count = int(values["count"])
    if count <= 2:
        days = formats.day(first) if count == 1 else f"{formats.day(first)}, {formats.day(last)}"
        return _("Weekend, not counted: %(days)s.") % {"days": days}
    return _("Weekends between %(first)s and %(last)s, not counted: %(n)s days.") % {
        "first": formats.day(first),
        "last": formats.day(last),
        "n": count,
    }


def _extra_working_day(values: Values) -> str:
    return _("%(day)s is worked (%(why)s) and counts.") % {"day": capital(_day(values["day"])), "why": _reason(values)}


def _half_day(values: Values) -> str:
    return _("%(day)s is a half day (%(why)s).") % {"day": capital(_day(values["day"])), "why": _reason(values)}


def _hours_of_day(values: Values) -> str:
    return _("%(day)s: %(time)s.") % {
        "day": capital(_day(values["day"])),
        "time": _minutes(int(values["minutes"])),
    }


def _days_of_hours(values: Values) -> str:
    return _("%(first)s to %(last)s: %(n)s working days, %(time)s.") % {
        "first": formats.day(date.fromisoformat(values["first"])),
        "last": formats.day(date.fromisoformat(values["last"])),
        "n": values["days"],
        "time": _minutes(int(values["minutes"])),
    }


def _moved_off_day(values: Values) -> str:
    return _("%(day)s is a day off (%(why)s), so the due date moves to %(to)s.") % {
        "day": formats.day(date.fromisoformat(values["day"])),
        "why": _why(values),
        "to": _day(values["to"]),
    }


def _due(values: Values) -> str:
    return _("Due at %(moment)s.") % {"moment": _moment(values["at"])}


def _suspended(values: Values) -> str:
    units = int(values["units"])
    match values["unit"]:
        case "minutes":
            amount = _minutes(units)
        case "working_days":
            amount = ngettext("%(n)s working day", "%(n)s working days", units) % {"n": units}
        case _:
            amount = ngettext("%(n)s day", "%(n)s days", units) % {"n": units}
    if values.get("ground"):
        text = _("The clock stood still from %(begins)s to %(ends)s (%(ground)s): %(amount)s are added.")
    else:
        text = _("The clock stood still from %(begins)s to %(ends)s: %(amount)s are added.")
    return text % {
        "begins": formats.moment(datetime.fromisoformat(values["begins"])),
        "ends": formats.moment(datetime.fromisoformat(values["ends"])),
        "ground": values.get("ground", ""),
        "amount": amount,
    }


def _still_suspended(values: Values) -> str:
    begins = formats.moment(datetime.fromisoformat(values["begins"]))
    if values.get("ground"):
        return _("The clock has stood still since %(begins)s (%(ground)s); the due date will move.") % {
            "begins": begins,
            "ground": values["ground"],
        }
    return _("The clock has stood still since %(begins)s; the due date will move.") % {"begins": begins}


def _extended_by(values: Values) -> str:
    amount = _amount(values["amount"])
    count = _plural(values["amount"])
    match values["unit"]:
        case "working_hours":
            amount = ngettext("%(n)s working hour", "%(n)s working hours", count) % {"n": amount}
        case "working_days":
            amount = ngettext("%(n)s working day", "%(n)s working days", count) % {"n": amount}
        case "months":
            amount = ngettext("%(n)s month", "%(n)s months", count) % {"n": amount}
        case _:
            amount = ngettext("%(n)s day", "%(n)s days", count) % {"n": amount}
    return _("Extended by %(amount)s on %(on)s%(reason)s.") % {
        "amount": amount,
        "on": formats.day(datetime.fromisoformat(values["at"])),
        "reason": _bracketed(values),
    }


def _extended_to(values: Values) -> str:
    return _("Extended on %(on)s to %(to)s%(reason)s.") % {
        "on": formats.day(datetime.fromisoformat(values["at"])),
        "to": _moment(values["due_to"]),
        "reason": _bracketed(values),
    }


def _due_now(values: Values) -> str:
    return _("Now due at %(moment)s.") % {"moment": _moment(values["at"])}


def _bracketed(values: Values) -> str:
    return f" ({values['reason']})" if values.get("reason") else ""


def capital(text: str) -> str:
    """The text with a capital first letter: how a sentence begins."""
    return text[:1].upper() + text[1:]


_SENTENCES: dict[StepCode, Callable[[Values], str]] = {
    StepCode.RECEIVED: _received,
    StepCode.RECEIVED_ON_DAY_OFF: _received_on_day_off,
    StepCode.RECEIVED_AFTER_CUTOFF: _received_after_cutoff,
    StepCode.RECEIVED_AFTER_OFFICE_TIME: _received_after_office_time,
    StepCode.SAME_DAY: _same_day,
    StepCode.WORKING_DAYS: _working_days,
    StepCode.CALENDAR_DAYS: _calendar_days,
    StepCode.MONTHS: _months,
    StepCode.WORKING_HOURS: _working_hours,
    StepCode.FRACTION_AS_HOURS: _fraction_as_hours,
    StepCode.MONTH_CLIPPED: _month_clipped,
    StepCode.WEEKEND_DAYS: _weekend_days,
    StepCode.EXTRA_WORKING_DAY: _extra_working_day,
    StepCode.HALF_DAY: _half_day,
    StepCode.HOURS_OF_DAY: _hours_of_day,
    StepCode.DAYS_OF_HOURS: _days_of_hours,
    StepCode.MOVED_OFF_DAY: _moved_off_day,
    StepCode.DUE: _due,
    StepCode.SUSPENDED: _suspended,
    StepCode.STILL_SUSPENDED: _still_suspended,
    StepCode.EXTENDED_BY: _extended_by,
    StepCode.EXTENDED_TO: _extended_to,
    StepCode.DUE_NOW: _due_now,
}
