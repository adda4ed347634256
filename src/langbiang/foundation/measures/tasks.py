"""Background work of the measures: keep the books."""

import time

from django.utils import timezone
from procrastinate.contrib.django import app

from . import analysis, book, declaring, exporting

LOCK = "measures.follow"
# Whoever notes a record looks whether this job is called already, and commits a little later: so long it looks again.
LINGERS_S = 0.25


def _drain() -> int:
    done = 0
    while taken := book.follow(at=timezone.now):
        done += taken
    return done


@app.task(name="measures.follow", queue="measures", queueing_lock=LOCK, priority=20)
def follow() -> None:
    """Bring the books up to date."""
    _drain()
    time.sleep(LINGERS_S)
    _drain()


@app.periodic(cron="* * * * * */10")
@app.task(name="measures.follow_up", queue="measures", queueing_lock="measures.follow_up")
def follow_up(timestamp: int) -> None:
    """What a killed worker left is taken up again."""
    _drain()


@app.periodic(cron="* * * * * 30")
@app.task(name="measures.begin", queue="maintenance", queueing_lock="measures.begin", lock="measures.begin")
def begin(timestamp: int) -> None:
    """Fill the books that are not kept yet, or not for the measures as they are declared now."""
    for records in declaring.record_sets():
        if not book.is_kept(records):
            book.rebuild(records, at=timezone.now)


@app.periodic(cron="40 19 * * *")  # UTC: 02:40 in Việt Nam
@app.task(name="measures.rebuild", queue="maintenance", queueing_lock="measures.rebuild", lock="measures.begin")
def rebuild(timestamp: int) -> None:
    """Once a night all records are compared with the books."""
    for records in declaring.record_sets():
        book.rebuild(records, at=timezone.now)


@app.periodic(cron="20 20 * * *")  # UTC: 03:20 in Việt Nam
@app.task(name="measures.export", queue="maintenance", queueing_lock="measures.export")
def export(timestamp: int) -> None:
    """Once a night the books are written as files for analysis."""
    exporting.export(at=timezone.now())


@app.task(name="measures.analyse", queue="documents")
def analyse(analysis_id: int) -> None:
    """Answer a question."""
    analysis.work_out(analysis_id=analysis_id, at=timezone.now())
