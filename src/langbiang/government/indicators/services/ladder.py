"""Keeping the ladder of reminders: at how many minutes before or after a deadline who is told, from a day on."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.ui import formats

from .. import policies
from ..models import Rung

AUDIENCES = ("reporter", "leader", "province")
FURTHEST = 60 * 24 * 31  # minutes: a month before or after


class BadRung(Refusal):
    """A rung that cannot stand."""


@transaction.atomic
def add_rung(actor: Actor, *, minutes: int, audience: str, valid_from: date, source: str, verified: bool = False, at: datetime) -> Rung:
    """Tell somebody so many minutes before (negative) or after every deadline, from a day on. Raises Forbidden, BadRung.

    What was sent stays as it was: the day is today or later.
    """
    policies.require(policies.may_keep(actor))
    if audience not in AUDIENCES:
        raise BadRung(_("Nobody of that kind is told."), field="audience", way_out=_("Choose one from the list."))
    if abs(minutes) > FURTHEST:
        raise BadRung(_("That lies more than 31 days from the deadline."), field="number", way_out=_("Choose a moment nearer to it."))
    _check(valid_from, source, at)
    open_ = Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from)
    if (same := Rung.objects.select_for_update().filter(open_, minutes=minutes, audience=audience).first()) is not None:
        raise BadRung(
            _("The ladder has this rung already, from %(day)s on.") % {"day": formats.day(same.valid_from)}, field="number",
            way_out=_("Choose another moment or another audience, or end that rung first."),
        )  # fmt: skip
    made = Rung.objects.create(minutes=minutes, audience=audience, valid_from=valid_from, source=source.strip()[:300], verified=verified)
    audit.record(actor, "indicators.rung_added", made, after={"minutes": minutes, "audience": audience, "valid_from": valid_from, "source": made.source}, at=at)
    return made


@transaction.atomic
def end_rung(actor: Actor, *, rung_id: int, valid_to: date, source: str, at: datetime) -> Rung:
    """Say that nobody is told by a rung any more from a day on. Raises Forbidden, BadRung."""
    policies.require(policies.may_keep(actor))
    found = Rung.objects.select_for_update().filter(pk=rung_id, valid_to__isnull=True).first()
    if found is None:
        raise BadRung(_("This rung has ended already."))
    _check(valid_to, source, at, field="valid_to")
    if valid_to <= found.valid_from:
        raise BadRung(_("The day has to lie after %(day)s.") % {"day": formats.day(found.valid_from)}, field="valid_to", way_out=_("Choose a later day."))
    found.valid_to = valid_to
    found.save(update_fields=["valid_to"])
    audit.record(actor, "indicators.rung_ended", found, after={"valid_to": valid_to, "source": source.strip()}, at=at)
    return found


def _check(day: date, source: str, at: datetime, *, field: str = "valid_from") -> None:
    today = timezone.localdate(at)
    if day < today:
        raise BadRung(
            _("That day is over; what was sent then stays as it was."), field=field, way_out=_("Choose %(day)s or a later day.") % {"day": formats.day(today)}
        )
    if not source.strip():
        raise BadRung(_("Name the act or letter the change stands on."), field="source")
