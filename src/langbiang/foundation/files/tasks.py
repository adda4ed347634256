"""Nightly work on files."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import services


@app.periodic(cron="17 19 * * *")  # UTC: 02:17 in Việt Nam
@app.task(name="files.clean_up")
def clean_up(timestamp: int) -> None:
    """Remove half-written files, contents without a row and files of drafts nobody finished."""
    services.clean_up(at=timezone.now())
