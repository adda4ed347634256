"""When an alert is raised and when it is over. Pure: a value and what was known before in, what to do out."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Verdict = Literal["raise", "hold", "clear", "quiet"]
# What was raised so often within so long flaps: from then on it is over only after being good for CALM.
FLAPS, FLAPS_WITHIN, CALM = 3, timedelta(hours=24), timedelta(hours=2)


@dataclass(frozen=True)
class Levels:
    """The two levels of a rule: it is raised beyond `trigger` and over only beyond `clear`, on the good side."""

    side: str
    trigger: float
    clear: float
    least_base: int = 0

    def is_breach(self, value: float) -> bool:
        """Whether a value raises the alert; the trigger itself does."""
        return value >= self.trigger if self.side == "above" else value <= self.trigger

    def is_over(self, value: float) -> bool:
        """Whether a value ends it; the clear level itself does, unless it is the trigger as well."""
        if self.is_breach(value):
            return False
        return value <= self.clear if self.side == "above" else value >= self.clear


def judge(levels: Levels, value: float | None, base: int | None, *, is_up: bool) -> Verdict:
    """What a value means for an alert that is up or not.

    No value, or a share of fewer than `least_base`, decides nothing: what is up stays up, what is not stays down.
    """
    if value is None or (base is not None and base < levels.least_base):
        return "hold" if is_up else "quiet"
    if is_up:
        return "clear" if levels.is_over(value) else "hold"
    return "raise" if levels.is_breach(value) else "quiet"


def is_worse(side: str, value: float, than: float | None) -> bool:
    """Whether a value lies further on the bad side."""
    return than is None or (value > than if side == "above" else value < than)
