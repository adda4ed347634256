"""Background work of indicators."""

from datetime import date

from django.utils import timezone
from procrastinate.contrib.django import app

from . import services


@app.periodic(cron="* * * * * */30")
@app.task(name="indicators.flag", queue="notices", queueing_lock="indicators.flag")
def flag(timestamp: int) -> None:
    """Notice twice a minute what was due and is not there, and tell who should know."""
    services.flag(at=timezone.now())
    services.remind(at=timezone.now())


@app.periodic(cron="10 17 * * *")  # UTC: 00:10 in Việt Nam
@app.task(name="indicators.owe", queue="maintenance", queueing_lock="indicators.owe")
def owe(timestamp: int) -> None:
    """Keep what is owed made ahead to the end of the year, from November on to the end of the next."""
    today = timezone.localdate()
    year = today.year + (today.month >= 11)
    services.make_obligations(first=today, last=date(year, 12, 31), at=timezone.now())
    services.make_narratives(first=today, last=date(year, 12, 31), at=timezone.now())


@app.periodic(cron="5 * * * *")
@app.task(name="indicators.take", queue="maintenance", queueing_lock="indicators.take")
def take(timestamp: int) -> None:
    """Take the figures that stand on the platform's own records."""
    services.take_internal(at=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="indicators.send", queue="exchange", queueing_lock="indicators.send")
def send(timestamp: int) -> None:
    """Report published figures to the Government."""
    services.send_published(at=timezone.now())
