"""Keys of broken-down figures: which part of a total a figure is. No database.

A key names a category of a dimension (`SEX:F`), or one of each of two crossed (`ETHNIC:KINH-SEX:F`), always in the order of
the dimensions, so that one part has one key. The total is `_T`. Keys go into packets as they are: at most 60 letters.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

TOTAL = "_T"
CODE = re.compile(r"[A-Z][A-Z0-9_]{0,11}")  # of a dimension
CATEGORY = re.compile(r"[A-Z0-9][A-Z0-9_]{0,11}")
MOST_CROSSED = 2


class NotAKey(ValueError):
    """A text that names no part."""


def key_of(categories: Mapping[str, str]) -> str:
    """The key of a part, from its category in each dimension; of nothing the total."""
    return "-".join(f"{dimension}:{category}" for dimension, category in sorted(categories.items())) or TOTAL


def categories_of(key: str) -> dict[str, str]:
    """The category in each dimension a key names; of the total none. Raises NotAKey where it is not written as keys are."""
    if key == TOTAL:
        return {}
    pairs = [part.partition(":")[::2] for part in key.split("-")]
    found = dict(pairs)
    if not all(CODE.fullmatch(code) and CATEGORY.fullmatch(category) for code, category in pairs) or key_of(found) != key:
        raise NotAKey(key)
    return found


def by_of(dimensions: Iterable[str]) -> str:
    """How a breakdown by some dimensions is called: their codes in their order."""
    return "-".join(sorted(dimensions))


def dimensions_of(key: str) -> str:
    """The breakdown a part belongs to."""
    return by_of(categories_of(key))


def keys(dimensions: Mapping[str, Sequence[str]]) -> list[str]:
    """The keys of every part of a breakdown, from the categories of each dimension in their order."""
    codes = sorted(dimensions)
    return [key_of(dict(zip(codes, chosen, strict=True))) for chosen in product(*(dimensions[code] for code in codes))]
