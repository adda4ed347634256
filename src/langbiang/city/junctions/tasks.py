"""Background work of the junctions."""

import logging
from datetime import date

from django.utils import timezone
from procrastinate.contrib.django import app

from . import queries, services

log = logging.getLogger(__name__)
LOCK = "junctions.replay"


@app.task(name="junctions.replay", queue="maintenance", lock=LOCK)
def replay(day: str) -> None:
    """Replay a day somebody asked for."""
    _replay(date.fromisoformat(day))


@app.periodic(cron="15 17-21 * * *")  # UTC: from 15 past midnight to past four in Việt Nam
@app.task(name="junctions.replay_yesterday", queue="maintenance", queueing_lock="junctions.replay_yesterday", lock=LOCK)
def replay_yesterday(timestamp: int) -> None:
    """At night: replay yesterday, then take up what a stopped worker left. By day the machine is left to those who work."""
    day = services.due_at_night(at=timezone.now())
    if day is not None:
        _replay(day)


def _replay(day: date) -> None:
    row = services.replay_day(day=day, clock=timezone.now)
    if why := queries.why_not(row):
        log.warning("No proof of %s: %s", day, why)
    elif why := queries.why_not_again(row):
        log.warning("%s gave nothing when replayed again, its proof stays: %s", day, why)


@app.periodic(cron="40 17 * * *")
@app.task(name="junctions.measure_signals", queue="maintenance", queueing_lock="junctions.measure_signals")
def measure_signals(timestamp: int) -> None:
    """At 00:40 (the queue reckons in UTC): measure the signal logs of the day before, then drop what is old enough."""
    now = timezone.now()
    services.measure_missing(at=now)
    services.drop_old_logs(at=now)
    services.drop_old_reasons(at=now)
    services.put_counts_together(at=now)
    services.drop_old_counts(at=now)


@app.periodic(cron="* * * * *")
@app.task(name="junctions.end_expired_runs", queue="maintenance", queueing_lock="junctions.end_expired_runs")
def end_expired_runs(timestamp: int) -> None:
    """Every minute: write down which emergency runs are over; the lights let go of them at their very instant."""
    now = timezone.now()
    services.end_expired(at=now)
    services.forget_buses(at=now)
    services.close_past_events(at=now)


@app.periodic(cron="10 * * * *")
@app.task(name="junctions.balance_counts", queue="maintenance", queueing_lock="junctions.balance_counts")
def balance_counts(timestamp: int) -> None:
    """Every hour: compare what neighbouring junctions counted."""
    services.balance_counts(at=timezone.now())


@app.periodic(cron="20 * * * *")
@app.task(name="junctions.judge_layouts", queue="maintenance", queueing_lock="junctions.judge_layouts")
def judge_layouts(timestamp: int) -> None:
    """Every hour: judge the layouts in force by the rules of now; an alert where one breaks a rule."""
    services.judge_layouts(at=timezone.now())


@app.task(name="junctions.rehearse", queue="maintenance", lock=LOCK)
def rehearse(event_id: int) -> None:
    """Rehearse an event somebody asked for."""
    row = services.rehearse_event(event_id=event_id, clock=timezone.now)
    if row.rehearsal == "none":
        log.warning("No rehearsal of %s: %s", row, queries.why_no_rehearsal(row.rehearsal_reason, row.outcome))


@app.periodic(cron="* * * * *")
@app.task(name="junctions.publish_calibrations", queue="maintenance", queueing_lock="junctions.publish_calibrations")
def publish_calibrations(timestamp: int) -> None:
    """Every minute: after a restore, or when the file could not be written at once, cameras get the versions in force all the same."""
    services.publish_calibrations()
