"""What the pages of this room share: the tabs, one junction within reach, and a refusal told on the next page."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from langbiang.foundation.access import Refusal
from langbiang.foundation.access.acting import acting

from .. import queries
from ..models import Junction


def tabs(current: str) -> list[dict[str, Any]]:
    """The views of traffic control."""
    labels = {
        "overview": _("Now"), "arming": _("Arming"), "priority": _("Priority vehicles"), "plans": _("Plans"), "events": _("Events"), "alerts": _("Alerts"), "shadow": _("Shadow mode"),
        "gain": _("Proof of gain"),
    }  # fmt: skip
    return [
        {"label": label, "url": reverse(f"junctions:{name}"), "current": name == current} for name, label in labels.items()
    ]


def within_reach(request: HttpRequest, code: str) -> Junction:
    """A junction this officer sees. Raises Http404."""
    found = queries.junction(acting(request), code)
    if found is None:
        raise Http404
    return found


def tell(request: HttpRequest, refusal: Refusal) -> None:
    """Say on the next page why something was not done."""
    messages.error(request, str(refusal))
