"""Who may read a file: the room that owns it decides; what nobody answers for is closed."""

from collections.abc import Callable

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import ALLOW, Answer, allow_if, deny, require

from .models import StoredFile

__all__ = ["may_read", "register_reader", "require"]

Reader = Callable[[Actor, StoredFile], bool]
_READERS: dict[str, Reader] = {}


def register_reader(room: str, reader: Reader) -> None:
    """A room says who may read its files; called once, in its apps.ready."""
    _READERS[room] = reader


def may_read(actor: Actor, file: StoredFile) -> Answer:
    """Whether this actor may open a file."""
    if actor.kind == "system":
        return ALLOW
    if actor.account_id is not None and actor.account_id == file.account_id and actor.kind != "anonymous":
        return ALLOW
    reader = _READERS.get(file.room)
    return allow_if(reader(actor, file)) if reader else deny()
