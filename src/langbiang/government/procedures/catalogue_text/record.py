"""What a catalogue text says, as frozen values, each with how sure the reading is.

Pure data: no Django, no clock, no files. A clerk compares these values with the text they came from, so
every table row keeps its own slice of the text in ``raw``; joined, the slices give the table back.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class ParseState(StrEnum):
    """How far a reading may be trusted before a person has looked at it."""

    OK = "ok"
    GUESS = "guess"
    """Not written in its own cell, but supported by evidence that is kept beside the value."""
    REVIEW = "review"
    """A proposal, or nothing at all: a person must decide before anything is published."""
    MISSING = "missing"
    """The text says that there is no information, or the part is absent."""


_WEIGHT = {ParseState.OK: 0, ParseState.GUESS: 1, ParseState.MISSING: 2, ParseState.REVIEW: 3}


def weakest(states: Iterable[ParseState]) -> ParseState:
    """The state of a whole made of parts: as good as its worst part; ok when there are none."""
    return max(states, key=_WEIGHT.__getitem__, default=ParseState.OK)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a reading is not simply ok. ``code`` is a key of ``reasons.REASON_TEXT``."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """A value with its reading state and the reasons for it."""

    value: T
    state: ParseState = ParseState.OK
    reasons: tuple[Reason, ...] = ()


class Channel(StrEnum):
    DIRECT = "direct"
    ONLINE = "online"
    POSTAL = "postal"


class TimeUnit(StrEnum):
    WORKING_DAY = "working_day"
    DAY = "day"
    WORKING_HOUR = "working_hour"
    HOUR = "hour"
    MONTH = "month"


class LimitBasis(StrEnum):
    """Where the time limit of a row comes from, strongest first."""

    STATED = "stated"
    SAME_DAY_SENTENCE = "same_day_sentence"
    SAME_NUMBER_IN_TEXT = "same_number_in_text"
    TEXT = "text"
    SUM_OF_STAGES = "sum_of_stages"
    STAGES = "stages"
    LEGAL_RULE = "legal_rule"
    OTHER_CHANNEL = "other_channel"
    PROPOSED = "proposed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a time limit told in prose, with the sentence that tells it."""

    amount: Decimal
    unit: TimeUnit
    sentence: str


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How long the agencies may take on one channel.

    ``stated`` is the cell as written. ``amount`` and ``unit`` are set together or not at all; a limit told
    in stages of different units has only ``stages``. ``same_day``: result today, the cut-off hour of the
    procedure applies. ``hour_kind_open``: the cell says "Giờ" without saying working hours.
    """

    stated: str
    amount: Decimal | None = None
    unit: TimeUnit | None = None
    same_day: bool = False
    hour_kind_open: bool = False
    stages: tuple[Stage, ...] = ()
    basis: LimitBasis = LimitBasis.NONE
    evidence: str = ""
    state: ParseState = ParseState.OK
    reasons: tuple[Reason, ...] = ()

    @property
    def is_obtained(self) -> bool:
        """Whether there is a limit with a unit, be it in one figure or in stages."""
        return (self.amount is not None and self.unit is not None) or bool(self.stages)


class FeeState(StrEnum):
    FREE = "free"
    AMOUNT = "amount"
    UNKNOWN = "unknown"


class UnknownFee(StrEnum):
    """Why a fee is not known: what the clerk has to look up."""

    SET_BY_COUNCIL = "set_by_council"
    SET_BY_ACT = "set_by_act"
    AMOUNT_IN_NOTE = "amount_in_note"
    NAMED_IN_NOTE = "named_in_note"
    EXEMPTIONS_ONLY = "exemptions_only"
    NOT_STATED = "not_stated"


@dataclass(frozen=True, slots=True)
class DatedFee:
    """A suggestion for a second fee rule: an amount that holds between two days, under a named act."""

    amount: Decimal
    valid_from: dt.date | None
    valid_to: dt.date | None
    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Fee:
    """The fee of one channel. ``amount`` and ``currency`` as read; ``stated`` as written.

    A cell "Miễn phí" whose note speaks of a fee is never free: ``state`` is unknown and ``unknown_why`` says
    what was found.
    """

    stated: str
    fee_state: FeeState
    amount: Decimal | None = None
    currency: str = ""
    per: str = ""
    unknown_why: UnknownFee | None = None
    note: str = ""
    dated: tuple[DatedFee, ...] = ()
    evidence: str = ""
    state: ParseState = ParseState.OK
    reasons: tuple[Reason, ...] = ()

    @property
    def is_obtained(self) -> bool:
        """Known, or unknown for a reason the text itself gives."""
        return self.fee_state is not FeeState.UNKNOWN or self.unknown_why is not UnknownFee.NOT_STATED


@dataclass(frozen=True, slots=True)
class ChannelRow:
    channel: Channel
    time_limit: TimeLimit
    fee: Fee
    description: str
    raw: str

    @property
    def state(self) -> ParseState:
        return weakest((self.time_limit.state, self.fee.state))


@dataclass(frozen=True, slots=True)
class ChannelTable:
    """All rows in the order of the text; a channel may come several times, for tiers."""

    rows: tuple[ChannelRow, ...]
    preface: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One line of the component table.

    ``originals``/``copies`` are None when the source gives no quantity. ``present_only``: 0 originals and no
    copy, i.e. shown only or looked up in a database. ``looks_like_note``: a rule or hint put into the table,
    not a paper to hand in.
    """

    name: str
    form_files: tuple[str, ...] = ()
    originals: int | None = None
    copies: int | None = None
    present_only: bool = False
    looks_like_note: bool = False
    code: str = ""
    url: str = ""
    state: ParseState = ParseState.OK
    reasons: tuple[Reason, ...] = ()
    raw: str = ""

    @property
    def form_file(self) -> str:
        """The first form file, or nothing."""
        return self.form_files[0] if self.form_files else ""


@dataclass(frozen=True, slots=True)
class DocumentGroup:
    """The papers of one case; ``label`` is empty for the group marked "--"."""

    label: str
    rows: tuple[DocumentRow, ...]
    raw_label: str = ""
    raw_head: str = ""
    raw_tail: str = ""


@dataclass(frozen=True, slots=True)
class LegalBasis:
    title: str
    code: str
    swapped: bool = False
    state: ParseState = ParseState.OK
    reasons: tuple[Reason, ...] = ()
    raw: str = ""

    @property
    def number(self) -> str:
        """The bare number: "47/2019/TT-BTC" for "Thông tư số 47/2019/TT-BTC"; to tell one act by."""
        return self.code.rsplit(" ", 1)[-1] if self.code[:1].isalpha() else self.code


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    code: str
    state: ParseState = ParseState.OK
    reasons: tuple[Reason, ...] = ()
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency as named; ``superseded`` for ``…_old`` and units of the abolished district level."""

    name: str
    stated: str
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (with its table head, if any) and what follows up to the next one."""

    key: str
    head: str
    body: str


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """One procedure of the national catalogue as read from its text."""

    source_shape: str
    """``flattened_text``, ``split_fields`` or ``lay_thu_tuc``."""
    text: str
    """The NFC text that was read; the joined parts give exactly this."""
    sections: tuple[Section, ...]
    code: Parsed[str]
    title: Parsed[str]
    decision_no: Parsed[str]
    levels: Parsed[tuple[str, ...]]
    kind: Parsed[str]
    field: Parsed[str]
    audiences: Parsed[tuple[str, ...]]
    competent_agencies: Parsed[tuple[Agency, ...]]
    reception_address: Parsed[str]
    delegated_agencies: Parsed[tuple[Agency, ...]]
    coordinating_agencies: Parsed[tuple[Agency, ...]]
    related: Parsed[tuple[str, ...]]
    steps_text: Parsed[str]
    channels: Parsed[ChannelTable]
    documents: Parsed[tuple[DocumentGroup, ...]]
    legal_bases: Parsed[tuple[LegalBasis, ...]]
    implementing_agencies: Parsed[tuple[Agency, ...]]
    requirements: Parsed[str]
    results: Parsed[tuple[Result, ...]]
    keywords: Parsed[str]
    description: Parsed[str]
    detail_url: str = ""
    problems: tuple[Reason, ...] = ()
    """Why the text as a whole could not be read; empty for a catalogue page."""


def as_data(value: Any) -> Any:
    """The same as plain dicts, lists, strings and numbers, ready for a JSON column; decimals as strings."""
    if isinstance(value, StrEnum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_data(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple | list):
        return [as_data(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value
