"""A table that is edited row by row without scripts: add, remove, move up and down, each a plain button.

Nothing is kept until the whole page is saved: the buttons give the page back with the rows as they then stand.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django import forms
from django.http import QueryDict

Row = TypeVar("Row", bound=forms.Form)
MOST_ROWS = 60
_DO = re.compile(r"^(remove|up|down)-(\d{1,3})$")


class RowEditor(Generic[Row]):
    """Rows of one kind on a page, under a prefix."""

    def __init__(self, row_form: type[Row], prefix: str) -> None:
        self.row_form, self.prefix = row_form, prefix
        self.rows: list[Row] = []

    def show(self, values: Sequence[Mapping[str, Any]]) -> "RowEditor[Row]":
        """The rows as they are kept."""
        self.rows = [self.row_form(initial=dict(v), prefix=f"{self.prefix}-{n}") for n, v in enumerate(values[:MOST_ROWS])]
        return self

    def read(self, posted: QueryDict) -> "RowEditor[Row]":
        """The rows as they were posted."""
        count = posted.get(f"{self.prefix}-count", "0")
        n = min(int(count), MOST_ROWS) if count.isascii() and count.isdigit() else 0
        self.rows = [self.row_form(posted, prefix=f"{self.prefix}-{i}") for i in range(n)]
        return self

    def acted(self, posted: QueryDict) -> bool:
        """Do what a row button asks (`do-PREFIX` = add, remove-2, up-2, down-2); False where none was pressed."""
        asked = posted.get(f"do-{self.prefix}", "")
        found = _DO.match(asked)
        if asked != "add" and not found:
            return False
        values = [self._typed(row) for row in self.rows]
        if asked == "add":
            values.append({})
        elif found:
            act, i = found[1], int(found[2])
            if i < len(values):
                if act == "remove":
                    del values[i]
                elif act == "up" and i > 0:
                    values[i - 1], values[i] = values[i], values[i - 1]
                elif act == "down" and i + 1 < len(values):
                    values[i + 1], values[i] = values[i], values[i + 1]
        self.show(values)
        return True

    def is_valid(self) -> bool:
        """Whether every row is right; all are looked at."""
        return all([row.is_valid() for row in self.rows])

    @property
    def values(self) -> list[dict[str, Any]]:
        """The rows as they are to be kept; after `is_valid`."""
        return [dict(row.cleaned_data) for row in self.rows]

    @staticmethod
    def _typed(row: forms.Form) -> dict[str, Any]:
        """What was typed in a row, right or wrong."""
        return {
            name: field.widget.value_from_datadict(row.data, row.files, row.add_prefix(name))
            for name, field in row.fields.items()
        }
