"""Background work of the exchange."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import services


@app.task(name="exchange.flush_system", queue="exchange")
def flush_system(system: str) -> None:
    """Send what is due to one system."""
    services.flush(system, at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="exchange.round", queue="exchange", queueing_lock="exchange.round")
def every_minute(timestamp: int) -> None:
    """Send what is due, give up what is over, take in what came."""
    services.flush_all(at=timezone.now())
    services.handle_due(at=timezone.now())
