"""What was typed as a number: decimal comma, dots between thousands. Blank is nothing, which is not 0."""

import re
from dataclasses import dataclass
from decimal import Decimal

_GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?")
_PLAIN = re.compile(r"[+-]?\d+(,\d+)?")
_NO_EVENT = ("-", "–", "k", "kps", "không", "không phát sinh")  # what people write for "nothing happened"
MOST_DIGITS = 18


@dataclass(frozen=True)
class Typed:
    """A number, or the word that nothing happened (then the number is 0)."""

    value: Decimal
    is_no_event: bool = False


class NotANumber(ValueError):
    """What was typed is no number as Vietnamese writes them; `rule` says why: form, point, digits, decimals."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def read(text: str, *, decimals: int) -> Typed | None:
    """The number typed, None for a blank. Raises NotANumber."""
    plain = re.sub(r"[\s\u00a0\u202f]", "", text.strip()).replace("\u2212", "-")
    if not plain:
        return None
    if text.strip().lower() in _NO_EVENT:
        return Typed(Decimal(0), is_no_event=True)
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(".", "")
    elif not _PLAIN.fullmatch(plain):
        # 12.5 may be twelve and a half or a slip for 12.500: the person says which.
        raise NotANumber("point" if re.fullmatch(r"[+-]?[\d.]+", plain) else "form")
    whole, _, rest = plain.partition(",")
    if len(whole.lstrip("+-")) + len(rest) > MOST_DIGITS:
        raise NotANumber("digits")
    if len(rest.rstrip("0")) > decimals:
        raise NotANumber("decimals")
    return Typed(Decimal(f"{whole}.{rest or 0}"))
