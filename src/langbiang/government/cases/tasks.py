"""Background work of the case room."""

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from .models import Consultation
from .services import consultations, issue


@app.task(name="cases.draw_form", queue="documents", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def draw_form(form_id: int) -> None:
    """Draw the PDF of an issued form."""
    issue.draw(form_id)


@app.periodic(cron="*/10 * * * *")
@app.task(name="cases.mark_silence", queue="maintenance", queueing_lock="cases.mark_silence")
def mark_silence(timestamp: int) -> None:
    """Where the law lets silence agree, close the questions whose time has passed."""
    now = timezone.now()
    due = Consultation.objects.filter(state="open", silence_agrees=True, due_at__lte=now).values_list("pk", flat=True)
    for consultation_id in due:
        consultations.mark_silence(consultation_id=consultation_id, at=now)
