"""The formulas of the index, without Django: counters in, points out."""

from .formulas import GroupScore, IndicatorRow, IndicatorScore, Loss, Result, explain, score, score_many
from .ranking import competition_ranks, rank_among

__all__ = [
    "GroupScore",
    "IndicatorRow",
    "IndicatorScore",
    "Loss",
    "Result",
    "competition_ranks",
    "explain",
    "rank_among",
    "score",
    "score_many",
]
