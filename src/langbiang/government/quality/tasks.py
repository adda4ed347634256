"""Background work of the index of service quality."""

from django.utils import timezone
from procrastinate.contrib.django import app

from .services import counters


@app.periodic(cron="50 18 * * *")  # UTC: 01:50 in Việt Nam
@app.task(name="quality.recompute", queue="maintenance", queueing_lock="quality.recompute")
def recompute(timestamp: int) -> None:
    """Once a night all cases are counted anew: what no event told of is found here."""
    counters.recompute(at=timezone.now())
