"""Ranks as competitions give them: equals share a rank, the next one is skipped (1, 2, 2, 4)."""

from collections.abc import Mapping, Sequence

# Scores are published with two decimals; two that look equal are equal.
DECIMALS = 2


def competition_ranks(scores: Mapping[str, float]) -> dict[str, int]:
    """The rank of each name, highest score first."""
    shown = {name: round(value, DECIMALS) for name, value in scores.items()}
    return {name: rank_among(value, list(shown.values())) for name, value in shown.items()}


def rank_among(value: float, others: Sequence[float]) -> int:
    """The rank a score has among others: one more than the number of those above it."""
    shown = round(value, DECIMALS)
    return 1 + sum(1 for other in others if round(other, DECIMALS) > shown)
