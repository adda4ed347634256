"""Keeping the rules between the figures of a report."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal

from .. import policies
from ..checks import crossing
from ..models import Indicator, Rule


class BadRule(Refusal):
    """A rule that cannot be reckoned."""


@transaction.atomic
def add_rule(
    actor: Actor, *, code: str, name: str, name_en: str = "", kind: str, left: Sequence[str], sign: str = "=", right: Sequence[str] = (),
    factor: Decimal = Decimal(1), is_final: bool = False, source: str, verified: bool = False, valid_from: date, at: datetime,
) -> Rule:  # fmt: skip
    """Say what has to hold between figures of an indicator from a day on. Raises Forbidden, BadRule."""
    policies.require(policies.may_keep(actor))
    indicator = Indicator.objects.filter(code=code, valid_to__isnull=True).first()
    if indicator is None:
        raise BadRule(_("There is no such indicator."), field="code")
    if kind not in crossing.KINDS or sign not in crossing.OPERATORS:
        raise BadRule(_("Choose one of the kinds of rules."), field="kind")
    if not left or not set(left) <= set(indicator.series_codes):
        raise BadRule(_("Choose figures of this indicator."), field="left")
    if kind == crossing.NOT_FALLING:
        right = ()
    elif not right or not set(right) <= set(indicator.series_codes):
        raise BadRule(_("Choose figures of this indicator to compare with."), field="right")
    if set(left) & set(right):
        raise BadRule(_("The same figure cannot stand on both sides."), field="right")
    if not source.strip():
        raise BadRule(_("Name the act or letter the change stands on."), field="source")
    if Rule.objects.filter(code=code, name=name.strip(), valid_from=valid_from).exists():
        raise BadRule(_("There is a rule of this name from that day on."), field="name")
    made = Rule.objects.create(
        code=code, name=name.strip()[:250], name_en=(name_en.strip() or name.strip())[:250], kind=kind, left=list(left), sign=sign,
        right=list(right), factor=factor, is_final=is_final, source=source.strip()[:300], verified=verified, valid_from=valid_from,
    )  # fmt: skip
    audit.record(actor, "indicators.rule_added", made, after={"code": code, "name": made.name, "valid_from": valid_from}, at=at)
    return made


@transaction.atomic
def end_rule(actor: Actor, *, rule_id: int, valid_to: date, at: datetime) -> Rule:
    """Say that a rule holds no more from a day on; reports of former periods are still held to it. Raises Forbidden, BadRule."""
    policies.require(policies.may_keep(actor))
    found = Rule.objects.select_for_update().filter(pk=rule_id, valid_to__isnull=True).first()
    if found is None:
        raise BadRule(_("This rule has ended already."))
    if valid_to <= found.valid_from:
        raise BadRule(_("The day has to lie after %(day)s.") % {"day": f"{found.valid_from:%d/%m/%Y}"}, field="valid_to")
    found.valid_to = valid_to
    found.save(update_fields=["valid_to"])
    audit.record(actor, "indicators.rule_ended", found, after={"valid_to": valid_to}, at=at)
    return found
