"""The agencies that come with the product."""

import datetime as dt

from langbiang.foundation.organizations import queries, reference
from langbiang.foundation.organizations.models import Agency, AgencySuccession

from .conftest import NOW, TODAY


def test_all_124_communes_have_a_committee_with_a_counter(province):
    found = queries.commune_agencies(on=TODAY)
    assert len(found) == 124
    assert all(row.is_one_stop for row in found)
    assert len({row.place_code for row in found}) == 124


def test_committees_stand_in_the_order_of_their_own_names(province):
    names = [row.name.split(" ", 5)[-1] for row in queries.commune_agencies(on=TODAY)]
    assert [n for n in names if n.startswith("B")][:2] == ["Bàu Bàng", "Bảo Lâm 1"] or names[0].startswith("1 Bảo")
    assert names.index("Đức Trọng") > names.index("Di Linh")


def test_there_are_20_or_more_provincial_bodies_with_real_codes(province):
    bodies = [row for row in queries.agencies_on(TODAY) if row.kind != Agency.Kind.COMMUNE]
    assert len(bodies) >= 20
    assert all(row.code.startswith("H36") for row in bodies)


def test_loading_twice_adds_nothing_and_keeps_what_people_changed(province):
    Agency.objects.filter(code="H36.07").update(phone="0263 3822 000")
    before = Agency.objects.count()
    assert reference.load(at=NOW) == ""
    assert Agency.objects.count() == before
    assert Agency.objects.get(code="H36.07").phone == "0263 3822 000"


def test_every_path_leads_from_the_root_to_the_agency_itself(province):
    for row in Agency.objects.all():
        ids = [int(part) for part in row.path.strip(".").split(".")]
        assert ids[0] == province("H36")
        assert ids[-1] == row.pk
        assert (ids[-2] if len(ids) > 1 else None) == row.parent_id


def test_there_is_exactly_one_root(province):
    assert queries.root_ids() == {province("H36")}


def test_a_department_reaches_what_lies_below_it(province):
    below = queries.descendant_ids(province("H36.06"))
    assert province("H36.16") in below
    assert province("H36.16.03") in below
    assert province("H36.07") not in below


def test_the_three_former_provinces_became_the_present_one(province):
    for code in ("CU.LAM-DONG", "CU.BINH-THUAN", "CU.DAK-NONG"):
        assert queries.successor_ids(province(code), on=TODAY) == [province("H36")]


def test_a_split_commune_is_followed_by_two(province):
    names = queries.successor_name(province("CU.PHONG-PHU"), on=TODAY)
    assert names == "Ủy ban nhân dân xã Tuy Phong, Ủy ban nhân dân xã Phan Rí Cửa"
    assert AgencySuccession.objects.filter(kind="split").count() == 4


def test_a_former_agency_existed_until_the_reform_and_not_after(province):
    row = queries.agency(province("CU.BINH-THUAN"))
    assert row.is_valid(dt.date(2025, 6, 30))
    assert not row.is_valid(dt.date(2025, 7, 1))
    assert queries.successor_name(row.id, on=dt.date(2025, 6, 30)) == ""


def test_documents_are_dated_at_the_commune_or_the_province(province):
    place = {
        code: queries.place_name_of(queries.commune_agency_id(code, on=TODAY) or 0)
        for code in ("24829", "24823", "23272", "24958")
    }
    assert place == {"24829": "B'Lao", "24823": "Phường 1 Bảo Lộc", "23272": "Phú Quý", "24958": "Đức Trọng"}
    assert queries.place_name_of(province("H36.07")) == "Lâm Đồng"
