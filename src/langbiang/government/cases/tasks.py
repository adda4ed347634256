"""Background work of the case room."""

import logging
import time
from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from langbiang.foundation.events import queue

from .models import Consultation
from .services import consultations, issue

log = logging.getLogger(__name__)


# A form older than this that nobody has looked at is drawn when somebody does.
DRAWN_AHEAD = timedelta(days=3)
# After so long the job ends, and the next one goes on: a worker that is stopped loses at most the form in its hands.
WHILE_S = 50


@app.periodic(cron="* * * * * */10")
@app.task(name="cases.draw_forms", queue="documents", queueing_lock="cases.draw_forms")
def draw_forms(timestamp: int) -> None:
    """Draw the papers of the forms issued of late. That one is missing is what the record itself says."""
    until = time.monotonic() + WHILE_S
    troubled: set[int] = set()
    while time.monotonic() < until:
        waiting = [pk for pk in issue.waiting(since=timezone.now() - DRAWN_AHEAD) if pk not in troubled]
        if not waiting:
            return
        for form_id in waiting:
            if time.monotonic() > until or queue.is_waiting():
                return  # the next round goes on; whoever opens a form first has it drawn at once
            try:
                issue.draw(form_id)
            except Exception:  # one form must not keep all others from being drawn; it is tried again next time
                log.exception("form %s could not be drawn", form_id)
                troubled.add(form_id)


@app.periodic(cron="*/10 * * * *")
@app.task(name="cases.mark_silence", queue="maintenance", queueing_lock="cases.mark_silence")
def mark_silence(timestamp: int) -> None:
    """Where the law lets silence agree, close the questions whose time has passed."""
    now = timezone.now()
    due = Consultation.objects.filter(state="open", silence_agrees=True, due_at__lte=now).values_list("pk", flat=True)
    for consultation_id in due:
        consultations.mark_silence(consultation_id=consultation_id, at=now)
