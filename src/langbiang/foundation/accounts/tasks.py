"""What is cleared away at night."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import services


@app.periodic(cron="50 18 * * *")  # UTC: 01:50 in Việt Nam
@app.task(name="accounts.forget_ended", queue="maintenance", queueing_lock="accounts.forget_ended")
def forget_ended(timestamp: int) -> None:
    """Remove sessions that ended and wrong tries nobody counts any more."""
    services.forget_ended(at=timezone.now())
