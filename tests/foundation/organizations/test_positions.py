"""Positions, who holds them, who stands in."""

import datetime as dt

import pytest

from langbiang.foundation.access import SYSTEM, Actor, Forbidden, Stale
from langbiang.foundation.access import services as access
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.organizations import queries, services
from langbiang.foundation.organizations.models import Agency, Holding, Position, Substitution

from .conftest import NOW, TODAY

START = dt.date(2025, 7, 1)
TOMORROW = TODAY + dt.timedelta(days=1)


@pytest.fixture
def seat(province, administrator):
    """A position at the Department of Construction."""

    def make(title: str = "Chuyên viên", **more) -> Position:
        more.setdefault("agency_id", province("H36.07"))
        return services.add_position(administrator(), title=title, valid_from=START, at=NOW, **more)

    return make


def _acting_in(position: Position, account_id: int) -> Actor:
    return Actor(kind="staff", account_id=account_id, position_id=position.pk, agency_id=position.agency_id)


def test_an_officer_acts_in_a_position_from_the_day_of_appointment(seat, officer, administrator):
    position, lan = seat(), officer("lan")
    services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=TOMORROW, at=NOW)
    assert queries.positions_of(lan.pk, on=TODAY) == []
    assert [p.title for p in queries.positions_of(lan.pk, on=TOMORROW)] == ["Chuyên viên"]


def test_the_one_before_leaves_on_the_day_the_next_begins(seat, officer, administrator):
    position, lan, an = seat(), officer("lan"), officer("an")
    services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=START, at=NOW)
    services.appoint(administrator(), position_id=position.pk, account_id=an.pk, valid_from=TODAY, at=NOW)
    before = TODAY - dt.timedelta(days=1)
    assert [h.account_id for h in queries.holders_of([position.pk], on=before)] == [lan.pk]
    assert [h.account_id for h in queries.holders_of([position.pk], on=TODAY)] == [an.pk]


def test_nobody_is_appointed_before_the_present_holder_began(seat, officer, administrator):
    position, lan, an = seat(), officer("lan"), officer("an")
    services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=TODAY, at=NOW)
    with pytest.raises(services.BadDates, match="24/11/2026") as refused:
        services.appoint(administrator(), position_id=position.pk, account_id=an.pk, valid_from=TODAY, at=NOW)
    assert refused.value.field == "valid_from"


def test_holding_a_position_twice_is_refused(seat, officer, administrator):
    position, lan = seat(), officer("lan")
    services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=START, at=NOW)
    with pytest.raises(services.Taken, match="holds this position already"):
        services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=TODAY, at=NOW)


def test_an_acting_holder_sits_beside_the_holder(seat, officer, administrator):
    position, lan, an = seat(), officer("lan"), officer("an")
    for account, acting in ((lan, False), (an, True)):
        services.appoint(
            administrator(), position_id=position.pk, account_id=account.pk, valid_from=START, is_acting=acting, at=NOW
        )
    assert {h.account_id for h in queries.holders_of([position.pk], on=TODAY)} == {lan.pk, an.pk}


@pytest.mark.parametrize("state", [{"is_active": False}, None])
def test_only_an_open_account_of_an_officer_is_appointed(seat, officer, administrator, state):
    account_id = officer("lan", **state).pk if state else 999_999
    with pytest.raises(services.NoSuchThing) as refused:
        services.appoint(administrator(), position_id=seat().pk, account_id=account_id, valid_from=TODAY, at=NOW)
    assert refused.value.field == "account"


def test_an_agency_has_one_head(seat):
    seat("Giám đốc", sign="head", is_leader=True)
    with pytest.raises(services.Taken, match="signs as the head") as refused:
        seat("Quyền Giám đốc", sign="head")
    assert refused.value.field == "sign"


def test_a_deputy_signs_under_the_title_of_the_head(seat):
    seat("Giám đốc", sign="head")
    assert queries.signing_mode(seat("Phó Giám đốc", sign="kt").pk) == "KT. GIÁM ĐỐC"
    assert queries.signing_mode(seat("Chánh Văn phòng", sign="tl").pk) == "TL. GIÁM ĐỐC"
    assert queries.signing_mode(seat().pk) == ""


def test_an_ended_position_is_empty_and_takes_nobody(seat, officer, administrator):
    position, lan = seat(), officer("lan")
    services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=START, at=NOW)
    services.end_position(administrator(), position_id=position.pk, on=TODAY, at=NOW)
    assert queries.positions_of(lan.pk, on=TODAY) == []
    assert position.pk not in {p.pk for p in queries.positions_at(position.agency_id, on=TODAY)}
    with pytest.raises(services.Closed):
        services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=TOMORROW, at=NOW)


def test_a_position_in_which_somebody_begins_later_does_not_end_before(seat, officer, administrator):
    position = seat()
    services.appoint(administrator(), position_id=position.pk, account_id=officer("lan").pk, valid_from=TOMORROW, at=NOW)
    with pytest.raises(services.BadDates, match="25/11/2026"):
        services.end_position(administrator(), position_id=position.pk, on=TODAY, at=NOW)


def test_leaving_on_the_first_day_or_twice_is_refused(seat, officer, administrator):
    held = services.appoint(
        administrator(), position_id=seat().pk, account_id=officer("lan").pk, valid_from=START, at=NOW
    )
    with pytest.raises(services.BadDates):
        services.end_holding(administrator(), holding_id=held.pk, on=START, at=NOW)
    services.end_holding(administrator(), holding_id=held.pk, on=TODAY, at=NOW)
    with pytest.raises(services.Closed):
        services.end_holding(administrator(), holding_id=held.pk, on=TOMORROW, at=NOW)


def test_seats_change_under_an_open_page_is_stale(seat, officer, administrator):
    position, lan = seat(), officer("lan")
    seen = Agency.objects.get(pk=position.agency_id).revision
    seat("Văn thư")
    with pytest.raises(Stale):
        services.appoint(
            administrator(), position_id=position.pk, account_id=lan.pk, valid_from=TODAY, revision=seen, at=NOW
        )


def test_a_unit_administrator_does_not_fill_a_seat_with_roles_beyond_the_unit(
    province, seat, officer, administrator
):
    position, lan = seat(), officer("lan")
    access.grant_role(
        SYSTEM, position_id=position.pk, role_code="catalogue_approver", agency_id=province("H36"), valid_from=START, at=NOW
    )
    with pytest.raises(Forbidden, match="beyond"):
        services.appoint(
            administrator("H36.07"), position_id=position.pk, account_id=lan.pk, valid_from=TODAY, at=NOW
        )
    services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=TODAY, at=NOW)


def test_a_holder_arranges_who_stands_in(seat, officer, administrator):
    position, lan, an = seat(), officer("lan"), officer("an")
    services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=START, at=NOW)
    services.arrange_substitute(
        _acting_in(position, lan.pk), position_id=position.pk, account_id=an.pk, kind="absence", valid_from=TODAY,
        valid_to=TOMORROW, at=NOW,
    )
    (held,) = queries.positions_of(an.pk, on=TODAY)
    assert held.stands_in
    assert queries.positions_of(an.pk, on=TOMORROW) == []


def test_a_stand_in_does_not_pass_the_seat_on(seat, officer, administrator):
    position, lan, an, minh = seat(), officer("lan"), officer("an"), officer("minh")
    services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=START, at=NOW)
    arrange = {"position_id": position.pk, "kind": "absence", "valid_from": TODAY, "valid_to": TOMORROW, "at": NOW}
    services.arrange_substitute(administrator(), account_id=an.pk, **arrange)
    with pytest.raises(Forbidden):
        services.arrange_substitute(_acting_in(position, an.pk), account_id=minh.pk, **arrange)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"valid_to": TODAY}, "valid_to"), ({"kind": "delegation"}, "legal_ref"), ({"kind": "holiday"}, "kind"),
     ({"valid_from": START, "valid_to": START + dt.timedelta(days=3)}, "valid_to")],
)  # fmt: skip
def test_an_arrangement_that_cannot_be_meant_is_refused_with_the_field(seat, officer, administrator, change, field):
    given = {"kind": "absence", "valid_from": TODAY, "valid_to": TOMORROW, **change}
    with pytest.raises((services.BadDates, services.Incomplete)) as refused:
        services.arrange_substitute(
            administrator(), position_id=seat().pk, account_id=officer("an").pk, at=NOW, **given
        )
    assert refused.value.field == field


def test_nobody_stands_in_for_themselves_or_twice(seat, officer, administrator):
    position, lan, an = seat(), officer("lan"), officer("an")
    services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=START, at=NOW)
    arrange = {"position_id": position.pk, "kind": "absence", "valid_from": TODAY, "valid_to": TOMORROW, "at": NOW}
    with pytest.raises(services.Taken, match="themselves"):
        services.arrange_substitute(administrator(), account_id=lan.pk, **arrange)
    services.arrange_substitute(administrator(), account_id=an.pk, **arrange)
    with pytest.raises(services.Taken, match="some of these days"):
        services.arrange_substitute(administrator(), account_id=an.pk, **arrange)


def test_an_arrangement_ends_early_or_is_withdrawn(seat, officer, administrator):
    position, an = seat(), officer("an")
    row = services.arrange_substitute(
        administrator(), position_id=position.pk, account_id=an.pk, kind="absence", valid_from=TODAY - dt.timedelta(days=2),
        valid_to=TODAY + dt.timedelta(days=9), at=NOW,
    )  # fmt: skip
    services.end_substitution(administrator(), substitution_id=row.pk, on=TODAY, at=NOW)
    assert queries.positions_of(an.pk, on=TODAY) == []
    later = services.arrange_substitute(
        administrator(), position_id=position.pk, account_id=an.pk, kind="absence", valid_from=TOMORROW,
        valid_to=TODAY + dt.timedelta(days=9), at=NOW,
    )  # fmt: skip
    services.end_substitution(administrator(), substitution_id=later.pk, on=TODAY, at=NOW)
    assert Substitution.objects.count() == 1


def test_every_act_leaves_one_audit_row(seat, officer, administrator):
    position, lan = seat(), officer("lan")
    held = services.appoint(administrator(), position_id=position.pk, account_id=lan.pk, valid_from=START, at=NOW)
    services.end_holding(administrator(), holding_id=held.pk, on=TODAY, at=NOW)
    services.change_position(
        administrator(), position_id=position.pk, title="Chuyên viên chính", sign="none", is_leader=False, at=NOW
    )
    services.end_position(administrator(), position_id=position.pk, on=TOMORROW, at=NOW)
    actions = [e.action for e in Entry.objects.filter(action__startswith="organizations.").order_by("pk")]
    assert actions == [
        "organizations.reference_loaded", "organizations.position_added", "organizations.appointed",
        "organizations.left", "organizations.position_changed", "organizations.position_ended",
    ]  # fmt: skip


def test_filling_many_positions_needs_rights_over_the_whole_province(seat, officer, administrator):
    pairs = [(seat().pk, officer("lan").pk)]
    with pytest.raises(Forbidden):
        services.fill_positions(administrator("H36.07"), pairs=pairs, on=START, at=NOW)
    assert services.fill_positions(administrator(), pairs=pairs, on=START, at=NOW) == 1
    assert Holding.objects.count() == 1
