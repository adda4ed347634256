"""Background work of reporting."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import services


@app.periodic(cron="20 18 * * *")  # UTC: 01:20 in Việt Nam
@app.task(name="reporting.reconcile", queue="exchange", queueing_lock="reporting.reconcile")
def reconcile(timestamp: int) -> None:
    """Compare the books once a night."""
    services.reconcile(at=timezone.now())


@app.periodic(cron="10 * * * *")
@app.task(name="reporting.draw", queue="exchange", queueing_lock="reporting.draw")
def draw_figures(timestamp: int) -> None:
    """Draw figures of the sources whose turn it is."""
    services.draw_due(at=timezone.now())
