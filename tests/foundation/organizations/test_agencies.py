"""Opening, changing, moving, ending agencies."""

import datetime as dt

import pytest

from langbiang.foundation.access import Forbidden, Stale
from langbiang.foundation.access.queries import grants_of_positions
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.organizations import queries, services
from langbiang.foundation.organizations.models import Agency

from .conftest import NOW, TODAY

YESTERDAY = TODAY - dt.timedelta(days=1)
LAW = "Nghị quyết 99/NQ-UBTVQH16"


@pytest.fixture
def merged(province, administrator):
    """Phường Xuân Trường - Đà Lạt went into Phường Xuân Hương - Đà Lạt yesterday."""
    old, new = (queries.commune_agency_id(code, on=TODAY) for code in ("24805", "24781"))
    services.declare_succession(
        administrator(), old_id=old, new_ids=[new], kind="merge", effective_on=YESTERDAY, legal_ref=LAW, at=NOW
    )
    return old, new


def test_a_new_agency_stands_below_its_parent_at_once(province, administrator):
    row = services.open_agency(
        administrator(), code="H36.30", name="Sở Ngoại vụ", kind="department", parent_id=province("H36"),
        valid_from=TODAY, legal_ref="Quyết định 1/QĐ-UBND", at=NOW,
    )
    assert queries.agency(row.pk).name == "Sở Ngoại vụ"
    assert row.pk in queries.descendant_ids(province("H36"))
    assert Entry.objects.filter(action="organizations.agency_opened").count() == 1


def test_a_code_in_use_is_refused_with_the_field(province, administrator):
    with pytest.raises(services.Taken, match="H36.07 is in use") as refused:
        services.open_agency(
            administrator(), code="H36.07", name="Sở Mới", kind="department", parent_id=province("H36"),
            valid_from=TODAY, legal_ref="QĐ 1", at=NOW,
        )
    assert refused.value.field == "code"
    assert refused.value.way_out


def test_a_territory_has_one_committee_at_a_time(province, administrator):
    with pytest.raises(services.Taken, match="answers for this territory"):
        services.open_agency(
            administrator(), code="H36.300", name="Ủy ban nhân dân phường B'Lao", kind="people_committee_commune",
            parent_id=province("H36"), valid_from=TODAY, legal_ref="QĐ 1", place_code="24829", at=NOW,
        )


def test_an_administrator_of_one_unit_does_not_touch_another(province, administrator):
    actor = administrator("H36.06")
    services.change_agency(actor, agency_id=province("H36.16"), phone="0263 1", at=NOW)
    with pytest.raises(Forbidden):
        services.change_agency(actor, agency_id=province("H36.07"), phone="0263 1", at=NOW)


def test_an_administrator_does_not_end_their_own_agency(province, administrator):
    with pytest.raises(Forbidden):
        services.close_agency(administrator("H36.07"), agency_id=province("H36.07"), on=TODAY, legal_ref="QĐ", at=NOW)


def test_a_page_opened_before_a_change_is_stale(province, administrator):
    actor, sở = administrator(), province("H36.07")
    seen = Agency.objects.get(pk=sở).revision
    services.change_agency(actor, agency_id=sở, revision=seen, phone="0263 1", at=NOW)
    with pytest.raises(Stale):
        services.change_agency(actor, agency_id=sở, revision=seen, phone="0263 2", at=NOW)
    assert Agency.objects.get(pk=sở).phone == "0263 1"


def test_a_change_keeps_the_search_keys_in_step_and_tells_before_and_after(province, administrator):
    services.change_agency(administrator(), agency_id=province("H36.07"), name="Sở Giao thông", at=NOW)
    row = Agency.objects.get(code="H36.07")
    assert row.name_folded == "so giao thong"
    entry = Entry.objects.get(action="organizations.agency_changed")
    assert entry.detail["before"] == {"name": "Sở Xây dựng"}
    assert entry.detail["after"] == {"name": "Sở Giao thông"}


def test_saving_without_a_change_writes_nothing(province, administrator):
    services.change_agency(administrator(), agency_id=province("H36.07"), name="Sở Xây dựng", at=NOW)
    assert not Entry.objects.filter(action="organizations.agency_changed").exists()


def test_moving_an_agency_takes_along_what_is_below(province, administrator):
    services.move_agency(
        administrator(), agency_id=province("H36.16"), parent_id=province("H36.07"), on=TODAY, legal_ref="QĐ 2", at=NOW
    )
    assert province("H36.16.02") in queries.descendant_ids(province("H36.07"))
    assert province("H36.16.02") not in queries.descendant_ids(province("H36.06"))
    branch = Agency.objects.get(code="H36.16.02")
    assert branch.path == f"{province('H36')}.{province('H36.07')}.{province('H36.16')}.{branch.pk}."


def test_an_agency_does_not_move_below_itself(province, administrator):
    with pytest.raises(services.Taken):
        services.move_agency(
            administrator(), agency_id=province("H36.06"), parent_id=province("H36.16"), on=TODAY, legal_ref="QĐ", at=NOW
        )


def test_an_agency_with_others_below_does_not_end(province, administrator):
    with pytest.raises(services.Closed, match="still stands below"):
        services.close_agency(administrator(), agency_id=province("H36.06"), on=TODAY, legal_ref="QĐ", at=NOW)


def test_a_unit_merged_yesterday_takes_no_new_work_today(merged):
    assert queries.commune_agency_id("24805", on=YESTERDAY) is None
    assert queries.commune_agency_id("24805", on=YESTERDAY - dt.timedelta(days=1)) == merged[0]
    assert merged[0] not in {row.id for row in queries.one_stop_agencies(on=TODAY)}


def test_a_unit_merged_yesterday_says_who_follows(merged):
    assert queries.successor_name(merged[0], on=TODAY) == "Ủy ban nhân dân phường Xuân Hương - Đà Lạt"
    assert queries.name_of(merged[0]) == "Ủy ban nhân dân phường Xuân Trường - Đà Lạt"


def test_the_successor_reaches_what_it_took_over_from_the_day_on(merged):
    old, new = merged
    assert old in queries.descendant_ids(new, on=TODAY)
    assert old not in queries.descendant_ids(new, on=YESTERDAY - dt.timedelta(days=1))


def test_roles_at_the_successor_cover_the_merged_unit(merged, administrator, django_assert_num_queries):
    from langbiang.foundation.access import services as access

    old, new = merged
    position = services.add_position(administrator(), agency_id=new, title="Chuyên viên", valid_from=TODAY, at=NOW)
    access.grant_role(
        administrator(), position_id=position.pk, role_code="officer", agency_id=new, valid_from=TODAY, at=NOW
    )
    (grant,) = grants_of_positions([position.pk], on=TODAY)
    assert grant.agency_ids == {old, new}


def test_what_was_split_is_in_nobodys_hands(province, administrator):
    old, *new = (queries.commune_agency_id(code, on=TODAY) for code in ("24805", "24781", "24787"))
    services.declare_succession(
        administrator(), old_id=old, new_ids=new, kind="split", effective_on=YESTERDAY, legal_ref=LAW, at=NOW
    )
    assert all(old not in queries.descendant_ids(n, on=TODAY) for n in new)


def test_two_mergers_in_a_row_are_followed_to_the_end(merged, administrator):
    old, new = merged
    last = queries.commune_agency_id("24787", on=TODAY)
    services.declare_succession(
        administrator(), old_id=new, new_ids=[last], kind="merge", effective_on=TODAY, legal_ref=LAW, at=NOW
    )
    assert queries.successor_ids(old, on=TODAY) == [last]
    assert {old, new} <= queries.descendant_ids(last, on=TODAY)


def test_nothing_new_begins_in_a_merged_unit_and_the_refusal_names_the_successor(merged, administrator):
    with pytest.raises(services.Closed, match="ended on 23/11/2026") as refused:
        services.add_position(administrator(), agency_id=merged[0], title="Chuyên viên", valid_from=TODAY, at=NOW)
    assert "Xuân Hương" in str(refused.value.way_out)


def test_a_merged_unit_is_not_merged_again(merged, administrator):
    with pytest.raises(services.Closed):
        services.declare_succession(
            administrator(), old_id=merged[0], new_ids=[merged[1]], kind="merge", effective_on=TODAY, legal_ref=LAW, at=NOW
        )


def test_nobody_merges_into_an_agency_that_has_ended(merged, administrator):
    other = queries.commune_agency_id("24787", on=TODAY)
    with pytest.raises(services.Closed):
        services.declare_succession(
            administrator(), old_id=other, new_ids=[merged[0]], kind="merge", effective_on=TODAY, legal_ref=LAW, at=NOW
        )


@pytest.mark.parametrize(
    ("kind", "targets", "law", "field"),
    [("merge", [], LAW, "new"), ("split", ["H36.08"], LAW, "new"), ("merge", ["H36.08", "H36.09"], LAW, "new"),
     ("merge", ["H36.08"], " ", "legal_ref"), ("swallow", ["H36.08"], LAW, "kind")],
)  # fmt: skip
def test_a_succession_that_says_too_little_is_refused(province, administrator, kind, targets, law, field):
    with pytest.raises(services.Incomplete) as refused:
        services.declare_succession(
            administrator(), old_id=province("H36.07"), new_ids=[province(c) for c in targets], kind=kind,
            effective_on=TODAY, legal_ref=law, at=NOW,
        )  # fmt: skip
    assert refused.value.field == field


def test_one_field_passes_on_while_the_agency_stays(province, administrator):
    services.declare_succession(
        administrator(), old_id=province("H36.07"), new_ids=[province("H36.06")], kind="transfer", field="quy-hoach",
        effective_on=TODAY, legal_ref=LAW, at=NOW,
    )  # fmt: skip
    assert queries.agency(province("H36.07")).is_valid(TODAY)
    assert queries.successor_name(province("H36.07"), on=TODAY) == ""
    assert province("H36.07") not in queries.descendant_ids(province("H36.06"), on=TODAY)


def test_another_process_sees_a_change_when_it_looks_again(province, administrator, monkeypatch):
    monkeypatch.setattr(queries, "RECHECK_S", 0.0)
    assert queries.name_of(province("H36.07")) == "Sở Xây dựng"
    row = Agency.objects.get(code="H36.07")
    Agency.objects.filter(pk=row.pk).update(name="Sở Khác", revision=row.revision + 1)  # as another process would
    assert queries.name_of(row.pk) == "Sở Khác"
