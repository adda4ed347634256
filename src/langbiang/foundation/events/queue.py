"""The job queue: procrastinate on the same database, so that a job is written in the transaction that needs it."""

from datetime import datetime
from typing import Any

from procrastinate import App
from procrastinate.tasks import Task

from langbiang.foundation.prepared import Statement

# What `task.defer` sends for a job without locks, to be done at once. As a piece of another statement it saves nearly
# every write of the platform a journey to the database.
DEFER = "procrastinate_defer_jobs_v1(ARRAY[ROW(%s, %s, %s, NULL, NULL, {args}, NULL)::procrastinate_job_to_defer_v1])"
TYPES = ("varchar", "varchar", "integer")


def on_app_ready(app: App) -> None:
    """Nothing to add to the application; tasks register themselves by import."""


_WAITING = Statement("SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queue_name = 'events' AND status = 'todo')")


def is_waiting() -> bool:
    """Whether events wait to be told: work that can be done later steps back then."""
    ((waiting,),) = _WAITING.run()
    return bool(waiting)


_SINCE = Statement(
    "SELECT min(e.at) FROM (SELECT id FROM procrastinate_jobs WHERE queue_name = 'events' AND status = 'todo'"
    " ORDER BY id LIMIT 1) j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'"
)


def waiting_since() -> datetime | None:
    """Since when the first event that is not told yet has waited; None when all are told."""
    ((since,),) = _SINCE.run()
    found: datetime | None = since
    return found


def described(task: Task[Any, Any, Any]) -> tuple[str, str, int]:
    """The values of DEFER."""
    return task.queue, task.name, task.priority
