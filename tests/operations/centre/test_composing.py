"""The rules of the brief."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langbiang.operations.centre.composing import Fact, Sentence, change, largest
from langbiang.operations.centre.hysteresis import Levels, judge


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine gives values slowly
@given(st.lists(st.integers(0, 500), max_size=28), st.integers(0, 500))
def test_a_usual_day_is_no_change_and_the_direction_is_in_the_sign(days: list[int], value: int) -> None:
    found = change("m", "u", days, value, 1)
    assert (found.score > 0) == (value > found.usual)
    assert change("m", "u", [7] * 28, 7, 1).score == 0


def test_the_largest_changes_come_in_the_same_order_whatever_order_they_came_in() -> None:
    changes = [change("m", str(n), [5] * 28, 5 + n, 1) for n in range(20)]
    assert largest(changes) == largest(list(reversed(changes)))
    assert [each.unit for each in largest(changes)] == ["19", "18", "17", "16", "15"]


def test_one_case_more_than_none_is_no_sensation() -> None:
    assert largest([change("m", "u", [0] * 28, 1, 1)]) == []


def test_a_sentence_holds_the_words_of_its_figures() -> None:
    fact = Fact("cases.received", "2026-11-24", "2026-11-24", 1234, "1.234")
    assert (
        Sentence("Tiếp nhận {n} hồ sơ tại {where}.", {"n": fact}, {"where": "Đà Lạt"}).text
        == "Tiếp nhận 1.234 hồ sơ tại Đà Lạt."
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine gives values slowly
@given(
    st.sampled_from(["above", "below"]), st.floats(-1e6, 1e6), st.floats(0, 1e5), st.floats(-1e6, 1e6), st.booleans()
)
def test_an_alert_is_never_raised_and_over_at_the_same_value(
    side: str, trigger: float, gap: float, value: float, is_up: bool
) -> None:
    levels = Levels(side, trigger, trigger - gap if side == "above" else trigger + gap)
    verdict = judge(levels, value, None, is_up=is_up)
    assert verdict in (("clear", "hold") if is_up else ("raise", "quiet"))
    if verdict == "clear":
        assert judge(levels, value, None, is_up=False) == "quiet"
    if verdict == "raise":
        assert judge(levels, value, None, is_up=True) == "hold"


def test_between_the_levels_an_alert_stays_what_it_is() -> None:
    levels = Levels("above", 10, 6)
    assert judge(levels, 8, None, is_up=True) == "hold"
    assert judge(levels, 8, None, is_up=False) == "quiet"


def test_no_data_and_too_few_cases_decide_nothing() -> None:
    levels = Levels("below", 90, 93, least_base=20)
    assert judge(levels, None, 0, is_up=True) == "hold"
    assert judge(levels, 0.0, 5, is_up=False) == "quiet"
    assert judge(levels, 0.0, 20, is_up=False) == "raise"
