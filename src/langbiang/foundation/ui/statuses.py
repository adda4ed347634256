"""The one map of statuses: a word, a shape and a colour for every state a person can meet. Never a code.

A room adds its own words when it starts (AppConfig.ready):

    define_statuses("case", {"received": Status(_("Received"), "info"), ...})

and shows them with {% status "case" case.state %}.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Tone = Literal["neutral", "info", "active", "caution", "late", "done"]
TONES: tuple[str, ...] = get_args(Tone)

# Colour is never the only signal: each tone has a shape of its own, readable in black and white.
SHAPES: dict[str, str] = {
    "neutral": "circle",
    "info": "circle-arrow-right",
    "active": "circle-half",
    "caution": "alert-triangle",
    "late": "alert-octagon",
    "done": "circle-check",
}


@dataclass(frozen=True)
class Status:
    """How one state is shown. `shape` is an icon; without one the tone's own is used."""

    word: str | Promise
    tone: Tone = "neutral"
    shape: str = ""

    @property
    def icon(self) -> str:
        """The icon that stands for it."""
        return self.shape or SHAPES[self.tone]


UNKNOWN = Status(_("Unknown state"), "neutral", "help")

_map: dict[str, dict[str, Status]] = {
    "": {
        "draft": Status(_("Draft"), "neutral", "pencil"),
        "new": Status(_("New"), "info", "circle-dotted"),
        "submitted": Status(_("Submitted"), "info"),
        "in_progress": Status(_("In progress"), "active"),
        "waiting": Status(_("Waiting"), "caution", "clock-pause"),
        "paused": Status(_("Paused"), "neutral", "player-pause"),
        "due_soon": Status(_("Due soon"), "caution"),
        "overdue": Status(_("Overdue"), "late"),
        "approved": Status(_("Approved"), "done"),
        "published": Status(_("Published"), "done", "world"),
        "done": Status(_("Done"), "done"),
        "active": Status(_("In force"), "done"),
        "inactive": Status(_("Not in force"), "neutral", "circle-off"),
        "refused": Status(_("Refused"), "late", "circle-x"),
        "cancelled": Status(_("Cancelled"), "neutral", "circle-x"),
        "withdrawn": Status(_("Withdrawn"), "neutral", "arrow-back-up"),
        "expired": Status(_("Expired"), "neutral", "clock-off"),
        "failed": Status(_("Failed"), "late", "circle-x"),
        "sent": Status(_("Sent"), "info", "send"),
        "delivered": Status(_("Delivered"), "done", "mail"),
        "paid": Status(_("Paid"), "done", "cash"),
        "unpaid": Status(_("Not paid"), "caution", "cash"),
        "locked": Status(_("Locked"), "late", "lock"),
    }
}


def define_statuses(kind: str, statuses: Mapping[str, Status]) -> None:
    """Add the states of one kind of record. Called once per kind, when the room starts; later calls add to it."""
    _map.setdefault(kind, {}).update(statuses)


def status_of(kind: str, code: str) -> Status:
    """How a state is shown: the kind's own entry, else the general one, else UNKNOWN (never the bare code)."""
    return _map.get(kind, {}).get(code) or _map[""].get(code) or UNKNOWN


def all_statuses() -> dict[str, dict[str, Status]]:
    """The whole map, for the style page and for tests."""
    return {kind: dict(entries) for kind, entries in _map.items()}
