"""Reads one record of the national catalogue from a file, however broken: what it says, and the verdict on it."""

import hashlib
import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..catalogue_text import ParsedRecord, explain, judge, parse_lay_thu_tuc, parse_record
from ..catalogue_text.verdict import Finding

MAX_BYTES = 5 * 1024 * 1024
CODE = re.compile(r"\d\.\d{6}(\.H\d{2})?", re.ASCII)
_DEEPEST = 40
_LARGEST = 2**63
# `code` (catalogue_text.reasons), `where` in the record, `detail` from its text.
Reason = dict[str, str]


@dataclass(frozen=True)
class ReadRecord:
    """A record as it came: `record` is None where nothing could be read; `to_confirm` are guesses and proposals."""

    code: str
    title: str = ""
    raw: dict[str, Any] = field(default_factory=dict)
    digest: str = ""
    record: ParsedRecord | None = None
    verdict: str = "failed"
    reasons: tuple[Reason, ...] = ()
    to_confirm: tuple[Reason, ...] = ()


def is_code(text: str) -> bool:
    """Whether a text is a code of the national catalogue."""
    return bool(CODE.fullmatch(text))


def read_file(path: Path) -> ReadRecord:
    """One file. Never raises: what is wrong stands in `reasons`. A link is not followed out of its folder."""
    name = cleaned(path.stem)[:40] or "?"
    try:
        if path.is_symlink() and path.resolve().parent != path.parent.resolve():
            return ReadRecord(name, reasons=(_reason("file_link"),))
        if path.stat().st_size > MAX_BYTES:
            return ReadRecord(name, reasons=(_reason("file_too_large"),))
        data = path.read_bytes()
    except OSError as problem:
        return ReadRecord(name, reasons=(_reason("file_unreadable", detail=problem.strerror or ""),))
    digest = hashlib.sha256(data).hexdigest()
    try:
        raw = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        return ReadRecord(name, digest=digest, reasons=(_reason("file_not_json", detail=str(problem)),))
    if not isinstance(raw, dict):
        return ReadRecord(name, digest=digest, reasons=(_reason("file_no_record"),))
    kept: dict[str, Any] = {}
    try:
        kept = storable(raw)
        record = parse(kept)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as problem:
        detail = str(problem) or type(problem).__name__
        return ReadRecord(name, raw=kept, digest=digest, reasons=(_reason("record_unreadable", detail=detail),))
    verdict = judge(record)
    outcome, reasons = verdict.outcome.value, tuple(_said(f) for f in verdict.reasons)
    code = record.code.value or name
    if outcome == "structured" and not is_code(code):
        outcome, reasons = "review", (_reason("code_unreadable", "code", code),)
    return ReadRecord(
        code[:40], record.title.value or "", kept, digest, record, outcome, _once(reasons),
        _once(tuple(_said(f) for f in verdict.to_confirm)),
    )  # fmt: skip


def parse(raw: dict[str, Any]) -> ParsedRecord:
    """A record in any of the known shapes: flattened page, split fields, or an answer of the portal."""
    if any(str(key).upper() == "MATTHC" for key in _keys(raw)):
        return parse_lay_thu_tuc(raw)
    return parse_record({str(k): v if isinstance(v, str) else "" if v is None else str(v) for k, v in raw.items()})


def _keys(raw: Any, depth: int = 0) -> list[str]:
    """Keys of the first levels of a record."""
    if depth > 3:
        return []
    if isinstance(raw, dict):
        return [str(k) for k in raw] + [k for v in raw.values() for k in _keys(v, depth + 1)]
    return [k for v in raw[:3] for k in _keys(v, depth + 1)] if isinstance(raw, list) else []


def told(reason: Reason) -> str:
    """A reason as one English line."""
    where = f"{reason['where']}: " if reason["where"] else ""
    return f"{where}{explain(reason['code'])}{' – ' + reason['detail'] if reason['detail'] else ''}"


def _reason(code: str, where: str = "", detail: str = "") -> Reason:
    return {"code": code, "where": where, "detail": cleaned(detail)[:300]}


def _said(finding: Finding) -> Reason:
    return _reason(finding.reason.code, finding.path, finding.reason.detail)


def _once(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple({tuple(r.values()): r for r in reasons}.values())


def cleaned(text: str) -> str:
    """A text a database takes: no NUL, no half characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def storable(value: Any, depth: int = 0) -> Any:
    """A value of JSON that a JSON column takes. Raises ValueError where it is nested too deeply."""
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {cleaned(str(k)): storable(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [storable(v, depth + 1) for v in value]
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LARGEST:
        return str(value)
    return value
