"""What `langbiang doctor` looks at: each check says what it found and what to do."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    title: str
    state: Literal["ok", "warning", "error"]
    finding: str
    advice: str = ""


def all_checks() -> Iterator[Check]:
    """Every check, one after the other; a check that fails itself is reported, not raised."""
    for check in (
        database,
        tables,
        application_role,
        disk,
        jobs,
        fonts,
        numbering_gaps,
        partitions,
        mail,
        secret,
        second_factor,
    ):
        yield from _guarded(check)


def _guarded(check: Callable[[], Check]) -> Iterator[Check]:
    try:
        yield check()
    except Exception as problem:
        yield Check(check.__name__.replace("_", " "), "error", f"{type(problem).__name__}: {problem}")


def database() -> Check:
    """The database answers and is new enough."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0])
    if version < 160000:
        return Check("database", "error", f"PostgreSQL {version // 10000}", "Version 16 or newer is needed.")
    return Check("database", "ok", f"PostgreSQL {version // 10000}.{version % 10000}")


def tables() -> Check:
    """No migration is waiting."""
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return Check("tables", "error", f"{len(waiting)} migrations are waiting", "Run `langbiang migrate`.")
    return Check("tables", "ok", "up to date")


def application_role() -> Check:
    """The role in use cannot change audit rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, has_table_privilege('audit_entry', 'UPDATE') OR has_table_privilege('audit_entry', 'DELETE')"
        )
        user, may_change = cursor.fetchone()
    if may_change:
        return Check(
            "database role", "warning", f"{user} could change audit rows", "Let web and worker use a role of its own."
        )
    return Check("database role", "ok", f"{user} can only append to the audit trail")


def disk() -> Check:
    """There is room left."""
    usage = shutil.disk_usage(settings.HOME)
    free = usage.free / 1e9
    state: Literal["ok", "warning", "error"] = "ok" if free > 10 else "warning" if free > 2 else "error"
    return Check("disk", state, f"{free:.1f} GB free", "" if state == "ok" else "Make room or move LANGBIANG_HOME.")


def jobs() -> Check:
    """Background jobs are worked on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = 'todo' AND "
            "coalesce(scheduled_at, now()) < now() - interval '10 minutes') FROM procrastinate_jobs"
        )
        failed, waiting = cursor.fetchone()
    if failed or waiting:
        return Check(
            "jobs", "warning", f"{failed} failed, {waiting} overdue", "Is `langbiang worker` running? See its log."
        )
    return Check("jobs", "ok", "none failed, none overdue")


def fonts() -> Check:
    """PDF documents can be drawn in Vietnamese."""
    from langbiang.government.cases.documents import paper

    paper.font_css()
    return Check("document fonts", "ok", "present")


def numbering_gaps() -> Check:
    """No unit's day has a gap in its case codes (the last three days)."""
    from langbiang.government.cases.services import intake

    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT substr(register, 6), period FROM numbering_counter WHERE register LIKE 'case:%%' AND period = ANY(%s)",
            [[f"{today - timedelta(days=n):%y%m%d}" for n in range(3)]],
        )
        rows = cursor.fetchall()
    bad = [(unit, period) for unit, period in rows if intake.gaps(unit, datetime.strptime(period, "%y%m%d").date())]
    if bad:
        return Check("case codes", "error", f"gaps at {bad[:3]}", "Report this with the database log.")
    return Check("case codes", "ok", f"no gaps in {len(rows)} registers")


def partitions() -> Check:
    """Tables that are cut by month have next month's part."""
    month = (timezone.localtime().replace(day=1) + timedelta(days=32)).strftime("%Y%m")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM langbiang_partitioned WHERE to_regclass(name || '_' || %s) IS NULL", [month])
        missing = [row[0] for row in cursor.fetchall()]
    if missing:
        return Check(
            "partitions", "warning", f"missing for {month}: {', '.join(missing)}", "The worker makes them at night."
        )
    return Check("partitions", "ok", f"present for {month}")


def mail() -> Check:
    """Mail has somewhere to go."""
    if not settings.EMAIL_HOST:
        return Check("mail", "warning", f"written to {settings.EMAIL_FILE_PATH}", "Set SMTP_HOST to send mail.")
    return Check("mail", "ok", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}")


def secret() -> Check:
    """Production has an address of its own and https."""
    if settings.MODE == "production" and not settings.PUBLIC_URL.startswith("https://"):
        return Check("address", "error", settings.PUBLIC_URL, "Set LANGBIANG_PUBLIC_URL to the https address.")
    return Check("address", "ok", settings.PUBLIC_URL)


def second_factor() -> Check:
    """Demo sign-ins are not open in production."""
    import os

    if settings.MODE == "production" and os.environ.get("LANGBIANG_DEMO_SIGN_IN") == "1":
        return Check("sign-in", "error", "demo sign-in is on", "Unset LANGBIANG_DEMO_SIGN_IN.")
    return Check("sign-in", "ok", "a second factor is asked of officers" if settings.MODE == "production" else "demo")
