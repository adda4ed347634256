"""The nightly comparison finds every kind of difference and names its cause."""

from datetime import timedelta

import pytest

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.exchange import services as exchange
from langbiang.government.reporting import queries, services
from langbiang.government.reporting.models import Cause
from tests.government.reporting.conftest import NOW

pytestmark = pytest.mark.django_db


def causes(made) -> dict[str, str]:
    return {row.key: row.cause for row in queries.differences(made.pk)}


def test_equal_books_have_no_differences(receiver, send):
    for month in range(1, 6):
        send(f"2026-0{month}")
    exchange.flush("government-reporting", at=NOW)
    made = services.reconcile(at=NOW)
    assert (made.is_complete, made.ours, made.theirs, made.agreeing) == (True, 5, 5, 5)
    assert causes(made) == {}


def test_each_difference_has_its_cause(receiver, send):
    receiver.faults.set({"reject": 1})
    rejected = send("2026-01")
    exchange.flush("government-reporting", at=NOW)
    lost, altered = send("2026-02"), send("2026-03")
    exchange.flush("government-reporting", at=NOW)
    receiver.forget(queries.key_of(lost))
    receiver.held[queries.key_of(altered)]["sha256"] = "0" * 64
    receiver.keep(
        {"key": "indicator_data/OTHER/2026-01/24700/v1", "kind": "reporting.indicator_data", "sha256": "1"}, b""
    )
    receiver.faults.set({"timeout_after_commit": 1})
    unheard = send("2026-04")
    exchange.flush("government-reporting", at=NOW)
    receiver.faults.set({})
    waiting = send("2026-05")
    made = services.reconcile(at=NOW)
    assert causes(made) == {
        queries.key_of(rejected): Cause.REJECTED,
        queries.key_of(lost): Cause.LOST_THERE,
        queries.key_of(altered): Cause.OTHER_CONTENT,
        queries.key_of(unheard): Cause.ACK_MISSING,
        queries.key_of(waiting): Cause.NOT_SENT,
        "indicator_data/OTHER/2026-01/24700/v1": Cause.UNKNOWN_HERE,
    }


def test_only_an_older_vintage_there_is_said_so(receiver, send):
    send()
    exchange.flush("government-reporting", at=NOW)
    receiver.faults.set({"reject": 1})
    newer = send(value="99")
    exchange.flush("government-reporting", at=NOW)
    assert causes(services.reconcile(at=NOW)) == {queries.key_of(newer): Cause.OLDER_VINTAGE}


def test_a_rejected_packet_that_was_corrected_since_is_no_difference(receiver, send):
    receiver.faults.set({"reject": 1})
    send()
    exchange.flush("government-reporting", at=NOW)
    send(value="13")
    exchange.flush("government-reporting", at=NOW)
    assert causes(services.reconcile(at=NOW)) == {}


def test_the_same_packet_under_another_unit_is_named_once(receiver, send):
    row = send()
    exchange.flush("government-reporting", at=NOW)
    key = queries.key_of(row)
    there = receiver.held.pop(key)
    other = key.replace("/24700/", "/24701/")
    receiver.held[other] = {**there, "key": other}
    assert causes(services.reconcile(at=NOW)) == {key: Cause.OTHER_UNIT}


def test_no_answer_is_no_comparison(receiver, send):
    send()
    receiver.faults.set({"outage": True})
    made = services.reconcile(at=NOW)
    assert not made.is_complete
    assert made.problem
    assert causes(made) == {}


def test_a_comparison_takes_a_fixed_number_of_queries(receiver, send, django_assert_max_num_queries):
    for month in range(1, 10):
        send(f"2026-0{month}")
    with django_assert_max_num_queries(14):
        services.reconcile(at=NOW + timedelta(hours=1))


def test_holdings_come_in_pages(receiver, send):
    for number in range(1, 8):
        receiver.keep({"key": f"k{number}", "kind": "reporting.x", "sha256": "0"}, b"")
    assert len(exchange.ask_holdings("government-reporting", at=NOW)) == 7
    assert SYSTEM.kind == "system"
