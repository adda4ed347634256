"""What people press: buttons, menus, confirmation of binding acts."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.middleware.csrf import get_token
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .library import register
from .shells import icon as draw_icon

KINDS = ("primary", "secondary", "quiet", "danger")
ONCE = "once"


def _attributes(pairs: dict[str, Any]) -> SafeString:
    """Extra attributes from keyword arguments: data_key="x" -> data-key="x"; True stands alone; None is left out."""
    parts = []
    for name, value in pairs.items():
        if value is None or value is False:
            continue
        written = name.rstrip("_").replace("_", "-")
        parts.append(format_html(" {}", written) if value is True else format_html(' {}="{}"', written, value))
    return mark_safe("".join(parts))


@register.simple_tag
def button(label: str, kind: str = "secondary", icon: str = "", type: str = "submit", **attributes: Any) -> SafeString:
    """{% button _("Send") kind="primary" icon="send" name="act" value="send" %}: primary, secondary, quiet or danger."""
    return format_html(
        '<button type="{}" class="btn btn-{}"{}>{}<span>{}</span></button>',
        type,
        _kind(kind),
        _attributes(attributes),
        draw_icon(icon) if icon else "",
        label,
    )


@register.simple_tag
def link_button(label: str, url: str, kind: str = "secondary", icon: str = "", **attributes: Any) -> SafeString:
    """A link that looks like a button: for going somewhere, never for changing something."""
    return format_html(
        '<a href="{}" class="btn btn-{}"{}>{}<span>{}</span></a>',
        url,
        _kind(kind),
        _attributes(attributes),
        draw_icon(icon) if icon else "",
        label,
    )


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"No such kind of button: {kind!r}. Use one of {', '.join(KINDS)}.")
    return kind


@register.simple_block_tag
def action_menu(content: str, label: str = "", icon: str = "", main: bool = True) -> SafeString:
    """A menu that unfolds; `main` is the one the key `a` opens. Inside: {% menu_link %} and {% menu_button %}."""
    return format_html(
        '<details class="menu menu-end"{}><summary class="btn btn-secondary">{}<span>{}</span>{}</summary>'
        '<ul class="menu-list">{}</ul></details>',
        mark_safe(" data-action-menu") if main else "",
        draw_icon(icon) if icon else "",
        label or _("Actions"),
        draw_icon("chevron-down"),
        mark_safe(content),
    )


@register.simple_tag
def menu_link(label: str, url: str, icon: str = "", danger: bool = False, **attributes: Any) -> SafeString:
    """One line of a menu that goes to a page."""
    return format_html(
        '<li><a class="menu-item{}" href="{}"{}>{}{}</a></li>',
        " menu-danger" if danger else "",
        url,
        _attributes(attributes),
        draw_icon(icon) if icon else "",
        label,
    )


@register.simple_tag
def menu_button(label: str, icon: str = "", danger: bool = False, **attributes: Any) -> SafeString:
    """One line of a menu that submits the form around it (or form="id")."""
    return format_html(
        '<li><button class="menu-item{}"{}>{}{}</button></li>',
        " menu-danger" if danger else "",
        _attributes(attributes),
        draw_icon(icon) if icon else "",
        label,
    )


@register.simple_tag(takes_context=True)
def once_token(context: RequestContext) -> SafeString:
    """The hidden field that makes a double click harmless: the service refuses a second act with the same token.

    A form shown again after an error keeps the token it was sent with, because nothing was done under it.
    """
    request = context.get("request")
    sent = request.POST.get(ONCE, "") if request is not None else ""
    try:
        token = str(uuid.UUID(sent))
    except ValueError:
        token = str(uuid.uuid4())
    return format_html('<input type="hidden" name="{}" value="{}">', ONCE, token)


@register.simple_block_tag(takes_context=True)
def confirm_act(
    context: RequestContext,
    content: str,
    consequences: Iterable[str],
    label: str,
    cancel_url: str,
    danger: bool = False,
    action_url: str = "",
    introduction: str = "",
    enctype: str = "",
) -> SafeString:
    """The page of a binding act (refuse, sign, issue): says in words what will happen, then asks.

    {% confirm_act consequences=lines label=_("Refuse this") cancel_url=url danger=True %}fields{% endconfirm_act %}
    Brings its own form, CSRF token and once-token; `content` are further fields, shown before the buttons.
    """
    request = context.get("request")
    return render_to_string(
        "ui/components/confirm_act.html",
        {
            "consequences": list(consequences),
            "label": label,
            "cancel_url": cancel_url,
            "danger": danger,
            "action_url": action_url,
            "introduction": introduction,
            "enctype": enctype,
            "fields": mark_safe(content),
            "csrf": get_token(request) if request is not None else "",
            "once": once_token(context),
        },
    )


@register.simple_tag
def keys(*names: str) -> SafeString:
    """Keyboard keys: {% keys "j" "k" %}."""
    return format_html_join(" ", "<kbd>{}</kbd>", ((name,) for name in names))
