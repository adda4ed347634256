"""Waiting between tries."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.exchange.backoff import Waiting, wait

RULE = Waiting()


def test_the_first_wait_is_a_minute_and_the_longest_six_hours():
    assert timedelta(minutes=1) <= wait(RULE, failures=1, key="a") <= timedelta(minutes=1.2)
    assert timedelta(hours=5) < wait(RULE, failures=60, key="a") <= timedelta(hours=6)


@given(st.integers(1, 500), st.text(max_size=30), st.integers(1, 600), st.integers(0, 90_000), st.integers(0, 100))
def test_a_wait_never_leaves_its_bounds(failures, key, first, more, jitter):
    rule = Waiting(first, first + more, jitter)
    assert timedelta(seconds=first) <= wait(rule, failures=failures, key=key) <= timedelta(seconds=first + more)


def test_two_messages_do_not_come_back_at_the_same_moment():
    assert len({wait(RULE, failures=5, key=f"m{n}") for n in range(200)}) > 190
