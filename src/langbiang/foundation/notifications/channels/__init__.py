"""Ways out of the house. Each channel sends one notice or raises; `check_config` tells an administrator what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass

from . import email, sms
from .errors import NotDelivered


@dataclass(frozen=True)
class Channel:
    """A way out: `send(address=, subject=, body=, key=)` gives the provider's receipt or raises NotDelivered."""

    send: Callable[..., str]
    check_config: Callable[[], str]


CHANNELS = {
    "email": Channel(email.send, email.check_config),
    "sms": Channel(sms.send, sms.check_config),
}

__all__ = ["CHANNELS", "Channel", "NotDelivered"]
