"""Signatures beside the bytes they are for."""

from datetime import timedelta

import pytest

from langbiang.foundation.signatures import detached
from langbiang.foundation.signatures.validation import TrustStore

CONTENT = "<GoiTin>số liệu</GoiTin>".encode()


def test_a_detached_signature_is_intact_and_trusted(seal, trust, now):
    made = detached.sign(CONTENT, seal, at=now)
    verdict = detached.verify(CONTENT, made.cms, trust=trust, at=now + timedelta(minutes=1))
    assert verdict.is_intact
    assert verdict.is_trusted
    assert (verdict.signer, verdict.serial) == (made.signer, made.serial)


def test_one_byte_changed_breaks_it(seal, trust, now):
    made = detached.sign(CONTENT, seal, at=now)
    verdict = detached.verify(CONTENT + b" ", made.cms, trust=trust, at=now)
    assert not verdict.is_intact
    assert not verdict.is_trusted


def test_a_signer_nobody_here_trusts_is_intact_at_most(seal, now):
    made = detached.sign(CONTENT, seal, at=now)
    verdict = detached.verify(CONTENT, made.cms, trust=TrustStore(()), at=now)
    assert not verdict.is_trusted


@pytest.mark.parametrize("rubbish", [b"", b"\x30\x00", b"x" * 500])
def test_rubbish_is_no_signature(trust, now, rubbish):
    assert not detached.verify(CONTENT, rubbish, trust=trust, at=now).is_intact
