"""Taking in records of the national catalogue: staged beside their text, compared, and taken over only by a person."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require

from .. import policies
from ..catalogue_text import ParsedRecord, as_data, explain, judge, parse_lay_thu_tuc, parse_record
from ..loading import national
from ..models import ImportBatch, ImportRow, Procedure, ProcedureVersion
from ..queries import forget, search

MAX_BYTES = 5 * 1024 * 1024


class AlreadyDecided(Refusal):
    """Somebody decided on this record already."""


@dataclass
class Report:
    """What an import found."""

    total: int = 0
    structured: list[str] = field(default_factory=list)
    review: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    batch_id: int = 0

    def as_json(self) -> dict[str, Any]:
        """Counts and codes; records under review or failed with name and reasons."""
        return {
            "total": self.total,
            "structured": {"count": len(self.structured), "codes": self.structured},
            "review": {"count": len(self.review), "codes": [r["code"] for r in self.review], "records": self.review},
            "failed": {"count": len(self.failed), "codes": [r["code"] for r in self.failed], "records": self.failed},
            "changed": {"count": len(self.changed), "codes": self.changed},
        }


@dataclass(frozen=True)
class _Read:
    code: str
    title: str
    raw: dict[str, Any]
    digest: str
    record: ParsedRecord | None
    verdict: str
    reasons: list[str]


def import_files(
    actor: Actor, *, paths: Sequence[Path], source: str, approve: bool = False, at: datetime,
    progress: Callable[[int], None] = lambda count: None,
) -> Report:  # fmt: skip
    """Stage every file; a file that cannot be read is reported and keeps nobody else out. Raises Forbidden."""
    require(policies.may_edit(actor))
    batch = ImportBatch.objects.create(source=source[:300], started_at=at, started_by=actor.label[:200])
    report = Report(total=len(paths), batch_id=batch.pk)
    known = _last_digests()
    seen: set[str] = set()
    for count, path in enumerate(paths, 1):
        read = _read(path)
        if read.code in seen:
            read = _Read(
                f"{read.code}#{count}"[:40],
                read.title,
                read.raw,
                read.digest,
                None,
                "failed",
                [str(_("The code comes twice."))],
            )
        seen.add(read.code)
        entry = {"code": read.code, "title": read.title, "reasons": read.reasons}
        if read.verdict == "structured":
            report.structured.append(read.code)
        else:
            (report.review if read.verdict == "review" else report.failed).append(entry)
        _stage(actor, batch, read, known.get(read.code), report, approve=approve, at=at)
        progress(count)
    batch.finished_at = timezone.now()
    batch.totals = {
        "total": report.total, "structured": len(report.structured), "review": len(report.review),
        "failed": len(report.failed), "changed": len(report.changed),
    }  # fmt: skip
    with transaction.atomic():
        batch.save(update_fields=["finished_at", "totals"])
        audit.record(actor, "procedures.imported", batch, after=batch.totals, at=at)
    if approve:
        search.reindex()
        forget()
    return report


def _last_digests() -> dict[str, str]:
    rows = ImportRow.objects.exclude(state=ImportRow.State.REJECTED).order_by("pk").values_list("code", "raw_sha256")
    return dict(rows)


def _read(path: Path) -> _Read:
    """One file, however broken."""
    name = path.stem[:40]
    try:
        if path.stat().st_size > MAX_BYTES:
            return _Read(name, "", {}, "", None, "failed", [str(_("The file is larger than 5 MB."))])
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        raw = json.loads(data.decode("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as problem:
        return _Read(
            name, "", {}, "", None, "failed", [str(_("The file is not JSON in UTF-8: %(why)s") % {"why": problem})]
        )
    if not isinstance(raw, dict):
        return _Read(name, "", {}, digest, None, "failed", [str(_("The file does not hold a record."))])
    try:
        is_portal = "MATTHC" in json.dumps(raw)[:2000]
        record = parse_lay_thu_tuc(raw) if is_portal else parse_record({str(k): str(v or "") for k, v in raw.items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        return _Read(
            name,
            "",
            _plain(raw),
            digest,
            None,
            "failed",
            [str(_("The record cannot be read: %(why)s") % {"why": problem})],
        )
    verdict = judge(record)
    code = (record.code.value or name)[:40]
    reasons = [
        f"{f.path}: {explain(f.reason.code)}{' – ' + f.reason.detail if f.reason.detail else ''}"
        for f in verdict.reasons
    ]
    return _Read(
        code, record.title.value or "", _plain(raw), digest, record, verdict.outcome.value, list(dict.fromkeys(reasons))
    )


def _plain(raw: dict[str, Any]) -> dict[str, Any]:
    """A record fit for a JSON column: no NUL characters."""
    found: dict[str, Any] = json.loads(json.dumps(raw).replace("\\u0000", ""))
    return found


@transaction.atomic
def _stage(
    actor: Actor, batch: ImportBatch, read: _Read, last: str | None, report: Report, *, approve: bool, at: datetime
) -> None:
    is_same = bool(read.digest) and last == read.digest
    row = ImportRow.objects.create(
        batch=batch, code=read.code, title=read.title, raw=read.raw, raw_sha256=read.digest,
        parsed=as_data(national.said(read.record)) if read.record else {}, verdict=read.verdict, reasons=read.reasons,
        state=ImportRow.State.UNCHANGED if is_same or read.record is None else ImportRow.State.PENDING,
    )  # fmt: skip
    if is_same or read.record is None:
        return
    report.changed.append(read.code)
    before = _before(read.code)
    row.difference = {
        k: {"before": before.get(k, ""), "after": v} for k, v in row.parsed.items() if before.get(k, "") != v
    }
    row.save(update_fields=["difference"])
    ImportRow.objects.filter(code=read.code, state=ImportRow.State.PENDING).exclude(pk=row.pk).update(
        state=ImportRow.State.SUPERSEDED
    )
    if approve and read.verdict == "structured":
        _take_over(actor, row, read.record, at=at)


def _before(code: str) -> dict[str, str]:
    """What the record taken over last says, by part."""
    last = ImportRow.objects.filter(code=code, state=ImportRow.State.APPROVED).order_by("-pk").first()
    return dict(last.parsed) if last else {}


@transaction.atomic
def approve_change(actor: Actor, *, row_id: int, at: datetime) -> ImportRow:
    """Take a staged record over. A procedure without a form of its own is published at once for finding and filing at the
    counter; for one that is fully modelled a draft is made, so that its form is not lost. Raises Forbidden, AlreadyDecided.
    """
    row = ImportRow.objects.select_for_update().select_related("batch").get(pk=row_id)
    require(policies.may_approve(actor))
    if row.state != ImportRow.State.PENDING:
        raise AlreadyDecided(_("This record has been decided on already."))
    record = _record_of(row)
    _take_over(actor, row, record, at=at)
    if row.version_id:
        transaction.on_commit(lambda: search.reindex([row.version_id or 0]))
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


def _record_of(row: ImportRow) -> ParsedRecord:
    if "MATTHC" in json.dumps(row.raw)[:2000]:
        return parse_lay_thu_tuc(row.raw)
    return parse_record({str(k): str(v or "") for k, v in row.raw.items()})


def _decide(actor: Actor, row: ImportRow, state: str, *, at: datetime) -> None:
    row.state = state
    row.decided_at = at
    row.decided_by = actor.label[:200]
    row.save()


def _take_over(actor: Actor, row: ImportRow, record: ParsedRecord, *, at: datetime) -> None:
    procedure, _new = Procedure.objects.get_or_create(code=row.code, defaults={"created_at": at})
    last = procedure.versions.order_by("-number").first()
    current = procedure.versions.filter(state="published", valid_to=None).first()
    version = national.new_version(
        procedure, record, number=(last.number if last else 0) + 1, raw=row.raw, by=actor.label[:200], at=at
    )
    if current is None or not current.form:
        day = timezone.localtime(at).date()
        if current is not None and current.valid_from is not None:
            day = max(day, current.valid_from + timedelta(days=1))
            current.valid_to = day
            current.save(update_fields=["valid_to"])
        version.state = ProcedureVersion.State.PUBLISHED
        version.valid_from = day
        version.approved_at = version.published_at = at
        version.approved_by = actor.label[:200]
    else:
        for name in (
            "online_level",
            "cutoff_scope",
            "competence",
            "eligibility",
            "form",
            "result_template",
            "max_supplements",
        ):
            setattr(version, name, getattr(current, name))
    version.save()
    row.version = version
    _decide(actor, row, ImportRow.State.APPROVED, at=at)
    audit.record(actor, "procedures.import_approved", row, after={"code": row.code, "version": version.pk}, at=at)
