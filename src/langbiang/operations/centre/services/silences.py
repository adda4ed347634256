"""Silences: while something is known to be down, its alerts are neither raised nor escalated. Each has an end."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access import policies as access
from langbiang.foundation.audit import services as audit

from .. import policies
from ..models import AlertRule, Silence

LONGEST = timedelta(days=14)


class NoSuchSilence(Refusal):
    """There is no such silence."""

    status = 404


@transaction.atomic
def silence(
    actor: Actor, *, agency_id: int, rule_id: int | None, begins_at: datetime, ends_at: datetime, reason: str, at: datetime
) -> Silence:
    """Keep a rule (None: every rule) quiet at an agency and all below it for a while. Raises Forbidden, Refusal."""
    access.require(policies.may_handle(actor, agency_id=agency_id))
    if rule_id is not None and not AlertRule.objects.filter(pk=rule_id).exists():
        raise Refusal(_("There is no such rule."), field="rule_id", way_out=_("Choose one from the list."))
    if ends_at <= max(begins_at, at):
        raise Refusal(_("The silence ends before it begins, or is over already."), field="ends_at",
                      way_out=_("Choose a later end."))  # fmt: skip
    if ends_at - begins_at > LONGEST:
        raise Refusal(_("A silence lasts at most 14 days: nothing may be forgotten in it."), field="ends_at",
                      way_out=_("Choose an earlier end and make another one then."))  # fmt: skip
    if len(reason.strip()) < 5:
        raise Refusal(_("Say why, so that others know."), field="reason", way_out=_("Name the work or the breakdown."))
    made = Silence.objects.create(
        agency_id=agency_id, rule_id=rule_id, begins_at=begins_at, ends_at=ends_at, reason=reason.strip(), by=actor.label, made_at=at
    )
    after = {"begins_at": begins_at.isoformat(), "ends_at": ends_at.isoformat(), "reason": made.reason, "rule": rule_id}
    audit.record(actor, "centre.silenced", made, after=after, at=at)
    return made


@transaction.atomic
def end_silence(actor: Actor, *, silence_id: int, at: datetime) -> None:
    """End a silence early. Raises Forbidden, NoSuchSilence."""
    found = Silence.objects.select_for_update().filter(pk=silence_id).first()
    if found is None:
        raise NoSuchSilence(_("There is no such silence."))
    access.require(policies.may_handle(actor, agency_id=found.agency_id))
    if found.ended_at is None and found.ends_at > at:
        found.ended_at = at
        found.save(update_fields=["ended_at"])
        audit.record(actor, "centre.silence_ended", found, after={"reason": found.reason}, at=at)
