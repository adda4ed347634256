"""Whatever bytes come in, a verdict comes out, and never that they are genuine."""

import datetime as dt
import io
import os
import random
import re
import signal
import threading
import time
import zlib

import pikepdf
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from langbiang.foundation.signatures.pades import Level, sign_pdf
from langbiang.foundation.signatures.validation import (
    Anchor,
    Reason,
    State,
    TrustStore,
    examine,
    isolation,
    validate_in_child,
    validate_pdf,
)


@pytest.fixture(scope="module")
def signed(authority, root, signer, document) -> bytes:
    return sign_pdf(
        document,
        signer,
        reason="",
        location="",
        at=dt.datetime.now(dt.UTC),
        timestamp_url=authority.timestamp_url,
        trust=TrustStore((Anchor(root),)),
        level=Level.B_LT,
    ).content


@pytest.fixture(scope="module", autouse=True)
def _stop_the_child_server():
    yield
    isolation.stop()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mangled_signed_files_never_crash_the_check_nor_pass_it(signed, trust, soon, data):
    content = bytearray(signed)
    chance = data.draw(st.randoms(use_true_random=False))
    kind = data.draw(st.sampled_from(["flip", "cut", "repeat", "swap", "insert"]))
    here = chance.randrange(len(content))
    length = chance.randrange(1, 400)
    if kind == "flip":
        for _ in range(length):
            content[chance.randrange(len(content))] = chance.randrange(256)
    elif kind == "cut":
        del content[here : here + length]
    elif kind == "repeat":
        content[here:here] = content[here : here + length] or b"x"
    elif kind == "swap":
        there = chance.randrange(len(content))
        content[here : here + length], content[there : there + length] = (
            content[there : there + length] or b"y",
            content[here : here + length] or b"z",
        )
    else:
        content[here:here] = bytes(chance.randrange(256) for _ in range(length))
    verdict = validate_pdf(bytes(content), trust, soon)
    if verdict.is_genuine:
        # Only what no signature covers may differ: the padding and unsigned parts of the signature container.
        assert _signed_parts(bytes(content)) == _signed_parts(signed)


def _signed_parts(pdf: bytes) -> bytes:
    match = re.search(rb"/ByteRange\s*\[(\d+) (\d+) (\d+) (\d+)", pdf)
    assert match is not None
    _, first, second, rest = map(int, match.groups())
    return pdf[:first] + pdf[second : second + rest]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=3000))
def test_random_bytes_are_unreadable(trust, soon, rubbish):
    assert validate_pdf(rubbish, trust, soon).state is State.UNREADABLE
    assert validate_pdf(b"%PDF-1.7\n" + rubbish, trust, soon).state in (
        State.UNREADABLE,
        State.ALTERED,
        State.NOT_SIGNED,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=200))
def test_rubbish_in_place_of_the_signature_value_is_refused(signed, trust, soon, rubbish):
    start = signed.index(b"/Contents <") + len(b"/Contents <")
    value = rubbish.hex().encode()
    changed = signed[:start] + value + signed[start + len(value) :]
    assume(changed != signed)  # a container opens with the byte 0x30, and so may rubbish
    assert not validate_pdf(changed, trust, soon).is_genuine


def test_a_damaged_signature_container_is_refused_at_every_place(signed, trust, soon):
    start = signed.index(b"/Contents <") + len(b"/Contents <")
    chance = random.Random(5)
    for _ in range(60):
        changed = bytearray(signed)
        offset = start + chance.randrange(3000)
        changed[offset] = ord("0") if changed[offset] != ord("0") else ord("f")
        verdict = validate_pdf(bytes(changed), trust, soon)
        if verdict.is_genuine:  # an unsigned attribute may change without touching what was signed
            assert verdict.signatures[0].proven_at is None or verdict.signatures[0].level in ("B-LT", "B-T")


def test_a_file_above_the_limit_is_refused_without_being_read(trust, soon, monkeypatch):
    monkeypatch.setattr(examine, "MAX_BYTES", 1000)
    assert validate_pdf(b"%PDF-1.7" + b" " * 2000, trust, soon).reasons == (Reason.TOO_LARGE,)


def test_an_encrypted_file_is_said_to_be_protected(document, trust, soon):
    with pikepdf.open(io.BytesIO(document)) as opened:
        locked = io.BytesIO()
        opened.save(locked, encryption=pikepdf.Encryption(owner="a", user="b"))
    verdict = validate_pdf(locked.getvalue(), trust, soon)
    assert (verdict.state, verdict.reasons) == (State.UNREADABLE, (Reason.ENCRYPTED,))


def bomb() -> bytes:
    """A cross-reference stream that unpacks to 400 MB."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(400)) + packer.flush()
    head = b"%%PDF-1.7\n1 0 obj\n<</Type/XRef/Size 4/W[1 2 1]/Root 2 0 R/Filter/FlateDecode"
    head += b"/Length %d>>\nstream\n"
    head %= len(packed)
    return head + packed + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


def test_a_decompression_bomb_costs_little_and_is_unreadable(trust, soon):
    start = time.monotonic()
    assert validate_in_child(bomb(), trust, soon).state is State.UNREADABLE
    assert time.monotonic() - start < 10


def test_the_child_comes_to_the_same_verdict_as_this_process(signed, trust, soon, document):
    for pdf in (signed, document, b"rubbish", signed[: len(signed) // 2]):
        assert validate_in_child(pdf, trust, soon) == validate_pdf(pdf, trust, soon)


def test_a_check_that_takes_too_long_is_ended(signed, trust, soon):
    assert validate_in_child(signed, trust, soon, seconds=0.001).reasons == (Reason.TOO_COMPLEX,)
    assert validate_in_child(signed, trust, soon).state is State.GENUINE


def test_many_may_check_at_once(signed, trust, soon):
    states: list[State] = []
    threads = [
        threading.Thread(target=lambda: states.append(validate_in_child(signed, trust, soon).state)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states == [State.GENUINE] * 8


def test_when_too_many_wait_one_is_told_to_come_back(signed, trust, soon, monkeypatch):
    monkeypatch.setattr(isolation, "_places", threading.BoundedSemaphore(1))
    isolation._places.acquire()
    with pytest.raises(isolation.CheckerBusy, match="minute"):
        validate_in_child(signed, trust, soon, seconds=0.05)


def test_the_server_of_checks_is_started_anew_when_it_dies(signed, trust, soon):
    validate_in_child(signed, trust, soon)
    assert isolation._server is not None
    os.kill(isolation._server[1].pid, signal.SIGKILL)
    isolation._server[1].wait()
    assert validate_in_child(signed, trust, soon).state is State.GENUINE
