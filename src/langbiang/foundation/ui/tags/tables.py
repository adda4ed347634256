"""Lists and tables: dense where work is dense, with the filters in plain sight."""

from collections.abc import Iterable
from typing import Any

from django.template.context import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from .library import attribute, register
from .shells import opens_detail

DENSITY_COOKIE = "density"
DENSITIES = ("comfortable", "compact")


def density_of(context: RequestContext) -> str:
    """The row height this person chose."""
    request = context.get("request")
    chosen = request.COOKIES.get(DENSITY_COOKIE, "") if request is not None else ""
    return chosen if chosen in DENSITIES else DENSITIES[0]


@register.simple_block_tag(takes_context=True)
def data_table(
    context: RequestContext, content: str, caption: str, show_caption: bool = False, tall: bool = False
) -> SafeString:
    """A table with sticky header: {% data_table _("Fees") %}<thead>...</thead><tbody>...</tbody>{% enddata_table %}.

    Numbers: class="num" on th and td. Rows the keyboard walks: <tr data-item>. tall: scrolls inside its own frame.
    """
    return format_html(
        '<div class="table-frame{}" role="region" aria-label="{}" tabindex="0">'
        '<table class="table data-table density-{}"{}>'
        "<caption{}>{}</caption>{}</table></div>",
        " table-tall" if tall else "",
        caption,
        density_of(context),
        mark_safe(" data-list") if "data-item" in content else "",
        "" if show_caption else mark_safe(' class="visually-hidden"'),
        caption,
        mark_safe(content),
    )


@register.inclusion_tag("ui/components/filter_chips.html")
def filter_chips(chips: Iterable[Any], clear_url: str = "") -> dict[str, Any]:
    """The filters in force, each removable: items with label, value, remove_url (or such triples)."""
    shown = []
    for chip in chips:
        if isinstance(chip, tuple | list):
            shown.append({"label": chip[0], "value": chip[1], "remove_url": chip[2]})
        else:
            shown.append({name: attribute(chip, name) for name in ("label", "value", "remove_url")})
    return {"chips": shown, "clear_url": clear_url}


@register.inclusion_tag("ui/components/density_switch.html", takes_context=True)
def density_switch(context: RequestContext) -> dict[str, Any]:
    """Comfortable or compact rows; remembered in a cookie, works without JavaScript."""
    return {
        "density": density_of(context),
        "request": context.get("request"),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("ui/components/pagination.html")
def pagination(previous_url: str = "", next_url: str = "", shown: str = "") -> dict[str, Any]:
    """Keyset pages: newer and older, with words on what is shown ("1-50 of more than 1.000")."""
    return {"previous_url": previous_url, "next_url": next_url, "shown": shown}


@register.simple_block_tag(takes_context=True)
def queue(context: RequestContext, content: str, label: str) -> SafeString:
    """A list of records beside their detail; the keys j, k and Enter walk it. Inside: {% queue_item %}."""
    return format_html(
        '<ul class="queue density-{}" data-list aria-label="{}">{}</ul>', density_of(context), label, mark_safe(content)
    )


@register.simple_block_tag
def queue_item(
    content: str,
    url: str,
    current: bool = False,
    select_name: str = "",
    select_value: str = "",
    select_label: str = "",
) -> SafeString:
    """One record: {% queue_item url current=is_open %}...{% endqueue_item %}; select_*: a box for bulk actions."""
    box = (
        format_html(
            '<input type="checkbox" class="form-check-input queue-select" name="{}" value="{}" aria-label="{}">',
            select_name,
            select_value,
            select_label,
        )
        if select_name
        else ""
    )
    return format_html(
        '<li class="queue-item" data-item>{}<a class="queue-link"{} {}>{}</a></li>',
        box,
        mark_safe(' aria-current="true"') if current else "",
        opens_detail(url),
        mark_safe(content),
    )
