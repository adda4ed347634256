"""Process sheets: begun from a way of working, changed as a table, tried on past cases, approved, then never changed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.access.policies import require
from langbiang.foundation.language.folding import fold

from .. import policies
from ..events import SheetApproved
from ..models import Procedure, ProcessSheet, ProcessTemplate, SheetStep
from ..process_hours import balance
from ..queries import forget
from ..queries.sheets import NoSuchSheet, version_to_measure

Simulation = Callable[[int, Sequence[SheetStep]], dict[str, Any]]
_simulations: list[Simulation] = []
MOST_STEPS = 60


class WrongState(Refusal):
    """The sheet is not in the state this needs."""


class BadSteps(Refusal):
    """The steps cannot be worked as they are."""


class NotWithinPromise(Refusal):
    """The hours of the steps are more than what is promised to the applicant."""


class NothingToSimulate(Refusal):
    """There is nothing to try the sheet on."""


def register_simulation(simulate: Simulation) -> None:
    """Let the room that has past cases try a sheet on them: takes a procedure id and the steps, gives what is shown.

    Known keys: `cases`, `on_time`, `late`, `on_time_before`, `on_time_percent`, `median_hours`, `p90_hours`, `from`, `to`.
    An empty answer means that there were no cases.
    """
    if simulate not in _simulations:
        _simulations.append(simulate)


def _locked(sheet_id: int) -> ProcessSheet:
    found = (
        ProcessSheet.objects.select_for_update(of=("self",))
        .select_related("procedure", "template")
        .filter(pk=sheet_id)
        .first()
    )
    if found is None:
        raise NoSuchSheet(_("There is no such process sheet."))
    return found


def _field(procedure_id: int) -> str | None:
    version = version_to_measure(procedure_id)
    return version.field.code if version else None


def _draft(sheet: ProcessSheet) -> None:
    if sheet.state != ProcessSheet.State.DRAFT:
        raise WrongState(
            _("An approved sheet never changes: cases are worked by it."), way_out=_("Write a new sheet instead.")
        )


def _fresh(sheet: ProcessSheet, revision: int) -> None:
    if sheet.revision != revision:
        raise Stale(
            _("Somebody changed this sheet since you opened the page."),
            way_out=_("Open it again: what they wrote is there. Then make your changes once more."),
        )


@transaction.atomic
def create_sheet(actor: Actor, *, procedure_id: int, template_code: str, at: datetime) -> ProcessSheet:
    """A draft sheet with the steps of a way of working. Raises Forbidden, BadSteps for an unknown way."""
    require(policies.may_edit(actor, _field(procedure_id)))
    template = ProcessTemplate.objects.filter(code=template_code).first()
    if template is None:
        raise BadSteps(_("There is no such way of working."), field="template_code")
    procedure = Procedure.objects.select_for_update().get(pk=procedure_id)
    last = procedure.sheets.order_by("-number").values_list("number", flat=True).first() or 0
    sheet = ProcessSheet.objects.create(
        procedure=procedure, number=last + 1, template=template, state=ProcessSheet.State.DRAFT, created_at=at,
        created_by=actor.label[:200],
    )  # fmt: skip
    SheetStep.objects.bulk_create(
        SheetStep(
            sheet=sheet, seq=row.seq, key=row.key, name=row.name, name_en=row.name_en, role=row.role, kind=row.kind,
            hours=row.hours, parallel_group=row.parallel_group, place=row.place, optional=row.optional,
        )
        for row in template.steps.order_by("seq")
    )  # fmt: skip
    audit.record(actor, "procedures.sheet_created", sheet, after={"number": sheet.number, "template": template_code}, at=at)
    return sheet


@transaction.atomic
def change_sheet(
    actor: Actor, *, sheet_id: int, revision: int, steps: Sequence[Mapping[str, Any]], note: str, at: datetime
) -> ProcessSheet:
    """Set the steps of a draft, whole and in order; what was simulated before no longer counts.

    Raises Forbidden, WrongState, Stale, BadSteps.
    """
    sheet = _locked(sheet_id)
    require(policies.may_edit(actor, _field(sheet.procedure_id)))
    _draft(sheet)
    _fresh(sheet, revision)
    if not steps:
        raise BadSteps(_("A sheet needs at least one step."), field="step-count")
    if len(steps) > MOST_STEPS:
        raise BadSteps(_("A sheet has at most %(n)s steps.") % {"n": MOST_STEPS}, field="step-count")
    before = [f"{s.name}: {s.role}, {s.hours.normalize():f}" for s in sheet.steps.order_by("seq")]
    sheet.steps.all().delete()
    taken: set[str] = set()
    SheetStep.objects.bulk_create(
        SheetStep(
            sheet=sheet, seq=seq, key=_key(row, taken), name=row["name"], name_en=row.get("name_en") or "", role=row["role"],
            kind=row["kind"], hours=row["hours"], parallel_group=row.get("parallel_group") or "",
            place=row.get("place") or "competent", optional=bool(row.get("optional")),
        )
        for seq, row in enumerate(steps, 1)
    )  # fmt: skip
    sheet.note, sheet.simulation = note, {}
    sheet.revision += 1
    sheet.created_by = actor.label[:200]
    sheet.save(update_fields=["note", "simulation", "revision", "created_by"])
    audit.record(
        actor, "procedures.sheet_changed", sheet, before={"steps": before},
        after={"steps": [f"{row['name']}: {row['role']}, {row['hours']}" for row in steps], "note": note[:300]}, at=at,
    )  # fmt: skip
    return sheet


def _key(row: Mapping[str, Any], taken: set[str]) -> str:
    """The key of a step: its own, else made of its name; each once in a sheet."""
    base = row.get("key") or slugify(fold(row["name"]))[:30] or "step"
    key, n = base, 2
    while key in taken:
        key, n = f"{base[:34]}-{n}", n + 1
    taken.add(key)
    return str(key)


@transaction.atomic
def simulate_sheet(actor: Actor, *, sheet_id: int, at: datetime) -> dict[str, Any]:
    """Try a draft on past cases and keep what came of it with the sheet. Raises Forbidden, WrongState, NothingToSimulate."""
    sheet = _locked(sheet_id)
    require(policies.may_edit(actor, _field(sheet.procedure_id)))
    _draft(sheet)
    steps = list(sheet.steps.order_by("seq"))
    found: dict[str, Any] = {}
    for simulate in _simulations:
        found |= simulate(sheet.procedure_id, steps)
    if not found:
        raise NothingToSimulate(
            _("There are no past cases of this procedure to try the sheet on."),
            way_out=_("It can be approved without; look at the hours with care."),
        )
    sheet.simulation = found
    sheet.save(update_fields=["simulation"])
    audit.record(actor, "procedures.sheet_simulated", sheet, after=found, at=at)
    return found


@transaction.atomic
def approve_sheet(actor: Actor, *, sheet_id: int, revision: int, at: datetime) -> ProcessSheet:
    """Let new cases be worked by a sheet somebody else wrote; the one before is replaced, its cases keep it.

    Raises Forbidden, WrongState, Stale, BadSteps, NotWithinPromise (more hours on the longest way than promised).
    """
    sheet = _locked(sheet_id)
    require(policies.may_approve(actor, _field(sheet.procedure_id), author=sheet.created_by))
    _draft(sheet)
    _fresh(sheet, revision)
    steps = list(sheet.steps.order_by("seq"))
    if not steps:
        raise BadSteps(_("A sheet needs at least one step."), way_out=_("Add the steps first."))
    version = version_to_measure(sheet.procedure_id)
    reckoned = balance(steps, version.channels.all() if version else ())
    if not reckoned.fits:
        raise NotWithinPromise(
            _("The steps need %(needed)s hours, but only %(promised)s are promised to the applicant.")
            % {"needed": f"{reckoned.needed.normalize():f}", "promised": f"{(reckoned.promised or 0):f}"},
            way_out=_("Shorten steps, or let some of them run side by side."),
        )
    same_agency = Q(agency__isnull=True) if sheet.agency_id is None else Q(agency_id=sheet.agency_id)
    ProcessSheet.objects.filter(
        same_agency, procedure_id=sheet.procedure_id, state=ProcessSheet.State.APPROVED
    ).update(state=ProcessSheet.State.RETIRED)
    sheet.state = ProcessSheet.State.APPROVED
    sheet.approved_at, sheet.approved_by = at, actor.label[:200]
    sheet.save(update_fields=["state", "approved_at", "approved_by"])
    transaction.on_commit(forget)
    audit.record(actor, "procedures.sheet_approved", sheet, after={"number": sheet.number, "hours": str(reckoned.needed)}, at=at)
    events.emit(
        actor, SheetApproved(sheet_id=sheet.pk, code=sheet.procedure.code, number=sheet.number), at=at, agency_id=None,
        subject=f"procedure:{sheet.procedure.code}",
    )  # fmt: skip
    return sheet
