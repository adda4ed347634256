"""Background work of the event stream."""

from datetime import timedelta

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from . import services


@app.task(
    name="events.deliver",
    queue="events",
    retry=RetryStrategy(max_attempts=12, exponential_wait=3),
    pass_context=False,
)
def deliver_event(event_id: int) -> None:
    """Hand one event to its subscribers."""
    services.deliver(event_id)


@app.periodic(cron="17 1 * * *")
@app.task(name="events.ensure_partitions", queue="maintenance", queueing_lock="events.ensure_partitions")
def ensure_partitions(timestamp: int) -> None:
    """Keep three months of partitions ahead."""
    services.ensure_partitions(upto=timezone.now() + timedelta(days=92))
