"""Sources that leave files in a folder: SUBJECT_YYYY-MM-DD.csv or .json, whole days, in the order of their names."""

import csv
import hashlib
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from .base import Page, SourceRefused, Window

MOST_BYTES = 8 * 1024 * 1024
_NAME = re.compile(r"^([a-z_]+)_(\d{4}-\d{2}-\d{2})\.(csv|json)$")


class FileFolder:
    """A folder; the cursor is the name of the file read last."""

    def __init__(self, address: str) -> None:
        self.folder = Path(address)

    def fetch(self, subject: str, window: Window, cursor: str) -> Page:
        """The rows of the next file."""
        names = [name for name in self._names(subject, window) if name > cursor]
        if not names:
            return Page([])
        return Page(self._rows(self.folder / names[0]), names[0] if len(names) > 1 else None)

    def put(self, subject: str, key: str, content: bytes) -> str:
        """Write a file named after its key."""
        name = f"{subject}_{hashlib.sha256(key.encode()).hexdigest()[:24]}.out"
        aside = self.folder / f"{name}.part"
        try:
            aside.write_bytes(content)
            aside.replace(self.folder / name)
        except OSError as problem:
            raise SourceRefused(
                _("The folder of this source cannot be used: %(why)s.") % {"why": problem.strerror}
            ) from problem
        return name

    def ack(self, subject: str, receipt: str) -> None:
        """Nothing to confirm: files stay where they are."""

    def health(self) -> str:
        """Whether the folder is there."""
        return "" if self.folder.is_dir() else _("The folder of this source is not there.")

    def _names(self, subject: str, window: Window) -> list[str]:
        try:
            found = [each.name for each in self.folder.iterdir()]
        except OSError as problem:
            raise SourceRefused(_("The folder of this source is not there.")) from problem
        days = {name: match for name in found if (match := _NAME.match(name)) and match[1] == subject}
        return sorted(name for name, match in days.items() if window.first_day <= _day(match[2]) <= window.last_day)

    def _rows(self, path: Path) -> list[dict[str, Any]]:
        try:
            if path.stat().st_size > MOST_BYTES:
                raise SourceRefused(_("The file “%(name)s” is too large.") % {"name": path.name})
            text = path.read_text(encoding="utf-8-sig")
            rows = json.loads(text) if path.suffix == ".json" else list(csv.DictReader(text.splitlines(), restval=""))
        except (OSError, ValueError, RecursionError, csv.Error) as problem:
            raise SourceRefused(_("The file “%(name)s” cannot be read.") % {"name": path.name}) from problem
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise SourceRefused(_("The file “%(name)s” cannot be read.") % {"name": path.name})
        return [{str(name): value for name, value in row.items()} for row in rows]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min
