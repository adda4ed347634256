"""Messages of other systems are kept once and handled once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from langbiang.foundation.access import SYSTEM, Refusal
from langbiang.foundation.exchange import services
from langbiang.foundation.exchange.models import Incoming
from langbiang.foundation.exchange.services import inbox
from tests.foundation.exchange.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(monkeypatch) -> Iterator[list[bytes]]:
    """What a handler of the kind "note" took in; content b"bad" is refused, b"later" fails twice."""
    found: list[bytes] = []
    failures = [1, 2]

    def take(message: Incoming) -> str:
        content = bytes(message.content)
        if content == b"bad":
            raise Refusal("no such unit")
        if content == b"later" and failures:
            failures.pop()
            raise RuntimeError("not now")
        found.append(content)
        return "kept"

    monkeypatch.setitem(inbox._HANDLERS, "note", take)
    return found


def receive(content: bytes = b"<x/>", key: str = "k1", kind: str = "note") -> tuple[Incoming, bool]:
    return services.receive(SYSTEM, system="partner", kind=kind, key=key, content=content, at=NOW)


def test_a_message_that_comes_three_times_is_handled_once(partner, taken):
    assert [receive()[1] for _time in range(3)] == [True, False, False]
    services.handle_due(at=NOW)
    services.handle_due(at=NOW + timedelta(days=1))
    assert taken == [b"<x/>"]
    assert Incoming.objects.get().copies == 3


def test_the_same_key_with_other_content_is_refused(partner, taken):
    receive()
    with pytest.raises(services.KeyReused):
        receive(b"<y/>")


def test_a_kind_nobody_takes_is_refused_with_those_that_are_known(partner, taken):
    with pytest.raises(services.UnknownKind, match="note"):
        receive(kind="else")


def test_an_unknown_sender_is_refused(db, taken):
    with pytest.raises(services.UnknownSystem):
        receive()


def test_what_a_handler_refuses_stays_refused_with_the_reason(partner, taken):
    receive(b"bad")
    services.handle_due(at=NOW)
    row = Incoming.objects.get()
    assert (row.state, row.problem) == ("refused", "no such unit")


def test_a_failing_handler_is_tried_again_and_holds_up_nobody(partner, taken):
    receive(b"later", key="a")
    receive(b"other", key="b")
    services.handle_due(at=NOW)
    assert taken == [b"other"]
    for hour in range(1, 5):
        services.handle_due(at=NOW + timedelta(hours=hour))
    assert taken == [b"other", b"later"]
    assert Incoming.objects.get(key="a").attempts == 3


def test_too_large_a_message_is_refused(partner, taken, monkeypatch):
    monkeypatch.setattr(inbox, "MOST_BYTES", 3)
    with pytest.raises(Refusal, match="at most"):
        receive()
