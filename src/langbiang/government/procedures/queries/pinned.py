"""Procedure versions and process sheets as frozen values.

A published version and an approved sheet never change, so each is read once and kept: a case page or an intake over
2,237 procedures asks the database for them once per process, not once per request.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Refusal
from langbiang.foundation.prepared import Statement

from ..models import FeeRule, ProcedureAgency, ProcedureVersion, ProcessSheet


class NotInForce(Refusal):
    """No published version of this procedure is in force on that day."""

    status = 404


class NoSheet(Refusal):
    """No approved process sheet: the procedure cannot be worked yet."""


class NoCompetentAgency(Refusal):
    """It is not clear which agency decides."""


@dataclass(frozen=True)
class ChannelRow:
    """One way to file with its time limit and fee."""

    kind: str
    duration: Decimal | None
    duration_unit: str
    fee_state: str
    fee_amount: Decimal | None
    currency: str
    note: str
    description: str


@dataclass(frozen=True)
class DocumentRow:
    """One paper of the list."""

    key: str
    group: str
    name: str
    name_en: str
    originals: int
    copies: int
    present_only: bool
    required: bool
    condition: dict[str, Any]
    reuse_result: str


@dataclass(frozen=True)
class ResultRow:
    """What comes out in the end."""

    code: str
    name: str
    register: str
    number_pattern: str


@dataclass(frozen=True)
class FeeRow:
    """A fee that applies to one filing, worked out."""

    kind: str
    label: str
    amount_vnd: int
    quantity: int
    legal_source: str
    exemption: str


@dataclass(frozen=True)
class PinnedProcedure:
    """A version of a procedure as a case knows it."""

    version_id: int
    procedure_id: int
    code: str
    number: int
    title: str
    title_en: str
    field: str
    field_name: str
    levels: tuple[str, ...]
    cutoff_scope: str
    online_level: str
    needs_paper_result: bool
    conditions: str
    steps_text: str
    channels: tuple[ChannelRow, ...]
    documents: tuple[DocumentRow, ...]
    results: tuple[ResultRow, ...]
    competence: tuple[dict[str, Any], ...]
    eligibility: dict[str, Any]
    form: dict[str, Any]
    result_template: dict[str, Any]
    silence_agrees: bool
    max_supplements: int | None

    def term(self, intake: str) -> tuple[Decimal, str]:
        """The promised time for a way of filing; the direct one stands in where a way has none.

        Raises NotInForce when no way states a time: such a procedure cannot be promised.
        """
        wanted = {"online": "online", "portal": "online", "postal": "postal"}.get(intake, "direct")
        for kind in (wanted, "direct", "online", "postal"):
            for row in self.channels:
                if row.kind == kind and row.duration is not None and row.duration_unit:
                    return row.duration, row.duration_unit
        raise NotInForce(_("This procedure states no time limit yet, so no date can be promised."))

    def document(self, key: str) -> DocumentRow | None:
        """A paper of the list by its key."""
        return next((row for row in self.documents if row.key == key), None)


@dataclass(frozen=True)
class SheetRow:
    """One step of a sheet."""

    key: str
    name: str
    name_en: str
    role: str
    kind: str
    hours: Decimal
    parallel_group: str
    place: str
    optional: bool


@dataclass(frozen=True)
class Sheet:
    """A process sheet: the steps in order."""

    id: int
    procedure_id: int
    number: int
    template: str
    rows: tuple[SheetRow, ...]

    def row(self, key: str) -> SheetRow:
        """A step by its key. Raises KeyError."""
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(key)


@lru_cache(maxsize=8192)
def pinned(version_id: int) -> PinnedProcedure:
    """A version with everything a case needs of it. Raises ProcedureVersion.DoesNotExist."""
    version = (
        ProcedureVersion.objects.select_related("procedure", "field")
        .prefetch_related("channels", "documents", "results")
        .get(pk=version_id)
    )
    return PinnedProcedure(
        version_id=version.pk,
        procedure_id=version.procedure_id,
        code=version.procedure.code,
        number=version.number,
        title=version.title,
        title_en=version.title_en,
        field=version.field.code,
        field_name=version.field.name,
        levels=tuple(version.levels),
        cutoff_scope=version.cutoff_scope,
        online_level=version.online_level,
        needs_paper_result=version.needs_paper_result,
        conditions=version.conditions,
        steps_text=version.steps_text,
        channels=tuple(
            ChannelRow(
                c.kind, c.duration, c.duration_unit, c.fee_state, c.fee_amount, c.currency, c.note, c.description
            )
            for c in sorted(version.channels.all(), key=lambda c: c.rank)
        ),
        documents=tuple(
            DocumentRow(
                d.key,
                d.group,
                d.name,
                d.name_en,
                d.originals,
                d.copies,
                d.present_only,
                d.required,
                d.condition,
                d.reuse_result,
            )
            for d in sorted(version.documents.all(), key=lambda d: d.rank)
        ),
        results=tuple(
            ResultRow(r.code, r.name, r.register, r.number_pattern)
            for r in sorted(version.results.all(), key=lambda r: r.rank)
        ),
        competence=tuple(version.competence),
        eligibility=version.eligibility,
        form=version.form,
        result_template=version.result_template,
        silence_agrees=version.silence_agrees,
        max_supplements=version.max_supplements,
    )


@lru_cache(maxsize=8192)
def sheet(sheet_id: int) -> Sheet:
    """A process sheet with its steps. Raises ProcessSheet.DoesNotExist."""
    found = ProcessSheet.objects.select_related("template").prefetch_related("steps").get(pk=sheet_id)
    return Sheet(
        id=found.pk,
        procedure_id=found.procedure_id,
        number=found.number,
        template=found.template.code,
        rows=tuple(
            SheetRow(s.key, s.name, s.name_en, s.role, s.kind, s.hours, s.parallel_group, s.place, s.optional)
            for s in sorted(found.steps.all(), key=lambda s: s.seq)
        ),
    )


def forget() -> None:
    """Drop what is kept in memory: for tests, and for drafts that changed before they were approved."""
    pinned.cache_clear()
    sheet.cache_clear()


_IN_FORCE = Statement(
    "SELECT v.id FROM procedures_procedureversion v JOIN procedures_procedure p ON p.id = v.procedure_id "
    "WHERE p.code = %s AND v.state = 'published' AND v.valid_from <= %s AND (v.valid_to IS NULL OR v.valid_to > %s) "
    "ORDER BY v.id LIMIT 1",
    *("varchar", "date", "date"),
)


def in_force(code: str, *, on: date) -> PinnedProcedure:
    """The published version of a procedure in force on a day. Raises NotInForce."""
    for (version_id,) in _IN_FORCE.run(code, on, on):
        return pinned(version_id)
    raise NotInForce(
        _("There is no procedure %(code)s in force on %(day)s.") % {"code": code, "day": f"{on:%d/%m/%Y}"},
        way_out=_("Search for it by name: its code may have changed."),
    )


_SHEET_IN_FORCE = Statement(
    "SELECT id FROM procedures_processsheet WHERE procedure_id = %s AND state = 'approved' "
    "AND (agency_id IS NULL OR agency_id = %s) ORDER BY agency_id NULLS LAST LIMIT 1",
    *("bigint", "bigint"),
)


def sheet_in_force(procedure_id: int, *, agency_id: int | None = None) -> Sheet:
    """The approved sheet of a procedure: the agency's own where it has one. Raises NoSheet."""
    for (found,) in _SHEET_IN_FORCE.run(procedure_id, agency_id):
        return sheet(found)
    raise NoSheet(
        _("This procedure has no approved process sheet yet."),
        way_out=_("Ask the catalogue officer to approve one."),
    )


def agency_of_place(place: str, competent_unit_id: int) -> int:
    """The agency a sheet step names: by code, or the one above the deciding unit (`parent`)."""
    from langbiang.foundation.organizations import queries as organizations

    if place == "parent":
        return organizations.parent_id(competent_unit_id) or competent_unit_id
    return organizations.agency_id_of(place) or competent_unit_id


def competent_agency(procedure: PinnedProcedure, *, place_code: str | None, on: date) -> int:
    """Which agency decides: named by the version, or the commune of the given place. Raises NoCompetentAgency.

    A place that was merged leads to its successor on that day.
    """
    from langbiang.foundation.organizations import queries as organizations

    for rule in procedure.competence:
        if code := rule.get("agency"):
            if found := organizations.agency_id_of(code, on=on):
                return found
        elif rule.get("level") == "commune" and place_code:
            if found := organizations.commune_agency_id(place_code, on=on):
                return found
    raise NoCompetentAgency(
        _("It is not clear which agency decides on this."),
        field="place",
        way_out=_("Choose the commune, ward or special zone it concerns."),
    )


def competent_choices(procedure_id: int, *, on: date) -> list[int]:
    """Agencies named one by one as deciding on a procedure; empty where a rule of the version decides."""
    return list(
        ProcedureAgency.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=on),
            procedure_id=procedure_id,
            role="competent",
            valid_from__lte=on,
        ).values_list("agency_id", flat=True)
    )


_FEE_RULES = Statement(
    "SELECT id FROM procedures_feerule WHERE procedure_id = %s AND valid_from <= %s "
    "AND (valid_to IS NULL OR valid_to > %s) AND (agency_id IS NULL OR agency_id = %s) AND channel IN ('', %s)",
    *("bigint", "date", "date", "bigint", "varchar"),
)


def fees_due(
    procedure: PinnedProcedure, *, channel: str, answers: dict[str, Any], agency_id: int | None, on: date
) -> tuple[FeeRow, ...]:
    """The fees one filing owes on a day, the most favourable exemption applied."""
    from langbiang.foundation.forms import queries as forms

    found = [pk for (pk,) in _FEE_RULES.run(procedure.procedure_id, on, on, agency_id, channel)]
    if not found:
        return ()
    rules = FeeRule.objects.filter(pk__in=found).order_by("pk")
    rows = []
    for rule in rules:
        if rule.condition and not forms.holds(rule.condition, answers):
            continue
        quantity = 1
        if rule.quantity_from:
            try:
                quantity = max(0, int(answers.get(rule.quantity_from) or 0))
            except (TypeError, ValueError):
                quantity = 1
        if not quantity:
            continue
        share, name = 1.0, ""
        for exemption in rule.exemptions:
            if forms.holds(exemption["condition"], answers) and exemption.get("share", 0) < share:
                share, name = exemption.get("share", 0), exemption.get("name", "")
        amount = round(rule.amount_vnd * quantity * share)
        rows.append(FeeRow(rule.kind, rule.label, amount, quantity, rule.legal_source, name))
    return tuple(rows)
