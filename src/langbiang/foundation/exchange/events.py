"""What can happen to a message."""

from langbiang.foundation.events import Event, event


@event("exchange.acknowledged")
class MessageAcknowledged(Event):
    """The other system confirmed that it holds a message."""

    message_id: int
    system: str
    kind: str
    receipt: str


@event("exchange.rejected")
class MessageRejected(Event):
    """The other system refuses a message for good."""

    message_id: int
    system: str
    kind: str
    problem: str


@event("exchange.expired")
class MessageExpired(Event):
    """A message was given up because nobody answered in time."""

    message_id: int
    system: str
    kind: str
