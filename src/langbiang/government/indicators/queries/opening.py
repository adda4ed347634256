"""What pages of this room are called, for rooms that link to them, under the rights of whoever looks."""

from collections.abc import Mapping
from typing import Any

from langbiang.foundation.access import Actor
from langbiang.foundation.organizations import queries as organizations

from .. import periods
from ..models import Indicator, Narrative, Obligation
from .narratives import may_see, titled
from .reports import named


def title_at(actor: Actor, route: str, kwargs: Mapping[str, Any]) -> str | None:
    """What a page of this room is called, or None where there is none or this person may not open it."""
    from ..words import period_words

    if "indicators.view" not in actor.permissions:
        return None
    match route:
        case "indicator" | "provenance":
            row = Indicator.objects.filter(code=kwargs["code"]).order_by("-valid_from").first()
            if row is None:
                return None
            if route == "indicator":
                return named(row)
            try:
                period = periods.parse(kwargs["period"])
            except periods.NotAPeriod:
                return None
            return f"{named(row)}, {organizations.name_of(kwargs['agency_id'])}, {period_words(period)}"
        case "report":
            found = Obligation.objects.select_related("indicator", "agency").filter(pk=kwargs["report_id"]).first()
            acts = ("report", "verify", "publish")
            if found is None or not any(actor.may(f"indicators.{act}", agency_id=found.agency_id) for act in acts):
                return None
            return f"{named(found.indicator)}, {found.agency.name}, {period_words(periods.parse(found.period))}"
        case "narrative":
            written = Narrative.objects.select_related("outline", "agency").filter(pk=kwargs["narrative_id"]).first()
            if written is None or not may_see(actor, written):
                return None
            return f"{titled(written.outline)}, {written.agency.name}, {period_words(periods.parse(written.period))}"
    return None
