"""Nothing is lost and nothing is doubled, whatever the other side does."""

from datetime import timedelta

import pytest
from django.db import transaction

from langbiang.foundation.access import SYSTEM, Actor, Grant
from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.exchange import queries, services
from langbiang.foundation.exchange.models import Attempt, Outgoing, State
from langbiang.foundation.exchange.services.outbox import KeyTaken
from tests.foundation.exchange.conftest import NOW

pytestmark = pytest.mark.django_db


def put(key: str, content: bytes = b"<x/>", *, order_key: str = "", at=NOW) -> Outgoing:
    return services.send(
        SYSTEM,
        system="partner",
        kind="note",
        subject=f"note:{key}",
        content=content,
        key=key,
        order_key=order_key,
        at=at,
    )


def run_until_quiet(start, *, hours: int = 200) -> None:
    """Turn the clock to each moment something is due, until nothing is."""
    at, end = start, start + timedelta(hours=hours)
    while at is not None and at <= end:
        services.flush("partner", at=at)
        due = queries.next_due("partner")
        at = None if due is None else max(due, at + timedelta(seconds=1))


def test_a_message_arrives_with_its_exact_bytes(partner, receiver):
    message = put("a", "<thư>đ</thư>".encode())
    assert services.flush("partner", at=NOW).outcomes == {"acked": 1}
    message.refresh_from_db()
    assert (message.state, message.receipt) == (State.ACKED, "HTBC-0000001")
    assert receiver.content_of("a") == "<thư>đ</thư>".encode()


def test_a_message_of_a_transaction_rolled_back_never_leaves(partner, receiver):
    def fail() -> None:
        with transaction.atomic():
            put("a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    services.flush("partner", at=NOW)
    assert not receiver.held


def test_the_same_key_is_one_message(partner):
    assert put("a").pk == put("a").pk
    with pytest.raises(KeyTaken, match="other content"):
        put("a", b"<y/>")


@pytest.mark.parametrize("fault", ["timeout_after_commit", "cut_before", "busy", "schema_change", "slow_drip"])
def test_after_a_fault_the_message_is_held_once_and_acknowledged(partner, receiver, fault):
    receiver.faults.set({fault: 2})
    message = put("a")
    run_until_quiet(NOW)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.ACKED, 3)
    assert [key for key, _kind in receiver.arrivals] == ["a"]


def test_a_time_out_after_the_receivers_commit_is_not_taken_for_a_failure(partner, receiver):
    receiver.faults.set({"timeout_after_commit": 1})
    message = put("a")
    services.flush("partner", at=NOW)
    message.refresh_from_db()
    assert (message.state, message.problem_kind) == (State.SENT, "unknown")
    assert "a" in receiver.held


def test_a_second_acknowledgement_changes_nothing(partner, receiver):
    put("a")
    services.flush("partner", at=NOW)
    first = Outgoing.objects.get(key="a")
    assert not services.acknowledge(system="partner", key="a", receipt="other", at=NOW + timedelta(hours=1))
    again = Outgoing.objects.get(key="a")
    assert (again.receipt, again.answered_at) == (first.receipt, first.answered_at)


def test_a_rejection_is_final_and_keeps_the_receivers_words(partner, receiver):
    receiver.faults.set({"reject": 1})
    put("a")
    services.flush("partner", at=NOW)
    message = Outgoing.objects.get(key="a")
    assert message.state == State.REJECTED
    assert "unknown reporting unit" in message.problem
    assert services.flush("partner", at=NOW + timedelta(days=1)).tried == 0


def test_a_page_that_says_200_acknowledges_nothing(partner, receiver):
    receiver.faults.set({"schema_change": 1})
    put("a")
    services.flush("partner", at=NOW)
    assert Outgoing.objects.get(key="a").state == State.SENT


def test_messages_of_one_row_arrive_in_order_though_the_first_fails(partner, receiver):
    receiver.faults.set({"busy": 1})
    for number in range(5):
        put(f"m{number}", order_key="period")
    put("free")
    services.flush("partner", at=NOW)
    assert [key for key, _kind in receiver.arrivals] == ["free"]
    run_until_quiet(NOW)
    assert [key for key, _kind in receiver.arrivals] == ["free", *(f"m{n}" for n in range(5))]


def test_a_dead_system_is_not_tried_with_every_message(partner, receiver):
    receiver.faults.set({"outage": True})
    for number in range(50):
        put(f"m{number}")
    assert services.flush("partner", at=NOW).tried == 3


def test_when_a_system_is_back_what_waited_leaves_at_once(partner, receiver):
    receiver.faults.set({"outage": True})
    for number in range(20):
        put(f"m{number}")
    for minute in range(0, 60, 5):
        services.flush("partner", at=NOW + timedelta(minutes=minute))
    receiver.faults.set({})
    late = NOW + timedelta(hours=30)
    put("new", at=late)
    services.flush("partner", at=late)
    services.flush("partner", at=late)
    assert len(receiver.held) == 21


def test_the_quota_of_a_minute_holds(partner, receiver):
    services.change_pace(
        SYSTEM, system="partner", per_minute=4, first_wait_s=60, longest_wait_s=600, jitter_percent=0,
        expires_after_h=24, first_day=NOW.date(), source="agreement", at=NOW,
    )  # fmt: skip
    for number in range(6):
        put(f"m{number}")
    assert services.flush("partner", at=NOW).tried == 4
    assert services.flush("partner", at=NOW + timedelta(seconds=30)).tried == 0
    assert services.flush("partner", at=NOW + timedelta(seconds=61)).tried == 2


def test_a_message_nobody_answers_is_given_up_and_can_be_sent_again(partner, receiver):
    receiver.faults.set({"outage": True})
    message = put("a")
    services.flush("partner", at=NOW)
    services.expire(at=NOW + timedelta(days=31))
    message.refresh_from_db()
    assert message.state == State.EXPIRED
    receiver.faults.set({})
    later = NOW + timedelta(days=32)
    services.replay(SYSTEM, message_id=message.pk, reason="the line is mended", at=later)
    services.flush("partner", at=later)
    message.refresh_from_db()
    assert (message.state, message.replays) == (State.ACKED, 1)
    assert Attempt.objects.filter(message=message).count() == 2


def test_an_older_message_is_not_sent_again_over_a_newer_one(partner, receiver):
    receiver.faults.set({"reject": 1})
    old = put("old", order_key="row")
    services.flush("partner", at=NOW)
    put("new", order_key="row")
    services.flush("partner", at=NOW)
    with pytest.raises(services.NotReplayable, match="later message"):
        services.replay(SYSTEM, message_id=old.pk, reason="again", at=NOW)


def test_a_later_message_of_another_series_does_not_keep_an_older_one_back(partner, receiver):
    receiver.faults.set({"reject": 1})
    about = {"system": "partner", "kind": "note", "subject": "n", "content": b"<x/>", "order_key": "period", "at": NOW}
    old = services.send(SYSTEM, key="unit1", series="unit1", **about)
    services.flush("partner", at=NOW)
    services.send(SYSTEM, key="unit2", series="unit2", **about)
    services.flush("partner", at=NOW)
    services.replay(SYSTEM, message_id=old.pk, reason="unit is known there now", at=NOW)
    services.flush("partner", at=NOW)
    assert set(receiver.held) == {"unit1", "unit2"}


def test_a_system_back_from_a_long_outage_gets_what_waits_within_minutes(partner, receiver):
    receiver.faults.set({"outage": True})
    for number in range(10):
        put(f"m{number}")
    at = NOW
    while at < NOW + timedelta(hours=30):
        services.flush("partner", at=at)
        at += timedelta(hours=1)
    receiver.faults.set({})
    services.flush("partner", at=at)
    services.flush("partner", at=at)
    assert len(receiver.held) == 10


def test_a_system_that_only_says_it_is_well_is_not_hammered(partner, receiver):
    receiver.faults.set({"rate": {"schema_change": 1.0}})
    for number in range(10):
        put(f"m{number}")
    tried = sum(services.flush("partner", at=NOW + timedelta(minutes=minute)).tried for minute in range(0, 60, 3))
    assert tried < 10 * 6 + 12 + 3


def test_replaying_needs_the_right_over_the_agency(partner, receiver):
    receiver.faults.set({"reject": 1})
    message = put("a")
    services.flush("partner", at=NOW)
    stranger = Actor(kind="staff", agency_id=5, grants=(Grant("x", frozenset({"exchange.manage"}), frozenset({5})),))
    with pytest.raises(Forbidden):
        services.replay(stranger, message_id=message.pk, reason="again", at=NOW)


def test_a_paused_system_gets_nothing(partner, receiver):
    services.pause(SYSTEM, system="partner", reason="maintenance", at=NOW)
    put("a")
    assert services.flush("partner", at=NOW).tried == 0
    services.resume(SYSTEM, system="partner", at=NOW)
    assert services.flush("partner", at=NOW).tried == 1


def test_a_wrong_clock_of_the_receiver_is_noticed_and_believed_in_nothing(partner, receiver):
    from django.utils import timezone

    receiver.faults.set({"clock_skew_s": 7200})
    now = timezone.now()
    put("a", at=now)
    services.flush("partner", at=now)
    found = next(row for row in queries.health(at=now) if row.system.code == "partner")
    assert 7100 < found.system.clock_skew_s < 7300
    assert found.standing == "skewed"
    assert Outgoing.objects.get(key="a").answered_at == now


def test_health_takes_the_same_number_of_queries_for_any_number_of_systems(partner, django_assert_num_queries):
    for number in range(5):
        services.open_system(SYSTEM, code=f"s{number}", name="S", at=NOW)
    with django_assert_num_queries(3):
        assert len(queries.health(at=NOW)) >= 6


def test_a_blocked_message_is_written_when_it_can_be(partner, receiver):
    from langbiang.foundation.exchange.services.outbox import _BUILDERS, Built

    message = services.block(
        SYSTEM, system="partner", kind="writable", subject="n:1", problem="field period is not mapped", key="b", at=NOW
    )
    assert message.state == State.BLOCKED
    answers = [Built(b"", problem="still not mapped"), Built(b"<now/>")]
    services.builder("writable")(lambda _message, _at: answers.pop(0))
    try:
        with pytest.raises(services.NotReplayable, match="still not mapped"):
            services.replay(SYSTEM, message_id=message.pk, reason="mapping done", at=NOW)
        services.replay(SYSTEM, message_id=message.pk, reason="mapping done", at=NOW)
    finally:
        _BUILDERS.pop("writable")
    services.flush("partner", at=NOW)
    assert receiver.content_of("b") == b"<now/>"


def test_the_seal_of_the_agency_travels_with_the_exact_bytes_it_is_for(partner, receiver, monkeypatch):
    import base64

    from langbiang.foundation.exchange.services import delivery
    from langbiang.foundation.organizations.models import Agency
    from langbiang.foundation.signatures.detached import DetachedSignature

    agency = Agency.objects.create(
        code="X1", name="Sở", kind="commune", path="/1/", valid_from=NOW.date(), sort_key="so"
    )
    sealed: list[bytes] = []

    def seal(_actor, *, agency_id: int, content: bytes, at) -> DetachedSignature:
        sealed.append(content)
        return DetachedSignature(b"signature", f"Sở {agency_id}", "4d2")

    monkeypatch.setattr(delivery.signatures, "seal_bytes", seal)
    services.open_system(SYSTEM, code="sealed", name="Sealed", signing="required", at=NOW)
    services.change_endpoint(
        SYSTEM, system="sealed", carried_by="rest", address=receiver.address, timeout_s=2, first_day=NOW.date(),
        source="test", at=NOW,
    )  # fmt: skip
    receiver.faults.set({"timeout_after_commit": 1})
    services.send(
        SYSTEM, system="sealed", kind="note", subject="n", content=b"<x/>", key="z", agency_id=agency.pk, at=NOW
    )
    services.flush("sealed", at=NOW)
    services.flush("sealed", at=NOW + timedelta(hours=1))
    row = Outgoing.objects.get(key="z")
    assert (row.state, row.signer_serial, sealed) == (State.ACKED, "4d2", [b"<x/>"]), "signed once, not at every try"
    assert base64.b64decode(receiver.held["z"]["signature"]) == b"signature"
