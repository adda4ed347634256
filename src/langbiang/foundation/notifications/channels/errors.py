"""What a channel raises."""


class NotDelivered(Exception):
    """The message did not go out; `permanent` says whether trying again can help."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
