"""Giving roles to positions and taking them back."""

import datetime as dt

import pytest
from django.utils import translation

from langbiang.foundation.access import SYSTEM, Actor, Forbidden, roles, services
from langbiang.foundation.access.actor import Grant
from langbiang.foundation.access.models import RoleAssignment
from langbiang.foundation.access.queries import grants_of_positions
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations import reference
from langbiang.foundation.organizations import services as positions

NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 24)
START = dt.date(2025, 7, 1)


@pytest.fixture
def building(db):
    """The Department of Construction with one position in it."""
    organizations.forget()
    reference.load(at=NOW)
    agency_id = organizations.agency_id_of("H36.07")
    position = positions.add_position(SYSTEM, agency_id=agency_id, title="Chuyên viên", valid_from=START, at=NOW)
    with translation.override("en"):
        yield agency_id, position.pk
    organizations.forget()


def administrator(agency_id: int | None, *permissions: str) -> Actor:
    """Somebody who gives roles at one agency, or everywhere."""
    scope = None if agency_id is None else organizations.descendant_ids(agency_id)
    grant = Grant(role="unit_admin", permissions=frozenset({"access.grant", *permissions}), agency_ids=scope)
    return Actor(kind="staff", account_id=1, agency_id=agency_id, label="Quản trị", grants=(grant,))


def give(actor: Actor, building, role: str = "officer", **more):
    agency_id, position_id = building
    values = {"position_id": position_id, "agency_id": agency_id, "valid_from": TODAY, **more}
    return services.grant_role(actor, role_code=role, at=NOW, **values)


def test_a_role_holds_from_its_first_day_until_it_is_taken(building):
    row = give(administrator(building[0]), building)
    services.revoke_role(administrator(building[0]), assignment_id=row.pk, on=TODAY + dt.timedelta(days=5), at=NOW)
    held = [bool(grants_of_positions([building[1]], on=TODAY + dt.timedelta(days=n))) for n in (-1, 0, 4, 5)]
    assert held == [False, True, True, False]


def test_a_role_taken_on_its_first_day_never_was(building):
    row = give(administrator(building[0]), building)
    services.revoke_role(administrator(building[0]), assignment_id=row.pk, on=TODAY, at=NOW)
    assert not RoleAssignment.objects.exists()
    assert Entry.objects.filter(action="access.role_cancelled").count() == 1


def test_nobody_gives_a_role_over_an_agency_they_do_not_administer(building):
    other = organizations.agency_id_of("H36.08")
    with pytest.raises(Forbidden):
        give(administrator(building[0]), building, agency_id=other)
    with pytest.raises(Forbidden):
        give(administrator(building[0]), building, agency_id=organizations.agency_id_of("H36"))


def test_nobody_takes_a_role_at_an_agency_they_do_not_administer(building):
    row = give(SYSTEM, building)
    with pytest.raises(Forbidden):
        services.revoke_role(administrator(organizations.agency_id_of("H36.08")), assignment_id=row.pk, on=TODAY, at=NOW)


def test_a_unit_administrator_does_not_make_a_platform_administrator(building):
    with pytest.raises(Forbidden, match="more rights than your own"):
        give(administrator(building[0]), building, "system_admin")


def test_the_same_role_is_not_given_twice_at_a_time(building):
    give(administrator(building[0]), building)
    with pytest.raises(services.AlreadyGranted):
        give(administrator(building[0]), building)
    give(administrator(building[0]), building, field="xay-dung-khac" if not roles.fields() else next(iter(roles.fields())))


@pytest.mark.parametrize(
    ("change", "field"),
    [({"role": "emperor"}, "role"), ({"position_id": 10**9}, "position"), ({"valid_to": TODAY}, "valid_to")],
)
def test_what_does_not_exist_is_refused_with_its_field(building, change, field):
    with pytest.raises(services.Refusal) as refused:
        give(SYSTEM, building, **change)
    assert refused.value.field == field


def test_an_agency_that_does_not_exist_is_refused_even_to_those_with_all_rights(building):
    with pytest.raises(services.NoSuchAssignment):
        give(SYSTEM, building, agency_id=10**9)


def test_a_role_that_has_ended_is_not_ended_again(building):
    row = give(SYSTEM, building, valid_from=START)
    services.revoke_role(SYSTEM, assignment_id=row.pk, on=TODAY, at=NOW)
    with pytest.raises(services.BadDays):
        services.revoke_role(SYSTEM, assignment_id=row.pk, on=TODAY, at=NOW)
    with pytest.raises(services.NoSuchAssignment):
        services.revoke_role(SYSTEM, assignment_id=10**9, on=TODAY, at=NOW)


def test_many_roles_at_once_need_rights_over_the_whole_province(building):
    agency_id, position_id = building
    rows = [(position_id, role, agency_id, None) for role in ("officer", "clerk")]
    with pytest.raises(Forbidden):
        services.grant_roles(administrator(agency_id), rows=rows, on=TODAY, at=NOW)
    assert services.grant_roles(SYSTEM, rows=rows, on=TODAY, at=NOW) == 2
    assert Entry.objects.filter(action="access.roles_granted").count() == 1


def test_a_role_limited_to_a_field_holds_for_that_field_only():
    grant = Grant(role="officer", permissions=frozenset({"x"}), agency_ids=frozenset({1}), field="dat-dai")
    actor = Actor(kind="staff", grants=(grant,))
    assert actor.may("x", agency_id=1, field="dat-dai")
    assert not actor.may("x", agency_id=1, field="ho-tich")
    assert not actor.may("x", agency_id=2, field="dat-dai")
