"""kill -9 at the worst moments: after our commit, and after the receiver's."""

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.exchange import services
from langbiang.foundation.exchange.models import Attempt, Outgoing, State
from tests.foundation.exchange.conftest import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


def killed_while(work: Callable[[], object], until: Callable[[], bool]) -> None:
    """Do the work in another process and kill it at a moment."""
    connections.close_all()  # each process opens its own
    child = os.fork()
    if child == 0:
        try:
            work()
            time.sleep(60)
        finally:
            os._exit(0)
    try:
        end = time.monotonic() + 20
        while not until() and time.monotonic() < end:
            time.sleep(0.02)
        assert until(), "the moment never came"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def put() -> Outgoing:
    return services.send(SYSTEM, system="partner", kind="note", subject="n", content=b"<x/>", key="a", at=NOW)


def test_a_message_committed_by_a_process_killed_before_sending_is_sent_by_the_next(partner, receiver):
    killed_while(put, lambda: Outgoing.objects.filter(key="a").exists())
    assert not receiver.held
    services.flush("partner", at=NOW)
    assert Outgoing.objects.get(key="a").state == State.ACKED
    assert [key for key, _kind in receiver.arrivals] == ["a"]


def test_a_process_killed_between_the_receivers_commit_and_its_answer_doubles_nothing(partner, receiver):
    put()
    receiver.faults.set({"slow_drip": 1})
    killed_while(lambda: services.flush("partner", at=NOW), lambda: "a" in receiver.held)
    message = Outgoing.objects.get(key="a")
    assert message.state == State.SENT
    assert Attempt.objects.get(message=message).outcome == ""
    assert services.flush("partner", at=NOW).tried == 0, "the claim of the dead is respected until its time is over"
    services.flush("partner", at=NOW + timedelta(minutes=5))
    message.refresh_from_db()
    assert (message.state, message.receipt, message.attempts) == (State.ACKED, "HTBC-0000001", 2)
    assert [key for key, _kind in receiver.arrivals] == ["a"]


def test_two_workers_at_once_send_each_message_once_and_in_order(partner, receiver):
    for number in range(30):
        services.send(
            SYSTEM, system="partner", kind="note", subject="n", content=b"<x/>", key=f"m{number:02}",
            order_key=f"row{number % 3}", at=NOW,
        )  # fmt: skip

    def work() -> None:
        for _round in range(60):
            services.flush("partner", at=NOW, most=1)

    connections.close_all()
    children = []
    for _worker in range(3):
        child = os.fork()
        if child == 0:
            try:
                work()
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    services.flush("partner", at=NOW)
    arrived = [key for key, _kind in receiver.arrivals]
    assert sorted(arrived) == [f"m{number:02}" for number in range(30)]
    for row in range(3):
        mine = [key for key in arrived if int(key[1:]) % 3 == row]
        assert mine == sorted(mine)
    assert Attempt.objects.count() == 30
