"""Taking in records of the national catalogue: staged beside their text, compared with what is there, taken over.

A procedure the catalogue does not know yet is published at once when its record was structured, for finding and reading
only (nothing can be filed by it): the ministry has published it already. Whatever changes a known one waits for a person.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require
from langbiang.foundation.language.folding import fold

from .. import policies
from ..catalogue_text import ParsedRecord
from ..loading import national
from ..loading.reading import ReadRecord, Reason, is_code, parse, read_file, told
from ..models import ImportBatch, ImportRow, Procedure, ProcedureVersion
from ..queries import forget, search
from .drafts import copy_rows

_KEPT = (
    "title_en", "online_level", "route", "external_system", "needs_paper_result", "cutoff_scope", "competence",
    "eligibility", "form", "result_template", "silence_agrees", "max_supplements",
)  # fmt: skip


class AlreadyDecided(Refusal):
    """Somebody decided on this record already."""


class NotARecord(Refusal):
    """The record cannot become a procedure as it is."""


@dataclass
class Report:
    """What an import found. `changed` are all records that say something new, published or waiting."""

    total: int = 0
    structured: list[str] = field(default_factory=list)
    review: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    to_confirm: list[dict[str, Any]] = field(default_factory=list)
    batch_id: int = 0

    def as_json(self) -> dict[str, Any]:
        """Counts and codes; records under review, failed or to be confirmed with name and reasons."""
        found: dict[str, Any] = {"total": self.total}
        for name in ("structured", "changed", "published", "waiting"):
            codes = getattr(self, name)
            found[name] = {"count": len(codes), "codes": codes}
        for name in ("review", "failed", "to_confirm"):
            records = getattr(self, name)
            found[name] = {"count": len(records), "codes": [r["code"] for r in records], "records": records}
        return found

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {k: v if isinstance(v, int) else v["count"] for k, v in self.as_json().items()}

    def add(self, read: ReadRecord) -> None:
        """Count one record."""
        entry = {"code": read.code, "title": read.title}
        if read.verdict == "structured":
            self.structured.append(read.code)
            if read.to_confirm:
                self.to_confirm.append({**entry, "reasons": [told(r) for r in read.to_confirm]})
        else:
            kept = self.review if read.verdict == "review" else self.failed
            kept.append({**entry, "reasons": [told(r) for r in read.reasons]})


def import_files(
    actor: Actor, *, paths: Sequence[Path], source: str, approve: bool = False, at: datetime,
    progress: Callable[[int], None] = lambda count: None,
) -> Report:  # fmt: skip
    """Stage every file; one that cannot be read or kept is reported and keeps nobody else out. Raises Forbidden.

    `approve` takes over changes of known procedures too, where the record was structured.
    """
    require(policies.may_edit(actor))
    if approve:
        require(policies.may_approve(actor))
    batch = ImportBatch.objects.create(source=source[:300], started_at=at, started_by=actor.label[:200])
    report = Report(total=len(paths), batch_id=batch.pk)
    seen: set[str] = set()
    for count, path in enumerate(paths, 1):
        read = read_file(path)
        if read.code in seen:
            read = _refused(read, "code_twice", code=f"{read.code[:30]}#{count}")
        seen.add(read.code)
        try:
            _stage(actor, batch, read, report, approve=approve, at=at)
        except (DatabaseError, ValueError) as problem:
            read = _refused(read, "record_not_kept", detail=str(problem).splitlines()[0][:200])
            _stage(actor, batch, read, report, approve=False, at=at)
        report.add(read)
        progress(count)
    batch.finished_at = timezone.now()
    batch.totals = report.counts()
    with transaction.atomic():
        batch.save(update_fields=["finished_at", "totals"])
        audit.record(actor, "procedures.imported", batch, after=batch.totals, at=at)
    if report.published:
        search.reindex(
            ImportRow.objects.filter(batch=batch, version__isnull=False).values_list("version_id", flat=True)
        )
        forget()
    return report


def _refused(read: ReadRecord, why: str, *, code: str = "", detail: str = "") -> ReadRecord:
    """The same record as one that failed."""
    reason: Reason = {"code": why, "where": "", "detail": detail}
    return ReadRecord(code or read.code, read.title, {}, read.digest, None, "failed", (reason,))


@transaction.atomic
def _stage(
    actor: Actor, batch: ImportBatch, read: ReadRecord, report: Report, *, approve: bool, at: datetime
) -> None:  # fmt: skip
    parsed = national.said(read.record) if read.record else {}
    last = (
        ImportRow.objects.filter(code=read.code)
        .exclude(state=ImportRow.State.REJECTED)
        .exclude(verdict=ImportRow.Verdict.FAILED)
        .order_by("-pk")
        .first()
    )
    is_same = read.record is None or (last is not None and (last.raw_sha256 == read.digest or last.parsed == parsed))
    row = ImportRow.objects.create(
        batch=batch, code=read.code, title=read.title, raw=read.raw, raw_sha256=read.digest, parsed=parsed,
        verdict=read.verdict, reasons=[*read.reasons, *read.to_confirm],
        state=ImportRow.State.UNCHANGED if is_same else ImportRow.State.PENDING,
        difference={} if is_same else _difference(read.code, parsed),
    )  # fmt: skip
    if is_same or read.record is None:
        return
    ImportRow.objects.filter(code=read.code, state=ImportRow.State.PENDING).exclude(pk=row.pk).update(
        state=ImportRow.State.SUPERSEDED
    )
    is_taken = read.verdict == "structured" and (approve or _is_new(read.code))
    if is_taken:
        _take_over(actor, row, read.record, at=at)
    # Counted last: a record the database would not take is not counted here.
    report.changed.append(read.code)
    (report.published if is_taken else report.waiting).append(read.code)


def _is_new(code: str) -> bool:
    """Whether the catalogue never knew the code, and nobody ever said no to it."""
    return not (
        ProcedureVersion.objects.filter(procedure__code=code).exists()
        or ImportRow.objects.filter(code=code, state=ImportRow.State.REJECTED).exists()
    )


def _difference(code: str, parsed: dict[str, str]) -> dict[str, dict[str, str]]:
    """What the record says otherwise than the version in force (else the newest), by part."""
    versions = ProcedureVersion.objects.filter(procedure__code=code).select_related("field", "procedure")
    there = versions.filter(state="published", valid_to=None).first() or versions.order_by("-number").first()
    if there is None:
        return {part: {"before": "", "after": text} for part, text in parsed.items() if text}
    before = national.told(there)
    return {
        part: {"before": before.get(part, ""), "after": text}
        for part, text in parsed.items()
        if fold(before.get(part, "")) != fold(text)
    }


@transaction.atomic
def approve_change(actor: Actor, *, row_id: int, at: datetime) -> ImportRow:
    """Take a staged record over. A procedure without a form of its own is published at once for finding and filing at the
    counter; for one that is fully modelled a draft is made, so that its form is not lost. Raises Forbidden, AlreadyDecided,
    NotARecord.
    """
    row = ImportRow.objects.select_for_update().select_related("batch").get(pk=row_id)
    require(policies.may_approve(actor))
    if row.state != ImportRow.State.PENDING:
        raise AlreadyDecided(_("This record has been decided on already."))
    _take_over(actor, row, parse(row.raw), at=at)
    search.reindex([row.version_id or 0])
    transaction.on_commit(forget)
    return row


@transaction.atomic
def reject_change(actor: Actor, *, row_id: int, at: datetime) -> ImportRow:
    """Leave the catalogue as it is; the same text will be asked about again when it comes back. Raises Forbidden."""
    row = ImportRow.objects.select_for_update().get(pk=row_id)
    require(policies.may_approve(actor))
    if row.state != ImportRow.State.PENDING:
        raise AlreadyDecided(_("This record has been decided on already."))
    _decide(actor, row, ImportRow.State.REJECTED, at=at)
    audit.record(actor, "procedures.import_rejected", row, after={"code": row.code}, at=at)
    return row


def _decide(actor: Actor, row: ImportRow, state: str, *, at: datetime) -> None:
    row.state = state
    row.decided_at = at
    row.decided_by = actor.label[:200]
    row.save()


def _take_over(actor: Actor, row: ImportRow, record: ParsedRecord, *, at: datetime) -> None:
    if not is_code(row.code):
        raise NotARecord(
            _("The record has no readable code, so it cannot become a procedure."),
            way_out=_("Correct the record and import it again."),
        )
    procedure, _new = Procedure.objects.get_or_create(code=row.code, defaults={"created_at": at})
    procedure = Procedure.objects.select_for_update().get(pk=procedure.pk)
    numbers = procedure.versions.order_by("-number").values_list("number", flat=True)
    current = procedure.versions.select_for_update().filter(state="published", valid_to=None).first()
    version = national.new_version(
        procedure, record, number=(numbers[0] if numbers else 0) + 1, raw=row.raw, by=actor.label[:200], at=at
    )
    if current is not None:
        for name in _KEPT:
            setattr(version, name, getattr(current, name))
        version.life_events.set(current.life_events.all())
        if current.form:
            # Conditions of papers and the registers of results are modelled; the difference tells what to adapt by hand.
            copy_rows(current, version, "documents")
            copy_rows(current, version, "results")
    if current is None or not current.form:
        ended = procedure.versions.exclude(valid_to=None).order_by("-valid_to").values_list("valid_to", flat=True)
        day = max([timezone.localtime(at).date(), *[d for d in ended[:1] if d]])
        if current is not None and current.valid_from is not None:
            day = max(day, current.valid_from + timedelta(days=1))
            current.valid_to = day
            current.save(update_fields=["valid_to"])
        version.state = ProcedureVersion.State.PUBLISHED
        version.valid_from = day
        version.approved_at = version.published_at = at
        version.approved_by = actor.label[:200]
    version.save()
    row.version = version
    _decide(actor, row, ImportRow.State.APPROVED, at=at)
    audit.record(actor, "procedures.import_approved", row, after={"code": row.code, "version": version.pk}, at=at)
