"""Six months of believable work: history written in bulk, and some cases walked through the real services."""

from .load import load

__all__ = ["load"]
