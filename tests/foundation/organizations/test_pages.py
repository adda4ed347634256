"""The pages of agencies and positions, in a browser without scripts."""

import datetime as dt

import pytest
from django.utils import timezone

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.organizations import queries, services
from langbiang.foundation.organizations.models import Agency, Holding, Position, Substitution

START = dt.date(2025, 7, 1)


@pytest.fixture
def position(province):
    return services.add_position(
        SYSTEM, agency_id=province("H36.07"), title="Chuyên viên", valid_from=START, at=timezone.now()
    )


def _today(days: int = 0) -> str:
    return f"{timezone.localdate() + dt.timedelta(days=days):%d/%m/%Y}"


def text(response) -> str:
    return response.content.decode()


def test_the_tree_shows_a_branch_below_its_office(signed_in, client):
    signed_in("H36", "system_admin")
    page = text(client.get("/manage/agencies/"))
    assert page.index("Sở Nông nghiệp và Môi trường") < page.index("Văn phòng Đăng ký đất đai tỉnh")
    assert "tree-3" in page


@pytest.mark.parametrize(
    ("words", "found"), [("dat dai", "Văn phòng Đăng ký đất đai tỉnh"), ("b'lao", "phường B&#x27;Lao"), ("H36.07", "Sở Xây dựng")]
)
def test_agencies_are_found_without_marks_by_name_and_code(signed_in, client, words, found):
    signed_in("H36", "system_admin")
    assert found in text(client.get("/manage/agencies/", {"q": words}))


def test_former_agencies_say_what_they_became(signed_in, client):
    signed_in("H36", "system_admin")
    page = text(client.get("/manage/agencies/", {"view": "former"}))
    assert "xã Phong Phú" in page
    assert "Ủy ban nhân dân xã Tuy Phong, Ủy ban nhân dân xã Phan Rí Cửa" in page


def test_the_list_costs_the_same_few_statements_for_every_view(signed_in, client, django_assert_max_num_queries):
    signed_in("H36", "system_admin")
    client.get("/manage/agencies/")
    for view in ("bodies", "communes", "former"):
        with django_assert_max_num_queries(12):
            client.get("/manage/agencies/", {"view": view})


def test_nobody_without_the_permission_opens_the_list(signed_in, client):
    signed_in("H36.07", "officer")
    assert client.get("/manage/agencies/").status_code == 403


def test_an_agency_is_opened_and_shown(signed_in, client, province):
    signed_in("H36", "system_admin")
    response = client.post(
        "/manage/agencies/open/",
        {"kind": "department", "name": "Sở Ngoại vụ", "code": "H36.30", "parent": province("H36"), "valid_from": _today(),
         "legal_ref": "Quyết định 5/QĐ-UBND"},
        follow=True,
    )  # fmt: skip
    assert "Sở Ngoại vụ" in text(response)
    assert "H36.30" in text(response)


def test_an_error_comes_back_with_what_was_typed(signed_in, client, province):
    signed_in("H36", "system_admin")
    response = client.post(
        "/manage/agencies/open/",
        {"kind": "department", "name": "Sở Trùng mã", "code": "H36.07", "parent": province("H36"), "valid_from": _today(),
         "legal_ref": "QĐ 5"},
    )  # fmt: skip
    assert response.status_code == 200
    assert 'value="Sở Trùng mã"' in text(response)
    assert 'href="#id_code"' in text(response)


def test_an_administrator_of_a_unit_cannot_correct_another(signed_in, client, province):
    signed_in("H36.07", "unit_admin")
    assert client.get(f"/manage/agencies/{province('H36.07')}/change/").status_code == 200
    assert client.get(f"/manage/agencies/{province('H36.08')}/change/").status_code == 403
    assert client.get(f"/manage/agencies/{province('H36.07')}/end/").status_code == 403
    assert client.get(f"/manage/agencies/{province('H36.08')}/add-position/").status_code == 403


def test_saving_a_stale_page_changes_nothing_and_says_so(signed_in, client, province):
    signed_in("H36", "system_admin")
    pk = province("H36.07")
    url = f"/manage/agencies/{pk}/change/"
    values = {"name": "Sở Xây dựng", "phone": "0263 111", "revision": Agency.objects.get(pk=pk).revision}
    assert client.post(url, values).status_code == 302
    assert client.post(url, {**values, "phone": "0263 222"}).status_code == 200
    assert Agency.objects.get(pk=pk).phone == "0263 111"


def test_two_wards_are_merged_on_a_page_that_says_what_will_happen(signed_in, client):
    signed_in("H36", "system_admin")
    old, new = (queries.commune_agency_id(code, on=timezone.localdate()) for code in ("24805", "24781"))
    url = f"/manage/agencies/{old}/end/"
    assert client.get(url).status_code == 200
    client.post(url, {"kind": "merge", "new": [new], "on": _today(), "legal_ref": "NQ 9"})
    page = text(client.get(f"/manage/agencies/{old}/"))
    assert "Xuân Hương - Đà Lạt" in page
    assert Agency.objects.get(pk=old).valid_to == timezone.localdate()


def test_an_officer_is_found_by_name_and_appointed(signed_in, client, officer, position):
    signed_in("H36", "system_admin")
    lan = officer("lan", "Nguyễn Thị Lan")
    url = f"/manage/positions/{position.pk}/appoint/"
    assert f'value="{lan.pk}"' not in text(client.get(url))
    assert f'value="{lan.pk}"' in text(client.get(url, {"who": "Lan"}))
    response = client.post(url, {"account": lan.pk, "valid_from": _today()}, follow=True)
    assert "Nguyễn Thị Lan" in text(response)
    assert Holding.objects.filter(account=lan, position=position).exists()


def test_a_made_up_officer_is_refused(signed_in, client, position):
    signed_in("H36", "system_admin")
    for value in ("999999", "x", "999999999999999999999", "²"):
        response = client.post(f"/manage/positions/{position.pk}/appoint/", {"account": value, "valid_from": _today()})
        assert response.status_code == 200
    assert not Holding.objects.filter(position=position).exists()


def test_an_officer_without_rights_over_the_unit_arranges_their_own_absence_only(signed_in, client, officer, position):
    mine = signed_in("H36.07", "officer")
    an = officer("an", "Lê Văn An")
    assert client.get(f"/manage/positions/{position.pk}/stand-in/").status_code == 403
    values = {"account": an.pk, "kind": "absence", "valid_from": _today(), "last_day": _today()}
    response = client.post(f"/manage/positions/{mine.pk}/stand-in/", values, follow=True)
    assert "Lê Văn An" in text(response)
    row = Substitution.objects.get()
    assert row.valid_to == timezone.localdate() + dt.timedelta(days=1)
    client.post(f"/manage/stand-ins/{row.pk}/end/")
    assert not Substitution.objects.exists()


def test_the_page_of_a_position_shows_past_present_and_roles(signed_in, client, officer, position):
    signed_in("H36", "system_admin")
    services.appoint(
        SYSTEM, position_id=position.pk, account_id=officer("lan", "Nguyễn Thị Lan").pk, valid_from=START, at=timezone.now()
    )
    response = client.post(
        f"/manage/positions/{position.pk}/give-role/",
        {"role": "officer", "agency": position.agency_id, "valid_from": _today()}, follow=True,
    )  # fmt: skip
    page = text(response)
    assert "Nguyễn Thị Lan" in page
    assert "/manage/roles-given/" in page


def test_a_position_is_abolished_on_its_own_page(signed_in, client, position):
    signed_in("H36", "system_admin")
    url = f"/manage/positions/{position.pk}/end/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"on": _today()}).status_code == 302
    assert Position.objects.get(pk=position.pk).valid_to == timezone.localdate()


def test_a_unit_administrator_sees_the_roles_of_their_unit_and_gives_none_above(signed_in, client, province, position):
    signed_in("H36.07", "unit_admin")
    assert client.get("/manage/roles/").status_code == 200
    page = text(client.get("/manage/roles/unit_admin/"))
    assert "Trần Thị Hòa" in page
    response = client.post(
        f"/manage/positions/{position.pk}/give-role/",
        {"role": "officer", "agency": province("H36"), "valid_from": _today()},
    )  # fmt: skip
    assert response.status_code == 200  # not among the choices
    response = client.post(
        f"/manage/positions/{position.pk}/give-role/",
        {"role": "system_admin", "agency": province("H36.07"), "valid_from": _today()},
    )  # fmt: skip
    assert response.status_code == 200
    assert not position.role_assignments.exists()


def test_roles_of_other_units_are_not_shown_to_a_unit_administrator(signed_in, client, officer, province):
    from langbiang.foundation.access import services as access

    other = services.add_position(
        SYSTEM, agency_id=province("H36.08"), title="Chuyên viên khác", valid_from=START, at=timezone.now()
    )
    given = access.grant_role(
        SYSTEM, position_id=other.pk, role_code="clerk", agency_id=other.agency_id, valid_from=START, at=timezone.now()
    )
    signed_in("H36.07", "unit_admin")
    assert "Chuyên viên khác" not in text(client.get("/manage/roles/clerk/"))
    assert client.get(f"/manage/roles-given/{given.pk}/end/").status_code == 403


def test_addresses_of_what_does_not_exist_are_not_found(signed_in, client):
    signed_in("H36", "system_admin")
    for address in (
        "agencies/999999/", "positions/999999/", "positions/999999/appoint/", "holdings/999999/end/",
        "stand-ins/999999/end/", "roles/emperor/", "roles-given/999999/end/", "positions/999999/give-role/",
    ):  # fmt: skip
        assert client.get(f"/manage/{address}").status_code == 404, address
