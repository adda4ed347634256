"""What stands in the menus: only pages that exist and this actor may open."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.errors import Text


@dataclass(frozen=True)
class Entry:
    """One line of the rail."""

    label: Text
    view: str
    icon: str
    permission: str | None = None


@dataclass(frozen=True)
class Link:
    """A menu line as the shell draws it."""

    label: Text
    url: str
    icon: str
    current: bool


WORKBENCH: list[Entry] = [
    Entry(_("Work"), "cases:queue", "inbox", "cases.view"),
    Entry(_("Counter"), "cases:counter", "desk", "cases.receive"),
    Entry(_("Operations"), "centre:home", "chart-bar", "centre.view"),
    Entry(_("Traffic lights"), "junctions:overview", "map", "traffic.view"),
    Entry(_("Catalogue"), "procedures:admin", "book", "procedures.view"),
    Entry(_("Service quality"), "quality:overview", "chart-bar", "quality.view"),
    Entry(_("Indicators"), "indicators:overview", "chart-bar", "indicators.view"),
    Entry(_("People"), "people:list", "users", "people.view"),
    Entry(_("Agencies"), "organizations:list", "building", "organizations.view"),
    Entry(_("Places"), "places:list", "map", "places.edit"),
    Entry(_("Accounts"), "accounts:list", "key", "accounts.manage"),
    Entry(_("Calendars"), "calendars:list", "calendar", "calendars.edit"),
    Entry(_("Notices"), "notifications:templates", "mail", "notifications.edit"),
    Entry(_("Signatures"), "signatures:admin", "signature", "signatures.manage"),
    Entry(_("Files"), "files:admin", "files", "files.manage"),
    Entry(_("Reporting"), "reporting:overview", "send", "reporting.view"),
    Entry(_("Exchange"), "exchange:systems", "arrows-exchange", "exchange.view"),
    Entry(_("Audit trail"), "audit:list", "history", "audit.view"),
]


def _open_to(actor: Actor) -> Iterator[tuple[Entry, str]]:
    """The lines of the menu this actor may open, with their addresses."""
    for entry in WORKBENCH:
        if entry.permission and entry.permission not in actor.permissions:
            continue
        try:
            yield entry, reverse(entry.view)
        except NoReverseMatch:
            continue


def home_of(actor: Actor) -> str:
    """Where an officer begins: the first line of their menu, else their own account."""
    return next((url for _entry, url in _open_to(actor)), "") or reverse("accounts:profile")


def context(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: the actor, the province and the menu."""
    actor = getattr(request, "actor", None)
    links: list[Link] = []
    if actor is not None and actor.is_staff:
        entries = list(_open_to(actor))
        # The counter lies below the workbench: only the nearest line is the current one.
        here = max((url for _entry, url in entries if request.path.startswith(url)), key=len, default="")
        links = [Link(entry.label, url, entry.icon, url == here) for entry, url in entries]
    return {"actor": actor, "navigation": links, "province_name": settings.PROVINCE_NAME}
