"""What the four shells are made of: icons, the mark, notices, navigation."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.context import RequestContext
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .library import attribute, register

_ICON = '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
_TONE_ICONS = {
    "info": "info-circle",
    "done": "circle-check",
    "caution": "alert-triangle",
    "late": "alert-octagon",
    "neutral": "info-circle",
    "active": "circle-half",
}
_MESSAGE_TONES = {
    "debug": "neutral",
    "info": "info",
    "success": "done",
    "warning": "caution",
    "error": "late",
}


def safe_static_url(path: str) -> str:
    """The address of a static file; the plain one when the front end has not been built yet."""
    try:
        return static(path)
    except ValueError:
        return f"{settings.STATIC_URL}{path}"


@register.simple_tag
def safe_static(path: str) -> str:
    """Like {% static %}, for pages that must appear even when something is broken."""
    return safe_static_url(path)


@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """An icon of the declared list (frontend/icons.json). Decoration only: a word stands beside it."""
    return format_html(_ICON, f" {extra_class}" if extra_class else "", safe_static_url("ui/icons.svg"), name)


@register.simple_tag
def mark() -> SafeString:
    """The sign of the platform: the two peaks of Langbiang."""
    return format_html(
        '<svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">'
        '<use href="{}#mark"></use></svg>',
        safe_static_url("ui/icons.svg"),
    )


@register.simple_tag
def login_url() -> str:
    """Where people sign in."""
    return str(settings.LOGIN_URL)


@register.filter
def own_address(address: str | None) -> str:
    """The path of an address on this site; empty when it is missing or not a path."""
    parts = urlsplit(address or "")
    return f"{parts.path}?{parts.query}" if parts.path.startswith("/") and parts.query else parts.path


@register.filter
def message_tone(level: str) -> str:
    """The tone of one of Django's message levels."""
    return _MESSAGE_TONES.get(level.split()[-1] if level else "", "info")


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: str = "", announce: bool = False) -> SafeString:
    """A banner: {% notice "caution" title=_("...") %}text{% endnotice %}. announce=True: read out at once."""
    return format_html(
        '<div class="notice notice-{}" role="{}">{}<div class="notice-body">{}{}</div></div>',
        tone,
        "alert" if announce or tone == "late" else "status",
        icon(_TONE_ICONS.get(tone, "info-circle")),
        format_html('<p class="notice-title">{}</p>', title) if title else "",
        mark_safe(content),
    )


@register.simple_block_tag
def disclosure(content: str, summary: str, is_open: bool = False) -> SafeString:
    """Text that unfolds: {% disclosure _("Why this date?") %}...{% enddisclosure %}."""
    return format_html(
        '<details class="disclosure"{}><summary>{}</summary><div class="disclosure-body">{}</div></details>',
        mark_safe(" open") if is_open else "",
        summary,
        mark_safe(content),
    )


@register.simple_tag
def back_link(url: str, label: str = "") -> SafeString:
    """The way back, above the heading of a portal page."""
    return format_html(
        '<nav aria-label="{0}"><a class="back-link" href="{1}">{2}{0}</a></nav>',
        label or _("Back"),
        url,
        icon("chevron-left"),
    )


@register.inclusion_tag("ui/components/breadcrumbs.html")
def breadcrumbs(items: Iterable[Any]) -> dict[str, Any]:
    """Where this page stands: items are (label, url) pairs or objects with them."""
    return {"items": [_pair(item) for item in items]}


@register.inclusion_tag("ui/components/tabs.html")
def tabs(items: Iterable[Any], label: str) -> dict[str, Any]:
    """Views of one thing, as links: items with label, url, current and optionally count."""
    return {
        "items": [{name: attribute(item, name) for name in ("label", "url", "current", "count")} for item in items],
        "label": label,
    }


@register.inclusion_tag("ui/components/link_list.html")
def link_list(items: Iterable[Any], columns: int = 1) -> dict[str, Any]:
    """Things to choose from: items with title, url and optionally text, count."""
    return {
        "items": [{name: attribute(item, name) for name in ("title", "url", "text", "count")} for item in items],
        "columns": columns,
    }


@register.inclusion_tag("ui/components/steps.html")
def steps(current: int, total: int, name: str = "") -> dict[str, Any]:
    """Where a person is in a form: "Step 2/5"."""
    return {"current": current, "total": total, "name": name}


@register.inclusion_tag("ui/components/search_field.html")
def search_field(
    url: str, label: str, name: str = "q", value: str | None = "", hint: str = "", placeholder: str = ""
) -> dict[str, Any]:
    """The large search field a portal page begins with."""
    return {
        "url": url,
        "label": label,
        "name": name,
        "value": value or "",
        "hint": hint,
        "placeholder": placeholder,
    }


@register.simple_tag
def opens_detail(url: str) -> SafeString:
    """Attributes that make a link open its record beside the list, and work as a plain link without JavaScript."""
    return format_html(
        'href="{}" hx-get="{}" hx-target="#detail" hx-select="#detail" '
        'hx-swap="outerHTML show:none" hx-push-url="true"',
        url,
        url,
    )


@register.simple_tag(takes_context=True)
def texts(context: RequestContext) -> SafeString:
    """The words the browser scripts need, in the language of the page."""
    words = {
        "unsaved": _("You have changes that are not saved."),
        "sending": _("Sending…"),
        "tooLarge": _(
            "“{name}” is {size}; the limit is {limit}. Take the picture at a lower resolution or split the file."
        ),
        "wrongKind": _("“{name}” is not one of the kinds accepted here: {kinds}."),
        "removeFile": _("Remove"),
        "chosenFiles": _("Files chosen"),
        "networkProblem": _("No connection to the server. Nothing was lost; try again in a moment."),
        "liveLost": _("The live connection is lost. What you see may be out of date."),
        "serverProblem": _("The server could not do this. Reference number: {reference}"),
        "page": _("Page loaded: {title}"),
        "smallerText": _("Normal text"),
        "largerText": _("Larger text"),
        "stopReading": _("Stop reading"),
        "readAloud": _("Read aloud"),
    }
    return format_html('<meta name="ui-texts" content="{}">', json.dumps(words, ensure_ascii=False))


@register.simple_tag
def url_if_known(name: str, *args: Any) -> str:
    """An address by name, empty when no room serves it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _pair(item: Any) -> dict[str, Any]:
    if isinstance(item, tuple | list):
        return {"label": item[0], "url": item[1] if len(item) > 1 else ""}
    return {"label": attribute(item, "label"), "url": attribute(item, "url")}
