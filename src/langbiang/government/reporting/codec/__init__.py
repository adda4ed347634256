"""Between neutral packets and what travels: the only place that knows names on the wire."""

from .mapping import CodeList, Field, Mapping
from .translate import CannotWrite, NotReadable, decode, encode
from .trees import CONTENT_TYPES

__all__ = ["CONTENT_TYPES", "CannotWrite", "CodeList", "Field", "Mapping", "NotReadable", "decode", "encode"]
