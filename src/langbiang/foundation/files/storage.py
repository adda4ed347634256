"""The store: bytes under their SHA-256, written once, durable before anybody is told they are kept."""

import contextlib
import errno
import hashlib
import os
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Refusal


class Full(Refusal):
    """There is no room left on the disk; nothing was kept."""

    status = 507


class Damaged(Refusal):
    """The bytes on disk are no longer those that were kept."""

    status = 500


def folder() -> Path:
    """Where files lie."""
    return Path(settings.HOME) / "files"


def path_of(sha256: str) -> Path:
    """Where a content lies."""
    return folder() / sha256[:2] / sha256[2:4] / sha256


def keep(data: bytes) -> str:
    """Write bytes and give their digest; they are on disk, name and all, when this returns. Raises Full."""
    digest = hashlib.sha256(data).hexdigest()
    target = path_of(digest)
    if target.exists() and target.stat().st_size == len(data):
        return digest
    draft = target.with_name(f".{digest[:12]}.{uuid4().hex}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(draft, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, target)
        for parent in (target.parent, target.parent.parent, folder()):
            _sync_folder(parent)
    except OSError as problem:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise Full(
                _("The server has no room left for files. Nothing was saved."),
                way_out=_("Try again later; what you typed is kept."),
            ) from problem
        raise
    return digest


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(sha256: str) -> bytes:
    """The bytes of a content, checked against their digest. Raises Damaged."""
    try:
        data = path_of(sha256).read_bytes()
    except FileNotFoundError:
        raise Damaged(_("The file is missing from the store."), way_out=_("Tell the administrator.")) from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Damaged(_("The file in the store has been changed."), way_out=_("Tell the administrator."))
    return data


def forget(sha256: str) -> None:
    """Remove a content nobody refers to any more."""
    path_of(sha256).unlink(missing_ok=True)


def sweep_drafts(*, older_than: float) -> int:
    """Remove half-written files left by killed processes; `older_than` is a time stamp in seconds."""
    removed = 0
    for draft in folder().glob("??/??/.*"):
        if draft.stat().st_mtime < older_than:
            draft.unlink(missing_ok=True)
            removed += 1
    return removed
