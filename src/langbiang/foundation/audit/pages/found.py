"""What every page of this room begins with: who asks, and what a chain is called."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor, acting
from langbiang.foundation.organizations import queries as organizations


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    actor: Actor = acting(request)
    return actor


def agency_of(lane: int) -> str:
    """Whose chain this is."""
    if not lane:
        return _("Citizens and the platform itself")
    return organizations.name_of(lane) or _("Agency %(number)s") % {"number": lane}


def tabs(current: str) -> list[dict[str, Any]]:
    """The views of the trail."""
    lines = (("acts", _("Acts"), reverse("audit:list")), ("chains", _("Chains and verification"), reverse("audit:chains")))
    return [{"label": label, "url": url, "current": key == current} for key, label, url in lines]
