"""Components: groups, quantities and form files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.government.procedures.catalogue_text import judge
from langbiang.government.procedures.catalogue_text.documents import read_documents
from simulators.national_catalogue.texts import Group, Paper


def papers(record):
    return [paper for group in record.documents.value for paper in group.rows]


def test_text_after_the_last_quantity_is_the_label_of_the_next_group(read):
    groups = read("several_groups").documents.value
    assert [group.label for group in groups] == ["Trường hợp cấp mới:", "Trường hợp gia hạn:"]
    assert [len(group.rows) for group in groups] == [1, 2]
    assert (groups[1].rows[1].originals, groups[1].rows[1].copies) == (1, 1)


def test_two_dashes_are_no_label(read):
    assert read("plain").documents.value[0].label == ""


def test_the_words_of_the_heading_may_be_a_label(read):
    groups = read("words_of_heading_in_label").documents.value
    assert groups[1].label == "Thành phần hồ sơ:"


def test_the_quantity_is_the_last_digit_after_a_year(read):
    (paper,) = papers(read("quantity_after_year"))
    assert paper.name.endswith("12/6/2026")
    assert paper.originals == 1
    assert paper.reasons[0].code == "quantity_glued"


def test_a_quantity_inside_a_name_ends_no_row(read):
    first, second = papers(read("quantity_in_name"))
    assert first.name == "Đơn đề nghị (01 bản chính) và ảnh chân dung"
    assert (second.originals, second.copies) == (0, 2)


def test_zero_originals_alone_is_shown_only(read):
    assert [paper.present_only for paper in papers(read("shown_only"))] == [False, True]
    assert not papers(read("quantity_in_name"))[1].present_only


def test_form_files_are_cut_from_the_name(read):
    found = [(paper.name, paper.form_files) for paper in papers(read("form_files"))]
    assert found == [
        ("Đơn theo mẫu", ("Mẫu 02.docx",)),
        ("Tờ khai kinh nghiệm theo Mẫu NN-03", ("Mẫu NN-03.doc",)),
        ("Danh sách thành viên;", ("4.danhsachtv.pdf",)),
        ("Đơn và cam kết", ("Mẫu NN-05a.docx", "Mẫu NN-05b.docx")),
    ]


def test_a_form_file_without_a_joint_keeps_the_whole_name_as_a_guess():
    parsed = read_documents(Group((Paper("đơn tự viết.docx"),)).flat())
    (paper,) = parsed.value[0].rows
    assert (paper.name, paper.form_files) == ("đơn tự viết.docx", ())
    assert paper.reasons[0].code == "form_file_unclear"


def test_a_table_without_papers_keeps_the_record_in_review(read):
    verdict = judge(read("no_components"))
    assert verdict.outcome == "review"
    assert verdict.reasons[0].path == "documents"


names = st.text("abcđơêAĐƠ (),;:", min_size=3, max_size=30).map(lambda text: "Giấy " + text.strip() + "x")


@given(st.lists(st.tuples(names, st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8))
def test_names_and_quantities_come_back_as_they_were_written(rows):
    group = Group(tuple(Paper(name, originals=first, copies=second) for name, first, second in rows))
    parsed = read_documents(group.flat())
    assert [(" ".join(name.split()), first, second) for name, first, second in rows] == [
        (paper.name, paper.originals, paper.copies) for paper in parsed.value[0].rows
    ]


def test_rules_put_into_the_table_look_like_notes():
    hints = (Paper("Giấy tờ nước ngoài phải được dịch.", originals=0), Paper("Thẻ mẫu"))
    parsed = read_documents(Group(hints, "* Lưu ý:").flat())
    assert [paper.looks_like_note for paper in parsed.value[0].rows] == [True, False]


@pytest.mark.parametrize("prose", ["(01 bản chính)", "nộp 02 bản sao có chứng thực", "gồm:01 bản chính"])
def test_prose_about_copies_is_part_of_the_name(prose):
    parsed = read_documents(Group((Paper(f"Giấy phép {prose} kèm theo"),)).flat())
    assert [paper.originals for paper in parsed.value[0].rows] == [1]
