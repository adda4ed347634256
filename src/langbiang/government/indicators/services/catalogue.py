"""Keeping the catalogue: an indicator means something else from a day on; targets."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor
from langbiang.foundation.organizations import queries as organizations

from .. import deadlines, policies
from ..events import IndicatorChanged
from ..models import Indicator, Obligation, Target
from .obligations import follow_owner
from .versions import BadIndicator, follow, open_row

CHANGEABLE = frozenset(
    {
        "name", "name_en", "definition", "owner", "source_name", "deadline", "grace_minutes", "coverage_percent",
        "is_publishable", "direction", "source", "verified",
    }
)  # fmt: skip


@transaction.atomic
def change_indicator(
    actor: Actor, *, code: str, values: Mapping[str, Any], valid_from: date, at: datetime
) -> Indicator:
    """Change an indicator from a day on; the former row stays for former periods. Raises Forbidden, BadIndicator.

    Reports of the province nobody has begun go to the agency that answers for them then. How it is reckoned is changed by
    `change_formula`.
    """
    policies.require(policies.may_keep(actor))
    former = open_row(code)
    unknown = set(values) - CHANGEABLE
    if unknown:
        raise BadIndicator(_("“%(field)s” cannot be changed this way.") % {"field": min(unknown)}, field=min(unknown))
    if not str(values.get("source", former.source)).strip():
        raise BadIndicator(_("Name the act or letter the change stands on."), field="source")
    try:
        if former.is_owed:
            deadlines.check(values.get("deadline", former.deadline))
    except deadlines.BadRule as problem:
        raise BadIndicator(_("The rule for the deadline is not complete: %(part)s.") % {"part": problem}, field="deadline") from problem
    owner = values.get("owner", former.owner)
    if organizations.agency_id_of(owner, on=valid_from) is None:
        raise BadIndicator(_("There is no agency with the code %(code)s on that day.") % {"code": owner}, field="owner")
    before = {key: getattr(former, key) for key in values}
    made = follow(former, values, valid_from=valid_from)
    _hand_over(actor, made, valid_from=valid_from, at=at)
    audit.record(actor, "indicators.changed", made, before=before, after={**values, "valid_from": valid_from}, at=at)
    told = IndicatorChanged(indicator=code, valid_from=valid_from.isoformat())
    events.emit(actor, told, at=at, subject=f"indicators.indicator:{made.pk}")
    return made


def _hand_over(actor: Actor, row: Indicator, *, valid_from: date, at: datetime) -> None:
    """Reports of the province for periods that end from a day on are owed by the agency that answers for them then."""
    owed = Obligation.objects.filter(indicator=row, last_day__gte=valid_from)
    for day in list(owed.order_by("last_day").values_list("last_day", flat=True).distinct()):
        owner = organizations.agency_id_of(row.owner, on=day)
        if owner is not None:
            follow_owner(actor, owed.filter(last_day=day), owner, at=at)


@transaction.atomic
def set_target(
    actor: Actor, *, code: str, agency_id: int, year: int, value: Decimal, source: str, verified: bool = False,
    kind: str = "plan", at: datetime,
) -> Target:  # fmt: skip
    """Say what is to be reached in a year; a former target stays readable. Raises Forbidden, BadIndicator."""
    policies.require(policies.may_keep(actor))
    if not Indicator.objects.filter(code=code).exists():
        raise BadIndicator(_("There is no such indicator."), field="code")
    if not source.strip():
        raise BadIndicator(_("Name the act or letter the change stands on."), field="source")
    if abs(year - timezone.localdate(at).year) > 10:
        raise BadIndicator(_("The year lies too far off."), field="year")
    former = Target.objects.select_for_update().filter(
        code=code, agency_id=agency_id, year=year, kind=kind, known_to__isnull=True
    )
    before = [str(row.value) for row in former]
    former.update(known_to=at)
    made = Target.objects.create(
        code=code, agency_id=agency_id, year=year, kind=kind, value=value, source=source.strip()[:300], verified=verified,
        set_by=actor.label[:300], known_from=at,
    )  # fmt: skip
    audit.record(actor, "indicators.target_set", made, before={"value": before}, after={"value": str(value)}, at=at)
    return made
