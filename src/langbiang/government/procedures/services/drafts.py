"""Versions written by hand: begin, fill in, approve with a second pair of eyes, publish from a day, end."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.access.policies import require
from langbiang.foundation.language.folding import fold
from langbiang.foundation.ui.formats import day as written_day

from .. import policies
from ..events import VersionPublished
from ..loading import lint, writing
from ..models import (
    Channel,
    DocumentRequirement,
    Field,
    LegalBasis,
    LifeEvent,
    Procedure,
    ProcedureVersion,
    ResultKind,
)
from ..queries import forget, search

_OWN = (
    "title", "title_en", "summary", "field_id", "levels", "kind", "audiences", "keywords", "decision_no", "decision_date",
    "route", "external_system", "online_level", "needs_paper_result", "conditions", "steps_text", "cutoff_scope",
    "competence", "eligibility", "form", "result_template", "silence_agrees", "max_supplements",
)  # fmt: skip
_CHANGEABLE = frozenset(
    {
        "title", "title_en", "summary", "levels", "kind", "audiences", "keywords", "decision_no", "decision_date",
        "route", "external_system", "online_level", "needs_paper_result", "conditions", "steps_text", "cutoff_scope",
        "competence", "eligibility", "form", "result_template", "silence_agrees", "max_supplements", "verified",
    }
)  # fmt: skip
# What a version needs before people can file by it; the way of working stands in its sheet.
_FOR_FILING = ("title", "levels", "channels", "competence", "results", "form", "result_template")
_ROWS = ("channels", "documents", "results", "legal_bases")


class NoSuchVersion(Refusal):
    """There is no such version."""

    status = 404


class CodeTaken(Refusal):
    """The catalogue knows this code already."""


class WrongState(Refusal):
    """The version is not in the state this needs."""


class NotComplete(Refusal):
    """Something a procedure cannot do without is missing."""


class BadDay(Refusal):
    """The version cannot come into force, or end, on that day."""


def _locked(version_id: int) -> ProcedureVersion:
    found = (
        ProcedureVersion.objects.select_for_update(of=("self",))
        .select_related("procedure", "field")
        .filter(pk=version_id)
        .first()
    )
    if found is None:
        raise NoSuchVersion(_("There is no such version."))
    return found


def _fresh(version: ProcedureVersion, revision: int) -> None:
    if version.revision != revision:
        raise Stale(
            _("Somebody changed this draft since you opened the page."),
            way_out=_("Open it again: what they wrote is there. Then make your changes once more."),
        )


def _field(code: str) -> Field:
    found = Field.objects.filter(code=code).first()
    if found is None:
        raise NotComplete(_("There is no such field of administration."), field="field_code")
    return found


def _seen_after_commit(version_id: int) -> None:
    """What is found by search, and what is kept in memory, follows when the change is certain."""
    search.reindex([version_id])
    transaction.on_commit(forget)


@transaction.atomic
def create_draft(
    actor: Actor, *, code: str, title: str, field_code: str, levels: Sequence[str], at: datetime
) -> ProcedureVersion:
    """The first draft of a procedure the catalogue does not know. Raises Forbidden, CodeTaken, NotComplete."""
    require(policies.may_edit(actor, field_code))
    field = _field(field_code)
    if Procedure.objects.filter(code=code).exists():
        raise CodeTaken(
            _("The catalogue knows a procedure with the code %(code)s already.") % {"code": code}, field="code",
            way_out=_("Find it in the catalogue and begin a new version there."),
        )  # fmt: skip
    procedure = Procedure.objects.create(code=code, created_at=at)
    made = ProcedureVersion.objects.create(
        procedure=procedure, number=1, state=ProcedureVersion.State.DRAFT, title=title, title_folded=fold(title), field=field,
        levels=list(levels), source="officer", created_at=at, created_by=actor.label[:200],
    )  # fmt: skip
    _seen_after_commit(made.pk)
    audit.record(actor, "procedures.draft_created", made, after={"code": code, "title": title}, at=at)
    return made


@transaction.atomic
def begin_version(actor: Actor, *, version_id: int, at: datetime) -> ProcedureVersion:
    """A draft that begins as a copy of a version, with all its rows. Raises Forbidden, WrongState where one is open."""
    original = _locked(version_id)
    require(policies.may_edit(actor, original.field.code))
    procedure = Procedure.objects.select_for_update().get(pk=original.procedure_id)
    if procedure.versions.filter(state=ProcedureVersion.State.DRAFT).exists():
        raise WrongState(
            _("There is an open draft of this procedure already."), way_out=_("Go on with that draft; it stands in the list of versions.")
        )
    last = procedure.versions.order_by("-number").values_list("number", flat=True)[0]
    made = ProcedureVersion.objects.create(
        procedure=procedure, number=last + 1, state=ProcedureVersion.State.DRAFT, title_folded=original.title_folded,
        source="officer", created_at=at, created_by=actor.label[:200], **{name: getattr(original, name) for name in _OWN},
    )  # fmt: skip
    made.life_events.set(original.life_events.all())
    for table in _ROWS:
        copy_rows(original, made, table)
    _seen_after_commit(made.pk)
    audit.record(actor, "procedures.version_begun", made, after={"number": made.number, "from": original.number}, at=at)
    return made


def copy_rows(original: ProcedureVersion, made: ProcedureVersion, table: str) -> None:
    """Give a version the rows of another: `channels`, `documents`, `results` or `legal_bases`."""
    getattr(made, table).all().delete()
    rows = list(getattr(original, table).all())
    for row in rows:
        row.pk, row.version_id = None, made.pk
        row._state.adding = True
    if rows:
        type(rows[0]).objects.bulk_create(rows)


@transaction.atomic
def change_draft(
    actor: Actor, *, version_id: int, revision: int, changes: Mapping[str, Any], at: datetime
) -> ProcedureVersion:
    """Change a draft. `changes` holds properties by name, `field_code`, `life_events` (slugs), and whole lists under
    `channels`, `documents`, `results` and `legal_bases`. Raises Forbidden, WrongState, Stale, NotComplete; KeyError for an unknown property.
    """
    version = _locked(version_id)
    require(policies.may_edit(actor, version.field.code))
    if version.state != ProcedureVersion.State.DRAFT:
        raise WrongState(_("Only a draft can be changed."), way_out=_("Begin a new version instead."))
    _fresh(version, revision)
    before: dict[str, Any] = {}
    for name, value in changes.items():
        if name in ("life_events", *_ROWS):
            continue
        if name == "field_code":
            require(policies.may_edit(actor, value))
            version.field = _field(value)
            continue
        if name not in _CHANGEABLE:
            raise KeyError(name)
        kept = getattr(version, name)
        if kept != value:
            before[name] = str(kept)[:500]
            setattr(version, name, value)
    if not version.title.strip():
        raise NotComplete(_("A procedure needs a title."), field="title")
    version.title_folded = fold(version.title)
    version.revision += 1
    # Who wrote last may not approve: the second pair of eyes has to be another one.
    version.created_by = actor.label[:200]
    version.save()
    if "life_events" in changes:
        version.life_events.set(LifeEvent.objects.filter(slug__in=changes["life_events"]))
    if "channels" in changes:
        _set_channels(version, changes["channels"])
    if "documents" in changes:
        _set_documents(version, changes["documents"])
    if "results" in changes:
        _set_results(version, changes["results"])
    if "legal_bases" in changes:
        version.legal_bases.all().delete()
        LegalBasis.objects.bulk_create(
            LegalBasis(version=version, rank=rank, title=row["title"], code=row.get("code") or "")
            for rank, row in enumerate(changes["legal_bases"], 1)
        )
    _seen_after_commit(version.pk)
    audit.record(
        actor, "procedures.draft_changed", version, before=before,
        after={name: str(getattr(version, name))[:500] for name in before} | {"revision": version.revision}, at=at,
    )  # fmt: skip
    return version


def _set_channels(version: ProcedureVersion, rows: Sequence[Mapping[str, Any]]) -> None:
    """The ways of filing, whole; descriptions of rows of the same kind are kept in their order."""
    descriptions: dict[str, list[str]] = {}
    for old in version.channels.order_by("rank"):
        descriptions.setdefault(old.kind, []).append(old.description)
    version.channels.all().delete()
    Channel.objects.bulk_create(
        Channel(
            version=version, rank=rank, kind=row["kind"], duration=row.get("duration"),
            duration_unit=row.get("duration_unit") or "", fee_state=row["fee_state"], fee_amount=row.get("fee_amount"),
            note=row.get("note") or "", description=kept.pop(0) if (kept := descriptions.get(row["kind"])) else "",
        )
        for rank, row in enumerate(rows, 1)
    )  # fmt: skip


def _set_documents(version: ProcedureVersion, rows: Sequence[Mapping[str, Any]]) -> None:
    """The papers, whole; what the rows do not say (conditions, reuse, English name) is kept by key."""
    old = {row.key: row for row in version.documents.all()}
    version.documents.all().delete()
    taken: set[str] = set()
    made = []
    for rank, row in enumerate(rows, 1):
        key = row.get("key") or slugify(fold(row["name"]))[:40] or f"paper-{rank}"
        base, n = key, 2
        while key in taken:
            key, n = f"{base[:50]}-{n}", n + 1
        taken.add(key)
        kept = old.get(key) or DocumentRequirement()
        made.append(
            DocumentRequirement(
                version=version, rank=rank, key=key, group=row.get("group") or "", name=row["name"],
                name_en=kept.name_en if kept.name == row["name"] else "", form_file=kept.form_file,
                originals=row.get("originals") or 0, copies=row.get("copies") or 0, present_only=bool(row.get("present_only")),
                required=bool(row.get("required", True)), condition=kept.condition, reuse_result=kept.reuse_result,
            )
        )  # fmt: skip
    DocumentRequirement.objects.bulk_create(made)


def _set_results(version: ProcedureVersion, rows: Sequence[Mapping[str, Any]]) -> None:
    """What the person receives, whole."""
    version.results.all().delete()
    ResultKind.objects.bulk_create(
        ResultKind(
            version=version, rank=rank, code=row.get("code") or "", name=row["name"], register=row.get("register") or "",
            number_pattern=row.get("number_pattern") or "",
        )
        for rank, row in enumerate(rows, 1)
    )  # fmt: skip


@transaction.atomic
def approve(actor: Actor, *, version_id: int, revision: int, at: datetime) -> ProcedureVersion:
    """Confirm a draft somebody else wrote. Raises Forbidden, WrongState, Stale, NotComplete."""
    version = _locked(version_id)
    if version.state != ProcedureVersion.State.DRAFT:
        raise WrongState(_("Only a draft can be approved."))
    require(policies.may_approve(actor, version.field.code, author=version.created_by))
    _fresh(version, revision)
    if not version.levels:
        raise NotComplete(_("The draft does not say at which level the procedure is decided."), field="levels")
    if not version.channels.exists():
        raise NotComplete(
            _("The draft names no way of filing, so no time limit could be promised."), field="channels",
            way_out=_("Add at least one way of filing to the draft."),
        )  # fmt: skip
    if version.form and (wrong := _problems(version)):
        raise NotComplete(
            _("Nobody could file this version as it is written: %(places)s") % {"places": "; ".join(wrong[:5])}, field="form",
            way_out=_("Correct the places named in the draft."),
        )  # fmt: skip
    version.state = ProcedureVersion.State.APPROVED
    version.approved_at, version.approved_by = at, actor.label[:200]
    version.save(update_fields=["state", "approved_at", "approved_by"])
    audit.record(actor, "procedures.version_approved", version, after={"number": version.number}, at=at)
    return version


def _problems(version: ProcedureVersion) -> list[str]:
    """What would keep people from filing by a version; lists that officers extend and English names do not matter."""
    written = {k: v for k, v in writing.as_model(version).items() if k in (*_FOR_FILING, "code", "fees", "eligibility")}
    written["documents"] = [
        {"key": row.key, "name": row.name, "name_en": row.name, "condition": row.condition}
        for row in version.documents.order_by("rank")
    ]
    return lint.problems_of(written, required=_FOR_FILING)


@transaction.atomic
def publish(actor: Actor, *, version_id: int, valid_from: date, at: datetime) -> ProcedureVersion:
    """Let an approved version hold from a day; the one before ends on that day, cases received under it keep it.

    Raises Forbidden, WrongState, BadDay (before today, or not after the version in force began).
    """
    version = _locked(version_id)
    require(policies.may_approve(actor, version.field.code))
    if version.state != ProcedureVersion.State.APPROVED:
        raise WrongState(_("Only an approved version can be published."))
    today = timezone.localdate(at)
    if valid_from < today:
        raise BadDay(
            _("A version cannot come into force before today: cases may have been received since."), field="valid_from",
            way_out=_("Choose today or a later day."),
        )  # fmt: skip
    current = (
        ProcedureVersion.objects.select_for_update()
        .filter(procedure_id=version.procedure_id, state=ProcedureVersion.State.PUBLISHED, valid_to=None)
        .first()
    )
    if current is not None and current.valid_from is not None:
        if current.valid_from >= valid_from:
            raise BadDay(
                _("Version %(number)s comes into force on %(day)s; this one has to begin later.")
                % {"number": current.number, "day": written_day(current.valid_from)},
                field="valid_from",
            )
        current.valid_to = valid_from
        current.save(update_fields=["valid_to"])
    version.state = ProcedureVersion.State.PUBLISHED
    version.valid_from, version.published_at = valid_from, at
    version.save(update_fields=["state", "valid_from", "published_at"])
    _seen_after_commit(version.pk)
    audit.record(
        actor, "procedures.version_published", version,
        after={"number": version.number, "valid_from": valid_from.isoformat()}, at=at,
    )  # fmt: skip
    events.emit(
        actor,
        VersionPublished(
            version_id=version.pk, code=version.procedure.code, number=version.number, valid_from=valid_from.isoformat()
        ),
        at=at, agency_id=None, subject=f"procedure:{version.procedure.code}",
    )  # fmt: skip
    return version


@transaction.atomic
def retire(actor: Actor, *, version_id: int, from_day: date, reason: str, at: datetime) -> ProcedureVersion:
    """End a published version without a successor: from that day nothing new is received under it.

    Raises Forbidden, WrongState, BadDay, NotComplete (without the decision that abolishes the procedure).
    """
    version = _locked(version_id)
    require(policies.may_approve(actor, version.field.code))
    if version.state != ProcedureVersion.State.PUBLISHED or version.valid_to is not None:
        raise WrongState(_("Only a version in force can be ended."))
    if not reason.strip():
        raise NotComplete(_("Name the decision that abolishes the procedure."), field="reason")
    if from_day < timezone.localdate(at) or (version.valid_from and from_day <= version.valid_from):
        raise BadDay(_("Choose today or a later day, after the version came into force."), field="from_day")
    version.valid_to = from_day
    version.save(update_fields=["valid_to"])
    transaction.on_commit(forget)
    audit.record(
        actor, "procedures.version_ended", version, after={"valid_to": from_day.isoformat(), "reason": reason[:300]}, at=at
    )
    return version
