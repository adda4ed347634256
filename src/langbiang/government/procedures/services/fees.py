"""Fees and charges: rows with the days they hold and the decision they stand on; never changed, only ended and followed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require

from .. import policies
from ..loading import lint
from ..models import FeeRule, Procedure
from ..queries import in_force
from ..queries.sheets import version_to_measure


class BadFee(Refusal):
    """The fee cannot be charged as it is written."""


class NoSuchFee(Refusal):
    """There is no such fee."""

    status = 404


@transaction.atomic
def add_fee(
    actor: Actor, *, code: str, kind: str, label: str, amount_vnd: int, legal_source: str, valid_from: date, at: datetime,
    channel: str = "", per: str = "", condition: Mapping[str, Any] | None = None, quantity_from: str = "",
    exemptions: Sequence[Mapping[str, Any]] = (), agency_id: int | None = None, replaces_id: int | None = None,
) -> FeeRule:  # fmt: skip
    """Charge a fee from a day on; `replaces_id` ends the one before on that day. Cases charged before keep their amount.

    Raises Forbidden, BadFee, NoSuchFee, NotInForce. Law on Fees and Charges 97/2015/QH13: an amount needs its act.
    """
    procedure = Procedure.objects.select_for_update().filter(code=code).first()
    if procedure is None:
        raise NoSuchFee(_("There is no procedure %(code)s.") % {"code": code})
    require(policies.may_approve(actor, _field(procedure.pk)))
    written = {
        "kind": kind, "label": label, "amount_vnd": amount_vnd, "legal_source": legal_source, "channel": channel, "per": per,
        "condition": condition or {}, "quantity_from": quantity_from, "exemptions": list(exemptions),
    }  # fmt: skip
    if wrong := lint.fee_problems(written, in_force(code, on=max(valid_from, timezone.localdate(at))).form):
        place, _colon, said = wrong[0].partition(": ")
        raise BadFee(_("The fee is not right: %(what)s") % {"what": f"{place}: {said}"}, field=place)
    if valid_from < timezone.localdate(at):
        raise BadFee(
            _("A fee cannot begin before today: cases may have been charged since."), field="valid_from",
            way_out=_("Choose today or a later day."),
        )  # fmt: skip
    if replaces_id is not None:
        _end(actor, _locked(replaces_id, procedure.pk), from_day=valid_from, at=at)
    made = FeeRule.objects.create(
        procedure=procedure, agency_id=agency_id, valid_from=valid_from, verified=True, **written
    )
    audit.record(
        actor, "procedures.fee_added", made,
        after={"code": code, "label": label, "amount_vnd": amount_vnd, "from": valid_from.isoformat(), "act": legal_source}, at=at,
    )  # fmt: skip
    return made


@transaction.atomic
def end_fee(actor: Actor, *, fee_id: int, from_day: date, at: datetime) -> FeeRule:
    """Charge a fee no more from a day on. Raises Forbidden, BadFee, NoSuchFee."""
    rule = _locked(fee_id)
    require(policies.may_approve(actor, _field(rule.procedure_id)))
    if from_day < timezone.localdate(at):
        raise BadFee(_("A fee cannot end before today: cases may have been charged since."), field="from_day")
    return _end(actor, rule, from_day=from_day, at=at)


def _end(actor: Actor, rule: FeeRule, *, from_day: date, at: datetime) -> FeeRule:
    if rule.valid_to is not None and rule.valid_to <= from_day:
        raise BadFee(_("This fee has ended already."), field="from_day")
    if from_day <= rule.valid_from:
        raise BadFee(_("The fee begins on that day or later; it cannot end before."), field="from_day")
    before = rule.valid_to
    rule.valid_to = from_day
    rule.save(update_fields=["valid_to"])
    audit.record(
        actor, "procedures.fee_ended", rule, before={"to": before and before.isoformat()},
        after={"to": from_day.isoformat(), "label": rule.label}, at=at,
    )  # fmt: skip
    return rule


def _locked(fee_id: int, procedure_id: int | None = None) -> FeeRule:
    only = Q() if procedure_id is None else Q(procedure_id=procedure_id)
    found = FeeRule.objects.select_for_update(of=("self",)).filter(only, pk=fee_id).first()
    if found is None:
        raise NoSuchFee(_("There is no such fee."))
    return found


def _field(procedure_id: int) -> str | None:
    version = version_to_measure(procedure_id)
    return version.field.code if version else None
