"""Who may see, report, verify, publish and keep indicators."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if, require
from langbiang.foundation.organizations import queries as organizations

from .models import Narrative, Obligation

__all__ = [
    "may_ask_for_time", "may_grant_time", "may_keep", "may_publish", "may_report", "may_verify", "may_view", "require",
]  # fmt: skip

ROLE_PERMISSIONS = {
    "officer": {"indicators.view", "indicators.report"},
    "reviewer": {"indicators.view", "indicators.verify"},
    "dispatcher": {"indicators.view", "indicators.publish"},
    "leader": {"indicators.view", "indicators.verify", "indicators.publish"},
    "signer": {"indicators.view"},
    "auditor": {"indicators.view"},
    "system_admin": {"indicators.view", "indicators.keep"},
}


def may_view(actor: Actor) -> Answer:
    """Whether this actor sees figures. Published figures of agencies are open inside the administration."""
    return allow_if(actor.kind == "system" or "indicators.view" in actor.permissions, _("Your role does not include the indicators."))


def may_report(actor: Actor, report: Obligation | Narrative) -> Answer:
    """Whether this actor fills in this report: officers of the agency that owes it."""
    return allow_if(
        actor.may("indicators.report", agency_id=report.agency_id), _("Only officers of the agency that owes this report fill it in.")
    )


def may_verify(actor: Actor, report: Obligation | Narrative) -> Answer:
    """Whether this actor checks this report: one who leads or reviews at the agency or above it, and did not send it."""
    if not actor.may("indicators.verify", agency_id=report.agency_id):
        return allow_if(False, _("Only those who lead or review at the agency check its reports."))
    own = actor.kind != "system" and report.submitted_by_id is not None and report.submitted_by_id == actor.account_id
    return allow_if(not own, _("Who sent a report cannot check it: another person has to."))


def may_publish(actor: Actor, report: Obligation | Narrative) -> Answer:
    """Whether this actor publishes this report: who may at the agency that answers for the unit described."""
    return allow_if(
        actor.may("indicators.publish", agency_id=report.agency_id), _("Your role does not include publishing the figures of this agency.")
    )


def may_ask_for_time(actor: Actor, report: Obligation | Narrative) -> Answer:
    """Whether this actor asks for more time for this report: who fills it in or checks it at the agency that owes it."""
    own = actor.agency_id == report.agency_id and any(actor.may(f"indicators.{act}", agency_id=report.agency_id) for act in ("report", "verify"))
    return allow_if(own, _("Only the agency that owes this report asks for more time."))


def may_grant_time(actor: Actor, report: Obligation | Narrative) -> Answer:
    """Whether this actor gives more time for this report or waives it: who publishes for the agency, and sits above it.

    An agency never moves its own deadline; only the province itself has nobody above it.
    """
    if not actor.may("indicators.publish", agency_id=report.agency_id):
        return allow_if(False, _("Your role does not include deadlines of this agency."))
    own = actor.kind != "system" and actor.agency_id == report.agency_id and report.agency_id not in organizations.root_ids()
    return allow_if(not own, _("An agency does not move its own deadline: ask the province for more time."))


def may_keep(actor: Actor) -> Answer:
    """Whether this actor keeps the catalogue, targets and closed periods."""
    return allow_if(actor.kind == "system" or "indicators.keep" in actor.permissions, _("Your role does not include keeping the indicators."))
