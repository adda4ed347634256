"""By what series are broken down on a day, and what each part is called."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language

from .. import breakdowns
from ..breakdowns import TOTAL
from ..models import Breakdown, Category, Dimension


@dataclass(frozen=True)
class Part:
    """One part of a total: its key, and what it is called."""

    key: str
    name: str


@dataclass(frozen=True)
class Split:
    """A breakdown of a series as it holds on a day, with its parts in their order."""

    row: Breakdown
    name: str
    parts: tuple[Part, ...]

    @property
    def by(self) -> str:
        """The codes of its dimensions."""
        return self.row.by

    @property
    def keys(self) -> list[str]:
        """The keys of its parts."""
        return [part.key for part in self.parts]


class Breakdowns:
    """Every dimension with its categories, and every breakdown of a series, read once: two SQL statements."""

    def __init__(self) -> None:
        self.categories: dict[str, list[Category]] = defaultdict(list)
        self.dimensions: dict[str, Dimension] = {}
        for category in Category.objects.select_related("dimension").order_by("dimension__code", "rank", "code"):
            self.categories[category.dimension.code].append(category)
            self.dimensions[category.dimension.code] = category.dimension
        self.rows: dict[str, list[Breakdown]] = defaultdict(list)
        for row in Breakdown.objects.select_related("series").order_by("series__code", "pk"):
            self.rows[row.series.code].append(row)

    def of(self, series_code: str, day: date) -> list[Split]:
        """How a series is broken down for periods that end on a day. A category that had ended by then is no part any more."""
        return [self.split(row, day) for row in self.rows.get(series_code, ()) if _holds(row, day)]

    def split(self, row: Breakdown, day: date) -> Split:
        """A breakdown with the parts it has on a day."""
        codes = row.by.split("-")
        there = {code: [each.code for each in self.categories[code] if _holds(each, day)] for code in codes}
        return Split(row, self.name_of(row.by), tuple(Part(key, self.part_name(key)) for key in breakdowns.keys(there)))

    def name_of(self, by: str) -> str:
        """What a breakdown is called, in the reader's language."""
        return " × ".join(_named(self.dimensions[code]) if code in self.dimensions else code for code in by.split("-"))

    def part_name(self, key: str) -> str:
        """What a part is called, in the reader's language; of the total nothing."""
        said = []
        for dimension, code in breakdowns.categories_of(key).items():
            found = next((each for each in self.categories.get(dimension, ()) if each.code == code), None)
            said.append(code if found is None else _named(found))
        return ", ".join(said)

    def is_part(self, key: str) -> bool:
        """Whether a text is the key of a part there is or was."""
        try:
            found = breakdowns.categories_of(key)
        except breakdowns.NotAKey:
            return False
        return key != TOTAL and all(any(each.code == code for each in self.categories.get(dimension, ())) for dimension, code in found.items())


def _holds(row: Breakdown | Category, day: date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)


def _named(thing: Dimension | Category) -> str:
    return thing.name_en if get_language() == "en" else thing.name
