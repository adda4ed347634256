"""Where a figure is used: every room says where it shows or builds on one, under the rights of whoever asks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from langbiang.foundation.access import Actor
from langbiang.foundation.access.errors import Text


@dataclass(frozen=True)
class Shown:
    """The figure that is asked about: a measure of the platform, an indicator with its series, or both, and its days."""

    measure: str = ""
    indicator: str = ""
    series: tuple[str, ...] = ()
    agency_id: int | None = None
    first: date | None = None
    last: date | None = None
    period: str = ""


@dataclass(frozen=True)
class Use:
    """One place a figure is used in. `url` is empty where this person may not open it."""

    kind: Text
    title: Text
    url: str = ""


Teller = Callable[[Actor, Shown], Iterable[Use]]
_TELLERS: dict[str, Teller] = {}


def tells_uses(room: str) -> Callable[[Teller], Teller]:
    """Register how a room tells its uses of a figure."""

    def wrap(teller: Teller) -> Teller:
        _TELLERS[room] = teller
        return teller

    return wrap


def uses_of(actor: Actor, shown: Shown) -> list[Use]:
    """Everywhere a figure is used, room by room in the order of their registration."""
    return [use for teller in _TELLERS.values() for use in teller(actor, shown)]
