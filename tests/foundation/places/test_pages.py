"""The pages, as an administrator and as any officer meets them."""

import datetime as dt
import json
import re

import pytest
from django.urls import reverse
from django.utils import translation

from langbiang.foundation.places import queries
from langbiang.foundation.places.models import Place

from .conftest import EVE

DAY = dt.date(2030, 1, 1)


@pytest.fixture(autouse=True)
def _pages_in_english(client, settings):
    settings.LANGUAGE_CODE = "en"
    client.cookies["django_language"] = "en"
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    with translation.override("en"):
        yield


def unit(code, on=None):
    return queries.place(code, on=on).id


def page(client, name, *args, **query):
    answer = client.get(reverse(f"places:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_any_officer_reads_the_list_and_no_citizen(signed_in, client):
    assert client.get(reverse("places:list")).status_code in (302, 403)

    signed_in("officer")
    text = page(client, "list")

    assert "Đơn Dương" in text
    assert ">124<" in text
    assert "Declare" not in page(client, "unit", unit("24931"))


def test_only_a_keeper_opens_what_changes_the_register(signed_in, client):
    signed_in("officer")
    place = unit("24931")

    for address in (
        reverse("places:edit", args=[place]), reverse("places:change", args=[place]),
        reverse("places:declare", args=[place, "merge"]), reverse("places:shares", args=[place]),
        reverse("places:withdraw", args=[place]), reverse("places:load_boundaries"), reverse("places:drop_boundaries"),
    ):  # fmt: skip
        assert client.get(address).status_code == 403, address
        assert client.post(address, {"reason": "x"}).status_code == 403, address


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ({"q": "don duong"}, "Đơn Dương", "Cát Tiên"),
        ({"q": "24931"}, "Đơn Dương", "Cát Tiên"),
        ({"kind": "special_zone"}, "Phú Quý", "Đơn Dương<"),
        ({"area": "don-duong"}, "Quảng Lập", "Cát Tiên"),
        ({"view": "provinces"}, "Đồng Nai", "Đơn Dương<"),
        ({"view": "former", "q": "mê pu"}, "xã Nam Thành", "Cát Tiên"),
        ({"q": "mê pu"}, "xã Nam Thành", "Cát Tiên"),
        ({"q": "nothing like it"}, "No unit fits", "Cát Tiên<"),
        ({"view": "x", "kind": "y", "area": "z"}, "Đơn Dương", "Gộp"),
    ],
)
def test_units_are_found_by_name_code_kind_and_area(signed_in, client, query, there, not_there):
    signed_in("officer")

    text = page(client, "list", **query)

    assert there in text
    assert not_there not in text.split("</thead>")[-1]


def test_the_list_costs_few_statements(signed_in, client, django_assert_max_num_queries):
    signed_in("officer")
    page(client, "list")

    with django_assert_max_num_queries(12):
        page(client, "list", view="former")


def test_a_former_unit_says_where_its_people_are(signed_in, client):
    signed_in("officer")
    old = next(row for row in queries.matches("Phong Phú", on=EVE))

    text = page(client, "unit", old.id)

    assert "This unit is no more" in text
    assert "xã Tuy Phong" in text
    assert "xã Phan Rí Cửa" in text
    assert "not published" in text


def test_an_unknown_unit_is_not_found(signed_in, client):
    signed_in("officer")

    assert client.get(reverse("places:unit", args=[999_999])).status_code == 404


def test_the_schematic_map_leads_to_every_unit(signed_in, client):
    signed_in("officer")

    text = page(client, "map")

    assert text.count("<polygon") == 124
    assert reverse("places:unit", args=[unit("23272")]) in text


def test_facts_are_corrected_with_a_reason(signed_in, client):
    signed_in("system_admin")
    place = queries.place("24931")
    form = {
        "name": "Đơn Dương", "name_en": "Don Duong", "area_km2": "127.90", "legal_ref": "NQ", "revision": place.revision,
        "population": "30000", "population_source": "Niên giám 2025", "population_on": "31/12/2025", "verified": "on",
    }  # fmt: skip

    answer = client.post(reverse("places:edit", args=[place.id]), form)
    assert "the reason stays in the audit trail" in answer.content.decode()

    answer = client.post(reverse("places:edit", args=[place.id]), {**form, "reason": "Công báo"})
    assert answer.status_code == 302, answer.content.decode()
    row = Place.objects.get(pk=place.id)
    assert (str(row.area_km2), row.population, row.verified) == ("127.90", 30000, True)

    stale = client.post(reverse("places:edit", args=[place.id]), {**form, "reason": "x", "name_en": "Other"})
    assert "Nothing of yours was saved" in stale.content.decode()


def merger(place, **more):
    return {
        "others": "xã D'Ran\n24943", "effective_on": "01/01/2030", "legal_ref": "Nghị quyết 1/NQ-UBTVQH17", "note": "",
        "revision": place.revision, "unit-TOTAL_FORMS": "1", "unit-INITIAL_FORMS": "0", "unit-0-code": "24931",
        "unit-0-kind": "commune", "unit-0-name": "Đơn Dương", "unit-0-name_en": "", "unit-0-parent_code": "68",
        "unit-0-area_km2": "", **more,
    }  # fmt: skip


def hidden(text):
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
    return {name: value.replace("&#x27;", "'") for name, value in found}


def test_a_merger_is_read_back_before_it_is_declared(signed_in, client):
    signed_in("system_admin")
    place = queries.place("24931")
    address = reverse("places:declare", args=[place.id, "merge"])
    assert "Units that merge with it" in page(client, "declare", place.id, "merge")

    text = client.post(address, merger(place)).content.decode()

    assert "xã Đơn Dương, xã D&#x27;Ran, xã Ka Đô" in text
    assert queries.find("24934", on=DAY) is not None
    sent = client.post(address, hidden(text))
    assert sent.status_code == 302, sent.content.decode()
    assert queries.find("24934", on=DAY) is None
    assert "will change" in page(client, "list", q="D'Ran")
    assert "This unit will change" in page(client, "unit", place.id)

    new = queries.place("24931", on=DAY)
    assert "does not exist yet" in page(client, "unit", new.id)
    gone = client.post(reverse("places:withdraw", args=[new.id]), {"reason": "Hoãn"})
    assert gone.status_code == 302
    assert queries.name_of("24934", on=DAY) == "xã D'Ran"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"others": "D Rang"}, "There is no unit “D Rang” on that day"),
        ({"others": ""}, "Name at least one other unit"),
        ({"legal_ref": ""}, "Name the act this rests on"),
        ({"effective_on": "31/02/2030"}, "31/02/2030"),
        ({"unit-0-code": "123"}, "that of a commune 5"),
        ({"unit-0-code": "24955"}, "belongs to another unit"),
        ({"effective_on": "01/01/2020"}, "There is no unit"),
        ({"unit-0-kind": "city"}, "city"),
    ],
)
def test_a_merger_with_a_mistake_says_what_is_wrong(signed_in, client, more, message):
    signed_in("system_admin")
    place = queries.place("24931")

    answer = client.post(reverse("places:declare", args=[place.id, "merge"]), merger(place, **more))

    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert queries.find("24934", on=DAY) is not None


def test_an_ambiguous_name_is_asked_about(signed_in, client):
    signed_in("system_admin")
    lao_cai = queries.place("24")
    form = {
        "others": "Bắc", "effective_on": "01/01/2030", "legal_ref": "NQ", "note": "", "revision": lao_cai.revision,
        "unit-TOTAL_FORMS": "1", "unit-INITIAL_FORMS": "0", "unit-0-code": "24", "unit-0-kind": "province",
        "unit-0-name": "Bắc Ninh", "unit-0-name_en": "", "unit-0-area_km2": "",
    }  # fmt: skip

    text = client.post(reverse("places:declare", args=[lao_cai.id, "merge"]), form).content.decode()

    assert "There is no unit “Bắc” on that day" in text
    assert "Did you mean" in text


@pytest.mark.parametrize("kind", ["merge", "split", "rename", "transfer"])
def test_every_kind_of_change_has_its_page(signed_in, client, kind):
    signed_in("system_admin")

    assert "Holds from" in page(client, "declare", unit("24931"), kind)


def test_an_unknown_kind_of_change_is_not_found(signed_in, client):
    signed_in("system_admin")

    assert client.get(reverse("places:declare", args=[unit("24931"), "swap"])).status_code == 404
    assert client.get(reverse("places:declare", args=[unit("68"), "transfer"])).status_code == 404


def test_a_split_into_two_leaves_the_spare_parts_out(signed_in, client):
    signed_in("system_admin")
    place = queries.place("24931")
    address = reverse("places:declare", args=[place.id, "split"])
    form = {
        "effective_on": "01/01/2030", "legal_ref": "NQ", "note": "", "share_source": "Điều tra 2029",
        "revision": place.revision, "unit-TOTAL_FORMS": "4", "unit-INITIAL_FORMS": "0",
    }  # fmt: skip
    parts = [("24931", "Đơn Dương", "0.6"), ("24932", "Thạnh Mỹ", "0.4"), ("", "", ""), ("", "", "")]
    for number, (code, name, share) in enumerate(parts):
        fields = {
            "code": code, "kind": "commune", "name": name, "name_en": "", "parent_code": "68", "area_km2": "",
            "share_area": "", "share_population": share,
        }  # fmt: skip
        form |= {f"unit-{number}-{key}": value for key, value in fields.items()}

    offered = page(client, "declare", place.id, "split")
    assert 'name="unit-TOTAL_FORMS" value="4"' in offered
    assert 'name="unit-INITIAL_FORMS" value="0"' in offered
    text = client.post(address, form).content.decode()
    assert "xã Thạnh Mỹ (24932)" in text
    assert client.post(address, hidden(text)).status_code == 302

    assert {each.place.code for each in queries.current("24931", at=DAY)} >= {"24932"}
    assert len(queries.communes(province="68", on=DAY)) == 125


def test_shares_of_a_split_are_entered_with_their_source(signed_in, client):
    signed_in("system_admin")
    old = next(row for row in queries.matches("Phong Phú", on=EVE))
    steps = [step.succession.id for step in queries.history_of(old)[1]]
    form = {"by": "population", f"share_{steps[0]}": "0.4", f"share_{steps[1]}": "0.5", "source": "NG", "reason": "r"}

    wrong = client.post(reverse("places:shares", args=[old.id]), form)
    assert "add up to 1" in wrong.content.decode()

    done = client.post(reverse("places:shares", args=[old.id]), {**form, f"share_{steps[1]}": "0.6"})
    assert done.status_code == 302
    assert "Shares:" in page(client, "unit", old.id)


def test_the_state_of_the_boundaries_is_told_and_the_configured_file_can_be_loaded(
    signed_in, client, settings, tmp_path
):
    signed_in("system_admin")
    settings.BOUNDARIES = ""
    assert "No file is configured" in page(client, "boundaries")
    assert client.get(reverse("places:load_boundaries")).status_code == 302

    path = tmp_path / "b.geojson"
    settings.BOUNDARIES = str(path)
    assert "there is no such file" in page(client, "boundaries")

    squares = [
        {
            "type": "Feature", "properties": {"code": row.code},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 11], [x + 0.01, 11], [x + 0.01, 11.01], [x, 11.01], [x, 11]]],
            },
        }
        for number, row in enumerate(queries.communes(province="68"))
        for x in (round(107 + number * 0.01, 2),)
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": squares[:-1]}), encoding="utf-8")
    refused = client.post(reverse("places:load_boundaries"), {"attribution": "Nguồn"}).content.decode()
    assert "123 of 124 units can be used" in refused
    assert "is missing" in refused

    path.write_text(json.dumps({"type": "FeatureCollection", "features": squares}), encoding="utf-8")
    assert client.post(reverse("places:load_boundaries"), {"attribution": "Nguồn"}).status_code == 302
    assert "124 of 124" in page(client, "boundaries")
    assert "Beside it" in page(client, "unit", unit("24931"))

    assert client.post(reverse("places:drop_boundaries"), {"reason": "thử"}).status_code == 302
    assert queries.boundary_status() is None
