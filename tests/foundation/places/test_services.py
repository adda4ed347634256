"""Changing the register: dated, audited, never over what somebody else did."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from langbiang.foundation.access import Forbidden, Stale
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.places import queries, services
from langbiang.foundation.places.models import Place, PlaceSuccession
from langbiang.foundation.places.naming import code_number
from langbiang.foundation.places.services import Target

from .conftest import EVE, NOW, TODAY

pytestmark = pytest.mark.usefixtures("register")

SOON = dt.date(2027, 1, 1)
LAW = "Nghị quyết 99/NQ-UBTVQH16"


def commune(code, name, **more):
    return Target(code=code, kind="commune", name=name, parent_code="68", **more)


def declare(actor, **more):
    values = {"legal_ref": LAW, "effective_on": SOON, "at": NOW, **more}
    return services.declare_succession(actor, **values)


def ids(*codes):
    return [queries.place(code, on=TODAY).id for code in codes]


def test_two_communes_become_one_from_a_day_on(keeper):
    olds = ids("24931", "24934")

    declare(keeper, kind="merge", old_ids=olds, targets=[commune("24931", "Đơn Dương")])

    day_before = SOON - dt.timedelta(days=1)
    assert len(queries.communes(province="68", on=day_before)) == 124
    assert len(queries.communes(province="68", on=SOON)) == 123
    assert queries.find("24934", on=SOON) is None
    assert [each.place.id for each in queries.current("24934", on=TODAY, at=SOON)] == [
        queries.place("24931", on=SOON).id
    ]


def test_yesterdays_merger_is_seen_by_the_next_question(keeper):
    assert queries.name_of("24934") == "xã D'Ran"

    declare(
        keeper, kind="merge", old_ids=ids("24931", "24934"), targets=[commune("24931", "D'Ran Mới")],
        effective_on=TODAY - dt.timedelta(days=1),
    )  # fmt: skip

    assert queries.name_of("24931", on=TODAY) == "xã D'Ran Mới"
    assert queries.find("24934", on=TODAY) is None


def test_a_ward_made_of_a_commune_closes_one_row_and_opens_the_next(keeper):
    (new,) = declare(
        keeper, kind="rename", old_ids=ids("24931"),
        targets=[Target(code="24931", kind="ward", name="Đơn Dương", parent_code="68")],
    )  # fmt: skip

    assert queries.name_of("24931", on=TODAY) == "xã Đơn Dương"
    assert queries.name_of("24931", on=SOON) == "phường Đơn Dương"
    assert new.legal_ref == LAW


def test_until_a_change_holds_a_code_means_the_unit_of_today(keeper):
    far = dt.date(2090, 1, 1)
    declare(keeper, kind="rename", old_ids=ids("24931"), targets=[commune("24931", "Tên Mới")], effective_on=far)
    declare(keeper, kind="rename", old_ids=ids("24934"), targets=[commune("24999", "Mã Mới")], effective_on=far)

    assert queries.name_of("24931") == "xã Đơn Dương"
    assert queries.name_of("24931", on=far) == "xã Tên Mới"
    assert queries.name_of("24934", on=far) == ""
    assert [each.place.code for each in queries.current("24934", at=far)] == ["24999"]


def test_a_split_with_shares_needs_a_source(keeper):
    parts = [
        commune("24931", "Đơn Dương", share_population=Decimal("0.6")),
        commune("24932", "Đơn Dương 2", share_population=Decimal("0.4")),
    ]
    with pytest.raises(services.Incomplete, match="where the figures were published"):
        declare(keeper, kind="split", old_ids=ids("24931"), targets=parts)

    declare(keeper, kind="split", old_ids=ids("24931"), targets=parts, share_source="Điều tra 2026")

    result = {r.codes[0]: r for r in queries.recast({"24931": 100}, TODAY, SOON)}
    assert {code: r.value for code, r in result.items()} == {"24931": 60, "24932": 40}
    assert all(r.is_estimate for r in result.values())


@pytest.mark.parametrize("shares", [("0.6", "0.5"), ("0.6", None), ("1", "0"), ("1.2", "-0.2")])
def test_shares_that_do_not_make_a_whole_are_refused(keeper, shares):
    parts = [
        commune(code, name, share_area=None if share is None else Decimal(share))
        for code, name, share in zip(("24931", "24932"), ("Một", "Hai"), shares, strict=True)
    ]
    with pytest.raises(services.Incomplete, match="add up to 1"):
        declare(keeper, kind="split", old_ids=ids("24931"), targets=parts, share_source="x")


@pytest.mark.parametrize(
    ("kind", "olds", "targets", "message"),
    [
        ("merge", ["24931"], [commune("24931", "A")], "two or more"),
        ("split", ["24931"], [commune("24931", "A")], "two or more units of one"),
        ("rename", ["24931", "24934"], [commune("24931", "A")], "one unit only"),
        ("rename", ["24931"], [commune("24931", "Đơn Dương")], "present ones"),
        ("transfer", ["24931"], [commune("24931", "Đơn Dương")], "already"),
        ("swallow", ["24931"], [commune("24931", "A")], "what happens"),
        ("merge", ["24931", "68"], [commune("24931", "A")], "Provinces and communes"),
        ("rename", ["24931"], [Target(code="24931", kind="city", name="A")], "does not fit the level"),
        ("rename", ["24931"], [commune("2493", "A")], "a commune 5"),
        ("rename", ["24931"], [commune("CU.900", "A")], "a commune 5"),
        ("rename", ["24931"], [commune("24931", "  ")], "has a name"),
        ("split", ["24931"], [commune("24932", "A"), commune("24932", "B")], "same code"),
    ],
)  # fmt: skip
def test_changes_that_do_not_add_up_are_refused(keeper, kind, olds, targets, message):
    with pytest.raises((services.Incomplete, services.Taken), match=message) as refused:
        declare(keeper, kind=kind, old_ids=ids(*olds), targets=targets)
    assert refused.value.field
    assert PlaceSuccession.objects.filter(effective_on=SOON).count() == 0


def test_a_code_in_use_is_refused(keeper):
    with pytest.raises(services.Taken, match="24934 belongs to another unit"):
        declare(keeper, kind="rename", old_ids=ids("24931"), targets=[commune("24934", "Đơn Dương")])


def test_a_province_that_is_none_on_that_day_is_refused(keeper):
    target = Target(code="24931", kind="commune", name="Đơn Dương", parent_code="60")
    with pytest.raises(services.NoSuchThing, match="no province with the code “60”"):
        declare(keeper, kind="transfer", old_ids=ids("24931"), targets=[target])


def test_a_unit_that_ended_cannot_change_again(keeper):
    old = queries.matches("Xã Lát", on=EVE)[0]
    with pytest.raises(services.Closed, match="Lát ends on 01/07/2025 already"):
        declare(keeper, kind="rename", old_ids=[old.id], targets=[commune("24999", "Lát")])


def test_a_change_before_the_unit_began_is_refused(keeper):
    with pytest.raises(services.BadDates, match="since 01/07/2025"):
        declare(
            keeper, kind="rename", old_ids=ids("24931"), targets=[commune("24931", "Khác")],
            effective_on=dt.date(2025, 7, 1),
        )  # fmt: skip


def test_provinces_that_merge_hand_their_communes_on(keeper):
    (new,) = declare(
        keeper, kind="merge", old_ids=ids("68", "56"), targets=[Target(code="56", kind="province", name="Khánh Lâm")]
    )

    assert len(queries.communes(province="56", on=SOON)) == 124
    assert queries.communes(province="68", on=SOON) == ()
    assert queries.full_name("24931", on=SOON) == "xã Đơn Dương, tỉnh Khánh Lâm"
    step = PlaceSuccession.objects.get(old__code="24931", effective_on=SOON)
    assert (step.kind, step.is_whole) == ("transfer", True)
    assert len(queries.provinces(on=SOON)) == 33


def test_communes_and_provinces_may_change_on_the_same_day_communes_first(keeper):
    declare(keeper, kind="merge", old_ids=ids("24931", "24934"), targets=[commune("24931", "Đơn Dương")])
    declare(
        keeper, kind="merge", old_ids=ids("68", "56"), targets=[Target(code="56", kind="province", name="Khánh Lâm")]
    )

    assert queries.full_name("24931", on=SOON) == "xã Đơn Dương, tỉnh Khánh Lâm"
    assert len(queries.communes(province="56", on=SOON)) == 123


def test_a_change_that_has_not_come_can_be_withdrawn(keeper):
    declare(keeper, kind="merge", old_ids=ids("24931", "24934"), targets=[commune("24931", "Đơn Dương")])
    (province,) = declare(
        keeper, kind="merge", old_ids=ids("68", "56"), targets=[Target(code="56", kind="province", name="Khánh Lâm")]
    )

    services.withdraw_succession(keeper, place_id=province.pk, reason="Hoãn lại", on=TODAY, at=NOW)

    assert queries.full_name("24931", on=SOON) == "xã Đơn Dương, tỉnh Lâm Đồng"
    assert len(queries.communes(province="68", on=SOON)) == 123
    assert len(queries.provinces(on=SOON)) == 34

    merged = queries.place("24931", on=SOON)
    services.withdraw_succession(keeper, place_id=merged.id, reason="Hoãn lại", on=TODAY, at=NOW)

    assert len(queries.communes(province="68", on=SOON)) == 124
    assert queries.name_of("24934", on=SOON) == "xã D'Ran"


def test_a_change_that_holds_already_is_not_withdrawn(keeper):
    with pytest.raises(services.Closed, match="holds since 01/07/2025"):
        services.withdraw_succession(keeper, place_id=ids("24931")[0], reason="x", on=TODAY, at=NOW)


def test_facts_are_corrected_with_a_reason_and_audited(keeper):
    row = queries.place("24931", on=TODAY)

    services.change_place(
        keeper, place_id=row.id, revision=row.revision, reason="Theo công báo", area_km2=Decimal("127.90"),
        verified=True, at=NOW,
    )  # fmt: skip

    assert queries.place("24931", on=TODAY).area_km2 == Decimal("127.90")
    entry = Entry.objects.filter(action="places.place_changed").order_by("-at", "-seq").first()
    assert "Theo công báo" in str(entry.detail)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"name": " "}, "name"),
        ({"area_km2": Decimal("-1")}, "area_km2"),
        ({"population": 5000}, "population_source"),
    ],
)
def test_corrections_that_are_not_whole_are_refused(keeper, values, field):
    with pytest.raises(services.Incomplete) as refused:
        services.change_place(keeper, **{"place_id": ids("24931")[0], "reason": "r", "at": NOW, **values})
    assert refused.value.field == field


def test_a_page_opened_before_somebody_elses_change_is_stale(keeper):
    row = queries.place("24931", on=TODAY)
    services.change_place(keeper, place_id=row.id, reason="r", name_en="Don Duong Commune", at=NOW)

    with pytest.raises(Stale, match="Nothing of yours was saved"):
        services.change_place(keeper, place_id=row.id, revision=row.revision, reason="r", name_en="X", at=NOW)
    with pytest.raises(Stale):
        declare(
            keeper, kind="merge", old_ids=ids("24931", "24934"), targets=[commune("24931", "Đơn Dương")],
            revisions={row.id: row.revision},
        )  # fmt: skip


def test_only_a_keeper_changes_the_register(officer):
    row = ids("24931")[0]
    with pytest.raises(Forbidden):
        services.change_place(officer, place_id=row, reason="r", name_en="X", at=NOW)
    with pytest.raises(Forbidden):
        declare(officer, kind="rename", old_ids=[row], targets=[commune("24931", "Khác")])
    with pytest.raises(Forbidden):
        services.withdraw_succession(officer, place_id=row, reason="r", on=TODAY, at=NOW)
    with pytest.raises(Forbidden):
        services.import_geometry(officer, path="x", at=NOW)


def test_shares_published_later_turn_joint_figures_into_estimates(keeper):
    old = queries.matches("Hòa Thắng", on=EVE)[0]
    steps = list(PlaceSuccession.objects.filter(old_id=old.id).order_by("new__code"))

    services.set_shares(
        keeper, old_id=old.id, by="population", source="Niên giám thống kê 2025", reason="Công bố",
        shares={steps[0].pk: Decimal("0.3"), steps[1].pk: Decimal("0.7")}, at=NOW,
    )  # fmt: skip

    result = queries.recast({old.code: 10}, EVE, TODAY)
    assert [(r.codes, r.value, r.is_estimate) for r in result] == [
        (("23053",), Decimal(7), True), (("23041",), Decimal(3), True),
    ]  # fmt: skip


def test_the_database_refuses_two_rows_of_a_code_on_one_day():
    row = Place.objects.get(code="24931", valid_to=None)
    with pytest.raises(IntegrityError, match="one_row_a_day"), transaction.atomic():
        Place.objects.create(
            code="24931", code_num=code_number("24931"), level="commune", kind="commune", name="Khác", parent_code="68",
            valid_from=row.valid_from + dt.timedelta(days=10),
        )  # fmt: skip
