"""What is known about one record: status, deadline, history, facts."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from langbiang.foundation.ui import formats
from langbiang.foundation.ui.statuses import SHAPES, TONES, status_of

from .library import attribute, register
from .shells import icon as draw_icon


@register.simple_tag
def status(kind: str, code: str | None) -> SafeString:
    """The state of a record from the one map: {% status "case" case.state %}."""
    shown = status_of(kind, code or "")
    return badge(str(shown.word), shown.tone, shown.icon)


@register.simple_tag
def badge(word: str, tone: str = "neutral", shape: str = "") -> SafeString:
    """A word with a shape and a colour."""
    if tone not in TONES:
        raise ValueError(f"No such tone: {tone!r}. Use one of {', '.join(TONES)}.")
    return format_html('<span class="status tone-{}">{}{}</span>', tone, draw_icon(shape or SHAPES[tone]), word)


def _deadline(
    due: date | datetime | None, left: int | None, hours: int | None, state: str, soon: int, brief: bool
) -> SafeString:
    if due is None:
        return format_html('<span class="deadline tone-neutral">{}</span>', _("No deadline set"))
    match state:
        case "paused":
            tone, shape, words = "neutral", "player-pause", _("clock stopped")
        case "met":
            tone, shape, words = "done", "circle-check", _("finished in time")
        case "missed":
            tone, shape, words = "late", "alert-octagon", _("finished late")
        case _:
            words = formats.working_time_left(left, hours)
            over = (left is not None and left < 0) or (not left and hours is not None and hours < 0)
            near = (left is not None and left <= soon) or (left is None and hours is not None)
            tone = "late" if over else "caution" if near else "neutral"
            shape = {"late": "alert-octagon", "caution": "alert-triangle"}.get(tone, "clock")
    shown = _brief_day(due) if brief else formats.moment(due)
    title = format_html(' title="{}"', formats.moment(due)) if brief else ""
    return format_html(
        '<span class="deadline tone-{}">{}<span class="deadline-left">{}</span> '
        '<time class="deadline-date" datetime="{}"{}>{}</time></span>',
        tone,
        draw_icon(shape),
        words,
        formats.machine_time(due),
        title,
        shown,
    )


def _brief_day(due: date | datetime) -> str:
    """25/11 within this year, 25/11/2027 beyond it: lists have no room for what goes without saying."""
    text = formats.day(due)
    return text.removesuffix(f"/{timezone.localdate().year}")


@register.simple_tag
def deadline(
    due: date | datetime | None,
    left: int | None = None,
    hours: int | None = None,
    state: str = "running",
    soon: int = 1,
    brief: bool = False,
) -> SafeString:
    """A deadline in a line: what is left in words, then date and hour.

    left: working days left (negative: overdue). hours: working hours left when it is a matter of hours.
    state: running, paused, met, missed. soon: from how many days left it is shown as due soon. brief: the day alone.
    """
    return _deadline(due, left, hours, state, soon, brief)


@register.simple_block_tag
def deadline_why(
    content: str,
    due: date | datetime | None,
    left: int | None = None,
    hours: int | None = None,
    state: str = "running",
    soon: int = 1,
) -> SafeString:
    """A deadline with "why?" that unfolds the reckoning: {% deadline_why due left %}...{% enddeadline_why %}."""
    return format_html(
        '<div class="deadline-block">{}<details class="deadline-why"><summary>{}</summary>'
        '<div class="deadline-reasons">{}</div></details></div>',
        _deadline(due, left, hours, state, soon, False),
        _("why this date?"),
        mark_safe(content),
    )


@register.inclusion_tag("ui/components/timeline.html")
def timeline(entries: Iterable[Any]) -> dict[str, Any]:
    """Who did what, when, with the document beside it.

    Each entry has `at` and `what`, and optionally `who`, `position`, `agency`, `note`, `tone` and `documents`
    ((label, url) pairs).
    The caller leaves `who` out where the reader may not see names.
    """
    names = ("at", "what", "who", "position", "agency", "note", "tone", "documents")
    shown = [{name: attribute(entry, name) for name in names} for entry in entries]
    for entry in shown:
        entry["documents"] = [_document(item) for item in entry["documents"] or ()]
        entry["by"] = ", ".join(str(part) for part in (entry["who"], entry["position"], entry["agency"]) if part)
        entry["shape"] = SHAPES.get(entry["tone"] or "neutral", "circle")
        entry["machine_time"] = formats.machine_time(entry["at"]) if entry["at"] else ""
    return {"entries": shown}


def _document(item: Any) -> dict[str, Any]:
    if isinstance(item, tuple | list):
        return {"label": item[0], "url": item[1]}
    return {"label": attribute(item, "label"), "url": attribute(item, "url")}


@register.inclusion_tag("ui/components/summary_list.html")
def summary_list(rows: Iterable[Any], dense: bool = False) -> dict[str, Any]:
    """Facts as key and value: rows are (key, value), (key, value, change_url), or have key, value, change_url.

    A value may be a list (one line each); an empty one is shown as "not given".
    """
    return {"rows": [_row(row) for row in rows], "dense": dense}


def _row(row: Any) -> dict[str, Any]:
    if isinstance(row, tuple | list):
        key, value, change = row[0], row[1], row[2] if len(row) > 2 else ""
        hidden = ""
    else:
        key, value, change = attribute(row, "key"), attribute(row, "value"), attribute(row, "change_url")
        hidden = attribute(row, "change_label")
    lines = list(value) if isinstance(value, list | tuple) else [value]
    return {
        "key": key,
        "lines": [line for line in lines if line not in (None, "")],
        "change_url": change,
        "change_label": hidden,
    }


@register.inclusion_tag("ui/components/empty.html")
def empty(title: str, text: str = "", action_label: str = "", action_url: str = "", icon: str = "") -> dict[str, Any]:
    """An empty place: what would be here, and the one action that fills it."""
    return {
        "title": title,
        "text": text,
        "action_label": action_label,
        "action_url": action_url,
        "icon": icon,
    }
