"""When a message that did not get through is tried again: pure arithmetic, without a clock."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Waiting:
    """The rule: the wait doubles from the first to the longest, spread so that not everybody comes back at once."""

    first_s: int = 60
    longest_s: int = 6 * 3600
    jitter_percent: int = 20


def wait(rule: Waiting, *, failures: int, key: str) -> timedelta:
    """How long to wait after this many failures in a row (1 = the first).

    The spread comes from the key and the number of the try, so the same history gives the same times; it never goes
    below the first wait nor above the longest.
    """
    grown = min(rule.longest_s, rule.first_s * 2 ** min(max(failures, 1) - 1, 40))
    draw = int.from_bytes(hashlib.sha256(f"{key}\0{failures}".encode()).digest()[:8], "big") / 2**64  # 0 <= draw < 1
    spread = grown * rule.jitter_percent / 100
    return timedelta(seconds=max(rule.first_s, min(rule.longest_s, grown - spread / 2 + draw * spread)))
