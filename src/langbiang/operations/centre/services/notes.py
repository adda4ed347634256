"""Notes to figures: why a line bends, said where the line is."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access import policies as access
from langbiang.foundation.audit import services as audit

from .. import figures, policies
from ..models import Annotation


@transaction.atomic
def annotate(actor: Actor, *, measure: str, agency_id: int, day: date, text: str, at: datetime) -> Annotation:
    """Leave a note to a figure of an agency on a day. Raises Forbidden, NoSuchFigure, Refusal."""
    access.require(policies.may_handle(actor, agency_id=agency_id))
    known = figures.figure(measure)
    if day > timezone.localdate(at):
        raise Refusal(_("A note cannot be about a day that has not come yet."), field="day")
    note = Annotation.objects.create(
        measure=known.name, agency_id=agency_id, day=day, text=text.strip(), by=actor.label, at=at
    )
    audit.record(
        actor, "centre.annotated", note, after={"measure": measure, "day": day.isoformat(), "text": note.text}, at=at
    )
    return note
