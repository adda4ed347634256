"""Keeping files: what a person hands in is checked first; what the platform makes is kept as it is.

Handing in leaves no row of its own in the audit trail: the file's row says who, when and what, and the act it belongs
to is recorded by the room it belongs to. Reading a paper by an officer is recorded (`open_file`).
"""

from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require
from langbiang.foundation.audit import services as audit
from langbiang.foundation.ui.formats import file_size

from . import examination, locks, names, policies, queries, storage
from .examination import Busy, Rejected
from .models import Limit, StoredFile
from .queries import NoSuchFile, limits_for
from .storage import Damaged, Full
from .tidying import clean_up

__all__ = [
    "BadLimit", "Busy", "Damaged", "Full", "NoSuchFile", "Rejected", "TooLarge", "TooMuch", "Upload", "bind", "clean_up",
    "limits_for", "open_file", "read_trusted", "set_limit", "store_bytes", "store_file",
]  # fmt: skip


class TooLarge(Refusal):
    """The file is larger than the limit."""

    status = 413


class TooMuch(Refusal):
    """This person has handed in so much today that no more is taken."""

    status = 429


class BadLimit(Refusal):
    """A limit that makes no sense."""

    status = 422


class Upload(Protocol):
    """What Django hands over for an uploaded file."""

    name: str | None
    size: int | None

    def read(self, num_bytes: int | None = None, /) -> bytes: ...


def store_file(actor: Actor, *, upload: Any, room: str, owner: str, at: datetime) -> StoredFile:
    """Check an uploaded file and keep it; when anything is raised nothing is kept.

    A PDF is kept without scripts, attachments and active forms, a photo without the place it was taken at;
    `cleaned_words` of what is given back says what was taken out. `owner` names the record it hangs on
    ("cases.case:17"), or nothing yet. Raises Forbidden, TooLarge, TooMuch, Rejected, Busy, Full.
    """
    require(policies.may_store(actor))
    limit = limits_for(room, at=at)
    if (upload.size or 0) > limit.max_bytes:
        raise _too_large(upload.size, limit)
    data = upload.read(limit.max_bytes + 1)
    if len(data) > limit.max_bytes:
        raise _too_large(len(data), limit)
    _refuse_flood(actor, len(data), limit, at)
    found, kept = examination.examine(data, max_pages=limit.max_pages)
    return _keep(
        actor, kept, name=str(upload.name or ""), mime=found["mime"], room=room, owner=owner, at=at,
        pages=found["pages"], cleaned=found["cleaned"],
    )  # fmt: skip


def _too_large(size: int, limit: Limit) -> TooLarge:
    return TooLarge(
        _("The file is %(size)s; at most %(limit)s are accepted.")
        % {"size": file_size(size), "limit": file_size(limit.max_bytes)},
        field="file", way_out=_("Scan it in grey at 200 dpi, or split it into several files."),
    )  # fmt: skip


def _refuse_flood(actor: Actor, size: int, limit: Limit, at: datetime) -> None:
    """Officers scan all day; a citizen who hands in hundreds of megabytes within a day does not file a case."""
    if not actor.is_citizen:
        return
    recent = StoredFile.objects.filter(account_id=actor.account_id, created_at__gt=at - timedelta(days=1))
    if (recent.aggregate(sum=Sum("size"))["sum"] or 0) + size > limit.max_bytes_a_day:
        raise TooMuch(
            _("You have handed in very many files within a day, so no more can be taken now."),
            field="file", way_out=_("Continue tomorrow, or bring the papers to the counter."),
        )  # fmt: skip


def store_bytes(actor: Actor, *, data: bytes, name: str, mime: str, room: str, owner: str, at: datetime) -> StoredFile:
    """Keep a file the platform made itself, unchecked and unchanged. Raises Full."""
    return _keep(actor, data, name=name, mime=mime, room=room, owner=owner, at=at, pages=None, cleaned=[])


@transaction.atomic
def _keep(
    actor: Actor, data: bytes, *, name: str, mime: str, room: str, owner: str, at: datetime, pages: int | None,
    cleaned: list[str],
) -> StoredFile:  # fmt: skip
    locks.hold(storage.digest_of(data))
    digest = storage.keep(data)
    return StoredFile.objects.create(
        sha256=digest, size=len(data), mime=mime, name=names.clean(name, mime), pages=pages, room=room,
        owner=owner[:100], cleaned=cleaned, account_id=actor.account_id, created_by=actor.label[:300], created_at=at,
    )  # fmt: skip


def read_trusted(file_id: int | None) -> bytes:
    """The bytes of a file, for services that have decided already that they may be read.

    Raises NoSuchFile, and Damaged when the bytes are no longer those that were kept.
    """
    found = StoredFile.objects.filter(pk=file_id or 0).first()
    if found is None:
        raise NoSuchFile
    return storage.read(found.sha256)


@transaction.atomic
def open_file(actor: Actor, *, file_id: int, at: datetime) -> tuple[StoredFile, bytes]:
    """A file and its bytes for a person who may read it; an officer's reading goes into the audit trail.

    Raises NoSuchFile, Forbidden, Damaged.
    """
    found = queries.file_for(actor, file_id)
    data = storage.read(found.sha256)
    if actor.is_staff and actor.account_id != found.account_id:
        audit.record(actor, "file.read", found, after={"owner": found.owner, "sha256": found.sha256}, at=at)
    return found, data


def bind(file_ids: list[int], *, room: str, owner: str) -> int:
    """Hang files that were uploaded before their record existed onto the record; gives how many."""
    return StoredFile.objects.filter(pk__in=file_ids, room=room).update(owner=owner[:100])


@transaction.atomic
def set_limit(
    actor: Actor, *, room: str, max_bytes: int, max_pages: int, max_bytes_a_day: int, valid_from: date, source: str,
    at: datetime,
) -> Limit:  # fmt: skip
    """Set the limits of a room (or, with no room, of all without their own) from a day on. Raises Forbidden, BadLimit.

    A limit set for the same day is replaced; the one before it ends where the new one begins.
    """
    require(policies.may_set_limits(actor))
    if not (100_000 <= max_bytes <= 200_000_000):
        raise BadLimit(_("A file may be allowed between 0.1 and 200 MB."), field="max_bytes")
    if not (1 <= max_pages <= 5000):
        raise BadLimit(_("A file may be allowed between 1 and 5,000 pages."), field="max_pages")
    if max_bytes_a_day < max_bytes:
        raise BadLimit(_("In a day a person must be able to hand in one file at least."), field="max_bytes_a_day")
    before = (
        Limit.objects.select_for_update().filter(room=room, valid_from__lt=valid_from).order_by("-valid_from").first()
    )
    if before is not None:
        before.valid_to = valid_from
        before.save(update_fields=["valid_to"])
    after = Limit.objects.filter(room=room, valid_from__gt=valid_from).order_by("valid_from").first()
    values = {"max_bytes": max_bytes, "max_pages": max_pages, "max_bytes_a_day": max_bytes_a_day, "source": source}
    limit, _made = Limit.objects.update_or_create(
        room=room, valid_from=valid_from, defaults={**values, "valid_to": after.valid_from if after else None}
    )
    audit.record(actor, "file.limit_set", limit, after={"room": room, "valid_from": valid_from, **values}, at=at)
    return limit
