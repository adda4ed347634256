"""Background work of signing."""

from django.utils import timezone
from procrastinate.contrib.django import app

from langbiang.foundation.access import SYSTEM

from . import services


@app.periodic(cron="23 */2 * * *")
@app.task(
    name="signatures.refresh_revocation_lists",
    queue="maintenance",
    queueing_lock="signatures.refresh_revocation_lists",
)
def refresh_revocation_lists(timestamp: int) -> None:
    """Fetch the revocation lists every two hours."""
    services.refresh_revocation_lists(SYSTEM, at=timezone.now())
