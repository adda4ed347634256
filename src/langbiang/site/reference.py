"""What every installation needs before its first day: rights of the application's role and the reference data."""

from importlib import import_module
from importlib.util import find_spec

from django.db import connection
from django.utils import timezone

from langbiang.site.database import APPLICATION
from langbiang.site.rooms import INSTALLED_ROOMS


def grant_application_role() -> None:
    """Give the application's role what it needs and no more: audit rows can be appended and read, nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION])
        if not cursor.fetchone():
            return
        for statement in (
            "GRANT USAGE, CREATE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        ):
            cursor.execute(statement.format(role=APPLICATION))
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'audit_entry%' OR tablename = 'audit_lane'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"REVOKE ALL ON {table} FROM {APPLICATION}")
            cursor.execute(f"GRANT SELECT ON {table} TO {APPLICATION}")


def load(*, quiet: bool = False) -> None:
    """Load the reference data of every room that brings some; harmless to repeat."""
    for room in INSTALLED_ROOMS:
        if find_spec(f"{room}.reference"):
            done = import_module(f"{room}.reference").load(at=timezone.now())
            if not quiet and done:
                print(f"{room.rsplit('.', 1)[-1]}: {done}")
