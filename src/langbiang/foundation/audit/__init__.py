"""Who did what to which record, from where: append only, hash-chained, refused to change by the database.

`audit.record(actor, "cases.accepted", case, before=..., after=..., at=at)` belongs at the end of a service, inside
its transaction.
"""

from .services import record

__all__ = ["record"]
