"""Keeping files: what a person uploads is checked first; what the platform makes is kept as it is."""

from datetime import datetime
from typing import Any, Protocol

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal

from . import examination, names, storage
from .models import Limit, StoredFile
from .storage import Damaged, Full

__all__ = ["Damaged", "Full", "TooLarge", "bind", "clean_up", "limits_for", "read_trusted", "store_bytes", "store_file"]


class TooLarge(Refusal):
    """The file is larger than the limit."""

    status = 413


class Upload(Protocol):
    """What Django hands over for an uploaded file."""

    name: str | None
    size: int | None

    def read(self) -> bytes: ...


def limits_for(room: str, *, at: datetime) -> Limit:
    """The limits of a room on a day."""
    day = timezone.localtime(at).date()
    rows = Limit.objects.filter(Q(room=room) | Q(room=""), valid_from__lte=day).exclude(valid_to__lte=day)
    return rows.order_by("-room", "-valid_from").first() or Limit(room=room, valid_from=day)


def store_file(actor: Actor, *, upload: Any, room: str, owner: str, at: datetime) -> StoredFile:
    """Check an uploaded file and keep it. Raises TooLarge, Rejected, Busy, Full; nothing is kept then.

    A PDF is kept without scripts, attachments and active forms; `cleaned` says what was taken out.
    """
    limit = limits_for(room, at=at)
    size = upload.size or 0
    if size > limit.max_bytes:
        raise TooLarge(
            _("The file is %(size)s MB; at most %(limit)s MB are accepted.")
            % {"size": f"{size / 1048576:.1f}", "limit": f"{limit.max_bytes / 1048576:.0f}"},
            field="file", way_out=_("Scan it in grey at 200 dpi, or split it into several files."),
        )  # fmt: skip
    data = upload.read()
    if len(data) > limit.max_bytes:
        raise TooLarge(_("The file is too large."), field="file")
    found, kept = examination.examine(data, max_pages=limit.max_pages)
    return _keep(
        actor, kept, name=str(upload.name or ""), mime=found["mime"], room=room, owner=owner, at=at,
        pages=found["pages"], cleaned=found["cleaned"],
    )  # fmt: skip


def store_bytes(actor: Actor, *, data: bytes, name: str, mime: str, room: str, owner: str, at: datetime) -> StoredFile:
    """Keep a file the platform made itself. Raises Full."""
    return _keep(actor, data, name=name, mime=mime, room=room, owner=owner, at=at, pages=None, cleaned=[])


def _keep(
    actor: Actor, data: bytes, *, name: str, mime: str, room: str, owner: str, at: datetime, pages: int | None,
    cleaned: list[str],
) -> StoredFile:  # fmt: skip
    digest = storage.keep(data)
    return StoredFile.objects.create(
        sha256=digest, size=len(data), mime=mime, name=names.clean(name, mime), pages=pages, room=room,
        owner=owner[:100], cleaned=cleaned, account_id=actor.account_id, created_by=actor.label[:300], created_at=at,
    )  # fmt: skip


def read_trusted(file_id: int | None) -> bytes:
    """The bytes of a file, for services that have decided already that they may be read. Raises Damaged."""
    return storage.read(StoredFile.objects.get(pk=file_id or 0).sha256)


def bind(file_ids: list[int], *, room: str, owner: str) -> int:
    """Hang files that were uploaded before their record existed onto the record."""
    return StoredFile.objects.filter(pk__in=file_ids, room=room).update(owner=owner[:100])


def clean_up(*, at: datetime, grace_seconds: int = 7 * 86400) -> int:
    """Remove half-written files of killed processes."""
    return storage.sweep_drafts(older_than=at.timestamp() - grace_seconds)
