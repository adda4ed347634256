"""What every way of carrying messages offers."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access.errors import Refusal


class Outcome(StrEnum):
    """What became of one try."""

    ACKED = "acked"  # the receiver holds the message
    TAKEN = "taken"  # the receiver took it and will answer later
    REJECTED = "rejected"  # the receiver refuses it for good
    BUSY = "busy"  # the receiver asks to come again
    UNREACHABLE = "unreachable"  # nothing arrived there
    UNKNOWN = "unknown"  # it may have arrived: the connection broke or the answer makes no sense


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A message as it is carried: exact bytes and what the receiver needs to know about them."""

    key: str
    kind: str
    subject: str
    content: bytes = field(repr=False)
    content_type: str
    sha256: str
    signature: bytes | None = field(default=None, repr=False)
    sent_at: datetime


@dataclass(frozen=True)
class Answer:
    """What came back."""

    outcome: Outcome
    status: int | None = None
    body: bytes = field(default=b"", repr=False)
    receipt: str = ""
    note: str = ""
    receiver_clock: datetime | None = None
    wait_s: int | None = None


@dataclass(frozen=True)
class Held:
    """One message the other side says it holds."""

    key: str
    kind: str
    sha256: str


class NotAnswered(Refusal):
    """The other side does not say, or not in the agreed form, what it holds."""


class Transport(Protocol):
    """One way to carry messages."""

    kind: str

    def deliver(self, envelope: Envelope, *, address: str, timeout_s: float) -> Answer:
        """Hand the message over and give what came back. Never raises for what the other side does."""

    def check(self, address: str, *, timeout_s: float) -> Answer:
        """Whether anybody is there: ACKED when healthy."""

    def holdings(self, address: str, *, timeout_s: float) -> list[Held]:
        """Everything the other side says it holds of ours. Raises NotAnswered."""


class UnknownTransport(Refusal):
    """There is no such way to carry messages in this installation."""


_KNOWN: dict[str, Transport] = {}


def register(way: Transport) -> None:
    """Make a way of carrying messages known."""
    _KNOWN[way.kind] = way


def transport(kind: str) -> Transport:
    """A way by its name. Raises UnknownTransport."""
    try:
        return _KNOWN[kind]
    except KeyError:
        raise UnknownTransport(
            _("Messages cannot be carried by “%(kind)s” here.") % {"kind": kind},
            field="transport",
            way_out=_("Choose one of: %(known)s.") % {"known": ", ".join(known())},
        ) from None


def known() -> list[str]:
    """Names of all ways."""
    return sorted(_KNOWN)
