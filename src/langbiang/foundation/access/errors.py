"""What a person is told when something cannot be done: what, why, and the way out."""

from django.utils.functional import Promise

Text = str | Promise


class Refusal(Exception):
    """Something a person asked for cannot be done. Carries words fit for that person; never a stack trace."""

    status = 409

    def __init__(self, message: Text = "", *, field: str | None = None, way_out: Text = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.way_out = way_out

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.message, self.way_out) if part)


class Forbidden(Refusal):
    """This actor may not do this. Deny is the default."""

    status = 403


class Stale(Refusal):
    """Somebody else changed the record since this page was opened."""

    status = 409
