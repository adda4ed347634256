"""Reading the register: by code and day, through reforms, and by what people type."""

import datetime as dt
from decimal import Decimal

import pytest

from langbiang.foundation.places import queries
from langbiang.foundation.places.models import PlaceSuccession

from .conftest import EVE, REFORM, TODAY

pytestmark = pytest.mark.usefixtures("register")


def names(found):
    return [(each.place.title, each.place.district) for each in found]


def code_of(name, *, district=None):
    rows = [r for r in queries.matches(name, on=EVE) if district in (None, r.district)]
    assert len(rows) == 1, rows
    return rows[0].code


def test_a_unit_is_named_with_its_kind_and_its_province():
    assert queries.name_of("24931") == "xã Đơn Dương"
    assert queries.full_name("24931") == "xã Đơn Dương, tỉnh Lâm Đồng"
    assert queries.full_name("23272") == "đặc khu Phú Quý, tỉnh Lâm Đồng"
    assert queries.full_name("46") == "thành phố Huế"


def test_a_former_unit_is_named_with_the_district_and_province_it_was_in():
    assert queries.full_name(code_of("Lát")) == "xã Lát, Lạc Dương, tỉnh Lâm Đồng"
    assert queries.full_name(code_of("Mê Pu")) == "xã Mê Pu, Đức Linh, tỉnh Bình Thuận"


def test_an_unknown_code_has_no_name_and_is_refused_with_a_way_out():
    assert queries.name_of("99999") == ""
    with pytest.raises(queries.NoSuchPlace, match="no administrative unit with the code “99999”. Search") as refused:
        queries.place("99999")
    assert refused.value.field == "place"


def test_a_code_means_another_unit_before_the_reform():
    assert queries.place("24", on=EVE).name == "Bắc Giang"
    assert queries.place("24", on=REFORM).name == "Bắc Ninh"
    assert queries.place("24").name == "Bắc Ninh"


def test_a_code_that_had_no_unit_on_that_day_says_so():
    with pytest.raises(queries.NoSuchPlace, match="on 30/06/2025"):
        queries.place("22918", on=EVE)


def test_a_code_that_lives_on_still_names_the_unit_when_no_day_is_given():
    assert queries.place("24985").valid_from == REFORM
    assert queries.place("24985", on=EVE).valid_to == REFORM


def test_communes_stand_in_the_order_of_the_alphabet():
    rows = [row.name for row in queries.communes(province="68", on=TODAY)]

    assert rows.index("Đạ Huoai") < rows.index("Đạ Huoai 2") < rows.index("Đạ Huoai 3") < rows.index("Đạ Tẻh")
    assert rows.index("Di Linh") < rows.index("Đam Rông 1")
    assert rows[:3] == ["1 Bảo Lộc", "2 Bảo Lộc", "3 Bảo Lộc"]


def test_choices_for_a_form_are_those_of_this_province_today():
    choices = queries.choices(on=TODAY)

    assert len(choices) == 124
    assert ("23272", "Đặc khu Phú Quý") in choices


def test_the_names_of_today_are_unique_in_the_province():
    rows = queries.communes(province="68", on=TODAY)

    assert all(len(queries.matches(row.name, on=TODAY, province="68")) == 1 for row in rows)


@pytest.mark.parametrize(
    ("name", "count"),
    [("Tân Hà", 3), ("Tân Thành", 3), ("Bình Thạnh", 2), ("Phường 1", 2), ("Phường 2", 2), ("Mađaguôi", 2),
     ("Bình Tân", 2), ("Tân Nghĩa", 2)],
)  # fmt: skip
def test_old_names_that_stood_for_several_units_give_all_of_them(name, count):
    assert len(queries.matches(name, on=EVE)) == count


def test_tones_tell_units_apart():
    assert {row.name for row in queries.matches("Tân Thanh", on=EVE)} == {"Tân Thanh"}
    assert {row.name for row in queries.matches("lộc thanh", on=EVE)} == {"Lộc Thanh"}


@pytest.mark.parametrize("written", ["Phú Thuỷ", "phú thủy", "  PHÚ   THỦY ", "Phường Phú Thuỷ"])
def test_spelling_habits_do_not_matter(written):
    assert [row.code for row in queries.matches(written, on=TODAY)] == ["22924"]


@pytest.mark.parametrize(
    "written", ["D'Ran", "d’ran", "Lang Biang-Đà Lạt", "lang biang – đà lạt", "N’ Thôn Hạ", "N'Thôn Hạ"]
)
def test_apostrophes_and_hyphens_do_not_matter(written):
    assert len({row.name for row in queries.matches(written)}) == 1


@pytest.mark.parametrize(
    ("old", "district", "new"),
    [
        ("Thị trấn Đắk Mil", None, "Xã Đức Lập"),
        ("Thị trấn Lạc Dương", None, "Phường Lang Biang - Đà Lạt"),
        ("Xã Hoài Đức", "Lâm Hà", "Xã Tân Hà Lâm Hà"),
        ("Xã Bình Thạnh", "Đức Trọng", "Xã Đinh Văn Lâm Hà"),
        ("Xã Đưng K'Nớ", "Lạc Dương", "Xã Đam Rông 4"),
        ("Xã Tiến Lợi", "Phan Thiết", "Xã Tuyên Quang"),
    ],
)
def test_names_that_moved_lead_to_where_the_people_are(old, district, new):
    found = queries.current(code_of(old, district=district), on=EVE, at=TODAY)

    assert [(each.place.title, each.is_whole) for each in found] == [(new, True)]


def test_a_split_commune_leads_to_both_parts_without_a_guessed_share():
    found = queries.current(code_of("Phong Phú"), on=EVE, at=TODAY)

    assert {each.place.code for each in found} == {"22972", "22978"}
    assert all(each.weight_population is None and not each.is_whole for each in found)


def test_a_unit_that_lives_on_is_its_own_present():
    assert [each.place.code for each in queries.current("22918", at=TODAY)] == ["22918"]


def test_chains_are_followed_to_the_end():
    found = queries.current("70", on=EVE, at=TODAY)

    assert [(each.place.title, each.is_whole) for each in found] == [("Thành phố Đồng Nai", True)]
    assert [each.place.title for each in queries.current("70", on=EVE, at=dt.date(2026, 1, 1))] == ["Tỉnh Đồng Nai"]


def test_parts_of_a_unit_are_known():
    assert [each.place.title for each in queries.predecessors("24846")] == ["Phường 7", "Thị trấn Lạc Dương", "Xã Lát"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("don duong", "Xã Đơn Dương"),
        ("Đơn Dương", "Xã Đơn Dương"),
        ("xa don duong", "Xã Đơn Dương"),
        ("24931", "Xã Đơn Dương"),
        ("dran", "Xã D'Ran"),
        ("b lao", "Phường B'Lao"),
        ("phường 1 bảo lộc", "Phường 1 Bảo Lộc"),
        ("bao lam 4", "Xã Bảo Lâm 4"),
        ("lang biang da lat", "Phường Lang Biang - Đà Lạt"),
        ("hue", "Thành phố Huế"),
        ("phan thiet", "Phường Phan Thiết"),
        ("duc trogn", "Xã Đức Trọng"),
    ],
)
def test_search_forgives_marks_signs_and_slips(typed, first):
    found = queries.search(typed, on=TODAY)

    assert found
    assert found[0].place.title == first, names(found)


def test_search_shows_every_candidate_of_a_name_without_marks():
    found = queries.search("tan thanh", on=TODAY)

    assert {each.place.name for each in found} >= {"Tân Thành", "Tân Thanh"}
    assert not found[0].is_former


def test_search_finds_a_former_unit_and_tells_what_became_of_it():
    found = queries.search("Mê Pu", on=TODAY)

    assert found[0].is_former
    assert [row.title for row in found[0].now] == ["Xã Nam Thành"]


def test_search_inside_a_province_finds_the_units_that_joined_it():
    assert queries.search("mũi né", on=TODAY, province="68")[0].place.code == "22918"
    assert queries.search("hà nội", on=TODAY, province="68") == []


def test_search_for_nothing_finds_nothing():
    assert queries.search("   ", on=TODAY) == []
    assert queries.search("zzzzzz", on=TODAY) == []


def test_everything_is_answered_from_memory(django_assert_num_queries):
    queries.name_of("24931")
    with django_assert_num_queries(0):
        queries.communes(on=TODAY)
        queries.search("đơn dương", on=TODAY)
        queries.current("70", on=EVE)




def test_sums_are_carried_over_whole_parts_exactly():
    parts = [each.place.code for each in queries.predecessors("22918")]

    result = queries.recast(dict.fromkeys(parts, 10), EVE, TODAY)

    assert [(r.codes, r.value, r.is_estimate) for r in result] == [(("22918",), Decimal(30), False)]


def test_without_a_published_share_a_split_is_given_jointly_and_nothing_is_lost():
    whole = {row.code: 1 for row in queries.communes(province="60", on=EVE)}

    result = queries.recast(whole, EVE, TODAY)

    joint = {tuple(sorted(r.codes)) for r in result if r.is_joint}
    assert joint == {("22972", "22978"), ("23041", "23053")}
    assert sum(r.value for r in result) == len(whole)
    assert not any(r.is_estimate for r in result)


def test_with_published_shares_a_split_is_an_estimate():
    code = code_of("Phong Phú")
    for new, share in (("22972", "0.25"), ("22978", "0.75")):
        PlaceSuccession.objects.filter(old__code=code, new__code=new).update(
            weight_population=share, weight_source="Niên giám 2025"
        )
    queries.forget()

    result = {r.codes[0]: r for r in queries.recast({code: 1000}, EVE, TODAY)}

    assert (result["22972"].value, result["22978"].value) == (Decimal(250), Decimal(750))
    assert all(r.is_estimate for r in result.values())


def test_a_series_with_an_unknown_code_is_refused():
    with pytest.raises(queries.UnknownUnits) as refused:
        queries.recast({"99999": 1}, EVE, TODAY)
    assert refused.value.codes == ["99999"]


def test_a_series_is_not_recast_backwards():
    with pytest.raises(ValueError, match="onward only"):
        queries.recast({"22918": 1}, TODAY, EVE)
