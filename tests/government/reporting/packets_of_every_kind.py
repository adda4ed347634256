"""Strategies for packets of all thirteen kinds."""

import datetime as dt
import typing
from decimal import Decimal
from types import UnionType

from hypothesis import strategies as st
from pydantic import BaseModel

from langbiang.government.reporting.packets import KINDS, Code, Line, Number, Packet, Text

CODES = st.from_regex(r"\A[0-9A-Za-zĐđ][0-9A-Za-zĐđ._:/-]{0,59}\Z")
_PRINTED = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufeff\ufffe\uffff")
LINES = st.text(_PRINTED, min_size=1, max_size=40).map(str.strip).filter(bool)
TEXTS = st.text(_PRINTED | st.sampled_from("\n\t"), min_size=1, max_size=80).map(str.strip).filter(bool)
NUMBERS = st.decimals(min_value=Decimal("-1e15"), max_value=Decimal("1e15"), places=6) | st.integers(-9999, 9999).map(
    Decimal
)
MOMENTS = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1), timezones=st.sampled_from(
    [dt.UTC, dt.timezone(dt.timedelta(hours=7))]
))  # fmt: skip


def of(annotation: object) -> st.SearchStrategy:
    """Values an annotation admits."""
    for known, strategy in ((Code, CODES), (Line, LINES), (Text, TEXTS), (Number, NUMBERS)):
        if annotation == known:
            return strategy
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is list:
        return st.lists(of(arguments[0]), max_size=3)
    if origin in (typing.Union, UnionType):
        return st.one_of(*(st.none() if each is type(None) else of(each) for each in arguments))
    if origin is typing.Annotated:
        return st.integers(1, 6)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return model(annotation)
    if annotation is bool:
        return st.booleans()
    if annotation is dt.date:
        return st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1))
    if "AwareDatetime" in repr(annotation):
        return MOMENTS
    raise TypeError(repr(annotation))


def model(kind: type[BaseModel]) -> st.SearchStrategy:
    """Whole models."""
    hints = typing.get_type_hints(kind, include_extras=True)
    made = {}
    for name, info in kind.model_fields.items():
        if name == "extra":
            continue
        strategy = of(hints[name])
        if typing.get_origin(hints[name]) is list and any(getattr(rule, "min_length", 0) for rule in info.metadata):
            strategy = st.lists(of(typing.get_args(hints[name])[0]), min_size=1, max_size=3)
        made[name] = strategy
    return st.builds(kind, **made)


def packets(kind: str) -> st.SearchStrategy[Packet]:
    """Packets of a kind."""
    return model(KINDS[kind])
