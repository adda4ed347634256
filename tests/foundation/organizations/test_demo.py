"""The staff plan of the demo province."""

from collections import Counter

import pytest
from django.test.utils import CaptureQueriesContext

from langbiang.foundation.access import SYSTEM, roles
from langbiang.foundation.access import queries as access_queries
from langbiang.foundation.access import services as access
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.organizations import demo, queries, services
from langbiang.foundation.organizations.models import Agency, Position

from .conftest import NOW, TODAY


@pytest.fixture
def planned(province):
    demo.load(at=NOW, seed=1, progress=lambda done, total: None)
    return province


def _at(seats, agency_id):
    return [seat for seat in seats if seat.agency_id == agency_id]


def test_every_open_agency_gets_seats_and_no_former_one(planned):
    staffed = {seat.agency_id for seat in demo.seats()}
    assert staffed == {row.id for row in queries.agencies_on(TODAY)}


def test_every_seat_of_the_plan_is_found_again_with_its_title(planned):
    seats = demo.seats()
    assert len(seats) == len({seat.position_id for seat in seats}) == Position.objects.count()


def test_a_commune_can_handle_a_case_from_counter_to_signature(planned):
    commune = queries.commune_agencies(on=TODAY)[0]
    held = Counter(role for seat in _at(demo.seats(), commune.id) for role in seat.roles)
    needed = {"receiver", "dispatcher", "officer", "reviewer", "signer", "clerk", "returner", "cashier", "leader"}
    assert needed <= set(held)
    assert held["cashier"] == 1
    assert held["officer"] >= 3
    assert {"consulted", "field_team", "unit_admin"} <= set(held)


def test_all_roles_of_the_plan_are_known_to_the_house(planned):
    known = {role.code for role in roles.all_roles()}
    assert {role for seat in demo.seats() for role in seat.roles} <= known


def test_every_role_of_the_house_sits_somewhere(planned):
    given = {role for seat in demo.seats() for role in seat.roles}
    assert {role.code for role in roles.all_roles()} <= given


def test_the_deputy_signs_for_the_head(planned):
    commune = queries.commune_agencies(on=TODAY)[0]
    deputy = Position.objects.get(agency_id=commune.id, sign="kt")
    assert queries.signing_mode(deputy.pk) == "KT. CHỦ TỊCH"
    inspector = Position.objects.get(agency_id=planned("H36.13"), sign="kt")
    assert queries.signing_mode(inspector.pk) == "KT. CHÁNH THANH TRA"


def test_holders_name_the_person_title_and_agency_in_few_statements(planned, django_assert_max_num_queries):
    seats = demo.seats()
    accounts = Account.objects.bulk_create(
        Account(username=f"o{n}", full_name="Trần Văn An", kind="staff", password="!", created_at=NOW)
        for n in range(len(seats))
    )
    services.fill_positions(
        SYSTEM, pairs=[(s.position_id, a.pk) for s, a in zip(seats, accounts, strict=True)], on=TODAY, at=NOW
    )
    rows = [(s.position_id, role, s.agency_id, None) for s in seats for role in s.roles]
    assert access.grant_roles(SYSTEM, rows=rows, on=TODAY, at=NOW) == len(rows)
    queries.forget()
    queries.root_ids()  # the directory is in memory, as on every page
    with django_assert_max_num_queries(2):
        found = access_queries.holders(on=TODAY)
    assert len(found) == len(rows)
    head = next(h for h in found if h.agency_id == planned("H36.13") and h.role == "signer")
    assert head.label == "Trần Văn An, Chánh Thanh tra, Thanh tra tỉnh"


def test_the_plan_is_made_in_a_handful_of_statements(province):
    from django.db import connection

    with CaptureQueriesContext(connection) as seen:
        demo.load(at=NOW, seed=1, progress=lambda done, total: None)
    assert len(seen) < 15
    assert Agency.objects.filter(valid_to=None).count() == 151
