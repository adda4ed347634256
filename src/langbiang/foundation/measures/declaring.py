"""How a room says what can be counted in it, and the register of all that was said."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast
from zlib import crc32

from django.db.models import BigIntegerField, DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.errors import Text
from langbiang.foundation.events import EventRecord, subscribe

from .scope import Value as Amount

Rows = QuerySet[Any]


class NoSuchMeasure(Refusal, KeyError):
    """There is no measure of this name."""

    status = 404


@dataclass(frozen=True)
class Filter:
    """What a figure can be narrowed by: a column of the records, and what to choose from."""

    column: str
    title: Text
    choices: Callable[[], Iterable[tuple[str, str]]] = tuple


@dataclass(frozen=True)
class RecordSet:
    """The records of one kind behind figures.

    `rows(actor)` gives all of them, or those the actor may open; `agency` is the column of the agency a record counts
    for; `known` that of the moment from which the platform knew of it; `filters` what figures can be narrowed by.
    `changed_by` names the events after which a record may count otherwise, `changed(event)` the records it concerns.
    `href(record)` is where it can be opened, `cells(record)` what a list says of it under `head`.
    """

    name: str
    title: Text
    rows: Callable[[Actor | None], Rows]
    agency: str
    known: str
    changed_by: tuple[str, ...]
    changed: Callable[[EventRecord], Iterable[int]]
    href: Callable[[Any], str]
    head: tuple[Text, ...]
    cells: Callable[[Any], tuple[str, ...]]
    filters: Mapping[str, Filter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from .following import note

        _RECORD_SETS[self.name] = self

        @subscribe(*self.changed_by, key=f"measures.{self.name}")
        def follow(record: EventRecord) -> None:
            note(self, self.changed(record))


@dataclass(frozen=True)
class Line:
    """One way in which records contribute: which, at which moment, how much."""

    rows: Rows
    at: Combinable
    amount: Combinable


@dataclass(frozen=True)
class Count:
    """How many of the records have their moment `at` within the period. `ahead`: moments that lie in the future count."""

    rows: Rows
    at: str | Combinable
    ahead: bool = False
    column: ClassVar[str] = ""
    is_stock: ClassVar[bool] = False

    def lines(self) -> list[Line]:
        """The contributions, one a record."""
        at = _moment(self.at)
        return [Line(_with(self.rows, _at=at).filter(_at__isnull=False), F("_at"), _whole(1))]


@dataclass(frozen=True)
class Sum:
    """The sum of a whole-number column over the records that have their moment `at` within the period."""

    rows: Rows
    column: str
    at: str | Combinable
    ahead: ClassVar[bool] = False
    is_stock: ClassVar[bool] = False

    def lines(self) -> list[Line]:
        """The contributions, one a record."""
        rows = _with(self.rows, _at=_moment(self.at)).filter(_at__isnull=False, **{f"{self.column}__isnull": False})
        return [Line(rows, F("_at"), ExpressionWrapper(F(self.column), BigIntegerField()))]


@dataclass(frozen=True)
class Stock:
    """How many records there are at the end of the period: each from its moment `since` until its moment `until`."""

    rows: Rows
    since: str | Combinable
    until: str | Combinable
    ahead: ClassVar[bool] = False
    column: ClassVar[str] = ""
    is_stock: ClassVar[bool] = True

    def standing(self) -> Rows:
        """The records that are ever there, with their moments as `_since` and `_until`."""
        rows = _with(self.rows, _since=_moment(self.since), _until=_moment(self.until))
        return rows.filter(Q(_until__isnull=True) | Q(_until__gt=F("_since")), _since__isnull=False)

    def lines(self) -> list[Line]:
        """What comes and what goes."""
        rows = self.standing()
        return [Line(rows, F("_since"), _whole(1)), Line(rows.filter(_until__isnull=False), F("_until"), _whole(-1))]


Part = Count | Sum | Stock


@dataclass(frozen=True)
class Ratio:
    """A share of two sums; rolled up as the ratio of the sums, never as a mean of shares. `scale` 100 gives percent."""

    top: Part
    base: Part
    scale: int = 100


Declaration = Callable[[Rows], Part | Ratio]


@dataclass(frozen=True)
class Measure:
    """One thing that can be counted."""

    name: str
    records: RecordSet
    title: Text
    declared: Declaration
    unit: str = ""  # "" for a number, "%" for a share, "đồng" for money
    direction: int = 0  # 1: more is better, -1: less is better, 0: neither
    decimals: int = 0
    target: float | None = None
    description: Text = ""
    open_data: bool = False
    # A moment the figure hangs on may itself be moved later (a due date): what was known then has to be asked for.
    moves: bool = False
    part_names: tuple[str, ...] = ("top",)
    columns: tuple[str, ...] = ("",)  # what is summed in each part; "" where the records are counted
    is_stock: bool = False
    looks_ahead: bool = False
    scale: int = 100

    @property
    def numbers(self) -> dict[str, int]:
        """The parts by the number under which the book has them: made from their names, the same everywhere."""
        return {part: crc32(f"{self.name}/{part}".encode()) & 0x7FFFFFFF for part in self.part_names}

    @property
    def is_ratio(self) -> bool:
        """Whether it is a share of another number."""
        return len(self.part_names) == 2

    @property
    def counts_records(self) -> bool:
        """Whether the number is the number of the records behind it."""
        return not any(self.columns)

    @property
    def nothing(self) -> Amount:
        """The figure where there is nothing."""
        return Amount(0, 0 if self.is_ratio else None, self.scale)

    def parts(self, rows: Rows) -> dict[str, Part]:
        """The parts over these records: `top`, and for a share `base`."""
        found = self.declared(rows)
        return {"top": found.top, "base": found.base} if isinstance(found, Ratio) else {"top": found}


_MEASURES: dict[str, Measure] = {}
_RECORD_SETS: dict[str, RecordSet] = {}


def measure(
    name: str, records: RecordSet, *, title: Text, unit: str = "", direction: int = 0, decimals: int = 0,
    target: float | None = None, description: Text = "", open_data: bool = False, moves: bool = False,
) -> Callable[[Declaration], Declaration]:  # fmt: skip
    """Declare a measure under `name` (room.what_is_counted)."""

    def wrap(declared: Declaration) -> Declaration:
        # The kind does not hang on the records: what the declaration gives for none of them says it.
        found = declared(records.rows(None).none())
        parts = (found.top, found.base) if isinstance(found, Ratio) else (found,)
        made = Measure(
            name, records, title, declared, unit, direction, decimals, target, description, open_data, moves,
            part_names=("top", "base")[: len(parts)], columns=tuple(part.column for part in parts),
            is_stock=parts[-1].is_stock, looks_ahead=parts[-1].ahead,
            scale=found.scale if isinstance(found, Ratio) else 100,
        )  # fmt: skip
        taken = {number for each in _MEASURES.values() if each.name != name for number in each.numbers.values()}
        if taken & set(made.numbers.values()):
            raise ValueError(f"Another measure has a number of {name} already; give it another name.")
        _MEASURES[name] = made
        return declared

    return wrap


def known(name: str) -> Measure:
    """A measure by its name. Raises NoSuchMeasure."""
    if name not in _MEASURES:
        raise NoSuchMeasure(_("There is no such figure."), field="measure")
    return _MEASURES[name]


def every() -> list[Measure]:
    """All measures, in the order in which they were declared."""
    return list(_MEASURES.values())


def record_sets() -> list[RecordSet]:
    """All kinds of records some measure counts."""
    return list(_RECORD_SETS.values())


def measures_of(records: RecordSet) -> list[Measure]:
    """The measures over these records."""
    return [each for each in _MEASURES.values() if each.records.name == records.name]


def _moment(told: str | Combinable) -> Combinable:
    return F(told) if isinstance(told, str) else told


def _with(rows: Rows, **moments: Combinable) -> Rows:
    return cast(Rows, rows.annotate(**{name: ExpressionWrapper(at, DateTimeField()) for name, at in moments.items()}))


def _whole(number: int) -> Combinable:
    return Value(number, output_field=BigIntegerField())
