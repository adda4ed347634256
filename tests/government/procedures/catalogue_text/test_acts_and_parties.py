"""Legal bases, results, audiences, levels and agencies."""

from langbiang.government.procedures.catalogue_text import ParseState


def test_a_number_inside_a_title_stays_in_the_title(read):
    found = [(basis.title, basis.code) for basis in read("legal_number_in_title").legal_bases.value]
    assert found == [
        (
            "Thông tư số 03/2026/TT-BTP ngày 02/3/2026 của Bộ trưởng Bộ Tư pháp về thẻ nghệ nhân",
            "03/2026/TT-BTP",
        ),
        ("Luật 61/2020/QH14", "61/2020/QH14"),
        ("Luật Nghề truyền thống năm 2024", "37/2024/QH15"),
        ("hướng dẫn về hồ sơ nghệ nhân", "Thông tư số 05/2024/TT-BVHTTDL"),
        ("Thông tư liên tịch về làng nghề", "09/2013/TTLT-BVHTTDL-BCT"),
    ]


def test_an_act_is_told_by_its_bare_number(read):
    assert read("legal_number_in_title").legal_bases.value[3].number == "05/2024/TT-BVHTTDL"


def test_exchanged_columns_are_put_right_and_marked(read):
    first, second = read("legal_columns_swapped").legal_bases.value
    assert (first.title, first.code, first.swapped) == ("Nghị định về làng nghề", "14/2024/NĐ-CP", True)
    assert (second.title, second.code, second.swapped) == ("Thông tư về hoa văn", "15/2024/TT-BCT", False)


def test_a_basis_without_number_is_kept_for_review(read):
    last = read("legal_without_number").legal_bases.value[-1]
    assert (last.title, last.code, last.state) == ("Hương ước của làng", "", ParseState.REVIEW)


def test_results_keep_codes_of_any_form(read):
    assert [(result.name, result.code) for result in read("several_results").results.value] == [
        ("Thẻ nghệ nhân", "KQ.G15.000999"),
        ("Giấy chứng nhận", "KQ-G10.01234"),
        ("Văn bản trả lời", "78"),
    ]


def test_a_result_without_code_is_a_guess(read):
    (result,) = read("result_without_code").results.value
    assert (result.name, result.code, result.state) == ("Thẻ nghệ nhân", "", ParseState.GUESS)


def test_audiences_are_matched_against_the_list_and_not_cut_at_commas(read):
    assert read("audiences_with_commas").audiences.value == (
        "Tổ chức (không bao gồm doanh nghiệp, HTX)",
        "Cán bộ, công chức, viên chức",
        "Doanh nghiệp",
        "Hợp tác xã",
    )


def test_a_procedure_may_have_several_levels(read):
    assert read("several_levels").levels.value == ("Cấp tỉnh", "Cấp xã", "Cơ quan khác")


def test_an_agency_of_the_abolished_level_is_marked(read):
    first, second = read("superseded_agency").competent_agencies.value
    assert (first.name, first.superseded) == ("Ủy ban nhân dân huyện Suối Mơ", True)
    assert (second.name, second.superseded) == ("Sở Văn hóa", False)


def test_commas_inside_an_agency_name_part_nothing(read):
    names = [agency.name for agency in read("agency_name_with_commas").implementing_agencies.value]
    assert names == ["Ủy ban Nhân dân xã, phường, đặc khu", "Sở Nội vụ"]


def test_agencies_that_begin_with_an_accented_capital_are_parted():
    from langbiang.government.procedures.catalogue_text.parties import read_agencies

    names = [agency.name for agency in read_agencies("Sở Tư pháp, Ủy ban nhân dân cấp tỉnh").value]
    assert names == ["Sở Tư pháp", "Ủy ban nhân dân cấp tỉnh"]
