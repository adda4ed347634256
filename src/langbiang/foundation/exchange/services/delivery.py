"""Signing, sending and what the answers mean.

A message is claimed in one transaction (marked sent, with the time of its next try), carried without any transaction,
and its answer written in another. Whoever dies in between leaves a message that is tried again under the same key,
which the receiver recognises: nothing is lost and nothing is doubled.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import SYSTEM, Refusal
from langbiang.foundation.audit import services as audit
from langbiang.foundation.signatures import services as signatures

from .. import queries
from ..backoff import Waiting, wait
from ..events import MessageAcknowledged, MessageExpired, MessageRejected
from ..models import OPEN, Attempt, Endpoint, Outgoing, Pace, State, System
from ..transports import Answer, Envelope, Held, NotAnswered, Outcome, transport

GIVE_UP_AFTER = 3
"""Unreachable so many times in one round, the system is down; the others wait without being tried one by one."""

SCOUT_EVERY = timedelta(minutes=5)
MOST_SECONDS = 50
"""A round ends by then, so that a slow system does not keep the worker from the others; the next round goes on."""


@dataclass
class Delivered:
    """What one round did."""

    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def tried(self) -> int:
        """How many messages were tried."""
        return self.outcomes.total()


def flush_all(*, at: datetime, most: int = 500) -> dict[str, Delivered]:
    """Send what is due to every system that is not paused."""
    expire(at=at)
    return {each.code: flush(each.code, at=at, most=most) for each in System.objects.filter(paused_at__isnull=True)}


def flush(system: str, *, at: datetime, most: int = 500) -> Delivered:
    """Send what is due to one system, at most this many and no faster than agreed."""
    done = Delivered()
    receiver = queries.system(system)
    endpoint = queries.endpoint_of(receiver, at=at)
    if receiver.paused_at is not None or endpoint is None:
        return done
    pace = queries.pace_of(receiver, at=at)
    _send_a_scout(receiver, endpoint, at)
    left = min(most, pace.per_minute - queries.used_quota(receiver, at=at))
    unreachable, until = 0, time.monotonic() + MOST_SECONDS
    while done.tried < left and unreachable < GIVE_UP_AFTER and time.monotonic() < until:
        claimed = _claim(receiver, pace, endpoint, at)
        if claimed is None:
            break
        message, number = claimed
        if number == 0:
            done.outcomes["unsigned"] += 1
            continue
        answer = _carry(message, endpoint, at)
        _write_down(message.pk, number, answer, pace, at)
        done.outcomes[answer.outcome.value] += 1
        unreachable = unreachable + 1 if answer.outcome in (Outcome.UNREACHABLE, Outcome.UNKNOWN) else 0
    return done


def _send_a_scout(receiver: System, endpoint: Endpoint, at: datetime) -> None:
    """When a system that was down says it is well again, let its oldest message go first, without waiting its turn out.

    If that one arrives, all others follow; if not, they keep their waiting times and nobody is hammered.
    """
    quiet = receiver.last_problem_at is None or receiver.last_problem_at <= at - SCOUT_EVERY
    waiting = Outgoing.objects.filter(system=receiver, state__in=OPEN, expires_at__gt=at)
    if receiver.failures < GIVE_UP_AFTER or not quiet or waiting.filter(next_attempt_at__lte=at).exists():
        return
    answer = transport(endpoint.transport).check(endpoint.address, timeout_s=endpoint.timeout_s)
    if answer.outcome != Outcome.ACKED:
        System.objects.filter(pk=receiver.pk).update(
            last_problem_at=at, last_problem=(answer.note or answer.outcome)[:300]
        )
        return
    oldest = waiting.exclude(problem_kind="unsigned").order_by("pk").values_list("pk", flat=True).first()
    if oldest is not None:
        Outgoing.objects.filter(pk=oldest, state__in=OPEN, next_attempt_at__gt=at).update(next_attempt_at=at)


@transaction.atomic
def _claim(receiver: System, pace: Pace, endpoint: Endpoint, at: datetime) -> tuple[Outgoing, int] | None:
    """Take the next message whose turn it is; its next try stands before this one begins. Number 0: not signed."""
    earlier = Outgoing.objects.filter(
        system_id=OuterRef("system_id"), order_key=OuterRef("order_key"), pk__lt=OuterRef("pk"), state__in=OPEN
    )
    message = (
        Outgoing.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(system=receiver, state__in=OPEN, next_attempt_at__lte=at, expires_at__gt=at)
        .filter(Q(order_key="") | ~Exists(earlier))
        .order_by("next_attempt_at", "pk")
        .first()
    )
    if message is None:
        return None
    # Nobody else takes it while this round may still last.
    lease = timedelta(seconds=MOST_SECONDS + endpoint.timeout_s * 2)
    again = at + max(lease, wait(_rule(pace), failures=message.attempts + 1, key=message.key))
    if message.state == State.BUILT and not _sign(message, receiver, at):
        message.next_attempt_at = again
        message.save(update_fields=["next_attempt_at", "problem", "problem_kind", "attempts"])
        return message, 0
    message.attempts += 1
    message.state = State.SENT
    message.first_sent_at = message.first_sent_at or at
    message.last_sent_at = at
    message.next_attempt_at = again
    message.save()
    number = (
        Attempt.objects.filter(message=message).order_by("-number").values_list("number", flat=True).first() or 0
    ) + 1
    Attempt.objects.create(message=message, number=number, started_at=at)
    return message, number


def _rule(pace: Pace) -> Waiting:
    return Waiting(pace.first_wait_s, pace.longest_wait_s, pace.jitter_percent)


def _sign(message: Outgoing, receiver: System, at: datetime) -> bool:
    """Seal the exact bytes with the key of the message's agency; whether the message may go on."""
    if receiver.signing != System.Signing.NONE:
        try:
            made = None
            if message.agency_id is not None:
                with transaction.atomic():
                    made = signatures.seal_bytes(
                        SYSTEM, agency_id=message.agency_id, content=bytes(message.content), at=at
                    )
        except Refusal as refusal:
            message.problem, message.problem_kind = str(refusal)[:500], "unsigned"
        if made is None and receiver.signing == System.Signing.REQUIRED:
            message.problem = message.problem or "no_agency"
            message.problem_kind = "unsigned"
            message.attempts += 1
            return False
        if made is not None:
            message.signature, message.signer, message.signer_serial = made.cms, made.signer[:300], made.serial[:64]
    message.state, message.signed_at = State.SIGNED, at
    message.problem = message.problem_kind = ""
    return True


def _carry(message: Outgoing, endpoint: Endpoint, at: datetime) -> Answer:
    envelope = Envelope(
        key=message.key, kind=message.kind, subject=message.subject, content=bytes(message.content),
        content_type=message.content_type, sha256=message.sha256,
        signature=bytes(message.signature) if message.signature else None, sent_at=at,
    )  # fmt: skip
    try:
        return transport(endpoint.transport).deliver(envelope, address=endpoint.address, timeout_s=endpoint.timeout_s)
    except Refusal as refusal:
        return Answer(Outcome.UNREACHABLE, note=str(refusal)[:300])


@transaction.atomic
def _write_down(message_id: int, number: int, answer: Answer, pace: Pace, at: datetime) -> None:
    message = Outgoing.objects.select_for_update().get(pk=message_id)
    Attempt.objects.filter(message_id=message_id, number=number).update(
        finished_at=at, outcome=answer.outcome, status=answer.status, answer=answer.body[:65_536] or None,
        note=answer.note[:500],
    )  # fmt: skip
    _remember_system(message.system_id, answer, at)
    if message.state not in OPEN:  # acknowledged by another way meanwhile
        return
    match answer.outcome:
        case Outcome.ACKED:
            _settle_acked(message, answer.receipt, at)
        case Outcome.REJECTED:
            _settle_dead(message, State.REJECTED, "rejected", answer.note, at)
            events.emit(
                SYSTEM,
                MessageRejected(message_id=message.pk, system=_code(message), kind=message.kind, problem=answer.note),
                at=at, agency_id=message.agency_id, subject=message.subject,
            )  # fmt: skip
        case _:
            message.problem_kind = "" if answer.outcome == Outcome.TAKEN else answer.outcome.value
            message.problem = "" if answer.outcome == Outcome.TAKEN else answer.note[:500]
            if answer.receipt:
                message.receipt = answer.receipt
            if answer.outcome == Outcome.UNREACHABLE and message.attempts == 1 and not message.replays:
                message.state, message.first_sent_at = State.SIGNED, None  # nothing has arrived there yet
            waiting = wait(_rule(pace), failures=message.attempts, key=message.key)
            if answer.wait_s:
                waiting = max(waiting, timedelta(seconds=answer.wait_s))
            message.next_attempt_at = at + waiting
            message.save()


def _code(message: Outgoing) -> str:
    return message.system.code


def _settle_acked(message: Outgoing, receipt: str, at: datetime) -> None:
    message.state, message.answered_at, message.receipt = State.ACKED, at, receipt[:200]
    message.next_attempt_at, message.problem, message.problem_kind = None, "", ""
    message.save()
    told = {"system": _code(message), "key": message.key, "sha256": message.sha256, "receipt": receipt}
    audit.record(SYSTEM, "exchange.acknowledged", message, after={**told, "serial": message.signer_serial}, at=at)
    events.emit(
        SYSTEM,
        MessageAcknowledged(message_id=message.pk, system=_code(message), kind=message.kind, receipt=receipt),
        at=at, agency_id=message.agency_id, subject=message.subject,
    )  # fmt: skip


def _settle_dead(message: Outgoing, state: State, kind: str, problem: str, at: datetime) -> None:
    message.state, message.answered_at, message.next_attempt_at = state, at, None
    message.problem_kind, message.problem = kind, problem[:500]
    message.save()
    audit.record(
        SYSTEM, "exchange.rejected" if state is State.REJECTED else "exchange.expired", message,
        after={"system": _code(message), "key": message.key, "sha256": message.sha256, "problem": problem[:300]}, at=at,
    )  # fmt: skip


def _remember_system(system_id: int, answer: Answer, at: datetime) -> None:
    """Keep how the system fares; when it is back, what waited for it does not wait out its long pauses."""
    row = System.objects.select_for_update().get(pk=system_id)
    if answer.outcome in (Outcome.UNREACHABLE, Outcome.UNKNOWN, Outcome.BUSY):
        row.failures += 1
        row.last_problem_at, row.last_problem = at, (answer.note or answer.outcome.value)[:300]
    else:
        if row.failures >= GIVE_UP_AFTER:
            Outgoing.objects.filter(
                system=row, state__in=OPEN, next_attempt_at__gt=at,
                problem_kind__in=[Outcome.UNREACHABLE.value, Outcome.UNKNOWN.value],
            ).update(next_attempt_at=at)  # fmt: skip
        row.failures, row.last_answer_at = 0, at
    if answer.receiver_clock is not None:
        row.clock_skew_s = max(-86_400 * 365, min(86_400 * 365, int((answer.receiver_clock - at).total_seconds())))
    row.save()


@transaction.atomic
def acknowledge(*, system: str, key: str, receipt: str, at: datetime, problem: str = "") -> bool:
    """Take an answer that comes later, by another way; whether it changed anything. A second one changes nothing.

    With `problem` the receiver rejects the message.
    """
    message = Outgoing.objects.select_for_update().filter(system__code=system, key=key).first()
    if message is None or message.state not in (State.SENT, State.EXPIRED):
        return False
    if problem:
        _settle_dead(message, State.REJECTED, "rejected", problem, at)
        events.emit(
            SYSTEM, MessageRejected(message_id=message.pk, system=system, kind=message.kind, problem=problem[:300]),
            at=at, agency_id=message.agency_id, subject=message.subject,
        )  # fmt: skip
    else:
        _settle_acked(message, receipt, at)
    return True


def expire(*, at: datetime, most: int = 1000) -> int:
    """Give up on messages whose time is over; they lie with the dead letters from then on."""
    ids = list(Outgoing.objects.filter(state__in=OPEN, expires_at__lte=at).values_list("pk", flat=True)[:most])
    for message_id in ids:
        with transaction.atomic():
            message = Outgoing.objects.select_for_update().get(pk=message_id)
            if message.state in OPEN:
                _settle_dead(message, State.EXPIRED, "expired", message.problem or "nobody_answered", at)
                events.emit(
                    SYSTEM, MessageExpired(message_id=message.pk, system=_code(message), kind=message.kind),
                    at=at, agency_id=message.agency_id, subject=message.subject,
                )  # fmt: skip
    return len(ids)


def ask_holdings(system: str, *, at: datetime) -> list[Held]:
    """Ask a system what it holds of ours. Raises NotAnswered."""
    receiver = queries.system(system)
    endpoint = queries.endpoint_of(receiver, at=at)
    if endpoint is None:
        raise NotAnswered(_("No address is agreed yet; messages wait in the queue."))
    return transport(endpoint.transport).holdings(endpoint.address, timeout_s=endpoint.timeout_s)
