"""Reads of stored files."""

from collections.abc import Sequence

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require

from . import policies
from .models import StoredFile


class NoSuchFile(Refusal):
    """There is no such file, or it is none of this person's business."""

    status = 404


def describe(file_ids: Sequence[int]) -> dict[int, StoredFile]:
    """Files by their ids. One SQL statement."""
    return StoredFile.objects.in_bulk(list(file_ids))


def file_for(actor: Actor, file_id: int) -> StoredFile:
    """A file this actor may read. Raises NoSuchFile, Forbidden."""
    found = StoredFile.objects.filter(pk=file_id).first()
    if found is None:
        raise NoSuchFile()
    require(policies.may_read(actor, found))
    return found


def own(actor: Actor, file_ids: Sequence[int], *, room: str) -> list[StoredFile]:
    """Of these, the files the actor uploaded in a room: nobody attaches somebody else's file."""
    return list(StoredFile.objects.filter(pk__in=list(file_ids), room=room, account_id=actor.account_id))
