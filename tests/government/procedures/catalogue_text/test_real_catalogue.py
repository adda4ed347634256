"""Records of the national catalogue, where at hand: nothing lost, 99 % structured, the rest named."""

import json

import pytest

from langbiang.government.procedures.catalogue_text import (
    FeeState,
    LimitBasis,
    ParseState,
    judge,
    parse_record,
    rebuild,
)


@pytest.fixture(scope="module")
def raws(shared_data):
    folder = shared_data / "procedures" / "justice"
    files = sorted(folder.glob("*.json"))
    if not files:
        pytest.skip(f"no catalogue records in {folder}")
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


@pytest.fixture(scope="module")
def records(raws):
    return [parse_record(raw) for raw in raws]


def test_every_text_comes_back_whole(raws, records):
    assert [record.code.value for record in records if rebuild(record) != record.text] == []
    assert len(records) == len(raws)


def test_at_least_99_percent_are_structured_and_the_rest_have_a_reason(records):
    verdicts = {record.code.value: judge(record) for record in records}
    rest = {code: verdict for code, verdict in verdicts.items() if verdict.outcome != "structured"}
    assert len(rest) <= len(records) / 100, rest
    assert all(verdict.reasons for verdict in rest.values())


def test_structured_means_a_limit_with_unit_a_fee_a_channel_and_papers(records):
    for record in records:
        if judge(record).outcome != "structured":
            continue
        assert record.channels.value.rows
        assert any(group.rows for group in record.documents.value)
        for row in record.channels.value.rows:
            limit = row.time_limit
            assert (limit.amount is not None and limit.unit is not None) or limit.stages
            assert row.fee.fee_state is not FeeState.UNKNOWN or row.fee.unknown_why is not None


def test_what_no_cell_states_is_never_ok(records):
    for record in records:
        for row in record.channels.value.rows:
            if row.time_limit.basis is not LimitBasis.STATED:
                assert row.time_limit.state is not ParseState.OK
                assert row.time_limit.reasons


def test_no_fee_whose_note_names_the_council_is_free(records):
    for record in records:
        for row in record.channels.value.rows:
            if "Hội đồng nhân dân" in row.fee.note:
                assert row.fee.fee_state is FeeState.UNKNOWN


def test_most_records_need_no_guess_about_their_papers_and_acts(records):
    sure = [r for r in records if r.documents.state is ParseState.OK and r.legal_bases.state is ParseState.OK]
    assert len(sure) >= 0.95 * len(records)
