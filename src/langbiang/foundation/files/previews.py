"""Pictures of first pages: drawn once per content by a child process, kept beside the store, remembered when impossible."""

import contextlib
import json
import os
import subprocess
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from . import examination, storage
from .models import StoredFile

SECONDS = 20
MEMORY = 1024 * 1024 * 1024


def path_of(sha256: str) -> Path:
    """Where the picture of a content lies. It can be drawn again, so it is in no backup."""
    return Path(settings.HOME) / "previews" / sha256[:2] / f"{sha256}.png"


def preview_of(file: StoredFile) -> bytes | None:
    """A PNG of the first page, at most 480 pixels wide; None where there is none. Raises Damaged, Busy."""
    kept = path_of(file.sha256)
    with contextlib.suppress(FileNotFoundError):
        return kept.read_bytes()
    if not file.can_be_drawn:
        return None
    drawn = _draw(storage.read(file.sha256), file.mime)
    state = StoredFile.Preview.DRAWN if drawn else StoredFile.Preview.NONE
    StoredFile.objects.filter(sha256=file.sha256).exclude(preview=state).update(preview=state)
    if drawn:
        # A picture that cannot be kept is drawn again next time.
        with contextlib.suppress(OSError):
            _keep(kept, drawn)
    return drawn or None


def forget(sha256: str) -> None:
    """Remove the picture of a content that is removed."""
    path_of(sha256).unlink(missing_ok=True)


def _draw(data: bytes, mime: str) -> bytes:
    limits = {"mime": mime, "seconds": SECONDS, "memory": MEMORY}
    try:
        done = examination.in_child(
            "langbiang.foundation.files.checking.drawing",
            json.dumps(limits).encode() + b"\n" + data,
            seconds=SECONDS + 10,
        )
    except subprocess.TimeoutExpired:
        return b""
    return done.stdout if done.returncode == 0 and done.stdout.startswith(b"\x89PNG") else b""


def _keep(target: Path, drawn: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{uuid4().hex}.part")
    draft.write_bytes(drawn)
    os.replace(draft, target)
