"""Time limits: what the cell says, and the ladder of evidence when it says too little."""

import datetime as dt
from decimal import Decimal

import pytest

from langbiang.government.procedures.catalogue_text import (
    Channel,
    LimitBasis,
    ParseState,
    TimeUnit,
    judge,
    parse_record,
)
from simulators.national_catalogue import texts


def limits(record):
    return [row.time_limit for row in record.channels.value.rows]


def test_every_row_keeps_its_own_time_limit(read):
    found = [(limit.amount, limit.unit) for limit in limits(read("all_three_channels"))]
    assert found == [
        (Decimal(15), TimeUnit.DAY),
        (Decimal("1.5"), TimeUnit.WORKING_DAY),
        (Decimal(1), TimeUnit.MONTH),
    ]


def test_a_channel_word_in_a_description_starts_no_row(read):
    rows = read("channel_word_in_prose").channels.value.rows
    assert [row.channel for row in rows] == [Channel.DIRECT, Channel.POSTAL]
    assert rows[0].description.startswith("Trực tiếp: nộp tại quầy")


def test_a_repeated_channel_keeps_all_its_tiers(read):
    rows = read("repeated_channel_tiers").channels.value.rows
    assert [(row.channel, row.time_limit.amount) for row in rows] == [
        (Channel.ONLINE, Decimal(7)),
        (Channel.ONLINE, Decimal(5)),
    ]


def test_hours_without_working_are_left_for_review(read):
    (limit,) = limits(read("hours_of_unclear_kind"))
    assert limit.hour_kind_open
    assert limit.state is ParseState.REVIEW
    (sure,) = limits(read("working_hours"))
    assert (sure.unit, sure.state) == (TimeUnit.WORKING_HOUR, ParseState.OK)


def test_a_bare_one_is_the_same_day_when_the_steps_say_so(read):
    for limit in limits(read("no_unit_same_day")):
        assert limit.same_day
        assert (limit.amount, limit.unit) == (Decimal(1), TimeUnit.WORKING_DAY)
        assert limit.state is ParseState.GUESS
        assert "sau 15 giờ" in limit.evidence


def test_a_bare_number_takes_the_unit_of_the_same_number_in_the_steps(read):
    (limit,) = limits(read("no_unit_same_number"))
    assert (limit.amount, limit.unit) == (Decimal(6), TimeUnit.WORKING_DAY)
    assert limit.basis is LimitBasis.SAME_NUMBER_IN_TEXT


def test_a_bare_number_that_is_the_sum_of_mixed_stages_stays_for_review(read):
    (limit,) = limits(read("no_unit_sum_of_stages"))
    assert limit.basis is LimitBasis.SUM_OF_STAGES
    assert limit.state is ParseState.REVIEW
    assert [(stage.amount, stage.unit) for stage in limit.stages] == [
        (Decimal(3), TimeUnit.WORKING_DAY),
        (Decimal(10), TimeUnit.DAY),
    ]


def test_a_bare_forty_eight_is_never_read_as_hours(read):
    (limit,) = limits(read("no_unit_no_evidence"))
    assert limit.unit is TimeUnit.WORKING_DAY
    assert (limit.basis, limit.state) == (LimitBasis.PROPOSED, ParseState.REVIEW)
    assert judge(read("no_unit_no_evidence")).must_decide


def test_a_legal_rule_gives_a_guess_that_names_its_source(read):
    (limit,) = limits(read("no_unit_legal_rule"))
    assert (limit.basis, limit.state) == (LimitBasis.LEGAL_RULE, ParseState.GUESS)
    assert "60/2014/QH13" in limit.evidence


def test_a_legal_rule_does_not_speak_outside_its_validity():
    page = texts.export(texts.TRAPS["no_unit_legal_rule"])
    (limit,) = limits(parse_record(page, on=dt.date(2027, 3, 1)))
    assert limit.basis is LimitBasis.PROPOSED


def test_an_empty_cell_is_filled_from_the_stages_of_the_steps(read):
    (limit,) = limits(read("no_duration_stages_in_steps"))
    assert limit.amount is None
    assert limit.is_obtained
    assert len(limit.stages) == 2, "the applicant's own 30 days are not a stage"


def test_an_empty_cell_takes_the_total_told_in_the_description(read):
    (limit,) = limits(read("no_duration_total_in_description"))
    assert (limit.amount, limit.unit, limit.state) == (Decimal(20), TimeUnit.DAY, ParseState.GUESS)


def test_an_empty_cell_takes_the_limit_of_another_channel(read):
    limit = limits(read("no_duration_other_channel"))[1]
    assert (limit.amount, limit.basis) == (Decimal(9), LimitBasis.OTHER_CHANNEL)


@pytest.mark.parametrize("trap", ["no_duration_anywhere", "duration_not_prescribed"])
def test_a_limit_told_nowhere_is_named_and_not_invented(read, trap):
    verdict = judge(read(trap))
    assert verdict.outcome == "review"
    assert [finding.reason.code for finding in verdict.reasons] == ["duration_not_stated"]


def test_a_stated_limit_that_the_steps_contradict_is_marked(read):
    (limit,) = limits(read("stated_limit_against_text"))
    assert (limit.amount, limit.unit, limit.state) == (Decimal(5), TimeUnit.DAY, ParseState.GUESS)
    assert limit.reasons[-1].code == "duration_conflicts_with_text"


def test_a_glued_number_is_one_and_the_rest_when_only_that_reading_is_possible(read):
    (row,) = read("glued_number").channels.value.rows
    assert (row.time_limit.amount, row.fee.amount) == (Decimal(1), Decimal(500_000))
    assert row.time_limit.state is ParseState.REVIEW


def test_an_ambiguous_glued_number_lists_its_readings_and_waits_for_a_person(read):
    (row,) = read("glued_number_ambiguous").channels.value.rows
    assert row.time_limit.state is row.fee.state is ParseState.REVIEW
    assert "1 + 20,000 / - + 120,000" in {reason.detail for reason in row.fee.reasons}
