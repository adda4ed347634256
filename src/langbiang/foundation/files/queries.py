"""Reads of stored files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require

from . import policies, storage
from .models import Limit, StoredFile


class NoSuchFile(Refusal):
    """There is no such file, or it is none of this person's business."""

    status = 404

    def __init__(self) -> None:
        super().__init__(_("There is no such file."))


def describe(file_ids: Sequence[int]) -> dict[int, StoredFile]:
    """Files by their ids, for a room that has decided already who sees them. One SQL statement."""
    return StoredFile.objects.in_bulk(list(file_ids))


def file_for(actor: Actor, file_id: int) -> StoredFile:
    """A file this actor may read. Raises NoSuchFile, Forbidden."""
    found = StoredFile.objects.filter(pk=file_id).first()
    if found is None:
        raise NoSuchFile
    require(policies.may_read(actor, found))
    return found


def own(actor: Actor, file_ids: Sequence[int], *, room: str) -> list[StoredFile]:
    """Of these, the files the actor uploaded in a room: nobody attaches somebody else's file."""
    if actor.account_id is None:
        return []
    return list(StoredFile.objects.filter(pk__in=list(file_ids), room=room, account_id=actor.account_id).order_by("pk"))


def limits_for(room: str, *, at: datetime) -> Limit:
    """The limits of a room on a day: its own row, else the row for all rooms, else 20 MB and 500 pages."""
    day = timezone.localtime(at).date()
    rows = Limit.objects.filter(Q(room=room) | Q(room=""), valid_from__lte=day).exclude(valid_to__lte=day)
    return rows.order_by("-room", "-valid_from").first() or Limit(room=room, valid_from=day)


def limits() -> list[Limit]:
    """Every limit ever set, the newest first."""
    return list(Limit.objects.order_by("room", "-valid_from"))


@dataclass(frozen=True)
class Held:
    """What one room has in the store."""

    room: str
    files: int
    bytes: int


def held() -> list[Held]:
    """How much every room has handed in, the largest first. One SQL statement."""
    rows = StoredFile.objects.values("room").annotate(files=Count("pk"), bytes=Sum("size")).order_by("-bytes")
    return [Held(row["room"], row["files"], row["bytes"] or 0) for row in rows]


@dataclass
class Soundness:
    """What a walk over the whole store found."""

    contents: int = 0
    damaged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether every file can be read as it was kept."""
        return not self.damaged and not self.missing


def verify(*, progress: Callable[[int, int], None] | None = None) -> Soundness:
    """Read every content and compare it with its digest; names what is damaged or missing."""
    found = Soundness()
    digests = StoredFile.objects.order_by("sha256").values_list("sha256", flat=True).distinct()
    total = digests.count()
    for digest in digests.iterator(chunk_size=2000):
        found.contents += 1
        if not storage.path_of(digest).exists():
            found.missing.append(digest)
        elif not storage.is_sound(digest):
            found.damaged.append(digest)
        if progress is not None:
            progress(found.contents, total)
    return found


def rows_with(sha256: str) -> list[int]:
    """The files that share a content."""
    return list(StoredFile.objects.filter(sha256=sha256).order_by("pk").values_list("pk", flat=True))
