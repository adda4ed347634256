"""Background work of the audit trail."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import services


@app.periodic(cron="5 0 * * *")
@app.task(name="audit.anchor", queue="maintenance", queueing_lock="audit.anchor")
def anchor(timestamp: int) -> None:
    """Anchor the chains once a day."""
    services.anchor(at=timezone.now())
