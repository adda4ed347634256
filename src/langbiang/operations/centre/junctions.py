"""The junctions on a wall: each with what it does now, those that need somebody first."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import ngettext

from langbiang.city.junctions import queries as junctions
from langbiang.city.junctions import services
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.ui import formats
from langbiang.foundation.ui.statuses import status_of

# After these a junction may stand otherwise. What it reports every second is no event: the wall looks once a minute.
MOVED = frozenset({"traffic.alert_changed", "traffic.arming_changed", "traffic.override_changed"})
ORDER = {"late": 0, "caution": 1}


@dataclass(frozen=True)
class Standing:
    """A junction in one line."""

    name: str
    words: str
    tone: str
    url: str


def standing(agencies: frozenset[int] | None, *, at: datetime) -> list[Standing]:
    """The junctions of these agencies (None: all) as they stand at a moment; none where the junctions are not set up."""
    try:
        known = junctions.live(SYSTEM, at=at)
    except services.NoSuch:
        return []
    found = [_told(each) for each in known if agencies is None or each.junction.agency_id in agencies]
    return sorted(found, key=lambda each: (ORDER.get(each.tone, 2), each.name))


def address() -> str:
    """Where the junctions are seen in full."""
    return reverse("junctions:overview")


def _told(each: junctions.LiveJunction) -> Standing:
    status = status_of("signal_mode", each.mode)
    told = [str(status.word)]
    if each.alerts:
        told.append(ngettext("%(n)s alert", "%(n)s alerts", each.alerts) % {"n": formats.number(each.alerts)})
    tone = "late" if each.alerts else status.tone
    return Standing(each.junction.name, " · ".join(told), tone, reverse("junctions:junction", args=[each.junction.code]))
