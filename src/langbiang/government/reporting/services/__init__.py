"""Everything that changes packets, their mapping, comparisons and drawn figures."""

from ..connectors import SourceRefused, Window
from .drawing import AlreadyDrawing, change_connector, draw, draw_due
from .mapping import BadMapping, correct_field, verify_field
from .packets import UnknownKind, send_packet
from .reconciliation import reconcile

__all__ = [
    "AlreadyDrawing",
    "BadMapping",
    "SourceRefused",
    "UnknownKind",
    "Window",
    "change_connector",
    "correct_field",
    "draw",
    "draw_due",
    "reconcile",
    "send_packet",
    "verify_field",
]
