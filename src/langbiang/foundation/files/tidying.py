"""What is no longer needed goes: half-written files, contents without a row, files of drafts nobody finished."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError

from . import locks, policies, previews, storage
from .models import StoredFile

GRACE = timedelta(days=7)
_BATCH = 500


def clean_up(*, at: datetime, grace: timedelta = GRACE) -> dict[str, int]:
    """Remove what nobody needs and what is older than the grace; gives how many drafts, files and contents went."""
    before = at - grace
    return {
        "drafts": storage.sweep_drafts(older_than=before.timestamp()),
        "files": sum(_let_go(room, before) for room in policies.rooms_that_let_go()),
        "contents": _forget_unnamed(before),
    }


def _let_go(room: str, before: datetime) -> int:
    removed, last = 0, 0
    while batch := list(
        StoredFile.objects.filter(room=room, created_at__lt=before, pk__gt=last).order_by("pk")[:_BATCH]
    ):
        last = batch[-1].pk
        alone = {file.pk: file for file in batch if not _owner_exists(file.owner)}
        for file_id in set(alone) - policies.needed_still(room, list(alone)):
            removed += _remove(alone[file_id])
    return removed


def _owner_exists(owner: str) -> bool:
    """Whether the record a file hangs on ("forms.draft:…") is still there; what cannot be told counts as there."""
    if not owner:
        return False
    label, _colon, key = owner.partition(":")
    try:
        model = apps.get_model(label)
        return bool(model._default_manager.filter(pk=key).exists())
    except (LookupError, ValueError, ValidationError):
        return True


def _remove(file: StoredFile) -> int:
    try:
        with transaction.atomic():
            file.delete()
    except (ProtectedError, RestrictedError):
        return 0
    return 1


def _forget_unnamed(before: datetime) -> int:
    removed = 0
    for digests in _batches(storage.contents(older_than=before.timestamp())):
        named = set(StoredFile.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
        removed += sum(_forget(digest) for digest in digests if digest not in named)
    return removed


@transaction.atomic
def _forget(digest: str) -> bool:
    if not locks.hold_alone(digest) or StoredFile.objects.filter(sha256=digest).exists():
        return False
    storage.forget(digest)
    previews.forget(digest)
    return True


def _batches(digests: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(digests)
    while batch := list(islice(rest, _BATCH)):
        yield batch
