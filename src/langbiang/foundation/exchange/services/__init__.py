"""Everything that changes messages to and from other systems."""

from ..transports import Held, NotAnswered
from ..words import define_messages
from .delivery import Delivered, acknowledge, ask_holdings, expire, flush, flush_all
from .inbox import KeyReused, UnknownKind, handle_due, handler, receive
from .outbox import Built, KeyTaken, UnknownSystem, block, builder, send
from .steering import NothingToChange, NotReplayable, change_endpoint, change_pace, open_system, pause, replay, resume

__all__ = [
    "Built",
    "Delivered",
    "Held",
    "KeyReused",
    "KeyTaken",
    "NotAnswered",
    "NotReplayable",
    "NothingToChange",
    "UnknownKind",
    "UnknownSystem",
    "acknowledge",
    "ask_holdings",
    "block",
    "builder",
    "change_endpoint",
    "change_pace",
    "define_messages",
    "expire",
    "flush",
    "flush_all",
    "handle_due",
    "handler",
    "open_system",
    "pause",
    "receive",
    "replay",
    "resume",
    "send",
]
