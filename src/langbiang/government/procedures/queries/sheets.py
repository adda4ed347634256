"""Process sheets as those who keep them read them: every state, steps in order, hours against the promise."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require

from .. import policies
from ..models import ProcedureVersion, ProcessSheet, ProcessTemplate, SheetStep, TemplateStep
from ..process_hours import Balance, balance


class NoSuchSheet(Refusal):
    """There is no such process sheet."""

    status = 404


@dataclass(frozen=True)
class OpenSheet:
    """A sheet with its steps, the version it is measured against, and whether the hours fit."""

    sheet: ProcessSheet
    steps: tuple[SheetStep, ...]
    version: ProcedureVersion | None
    balance: Balance


def templates(actor: Actor) -> list[ProcessTemplate]:
    """The ways of working a sheet can begin from."""
    require(policies.may_view(actor))
    return list(ProcessTemplate.objects.order_by("code"))


def template_steps(template_id: int) -> list[TemplateStep]:
    """The steps of a template in order."""
    return list(TemplateStep.objects.filter(template_id=template_id).order_by("seq"))


def of_procedure(actor: Actor, procedure_id: int) -> list[ProcessSheet]:
    """The sheets of a procedure, newest first."""
    require(policies.may_view(actor))
    return list(
        ProcessSheet.objects.filter(procedure_id=procedure_id).select_related("template", "agency").order_by("-number")
    )


def version_to_measure(procedure_id: int) -> ProcedureVersion | None:
    """The version whose promise a sheet has to keep: the one in force, else the newest."""
    found = (
        ProcedureVersion.objects.filter(procedure_id=procedure_id).defer("search", "raw").prefetch_related("channels")
    )
    open_one = found.filter(Q(state="published"), valid_to__isnull=True).first()
    return open_one or found.order_by("-number").first()


def open_sheet(actor: Actor, sheet_id: int) -> OpenSheet:
    """A sheet with everything its page needs. Raises NoSuchSheet. Four queries."""
    require(policies.may_view(actor))
    sheet = (
        ProcessSheet.objects.select_related("template", "procedure", "agency")
        .prefetch_related("steps")
        .filter(pk=sheet_id)
        .first()
    )
    if sheet is None:
        raise NoSuchSheet(_("There is no such process sheet."))
    steps = tuple(sorted(sheet.steps.all(), key=lambda step: step.seq))
    version = version_to_measure(sheet.procedure_id)
    return OpenSheet(sheet, steps, version, balance(steps, version.channels.all() if version else ()))
