"""What can be read about indicators, reports and figures."""

from .figures import Figure, as_known, children, figure, history, province_figures, series_of, vintages
from .reports import Cell, Matrix, asked, matrix, named, owed_by, stage_words, to_check, waiting_to_publish

__all__ = [
    "Cell", "Figure", "Matrix", "as_known", "asked", "children", "figure", "history", "matrix", "named", "owed_by",
    "province_figures", "series_of", "stage_words", "to_check", "vintages", "waiting_to_publish",
]  # fmt: skip
