"""Formats as filters, and small figures: progress, QR, wall tiles, kiosk tiles."""

import io
from datetime import date, datetime
from typing import Any

import segno
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from langbiang.foundation.ui import formats

from .library import register
from .shells import icon as draw_icon


@register.filter
def day(value: date | datetime | None) -> str:
    """25/11/2026."""
    return formats.day(value or None)


@register.filter
def clock(value: datetime | None) -> str:
    """14:30."""
    return formats.clock(value or None)


@register.filter
def moment(value: date | datetime | None) -> str:
    """14:30 25/11/2026."""
    return formats.moment(value or None)


@register.filter
def ago(value: datetime | None) -> str:
    """5 minutes ago, yesterday 14:30, then the date."""
    return formats.ago(value or None, timezone.now())


@register.simple_tag
def when(value: date | datetime | None, relative: bool = False) -> SafeString | str:
    """A <time> element: day and hour, or how long ago with the full moment on hover."""
    if not value:
        return ""
    text = formats.ago(value, timezone.now()) if relative and isinstance(value, datetime) else formats.moment(value)
    return format_html(
        '<time datetime="{}"{}>{}</time>',
        formats.machine_time(value),
        format_html(' title="{}"', formats.moment(value)) if relative else "",
        text,
    )


@register.filter
def money(value: object) -> str:
    """1.250.000 đ."""
    return formats.money(value)


@register.filter
def number(value: object, places: int = 0) -> str:
    """1.234.567 or, with places, 12,50."""
    return formats.number(value, int(places))


@register.filter
def percent(value: object, places: int = 1) -> str:
    """98,3 %; the value is already in percent."""
    return formats.percent(value, int(places))


@register.filter
def file_size(value: object) -> str:
    """3,4 MB."""
    return formats.file_size(value)


@register.filter
def working_days_left(value: int | None) -> str:
    """2 working days left; due today; overdue by 2 days."""
    return formats.working_time_left(value)


@register.simple_tag
def progress(value: float, maximum: float = 100, label: str = "") -> SafeString:
    """How far long work has come, with the figure."""
    share = 0 if not maximum else max(0, min(100, round(100 * value / maximum)))
    return format_html(
        '<div class="progress-line"><span class="progress-label">{}</span>'
        '<progress value="{}" max="100" aria-label="{}">{}</progress><span class="progress-figure">{} %</span></div>',
        label,
        share,
        label or _("Progress"),
        f"{share} %",
        share,
    )


@register.simple_tag
def skeleton(lines: int = 3, label: str = "") -> SafeString:
    """Shown while a part of the page loads for more than a moment."""
    bars = mark_safe('<span class="skeleton-line"></span>' * int(lines))
    return format_html(
        '<div class="skeleton" role="status"><span class="visually-hidden">{}</span>{}</div>',
        label or _("Loading…"),
        bars,
    )


@register.simple_tag
def qr(text: str, caption: str = "", label: str = "") -> SafeString:
    """A QR code as a figure. `label` says what it leads to; the caption shows the code in letters as well."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        border=4,
        xmldecl=False,
        svgns=True,
        omitsize=True,
        svgclass="qr-code",
        lineclass=None,
        nl=False,
    )
    return format_html(
        '<figure class="qr"><div role="img" aria-label="{}">{}</div>{}</figure>',
        label or _("QR code"),
        mark_safe(out.getvalue().decode()),
        format_html("<figcaption>{}</figcaption>", caption) if caption else "",
    )


@register.inclusion_tag("ui/components/wall_tile.html")
def wall_tile(
    title: str,
    value: str,
    source: str,
    at: datetime | None,
    unit: str = "",
    size: str = "s",
    note: str = "",
    tone: str = "",
    stale: bool = False,
    url: str = "",
) -> dict[str, Any]:
    """One figure on the wall with its time and source; a stale one says so. size: s (3 columns), m (4), l (6)."""
    return {
        "title": title,
        "value": value,
        "unit": unit,
        "size": size if size in ("s", "m", "l") else "s",
        "at": at,
        "source": source,
        "note": note,
        "tone": tone,
        "stale": stale,
        "url": url,
    }


@register.simple_block_tag
def wall_panel(
    content: str, title: str, source: str, at: datetime | None = None, size: str = "l", stale: bool = False
) -> SafeString:
    """A tile of the wall with content of its own: a chart, a map, a list."""
    return format_html(
        '<section class="tile tile-{}{}"><h2 class="tile-title">{}</h2><div class="tile-body">{}</div>'
        '<p class="tile-source">{}</p></section>',
        size,
        " tile-stale" if stale else "",
        title,
        mark_safe(content),
        tile_source(source, at, stale),
    )


@register.simple_tag
def tile_source(source: str, at: datetime | None, stale: bool = False) -> SafeString:
    """Where a figure comes from and how old it is."""
    return format_html(
        "{}{}{}",
        format_html('<strong class="tile-old">{}</strong> ', _("Not up to date")) if stale else "",
        source,
        format_html(' · <time datetime="{}">{}</time>', formats.machine_time(at), formats.moment(at)) if at else "",
    )


@register.simple_tag
def kiosk_tile(label: str, url: str, icon: str, hint: str = "") -> SafeString:
    """One of the large targets of a kiosk page."""
    return format_html(
        '<a class="kiosk-tile" href="{}">{}<span class="kiosk-tile-label">{}</span>{}</a>',
        url,
        draw_icon(icon),
        label,
        format_html('<span class="kiosk-tile-hint">{}</span>', hint) if hint else "",
    )
