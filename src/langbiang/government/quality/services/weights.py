"""Changes of what a sub-indicator is worth: the old row ends, a new one begins, both stay."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import policies
from ..events import WeightChanged
from ..models import Indicator, Weight


class BadWeight(Refusal):
    """A weight that cannot be: before the present one began, outside its bounds, or without a source."""


@transaction.atomic
def change_weight(
    actor: Actor,
    *,
    indicator_code: str,
    points: Decimal,
    full_from: Decimal,
    valid_from: date,
    source: str,
    verified: bool,
    at: datetime,
) -> Weight:
    """Give a sub-indicator another weight from a day on; on the very day of the present row, correct that row.

    Raises Forbidden, BadWeight.
    """
    policies.require(policies.may_manage(actor))
    indicator = Indicator.objects.filter(code=indicator_code).first()
    if indicator is None:
        raise BadWeight(_("There is no sub-indicator %(code)s.") % {"code": indicator_code})
    present = indicator.weights.select_for_update().filter(valid_to__isnull=True).first()
    if present is None:
        raise BadWeight(_("This sub-indicator has ended."))
    if not 0 <= points <= 100:
        raise BadWeight(_("Points go from 0 to 100."), field="points")
    if not 0 < full_from <= 1:
        raise BadWeight(_("The rate for full points goes from above 0 to 100 %."), field="full_from")
    if not source.strip():
        raise BadWeight(_("Name the act or letter this weight stands on."), field="source")
    if valid_from < present.valid_from:
        raise BadWeight(
            _("The present weight holds from %(day)s.") % {"day": f"{present.valid_from:%d/%m/%Y}"}, field="valid_from",
            way_out=_("Choose that day to correct it, or a later one to follow it."),
        )  # fmt: skip
    before = {"points": str(present.points), "full_from": str(present.full_from), "verified": present.verified}
    if valid_from == present.valid_from:
        row = present
    else:
        present.valid_to = valid_from
        present.save(update_fields=["valid_to"])
        row = Weight(indicator=indicator, valid_from=valid_from)
    row.points, row.full_from, row.source, row.verified = points, full_from, source.strip()[:300], verified
    row.save()
    after = {
        "points": str(points), "full_from": str(full_from), "verified": verified, "source": source,
        "valid_from": valid_from.isoformat(),
    }  # fmt: skip
    audit.record(actor, "quality.weight_changed", row, before=before, after=after, at=at)
    events.emit(
        actor,
        WeightChanged(indicator=indicator.code, points=str(points), valid_from=valid_from.isoformat()),
        at=at,
    )
    return row
