"""Single values and how they are written."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any


def written(value: Any, wire_type: str) -> Any:
    """A value in its form on the wire: text, or a whole number or truth value where the format has them.

    Raises ValueError when the type does not fit the value.
    """
    match wire_type:
        case "string":
            if isinstance(value, bool | date | Decimal):
                raise ValueError("not text")
            return str(value)
        case "integer":
            if isinstance(value, bool) or int(value) != value:
                raise ValueError("not a whole number")
            return int(value)
        case "decimal":
            number = Decimal(value)
            return f"{number:f}"
        case "boolean":
            return bool(value)
        case "boolean_01":
            return "1" if value else "0"
        case "date":
            return date.isoformat(value)
        case "date_vn":
            return f"{value:%d/%m/}{value.year:04}"
        case "datetime":
            if not isinstance(value, datetime):
                raise ValueError("not a moment")
            return value.isoformat()
    raise ValueError("unknown form")


def read(text: Any, wire_type: str) -> Any:
    """A value from its form on the wire. Raises ValueError."""
    if isinstance(text, dict | list):
        raise ValueError("a single value was expected")
    match wire_type:
        case "string":
            return text if isinstance(text, str) else str(text)
        case "integer":
            if isinstance(text, bool):
                raise ValueError("not a whole number")
            return int(text) if isinstance(text, int) else int(_plain(text))
        case "decimal":
            if isinstance(text, bool):
                raise ValueError("not a number")
            try:
                found = Decimal(text) if isinstance(text, int | Decimal) else Decimal(_plain(text))
            except InvalidOperation as problem:
                raise ValueError("not a number") from problem
            if not found.is_finite():
                raise ValueError("not a number")
            return found
        case "boolean" | "boolean_01":
            known = {"true": True, "1": True, "false": False, "0": False}
            key = str(text).strip().lower()
            if key not in known:
                raise ValueError("neither true nor false")
            return known[key]
        case "date":
            return date.fromisoformat(str(text))
        case "date_vn":
            day, month, year = str(text).split("/")
            return date(int(year), int(month), int(day))
        case "datetime":
            return datetime.fromisoformat(str(text))
    raise ValueError("unknown form")


def _plain(text: Any) -> str:
    """Digits as everybody writes them; Python would also take digits of other scripts and underscores."""
    found = str(text).strip()
    if not found.isascii() or "_" in found or len(found) > 60:
        raise ValueError("not a number")
    return found
