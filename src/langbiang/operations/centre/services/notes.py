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


class NoSuchNote(Refusal):
    """There is no such note, or it is none of their business."""

    status = 404


@transaction.atomic
def annotate(actor: Actor, *, measure: str, agency_id: int, day: date, text: str, at: datetime) -> Annotation:
    """Leave a note to a figure of an agency on a day. Raises Forbidden, NoSuchFigure, Refusal."""
    access.require(policies.may_handle(actor, agency_id=agency_id))
    known = figures.figure(measure)
    if day > timezone.localdate(at):
        raise Refusal(_("A note cannot be about a day that has not come yet."), field="day")
    note = Annotation.objects.create(
        measure=known.name, agency_id=agency_id, day=day, text=text.strip(), by=actor.label, author_id=actor.account_id, at=at
    )
    audit.record(
        actor, "centre.annotated", note, after={"measure": measure, "day": day.isoformat(), "text": note.text}, at=at
    )
    return note


@transaction.atomic
def withdraw_note(actor: Actor, *, note_id: int, at: datetime) -> Annotation:
    """Take a note back: one's own, or any at the agencies one manages; it is kept and no longer shown. Twice is as once.

    Raises NoSuchNote, Forbidden.
    """
    note = Annotation.objects.select_for_update().filter(pk=note_id).first()
    if note is None or not policies.may_view(actor, agency_id=note.agency_id):
        raise NoSuchNote(_("There is no such note."))
    access.require(policies.may_withdraw(actor, note))
    if note.withdrawn_at is None:
        note.withdrawn_at, note.withdrawn_by = at, actor.label
        note.save(update_fields=["withdrawn_at", "withdrawn_by"])
        told = {"measure": note.measure, "day": note.day.isoformat(), "text": note.text, "by": note.by}
        audit.record(actor, "centre.annotation_withdrawn", note, before=told, at=at)
    return note
