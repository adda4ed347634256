"""The store: bytes under their SHA-256, written once, durable before anybody is told they are kept.

What is promised: a digest that `keep` has given can be read back, byte for byte, after the process is killed or the
power fails; a name in the store never stands for half a file; a full disk leaves nothing behind.
"""

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Refusal

# Left free for the database, which must be able to write when files no longer can.
RESERVE = 256 * 1024 * 1024
_DRAFT = ".part"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)


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


def digest_of(data: bytes) -> str:
    """The name a content has in the store."""
    return hashlib.sha256(data).hexdigest()


def keep(data: bytes) -> str:
    """Write bytes and give their digest; they are on disk, name and all, when this returns. Raises Full.

    The same content is written once. One that lies there damaged is put right by whoever brings it again.
    """
    digest = digest_of(data)
    target = path_of(digest)
    try:
        if _holds(target, digest):
            # Its first writer may not have come to this yet.
            _sync_folders(target)
            return digest
        _write(target, data)
    except OSError as problem:
        if problem.errno in _NO_ROOM:
            raise _full() from problem
        raise
    return digest


def _full() -> Full:
    return Full(
        _("The server has no room left for files. Nothing was saved."),
        way_out=_("Try again later; what you typed is kept."),
    )


def _holds(target: Path, digest: str) -> bool:
    try:
        with open(target, "rb") as kept:
            return hashlib.file_digest(kept, "sha256").hexdigest() == digest
    except FileNotFoundError:
        return False


def _write(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(target.parent).free < len(data) + RESERVE:
        raise _full()
    draft = target.with_name(f".{target.name[:12]}.{uuid4().hex}{_DRAFT}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(draft, target)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    _sync_folders(target)


def _sync_folders(target: Path) -> None:
    for parent in (target.parent, target.parent.parent, folder(), folder().parent):
        handle = os.open(parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(sha256: str) -> bytes:
    """The bytes of a content, checked against their digest. Raises Damaged."""
    try:
        data = path_of(sha256).read_bytes()
    except FileNotFoundError:
        raise Damaged(
            _("The file is missing from the store."),
            way_out=_("Tell the administrator: it can be brought back from the backup."),
        ) from None
    if digest_of(data) != sha256:
        raise Damaged(
            _("The file in the store has been changed since it was kept, so it is not shown."),
            way_out=_("Tell the administrator: it can be brought back from the backup."),
        )
    return data


def is_sound(sha256: str) -> bool:
    """Whether a content lies in the store as it was kept."""
    return _holds(path_of(sha256), sha256)


def forget(sha256: str) -> None:
    """Remove a content nobody refers to any more."""
    path_of(sha256).unlink(missing_ok=True)


def contents(*, older_than: float) -> Iterator[str]:
    """Digests of what lies in the store since before a time stamp (seconds)."""
    for path in folder().glob("??/??/*"):
        with contextlib.suppress(FileNotFoundError):
            if len(path.name) == 64 and path.stat().st_mtime < older_than:
                yield path.name


def sweep_drafts(*, older_than: float) -> int:
    """Remove half-written files left by killed processes; `older_than` is a time stamp in seconds."""
    removed = 0
    for draft in folder().glob(f"??/??/.*{_DRAFT}"):
        with contextlib.suppress(FileNotFoundError):
            if draft.stat().st_mtime < older_than:
                draft.unlink()
                removed += 1
    return removed


def free_bytes() -> int:
    """How much more can be kept before files are refused."""
    place = next(path for path in (folder(), *folder().parents) if path.exists())
    return max(0, shutil.disk_usage(place).free - RESERVE)
