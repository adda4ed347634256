"""The states and problems of messages in words."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access.errors import Text
from langbiang.foundation.audit.words import define_acts
from langbiang.foundation.ui.statuses import Status, define_statuses

from .models import State

_PROBLEMS: dict[str, Text] = {
    "no_agency": _("The message must be signed, but belongs to no agency whose seal could be used."),
    "no_folder": _("The folder of this system is not there."),
    "answer_not_understood": _("The answer is not in the agreed form, so it counts for nothing."),
    "answer_too_slow_or_long": _("The answer came too slowly or was too long."),
    "credentials_refused": _("The receiver does not accept our key."),
    "nobody_answered": _("Nobody answered in time."),
}

_KINDS: dict[str, Text] = {
    "unreachable": _("Nobody could be reached."),
    "unknown": _("The connection broke; the message may have arrived."),
    "busy": _("The receiver asks to come again later."),
    "unsigned": _("The message could not be signed."),
    "rejected": _("The receiver refuses the message."),
    "blocked": _("The message cannot be written yet."),
    "expired": _("The time for this message is over."),
}

OUTCOMES: dict[str, Text] = {
    "acked": _("Acknowledged"),
    "taken": _("Taken, answer to come"),
    "rejected": _("Rejected"),
    "busy": _("Come again later"),
    "unreachable": _("Not reached"),
    "unknown": _("No usable answer"),
    "": _("No answer on record: the sender stopped in between"),
}

STANDINGS: dict[str, Status] = {
    "fine": Status(_("Running"), "done"),
    "behind": Status(_("Messages need a person"), "caution"),
    "skewed": Status(_("Clocks differ"), "caution"),
    "down": Status(_("Not reached"), "late"),
    "paused": Status(_("Paused"), "neutral", "player-pause"),
    "no_address": Status(_("No address yet"), "neutral"),
}


def problem(kind: str, text: str) -> list[Text]:
    """A problem in one or two sentences: what kind, and the receiver's or our own words for it."""
    return [part for part in (_KINDS.get(kind, ""), _PROBLEMS.get(text, text)) if part]


_MESSAGES: dict[str, tuple[Text, Callable[[str], str]]] = {}


def define_messages(titles: Mapping[str, Text], *, about: Callable[[str], str]) -> None:
    """Words for kinds of messages: a title each, and what one is about, told from its key."""
    _MESSAGES.update({kind: (title, about) for kind, title in titles.items()})


def kind(code: str) -> Text:
    """What a kind of message is called; its code where nobody named it."""
    return _MESSAGES[code][0] if code in _MESSAGES else code


def about(code: str, key: str, subject: str) -> str:
    """What a message is about."""
    return _MESSAGES[code][1](key) if code in _MESSAGES else subject


def define() -> None:
    """Make states and acts known to the pages that show them."""
    define_statuses(
        "exchange",
        {
            State.BUILT.value: Status(_("Waits for its signature"), "info"),
            State.SIGNED.value: Status(_("Waits to be sent"), "info"),
            State.SENT.value: Status(_("Sent, no answer yet"), "active"),
            State.ACKED.value: Status(_("Acknowledged"), "done"),
            State.REJECTED.value: Status(_("Rejected by the receiver"), "late"),
            State.BLOCKED.value: Status(_("Cannot be written yet"), "caution"),
            State.EXPIRED.value: Status(_("Given up"), "late"),
            "received": Status(_("Waits to be taken in"), "info"),
            "handled": Status(_("Taken in"), "done"),
            "refused": Status(_("Refused here"), "late"),
        },
    )
    define_statuses("exchange_system", STANDINGS)
    define_acts(
        {
            "exchange.queued": _("Put a message on its way"),
            "exchange.blocked": _("Kept a message back that cannot be written yet"),
            "exchange.acknowledged": _("Noted that a message arrived"),
            "exchange.rejected": _("Noted that a message was rejected"),
            "exchange.expired": _("Gave up a message"),
            "exchange.replayed": _("Sent a message again"),
            "exchange.received": _("Received a message of another system"),
            "exchange.paused": _("Paused sending to a system"),
            "exchange.resumed": _("Went on sending to a system"),
            "exchange.system_opened": _("Added a system"),
            "exchange.endpoint_changed": _("Changed the address of a system"),
            "exchange.pace_changed": _("Changed quota and waiting times of a system"),
            "exchange.reference_loaded": _("Loaded the list of systems"),
        }
    )
