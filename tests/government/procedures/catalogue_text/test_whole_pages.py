"""Cutting pages, the round trip, and the two other shapes a record may come in."""

import json
import unicodedata
from dataclasses import replace

import pytest

from langbiang.government.procedures.catalogue_text import (
    REASON_TEXT,
    FeeState,
    as_data,
    judge,
    parse_lay_thu_tuc,
    parse_record,
    rebuild,
)
from simulators.national_catalogue import texts


@pytest.mark.parametrize("trap", texts.TRAPS)
def test_parts_and_heads_joined_give_back_the_text(trap):
    page = texts.TRAPS[trap]
    assert rebuild(parse_record(texts.export(page))) == texts.flatten(page)


@pytest.mark.parametrize("trap", texts.TRAPS)
def test_every_reason_can_be_explained_and_every_record_be_stored(trap):
    record = parse_record(texts.export(texts.TRAPS[trap]))
    verdict = judge(record)
    for finding in (*verdict.reasons, *verdict.to_confirm, *verdict.remarks):
        assert finding.reason.code in REASON_TEXT
    assert json.loads(json.dumps(as_data(record)))["code"]["value"] == record.code.value


def test_a_decomposed_text_is_read_like_a_composed_one():
    page = texts.export(texts.BASE)
    apart = {key: unicodedata.normalize("NFD", value) for key, value in page.items()}
    assert parse_record(apart) == parse_record(page)


def test_headings_used_as_words_do_not_cut_the_page(read):
    record = read("words_of_heading_in_steps")
    assert record.steps_text.value.endswith("theo Căn cứ pháp lý nêu dưới.")
    assert record.documents.value[0].rows[0].name == "Đơn đề nghị cấp thẻ nghệ nhân"


def test_the_chrome_of_the_portal_is_in_no_field(read):
    record = read("plain")
    assert "Nộp hồ sơ" not in record.description.value + record.results.value[0].name


def test_the_code_of_a_local_variant_keeps_its_suffix(read):
    assert read("local_variant_code").code.value == "1.900001.H36"


def test_two_titles_are_a_remark(read):
    assert read("titles_differ").title.reasons[0].code == "title_differs"


def test_a_code_that_differs_from_its_record_is_not_taken_silently():
    page = texts.export(texts.BASE) | {"ma_thu_tuc": "1.900777"}
    verdict = judge(parse_record(page))
    assert verdict.outcome == "review"
    assert verdict.reasons[0].reason.code == "code_differs"


def test_the_full_text_wins_over_a_field_the_export_cut_wrongly():
    page = texts.export(texts.BASE) | {"co_quan_thuc_hien": "chứng thực như sau: ghi đầy đủ lời chứng"}
    assert parse_record(page).implementing_agencies.value[0].name == "Ủy ban nhân dân cấp xã"


def test_a_record_without_full_text_is_read_from_its_fields():
    whole = parse_record(texts.export(texts.BASE))
    fields = parse_record(texts.export(texts.BASE, with_text=False))
    assert fields.source_shape == "split_fields"
    assert (fields.channels, fields.documents, fields.results) == (
        whole.channels,
        whole.documents,
        whole.results,
    )


@pytest.mark.parametrize(
    "raw", [{}, {"raw_text": ""}, {"raw_text": "Trang không tồn tại"}, {"raw_text": None}]
)
def test_what_is_no_catalogue_page_fails_with_a_reason(raw):
    verdict = judge(parse_record(raw))
    assert verdict.outcome == "failed"
    assert verdict.reasons


def test_ordinary_pages_come_back_as_they_were_made():
    for page in texts.pages(60, seed=7):
        record = parse_record(texts.export(page))
        assert judge(record).is_fully_stated
        assert rebuild(record) == texts.flatten(page)
        assert record.title.value == page.title
        assert [row.time_limit.stated for row in record.channels.value.rows] == [
            r.duration for r in page.rows
        ]
        assert [paper.name for paper in record.documents.value[0].rows] == [
            p.name for p in page.groups[0].papers
        ]
        assert [paper.form_file for paper in record.documents.value[0].rows] == [
            p.form for p in page.groups[0].papers
        ]
        assert [(law.title, law.code) for law in record.legal_bases.value] == list(page.laws)




class TestPortalJson:
    def test_the_portal_answer_gives_the_same_channels_and_papers(self):
        for page in texts.pages(30, seed=3):
            flat = parse_record(texts.export(page))
            answer = parse_lay_thu_tuc(json.loads(json.dumps(texts.lay_thu_tuc(page))))
            assert answer.code == flat.code
            assert [
                (row.channel, row.time_limit.amount, row.time_limit.unit, row.fee.amount, row.fee.currency)
                for row in answer.channels.value.rows
            ] == [
                (row.channel, row.time_limit.amount, row.time_limit.unit, row.fee.amount, row.fee.currency)
                for row in flat.channels.value.rows
            ]
            assert [row.name for group in answer.documents.value for row in group.rows] == [
                row.name for group in flat.documents.value for row in group.rows
            ]
            assert judge(answer).outcome == "structured"

    def test_a_false_free_fee_is_seen_here_too(self):
        record = parse_lay_thu_tuc(texts.lay_thu_tuc(texts.TRAPS["false_free_council"]))
        assert {row.fee.fee_state for row in record.channels.value.rows} == {FeeState.UNKNOWN}

    def test_a_limit_without_unit_climbs_the_same_ladder(self):
        record = parse_lay_thu_tuc(texts.lay_thu_tuc(texts.TRAPS["no_unit_same_day"]))
        assert all(row.time_limit.same_day for row in record.channels.value.rows)

    def test_exchanged_legal_columns_are_put_right(self):
        page = replace(texts.BASE, laws=(("14/2024/NĐ-CP", "Nghị định về làng nghề"),))
        (basis,) = parse_lay_thu_tuc(texts.lay_thu_tuc(page)).legal_bases.value
        assert (basis.title, basis.code, basis.swapped) == ("Nghị định về làng nghề", "14/2024/NĐ-CP", True)

    @pytest.mark.parametrize(
        "answer", [{}, {"MATTHC": 5, "CACHTHUCTHUCHIEN": "x", "THANHPHANHOSO": [None, 3]}]
    )
    def test_an_ill_shaped_answer_fails_with_a_reason(self, answer):
        assert judge(parse_lay_thu_tuc(answer)).outcome == "failed"
