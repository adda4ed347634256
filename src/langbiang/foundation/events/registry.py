"""The kinds of events there are and who listens to them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform


class Event:
    """Base of every event: a frozen dataclass of plain values, named by @event."""

    event_name: ClassVar[str] = ""

    def payload(self) -> dict[str, Any]:
        """The values of the event as plain JSON-able data."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]  # every event is a data class


@dataclass(frozen=True)
class EventRecord:
    """An event as subscribers receive it."""

    id: int
    name: str
    at: datetime
    agency_id: int | None
    subject: str
    payload: dict[str, Any]
    actor_label: str


Handler = Callable[[EventRecord], None]
E_ = TypeVar("E_", bound=type[Event])

_EVENTS: dict[str, type[Event]] = {}
_SUBSCRIBERS: dict[str, dict[str, Handler]] = {}


class UnknownEvent(LookupError):
    """An event class without a name was emitted."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
def event(name: str) -> Callable[[E_], E_]:
    """Make a class an event: frozen, keyword-only, known under `name` (room.what_happened)."""

    def wrap(cls: E_) -> E_:
        made: Any = dataclass(frozen=True, kw_only=True)(cls)
        made.event_name = name
        _EVENTS[name] = made
        return cast(E_, made)

    return wrap


def subscribe(*names: str, key: str) -> Callable[[Handler], Handler]:
    """Call the function for every event of these names; `key` names it for ever (room.what_it_does)."""

    def wrap(handler: Handler) -> Handler:
        for name in names:
            _SUBSCRIBERS.setdefault(name, {})[key] = handler
        return handler

    return wrap


def subscribers_of(name: str) -> dict[str, Handler]:
    """The subscribers of an event name, by key; those of `*` hear everything."""
    return {**_SUBSCRIBERS.get("*", {}), **_SUBSCRIBERS.get(name, {})}


def known_events() -> dict[str, type[Event]]:
    """All event classes by name."""
    return dict(_EVENTS)
