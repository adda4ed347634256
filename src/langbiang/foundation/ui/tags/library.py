"""The one library all tags register with."""

from collections.abc import Mapping
from typing import Any

from django.template import Library

register = Library()


def attribute(item: Any, name: str, default: Any = "") -> Any:
    """A named part of a dict or an object, so that a view may pass either."""
    if isinstance(item, Mapping):
        return item.get(name, default)
    return getattr(item, name, default)
