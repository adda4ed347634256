"""Nightly work on drafts."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import services


@app.periodic(cron="41 19 * * *")  # UTC: 02:41 in Việt Nam
@app.task(name="forms.expire_drafts")
def expire_drafts(timestamp: int) -> None:
    """Remove drafts nobody touched for 90 days."""
    services.expire(at=timezone.now())
