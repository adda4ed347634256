"""What those who keep the catalogue read: versions in every state, what changed between two of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require
from langbiang.foundation.language.folding import fold

from .. import policies
from ..models import FeeRule, ImportRow, ProcedureVersion
from .wording import code_in

STATES = ("draft", "approved", "published", "retired")
# What a version says, in the order a reader expects; lists of rows follow these.
PROPERTIES = (
    "title", "title_en", "summary", "field", "levels", "kind", "audiences", "keywords", "life_events", "decision_no",
    "decision_date", "route", "external_system", "online_level", "needs_paper_result", "conditions", "steps_text",
    "cutoff_scope", "competence", "silence_agrees", "max_supplements", "eligibility", "form", "result_template",
)  # fmt: skip
Tell = Callable[[str, Any], str | None]
TABLES = ("channels", "documents", "results", "legal_bases")


class NoSuchVersion(Refusal):
    """There is no such version."""

    status = 404


@dataclass(frozen=True)
class VersionRow:
    """A version as a line of the catalogue list."""

    id: int
    code: str
    number: int
    title: str
    field_name: str
    state: str
    online_level: str
    valid_from: date | None
    valid_to: date | None
    verified: bool


@dataclass(frozen=True)
class Versions:
    """A page of versions, newest state of work first by title; `after` asks for the next."""

    rows: tuple[VersionRow, ...]
    after: str


@dataclass(frozen=True)
class Piece:
    """A stretch of text: same in both, gone, or new."""

    kind: str  # same | gone | new
    text: str


@dataclass(frozen=True)
class Change:
    """One property or row that differs between two versions."""

    part: str
    key: str
    before: str
    after: str
    pieces: tuple[Piece, ...]


def counts(actor: Actor) -> dict[str, int]:
    """How many versions stand in each state, and how many imported changes wait for a decision. Two queries."""
    require(policies.may_view(actor))
    found = dict(ProcedureVersion.objects.values_list("state").annotate(n=Count("pk")))
    waiting = ImportRow.objects.filter(state="pending").count()
    return {**{state: found.get(state, 0) for state in STATES}, "waiting": waiting}


def versions(
    actor: Actor, *, state: str = "", field: str = "", text: str = "", unverified: bool = False, limit: int = 50,
    after: str = "",
) -> Versions:  # fmt: skip
    """Versions by title. One query."""
    require(policies.may_view(actor))
    found = ProcedureVersion.objects.all()
    if state in STATES:
        found = found.filter(state=state)
    if field:
        found = found.filter(field__code=field)
    if unverified:
        found = found.filter(verified=False)
    if text:
        code = code_in(text)
        for word in fold(text[:200]).split()[:8]:
            if not code:
                found = found.filter(title_folded__contains=word)
        if code:
            found = found.filter(procedure__code=code)
    title, _bar, last = after.rpartition("|")
    if last.isdigit() and len(last) < 19:
        found = found.filter(Q(title_folded__gt=title) | Q(title_folded=title, pk__gt=int(last)))
    rows = list(
        found.order_by("title_folded", "pk").values_list(
            "pk", "procedure__code", "number", "title", "field__name", "state", "online_level", "valid_from", "valid_to",
            "verified", "title_folded",
        )[: limit + 1]
    )  # fmt: skip
    more = rows[limit - 1] if len(rows) > limit else None
    return Versions(tuple(VersionRow(*row[:10]) for row in rows[:limit]), f"{more[10]}|{more[0]}" if more else "")


def version(actor: Actor, version_id: int) -> ProcedureVersion:
    """A version in any state with its rows. Raises NoSuchVersion. Seven queries."""
    require(policies.may_view(actor))
    found = (
        ProcedureVersion.objects.select_related("procedure", "field")
        .prefetch_related(*TABLES, "life_events")
        .defer("search")
        .filter(pk=version_id)
        .first()
    )
    if found is None:
        raise NoSuchVersion(_("There is no such version."))
    return found


def previous(of: ProcedureVersion) -> ProcedureVersion | None:
    """The version before this one, with its rows."""
    return (
        ProcedureVersion.objects.select_related("procedure", "field")
        .prefetch_related(*TABLES, "life_events")
        .filter(procedure_id=of.procedure_id, number__lt=of.number)
        .order_by("-number")
        .first()
    )


def siblings(of: ProcedureVersion) -> list[ProcedureVersion]:
    """All versions of the same procedure, newest first."""
    return list(
        ProcedureVersion.objects.filter(procedure_id=of.procedure_id).defer("search", "raw").order_by("-number")
    )


def fee_rules(of: ProcedureVersion) -> list[FeeRule]:
    """The fees of the procedure, those in force and those to come or gone."""
    return list(
        FeeRule.objects.filter(procedure_id=of.procedure_id).select_related("agency").order_by("-valid_from", "pk")
    )


def said(of: ProcedureVersion, tell: Tell | None = None) -> dict[tuple[str, str], str]:
    """Everything a version says, as text by (part, key), in reading order: what two versions are compared by.

    `tell` puts a coded value into words.
    """
    found: dict[tuple[str, str], str] = {}
    for name in PROPERTIES:
        value = tell(name, getattr(of, name)) if tell and name not in ("field", "life_events") else None
        found["version", name] = _text(of, name) if value is None else value
    for table in TABLES:
        for row in sorted(getattr(of, table).all(), key=lambda r: r.rank):
            key = getattr(row, "key", "") or getattr(row, "code", "") or str(row.rank)
            while (table, key) in found:
                key += "'"
            found[table, key] = _row_text(table, row)
    return found


def differences(before: ProcedureVersion, after: ProcedureVersion, tell: Tell | None = None) -> list[Change]:
    """What differs between two versions, in reading order; what is gone comes after what is there."""
    old, new = said(before, tell), said(after, tell)
    return [
        Change(part, key, old.get((part, key), ""), new.get((part, key), ""),
               pieces(old.get((part, key), ""), new.get((part, key), "")))
        for part, key in dict.fromkeys([*new, *old])
        if old.get((part, key), "") != new.get((part, key), "")
    ]  # fmt: skip


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Two texts as stretches that are the same, gone or new, by words; very long texts as a whole."""
    one, other = before.split(" "), after.split(" ")
    if not before or not after or len(one) + len(other) > 3000:
        return tuple(Piece(kind, text) for kind, text in (("gone", before), ("new", after)) if text)
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", " ".join(one[a:b])))
            continue
        if b > a:
            found.append(Piece("gone", " ".join(one[a:b])))
        if d > c:
            found.append(Piece("new", " ".join(other[c:d])))
    return tuple(found)


def _text(of: ProcedureVersion, name: str) -> str:
    if name == "field":
        return of.field.name
    if name == "life_events":
        return ", ".join(sorted(e.name for e in of.life_events.all()))
    value = getattr(of, name)
    if isinstance(value, dict | list) and name not in ("levels", "audiences"):
        return "\n".join(_lines(value))
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "✓" if value else ""
    return "" if value is None else str(value)


def _lines(value: Any, path: str = "") -> Iterator[str]:
    """A definition as lines `path: value`, so that two of them can be compared by a reader."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _lines(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            name = inner.get("key") if isinstance(inner, dict) else None
            yield from _lines(inner, f"{path}[{name or number}]")
    else:
        yield f"{path}: {value}"


def _row_text(table: str, row: Any) -> str:
    if table == "channels":
        amount = "" if row.duration is None else f"{row.duration.normalize():f} {row.duration_unit}"
        fee = row.fee_state if row.fee_amount is None else f"{row.fee_amount.normalize():f} {row.currency}"
        return " · ".join(part for part in (row.kind, amount, fee, row.note, row.description) if part)
    if table == "documents":
        marks = [
            row.group, row.name, f"{row.originals}+{row.copies}", row.form_file, str(_("only to be shown")) if row.present_only else "",
            "" if row.required else str(_("only where it applies")), row.reuse_result,
        ]  # fmt: skip
        return " · ".join(part for part in marks if part)
    if table == "results":
        return " · ".join(part for part in (row.name, row.code, row.register, row.number_pattern) if part)
    return " · ".join(part for part in (row.title, row.code) if part)
