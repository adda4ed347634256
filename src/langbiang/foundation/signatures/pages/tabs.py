"""The three views of signing an administrator moves between."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _


def tabs(current: str) -> list[dict[str, Any]]:
    """Tab lines with the present one marked."""
    lines = (("admin", _("Keys")), ("authorities", _("Trusted authorities")), ("check", _("Check my set-up")))
    return [{"label": label, "url": reverse(f"signatures:{name}"), "current": name == current} for name, label in lines]
