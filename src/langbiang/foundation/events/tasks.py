"""Background work of the event stream."""

from datetime import timedelta

from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from . import services

# A worker that has not been heard of for so long is dead, and what it was doing is given to the living.
SILENT_S = 20


@app.task(
    name="events.deliver",
    queue="events",
    priority=10,  # before the drawing of documents: a notice must not wait behind a hundred receipts
    retry=RetryStrategy(max_attempts=12, exponential_wait=3),
    pass_context=False,
)
def deliver_event(event_id: int) -> None:
    """Hand one event to its subscribers."""
    services.deliver(event_id)


@app.periodic(cron="17 18 * * *")  # UTC: 01:17 in Việt Nam
@app.task(name="events.ensure_partitions", queue="maintenance", queueing_lock="events.ensure_partitions")
def ensure_partitions(timestamp: int) -> None:
    """Keep three months of partitions ahead."""
    services.ensure_partitions(upto=timezone.now() + timedelta(days=92))


@app.periodic(cron="* * * * * */15")
@app.task(name="events.take_up", queue="maintenance", queueing_lock="events.take_up", pass_context=True, priority=20)
async def take_up(context: JobContext, timestamp: int) -> None:
    """Put the jobs a killed worker left half done back into the queue, those of all rooms; receipts and locks keep them
    from being done twice. A job of which another waits already is dropped: the waiting one will do."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=SILENT_S):
        try:
            await jobs.retry_job(job)
        except UniqueViolation:
            await jobs.finish_job(job, Status.FAILED, delete_job=True)
