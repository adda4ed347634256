"""What can be filed here from start to end: published, with a form and an approved process sheet."""

from datetime import date
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q

from ..models import ProcedureVersion, ProcessSheet
from .pinned import PinnedProcedure, pinned


def fileable(*, on: date) -> list[PinnedProcedure]:
    """Procedures in force on a day that have a form and an approved sheet, by code. One SQL statement when known."""
    sheets = ProcessSheet.objects.filter(procedure_id=OuterRef("procedure_id"), state="approved")
    ids = (
        ProcedureVersion.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=on), Exists(sheets), state="published", valid_from__lte=on
        )
        .exclude(form={})
        .order_by("procedure__code")
        .values_list("pk", flat=True)
    )
    return list(_pinned(tuple(ids)))


@lru_cache(maxsize=8)
def _pinned(ids: tuple[int, ...]) -> tuple[PinnedProcedure, ...]:
    return tuple(pinned(version_id) for version_id in ids)
