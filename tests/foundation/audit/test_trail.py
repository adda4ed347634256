"""The audit trail: what is written cannot be changed unnoticed, and not at all by the application."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from langbiang.foundation import audit
from langbiang.foundation.access import Actor
from langbiang.foundation.audit import queries, services

pytestmark = pytest.mark.django_db
OFFICER = Actor(
    kind="staff", account_id=7, position_id=3, agency_id=11, label="Nguyễn Thị Mai, văn thư", address="10.1.1.1"
)


@pytest.fixture
def trail() -> None:
    with transaction.atomic():
        for number in range(1, 21):
            audit.record(OFFICER, "cases.accepted", f"cases.case:{number}", after={"n": number}, at=timezone.now())


def tamper(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")


def findings() -> list[tuple[str, int]]:
    return [(f.kind, f.seq) for f in queries.verify().findings]


def test_an_untouched_trail_is_intact(trail: None) -> None:
    found = queries.verify()
    assert found.is_intact
    assert found.rows == 20


def test_a_changed_row_is_named(trail: None) -> None:
    tamper("UPDATE audit_entry SET target = 'cases.case:99' WHERE lane = 11 AND seq = 7")
    assert findings() == [("changed", 7)]


def test_a_changed_time_is_named(trail: None) -> None:
    tamper("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE lane = 11 AND seq = 7")
    assert findings() == [("changed", 7)]


def test_a_removed_row_is_named(trail: None) -> None:
    tamper("DELETE FROM audit_entry WHERE lane = 11 AND seq = 7")
    assert ("removed", 7) in findings()


def test_a_removed_end_is_named(trail: None) -> None:
    tamper("DELETE FROM audit_entry WHERE lane = 11 AND seq > 18")
    assert findings() == [("removed", 19)]


def test_two_rows_that_changed_places_are_named(trail: None) -> None:
    tamper("UPDATE audit_entry SET seq = -seq WHERE lane = 11 AND seq IN (7, 8)")
    tamper("UPDATE audit_entry SET seq = CASE seq WHEN -7 THEN 8 ELSE 7 END WHERE lane = 11 AND seq < 0")
    named = findings()
    assert ("reordered", 7) in named
    assert ("reordered", 8) in named


def test_a_trail_rewritten_from_the_middle_differs_from_its_anchor(trail: None) -> None:
    services.anchor(at=timezone.now())
    tamper("UPDATE audit_entry SET actor_label = 'somebody else' WHERE lane = 11 AND seq = 20")
    tamper(
        "UPDATE audit_entry SET hash = audit_digest(previous, lane, seq, at, account_id, position_id, actor_label, channel,"
        " address, reference, action, target, detail) WHERE lane = 11 AND seq = 20"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_lane l SET hash = e.hash FROM audit_entry e WHERE e.lane = l.lane AND e.seq = l.seq"
        )
    assert findings() == [("anchor", 20)]


def test_the_database_refuses_update_and_delete_even_to_the_owner(trail: None) -> None:
    for statement in ("UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_role_of_the_application_can_append_and_read_and_nothing_else(trail: None) -> None:
    from langbiang.site import reference

    reference.grant_application_role()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE langbiang_app")
        audit.record(OFFICER, "cases.accepted", "cases.case:21", at=timezone.now())
        cursor.execute("SELECT count(*) FROM audit_entry")
        assert cursor.fetchone()[0] == 21
    for statement in (
        "UPDATE audit_entry SET action = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "INSERT INTO audit_entry SELECT * FROM audit_entry",
        "UPDATE audit_lane SET seq = 0",
        "DELETE FROM audit_lane",
        "ALTER TABLE audit_entry DISABLE TRIGGER USER",
        "UPDATE audit_entry_202611 SET action = 'x'",
    ):
        with (
            pytest.raises(DatabaseError, match="permission denied|must be owner"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SET LOCAL ROLE langbiang_app")
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_row_outside_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        audit.record(OFFICER, "x", "y", at=timezone.now())
