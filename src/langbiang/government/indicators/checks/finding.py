"""A finding: how grave it is, which rule it comes from, and the numbers its sentence names."""

from dataclasses import dataclass, field

BLOCK, CONFIRM, HINT = "block", "confirm", "hint"
_RANK = {BLOCK: 0, CONFIRM: 1, HINT: 2}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (block), to be confirmed with a reason (confirm), or worth a look (hint)."""

    rule: str
    severity: str
    values: dict[str, float | str] = field(default_factory=dict)
    weight: float = 0.0  # how sure, to choose the sentence where several rules speak of one cell

    @property
    def order(self) -> tuple[int, float]:
        """The gravest and surest first."""
        return _RANK[self.severity], -self.weight
