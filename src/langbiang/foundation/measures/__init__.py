"""The semantic layer: what can be counted, and the records behind each figure.

    CASES = RecordSet("cases", title=_("cases"), rows=queries.counted, agency="competent_unit_id", ...)

    @measure("cases.on_time", CASES, unit="%", title=_("Decided on time"), direction=1)
    def on_time(rows):
        done = rows.filter(due_current__isnull=False)
        return Ratio(Count(done.filter(due_current__gte=F("ended_at")), at="ended_at"), Count(done, at="ended_at"))

A measure gives querysets, never numbers, and says at which moment a record counts. The period, the agencies, the filters
and the viewer's own rights are applied here, so that no measure can forget one. From the one declaration come the figure,
its roll-up, its series, the very records behind it, its alert, its interface and its open data.

What every record contributes stands in a book (`book.py`) in which nothing is overwritten: a contribution that is no
longer true is closed with the moment it ended. Sums over the book are kept by day and by month. So a figure costs the same
however many records there are, and can be asked for as it was known at any earlier moment.
"""

from .declaring import Count, Filter, Measure, Ratio, RecordSet, Stock, Sum, measure
from .following import note
from .open_pages import open_page
from .proving import Comparison, proof
from .scope import Scope, Value
from .uses import Shown, Use, tells_uses, uses_of

__all__ = [
    "Comparison", "Count", "Filter", "Measure", "Ratio", "RecordSet", "Scope", "Shown", "Stock", "Sum", "Use", "Value", "measure", "note",
    "open_page", "proof", "tells_uses", "uses_of",
]  # fmt: skip
