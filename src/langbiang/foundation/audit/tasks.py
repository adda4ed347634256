"""Background work of the audit trail."""

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from . import services

log = logging.getLogger(__name__)


@app.periodic(cron="5 17 * * *")  # UTC: 00:05 in Việt Nam
@app.task(name="audit.anchor", queue="maintenance", queueing_lock="audit.anchor")
def anchor(timestamp: int) -> None:
    """Anchor the chains once a day."""
    services.anchor(at=timezone.now())


@app.periodic(cron="35 17 * * *")  # UTC: 00:35 in Việt Nam
@app.task(name="audit.verify", queue="maintenance", queueing_lock="audit.verify")
def verify(timestamp: int) -> None:
    """Verify the newest rows of every chain once a night: tampering is noticed the next morning, not at the next audit."""
    findings = services.verify_newest(at=timezone.now())
    for finding in findings[:20]:
        log.error("audit trail: %s, chain %s, number %s: %s", finding.kind, finding.lane, finding.seq, finding.note)
