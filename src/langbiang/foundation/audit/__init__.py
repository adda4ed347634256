"""Who did what to which record, from where: append only, hash-chained, refused to change by the database.

`audit.record(actor, "cases.accepted", case, before=..., after=..., at=at)` belongs at the end of a service, inside
its transaction.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .services import record

__all__ = ["record"]


def __getattr__(name: str) -> Any:
    # Django imports this package before models may be loaded, so the service is fetched on first use.
    if name == "record":
        from .services import record as service

        return service
    raise AttributeError(name)
