"""Ways to carry a message to another system. A way is a plugin: a class with `deliver` and `check`."""

from .base import Answer, Envelope, Held, NotAnswered, Outcome, Transport, known, register, transport
from .file_drop import FileDrop
from .rest import Rest

register(Rest())
register(FileDrop())

__all__ = [
    "Answer",
    "Envelope",
    "FileDrop",
    "Held",
    "NotAnswered",
    "Outcome",
    "Rest",
    "Transport",
    "known",
    "register",
    "transport",
]
