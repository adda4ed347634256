"""What every source of figures offers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access.errors import Refusal


@dataclass(frozen=True)
class Window:
    """The days asked for, both included."""

    first_day: date
    last_day: date


@dataclass(frozen=True)
class Page:
    """Some rows as the source gave them, and where to go on; no cursor means that was all."""

    rows: list[dict[str, Any]] = field(repr=False)
    cursor: str | None = None


class SourceRefused(Refusal):
    """The source gives nothing usable now; what was drawn so far is kept and drawing goes on from there."""


class DataPort(Protocol):
    """One source. Raises SourceRefused wherever the other side does not do its part."""

    def fetch(self, subject: str, window: Window, cursor: str) -> Page:
        """Rows of a subject from a cursor on ('' = from the beginning)."""

    def put(self, subject: str, key: str, content: bytes) -> str:
        """Hand something over; gives the receipt. The same key twice is one thing."""

    def ack(self, subject: str, receipt: str) -> None:
        """Confirm that what was fetched is kept."""

    def health(self) -> str:
        """Empty when all is well, else what is wrong."""


Adapter = Callable[[str], DataPort]
_ADAPTERS: dict[str, Adapter] = {}


def register(kind: str, make: Adapter) -> None:
    """Make a kind of source known: a function from an address to a port."""
    _ADAPTERS[kind] = make


def adapters() -> list[str]:
    """Names of all kinds."""
    return sorted(_ADAPTERS)


def adapter(kind: str) -> Adapter:
    """A kind by its name. Raises SourceRefused."""
    try:
        return _ADAPTERS[kind]
    except KeyError:
        raise SourceRefused(
            _("Figures cannot be drawn by “%(kind)s” here.") % {"kind": kind}, field="adapter",
            way_out=_("Choose one of: %(known)s.") % {"known": ", ".join(adapters())},
        ) from None  # fmt: skip


def port(kind: str, address: str) -> DataPort:
    """The port of a source. Raises SourceRefused."""
    if not address:
        raise SourceRefused(_("This source has no address yet."), field="address")
    return adapter(kind)(address)
