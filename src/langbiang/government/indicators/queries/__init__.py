"""What can be read about indicators, reports and figures."""

from .breakdowns import Breakdowns, Part, Split
from .catalogue import Catalogue
from .figures import (
    Figure,
    all_known,
    as_known,
    children,
    figure,
    is_official,
    series_of,
    units_day,
    vintages,
)
from .headline import Headline, headlines
from .lines import by_unit, history, province_figures, trial
from .narratives import Desk, desk, figures_beside, may_see, progress, titled, written
from .opening import title_at
from .parts import PartFigure, PartsBy, parts_of, splits_of
from .reports import (
    Cell,
    Matrix,
    Splits,
    asked,
    cell_name,
    matrix,
    named,
    owed_by,
    owed_reports,
    splits,
    stage_words,
    to_check,
    waiting_to_publish,
)
from .sources import Said, differs, said_by_sources
from .units import (
    Described,
    Newest,
    NoSuchPeriod,
    Spread,
    UnitFigure,
    described,
    newest_of_province,
    newest_of_units,
    owner_of,
    period_said,
    spread,
    standing_on,
    states_of,
    unsent,
)

__all__ = [
    "Breakdowns", "Catalogue", "Cell", "Described", "Desk", "Figure", "Headline", "Matrix", "Newest", "NoSuchPeriod", "Part",
    "PartFigure", "PartsBy", "Said", "Split", "Splits", "Spread", "UnitFigure", "all_known", "as_known", "asked", "by_unit",
    "cell_name", "children", "described", "desk", "differs", "figure", "figures_beside", "headlines", "history", "is_official",
    "matrix", "may_see", "named", "newest_of_province", "newest_of_units", "owed_by", "owed_reports", "owner_of", "parts_of",
    "period_said", "progress", "province_figures", "said_by_sources", "series_of", "splits", "splits_of", "spread",
    "stage_words", "standing_on", "states_of", "title_at", "titled", "to_check", "trial", "units_day", "unsent", "vintages",
    "waiting_to_publish", "written",
]  # fmt: skip
