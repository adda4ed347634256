"""Background work of the operations centre."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import services


@app.periodic(cron="*/1 * * * *")
@app.task(name="centre.watch", queue="maintenance", queueing_lock="centre.watch")
def watch(timestamp: int) -> None:
    """Hold the figures against the alert rules; escalate what nobody answers."""
    now = timezone.now()
    services.evaluate(at=now)
    services.escalate_overdue(at=now)


@app.periodic(cron="30 23 * * *")
@app.task(name="centre.brief", queue="maintenance", queueing_lock="centre.brief")
def brief(timestamp: int) -> None:
    """Write the morning brief at 06:30 (the queue reckons in UTC)."""
    now = timezone.now()
    services.write_brief(day=timezone.localdate(now), at=now)


@app.periodic(cron="45 23 * * *")
@app.task(name="centre.brief_due", queue="maintenance", queueing_lock="centre.brief_due")
def brief_due(timestamp: int) -> None:
    """At 06:45 tell those who manage the centre when the morning brief is still not written."""
    now = timezone.now()
    services.tell_that_it_is_missing(day=timezone.localdate(now), at=now)
