"""Fees: a cell that says free is believed only when everything else agrees."""

import datetime as dt
from decimal import Decimal

import pytest

from langbiang.government.procedures.catalogue_text import FeeState, ParseState, UnknownFee, judge


def fees(record):
    return [row.fee for row in record.channels.value.rows]


@pytest.mark.parametrize(
    ("trap", "why"),
    [
        ("false_free_amount", UnknownFee.AMOUNT_IN_NOTE),
        ("false_free_council", UnknownFee.SET_BY_COUNCIL),
        ("false_free_named", UnknownFee.NAMED_IN_NOTE),
        ("false_free_act", UnknownFee.SET_BY_ACT),
        ("false_free_exemptions", UnknownFee.EXEMPTIONS_ONLY),
    ],
)
def test_a_false_free_fee_is_unknown_for_its_reason_and_never_free(read, trap, why):
    for fee in fees(read(trap)):
        assert fee.fee_state is FeeState.UNKNOWN
        assert fee.unknown_why is why
        assert fee.amount is None
        assert fee.state is ParseState.REVIEW


def test_a_council_fee_counts_as_structured_but_must_be_decided(read):
    verdict = judge(read("false_free_council"))
    assert verdict.outcome == "structured"
    assert verdict.must_decide


def test_free_stays_free_when_the_note_only_names_an_optional_extra(read):
    (fee,) = fees(read("free_with_optional_extra"))
    assert (fee.fee_state, fee.state) == (FeeState.FREE, ParseState.GUESS)


def test_free_is_doubted_when_the_steps_tell_the_applicant_to_pay(read):
    (fee,) = fees(read("free_but_steps_speak_of_a_fee"))
    assert fee.state is ParseState.GUESS
    assert fee.reasons[0].code == "fee_in_steps"


def test_not_prescribed_is_free_with_a_remark(read):
    (fee,) = fees(read("free_not_prescribed"))
    assert (fee.fee_state, fee.reasons[0].code) == (FeeState.FREE, "fee_not_prescribed")


def test_amounts_keep_their_currency_and_unit_of_count(read):
    (dong,) = fees(read("fee_in_dong_words"))
    (dollar,) = fees(read("fee_in_dollars"))
    assert (dong.amount, dong.currency, dong.per) == (Decimal(200_000), "VND", "hồ sơ")
    assert (dollar.amount, dollar.currency, dollar.per) == (Decimal(150), "USD", "bản")


def test_zero_dong_is_free(read):
    (fee,) = fees(read("fee_zero"))
    assert (fee.fee_state, fee.amount) == (FeeState.FREE, Decimal(0))


def test_a_fee_stated_nowhere_keeps_the_record_in_review(read):
    verdict = judge(read("fee_not_stated"))
    assert verdict.outcome == "review"
    assert verdict.reasons[0].reason.code == "fee_not_stated"


def test_an_empty_fee_cell_follows_the_other_free_channels_as_a_guess(read):
    fee = fees(read("fee_not_stated_others_free"))[1]
    assert (fee.fee_state, fee.state) == (FeeState.FREE, ParseState.GUESS)


def test_a_dated_amount_is_suggested_with_its_days_and_act(read):
    (fee,) = fees(read("dated_fee"))
    (dated,) = fee.dated
    assert fee.amount == Decimal(4_000_000)
    assert (dated.amount, dated.valid_from, dated.valid_to, dated.source) == (
        Decimal(2_000_000),
        dt.date(2025, 7, 1),
        dt.date(2026, 12, 31),
        "Thông tư số 77/2025/TT-BTC",
    )


def test_fifty_dong_is_read_as_fifty_thousand_when_half_of_it_is_named(read):
    (fee,) = fees(read("fee_in_thousands"))
    assert (fee.amount, fee.state) == (Decimal(50_000), ParseState.GUESS)


def test_one_dong_beside_a_waiver_stands_for_no_fee(read):
    (fee,) = fees(read("fee_placeholder"))
    assert (fee.fee_state, fee.amount) == (FeeState.FREE, Decimal(0))


def test_a_small_amount_for_people_abroad_is_proposed_as_dollars(read):
    (fee,) = fees(read("glued_number_small"))
    assert (fee.amount, fee.currency, fee.state) == (Decimal(200), "USD", ParseState.REVIEW)


def test_a_note_whose_bracket_stays_open_is_kept_and_marked(read):
    (fee,) = fees(read("note_brackets_open"))
    assert fee.reasons[-1].code == "note_unbalanced"
