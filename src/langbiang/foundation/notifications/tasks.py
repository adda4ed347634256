"""Background work of notifications."""

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from . import services


@app.task(
    name="notifications.send",
    queue="notices",
    retry=RetryStrategy(max_attempts=services.MAX_ATTEMPTS, exponential_wait=5),
)
def send_notice(notice_id: int) -> None:
    """Send one notice."""
    services.send(notice_id, at=timezone.now())


@app.periodic(cron="40 19 * * *")  # UTC: 02:40 in Việt Nam
@app.task(name="notifications.forget_old", queue="maintenance", queueing_lock="notifications.forget_old")
def forget_old(timestamp: int) -> None:
    """Remove old notices."""
    services.forget_old(at=timezone.now())
