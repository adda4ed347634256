"""Lists of choices that many forms share: peoples, countries, communes."""

import json
from datetime import date
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
NAMES = ("ethnicities", "nationalities", "communes", "provinces")


@lru_cache
def _lists() -> dict[str, list[str]]:
    return dict(json.loads((DATA / "lists.json").read_text(encoding="utf-8")))


def choices(name: str) -> list[tuple[str, str]]:
    """The (value, label) pairs of a shared list. Raises KeyError for an unknown one."""
    if name == "communes":
        from langbiang.foundation.organizations import queries as organizations

        return [
            (row.place_code, row.name.removeprefix("Ủy ban nhân dân ").capitalize()[:1].upper() + row.name.removeprefix("Ủy ban nhân dân ")[1:])
            for row in organizations.commune_agencies(on=date.today())
        ]  # fmt: skip
    return [(text, text) for text in _lists()[name]]
