"""The timing limits every controller works under in one evaluation; printed beside each figure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Lamp timing bounds in seconds."""

    name: str
    yellow_s: int
    all_red_s: int
    min_green_s: int
    max_red_s: int = 120

    @property
    def intergreen_s(self) -> int:
        return self.yellow_s + self.all_red_s

    def __str__(self) -> str:
        return f"{self.name}: yellow {self.yellow_s} s, all-red {self.all_red_s} s, min green {self.min_green_s} s"


FREE = Limits("free", yellow_s=3, all_red_s=0, min_green_s=5)
FIELD = Limits("field", yellow_s=3, all_red_s=2, min_green_s=10)
LIMITS = {limits.name: limits for limits in (FREE, FIELD)}
