"""Pages for everybody that are no tables of figures: rooms name them, the list of open data shows them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class OpenPage:
    """A title, the name of the view, a sentence about it."""

    title: Any
    view: str
    about: Any


PAGES: dict[str, OpenPage] = {}


def open_page(title: Any, view: str, about: Any) -> None:
    """Let a page of a room stand in the list of open data."""
    PAGES[view] = OpenPage(title, view, about)
