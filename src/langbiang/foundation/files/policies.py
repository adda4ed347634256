"""Who may hand in and read a file: the room that owns it decides; what nobody answers for is closed."""

from collections.abc import Callable, Collection

from django.db.models import ForeignObjectRel
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import ALLOW, Answer, allow_if, deny, require

from .models import StoredFile

__all__ = ["may_read", "may_store", "needed_still", "register_holder", "register_reader", "require"]

Reader = Callable[[Actor, StoredFile], bool]
Holder = Callable[[Collection[int]], Collection[int]]
_READERS: dict[str, Reader] = {}
_HOLDERS: dict[str, Holder] = {}
# Records somebody is still filling in; until a file hangs on something else its uploader alone may see it.
_UNFINISHED = ("forms.draft:",)


def register_reader(room: str, reader: Reader) -> None:
    """A room says who may read its files; called once, in its apps.ready."""
    _READERS[room] = reader


def register_holder(room: str, holder: Holder) -> None:
    """A room says which of the files with these ids it still needs; called once, in its apps.ready.

    Only files of rooms that answer this are ever removed, so a reference kept in JSON is as safe as a foreign key.
    """
    _HOLDERS[room] = holder


def rooms_with_files() -> list[str]:
    """Rooms that answer for files of their own."""
    return sorted(_READERS)


def rooms_that_let_go() -> list[str]:
    """Rooms whose unneeded files may be removed."""
    return sorted(_HOLDERS)


def needed_still(room: str, file_ids: Collection[int]) -> set[int]:
    """Which of these files a room still needs: all, where it does not say."""
    holder = _HOLDERS.get(room)
    return set(holder(file_ids)) if holder else set(file_ids)


def may_store(actor: Actor) -> Answer:
    """Whether this actor may hand in files at all."""
    return allow_if(actor.kind != "anonymous", _("Sign in before you hand in files."))


def may_set_limits(actor: Actor) -> Answer:
    """Limits hold for the whole province; so must the right to set them."""
    return allow_if(actor.reach("files.manage").everywhere or actor.kind == "system")


def may_read(actor: Actor, file: StoredFile) -> Answer:
    """Whether this actor may open a file."""
    if actor.kind == "system":
        return ALLOW
    reader = _READERS.get(file.room)
    if reader is not None and reader(actor, file):
        return ALLOW
    if _uploaded(actor, file) and not _is_bound(file):
        return ALLOW
    return deny()


def _uploaded(actor: Actor, file: StoredFile) -> bool:
    return actor.kind in ("citizen", "staff") and actor.account_id is not None and actor.account_id == file.account_id


def _is_bound(file: StoredFile) -> bool:
    """Whether a file hangs on a finished record: then having uploaded it once gives no right any more."""
    if file.owner and not file.owner.startswith(_UNFINISHED):
        return True
    # Rooms point at files without a way back (related_name="+"): hidden relations count.
    pointing = [
        field for field in StoredFile._meta.get_fields(include_hidden=True) if isinstance(field, ForeignObjectRel)
    ]
    return any(
        pointer.related_model._default_manager.filter(**{pointer.field.name: file.pk}).exists() for pointer in pointing
    )
