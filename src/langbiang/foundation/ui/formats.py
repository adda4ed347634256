"""How figures, days and times are written for people. Pure functions; the language is the one of the request."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

NARROW = "\N{NO-BREAK SPACE}"
DONG = "đ"


def _separators() -> tuple[str, str]:
    """(between thousands, before decimals) as readers of the current language expect them."""
    return (",", ".") if (get_language() or "vi").startswith("en") else (".", ",")


def number(value: object, places: int = 0) -> str:
    """1234567.891 -> "1.234.567,89" with two places (English: "1,234,567.89"). Half is rounded up; None gives ""."""
    figure = _decimal(value)
    if figure is None:
        return ""
    if figure.adjusted() > 60:  # no figure of this world; said briefly rather than on three lines
        return f"{figure:.3E}"
    with localcontext(prec=80):
        rounded = figure.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if not rounded:
        rounded = abs(rounded)
    thousands, comma = _separators()
    whole, _, fraction = f"{abs(rounded):,f}".partition(".")
    text = whole.replace(",", thousands) + (comma + fraction if fraction else "")
    return f"−{text}" if rounded < 0 else text


def money(value: object) -> str:
    """1250000 -> "1.250.000 đ". Whole đồng; the sign of the currency does not break onto the next line."""
    text = number(value)
    return f"{text}{NARROW}{DONG}" if text else ""


def percent(value: object, places: int = 1) -> str:
    """98.25 -> "98,3 %". The value is already in percent."""
    text = number(value, places)
    return f"{text}{NARROW}%" if text else ""


def file_size(value: object) -> str:
    """Bytes as people read them: "812 kB", "3,4 MB". Decimal units, as phones and mail programs show them."""
    size = _decimal(value)
    if size is None:
        return ""
    if size < 1000:
        return f"{number(size)}{NARROW}B"
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1000
        if size < Decimal("999.5") or unit == "TB":
            whole = unit == "kB" or size >= 100 or round(size, 1) == round(size)
            return f"{number(size, 0 if whole else 1)}{NARROW}{unit}"
    raise AssertionError("unreachable")


def day(value: date | datetime | None) -> str:
    """25/11/2026, in Vietnamese time when an instant is given."""
    return f"{_local(value):%d/%m/%Y}" if value else ""


def clock(value: datetime | None) -> str:
    """14:30, in Vietnamese time."""
    return f"{_local(value):%H:%M}" if value else ""


def moment(value: date | datetime | None) -> str:
    """14:30 25/11/2026; a day alone stays a day."""
    if value is None:
        return ""
    return f"{_local(value):%H:%M %d/%m/%Y}" if isinstance(value, datetime) else day(value)


def machine_time(value: date | datetime) -> str:
    """The `datetime` attribute of a <time> element."""
    local = _local(value)
    return local.isoformat(timespec="minutes") if isinstance(local, datetime) else local.isoformat()


def working_time_left(days: int | None, hours: int | None = None) -> str:
    """What remains until a deadline, in working time: "2 working days left", "due today", "overdue by 2 days".

    days: working days left; negative when overdue. hours: working hours left when it is a matter of hours.
    """
    if hours is not None and (days is None or days == 0):
        if hours > 0:
            return ngettext("%(n)s working hour left", "%(n)s working hours left", hours) % {"n": number(hours)}
        if hours < 0:
            return ngettext("overdue by %(n)s hour", "overdue by %(n)s hours", -hours) % {"n": number(-hours)}
    if days is None:
        return ""
    if days == 0:
        return gettext("due today")
    if days < 0:
        return ngettext("overdue by %(n)s day", "overdue by %(n)s days", -days) % {"n": number(-days)}
    return ngettext("%(n)s working day left", "%(n)s working days left", days) % {"n": number(days)}


def ago(value: datetime | None, now: datetime) -> str:
    """How long ago, roughly and briefly: "5 minutes ago", "yesterday 14:30", then the date."""
    if value is None:
        return ""
    passed = now - value
    if passed < timedelta(minutes=1):
        return gettext("just now")
    if passed < timedelta(hours=1):
        minutes = int(passed.total_seconds() // 60)
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes) % {"n": minutes}
    days_between = (timezone.localdate(now) - timezone.localdate(value)).days
    if days_between == 0:
        return gettext("today %(time)s") % {"time": clock(value)}
    if days_between == 1:
        return gettext("yesterday %(time)s") % {"time": clock(value)}
    return moment(value)


def _local(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def _decimal(value: object) -> Decimal | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        figure = Decimal(str(value))
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None
