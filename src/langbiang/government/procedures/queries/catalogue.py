"""The public catalogue: browsing by life event, field, level; one procedure with all a citizen wants to know of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from ..models import FeeRule, Field, LifeEvent, ProcedureVersion
from .pinned import NotInForce, PinnedProcedure, in_force, pinned
from .search import AUDIENCES, Hit

LEVELS = ("commune", "province", "ministry")
_usage: list[Callable[[int], Sequence[int]]] = []


@dataclass(frozen=True)
class Choice:
    """One value of a facet with how many procedures it leaves."""

    value: str
    label: str
    label_en: str
    count: int


@dataclass(frozen=True)
class EventChoice:
    """A life event with how many procedures belong to it."""

    slug: str
    name: str
    name_en: str
    audience: str
    count: int


@dataclass(frozen=True)
class Facets:
    """What the catalogue can be narrowed by, on a day."""

    fields: tuple[Choice, ...]
    levels: tuple[Choice, ...]
    audiences: tuple[Choice, ...]
    total: int


@dataclass(frozen=True)
class Browsed:
    """A page of the catalogue in the order of titles. `after` asks for the next page."""

    hits: tuple[Hit, ...]
    total: int
    after: str


@dataclass(frozen=True)
class FeeLine:
    """A fee as the page of a procedure shows it."""

    kind: str
    label: str
    amount_vnd: int
    per: str
    channel: str
    is_conditional: bool
    exemptions: tuple[str, ...]
    agency_id: int | None
    legal_source: str
    valid_from: date
    verified: bool


@dataclass(frozen=True)
class Act:
    """An act a procedure stands on."""

    title: str
    code: str


@dataclass(frozen=True)
class VersionLine:
    """A version in the history of a procedure, as citizens see it."""

    number: int
    valid_from: date
    valid_to: date | None
    decision_no: str
    decision_date: date | None
    is_current: bool


@dataclass(frozen=True)
class ProcedurePage:
    """All that stands on the page of a procedure."""

    procedure: PinnedProcedure
    summary: str
    kind: str
    audiences: tuple[str, ...]
    route: str
    external_system: str
    decision_no: str
    decision_date: date | None
    valid_from: date | None
    verified: bool
    source: str
    is_fileable: bool
    fees: tuple[FeeLine, ...]
    acts: tuple[Act, ...]
    form_files: dict[str, str]
    events: tuple[LifeEvent, ...]
    history: tuple[VersionLine, ...]


def _open(on: date) -> Q:
    return Q(state="published", valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gt=on))


def in_force_on(on: date) -> QuerySet[ProcedureVersion]:
    """The versions in force on a day."""
    return ProcedureVersion.objects.filter(_open(on))


def _narrowed(
    on: date, field: str | None, level: str | None, life_event: str | None, audience: str | None, online: bool
) -> QuerySet[ProcedureVersion]:
    found = in_force_on(on)
    if field:
        found = found.filter(field__code=field)
    if level:
        found = found.filter(levels__contains=[level])
    if life_event:
        found = found.filter(life_events__slug=life_event)
    if audience:
        found = found.filter(audiences__overlap=list(AUDIENCES.get(audience, (audience,))))
    if online:
        found = found.filter(online_level__in=("full", "partial")).exclude(form={})
    return found


def browse(
    *,
    on: date,
    field: str | None = None,
    level: str | None = None,
    life_event: str | None = None,
    audience: str | None = None,
    online: bool = False,
    limit: int = 20,
    after: str = "",
) -> Browsed:
    """Procedures in force by title, narrowed by facets; `after` is what the page before gave. Two queries. Public."""
    found = _narrowed(on, field, level, life_event, audience, online)
    total = found.count()
    title, _, last = after.rpartition("|")
    if last.isdigit() and len(last) < 19:
        found = found.filter(Q(title_folded__gt=title) | Q(title_folded=title, pk__gt=int(last)))
    rows = list(_hits(found).order_by("title_folded", "pk")[: limit + 1])
    more = rows[limit - 1] if len(rows) > limit else None
    return Browsed(
        tuple(hit(row) for row in rows[:limit]), total, f"{more.title_folded}|{more.pk}" if more is not None else ""
    )


def _hits(found: QuerySet[ProcedureVersion]) -> QuerySet[ProcedureVersion]:
    return found.select_related("procedure", "field").defer("raw", "search", "steps_text", "conditions", "parse_states")


def hit(version: ProcedureVersion) -> Hit:
    """A version as a line of a list."""
    return Hit(
        version_id=version.pk,
        code=version.procedure.code,
        title=version.title,
        title_en=version.title_en,
        field=version.field.code,
        field_name=version.field.name,
        levels=tuple(version.levels),
        online_level=version.online_level,
        is_fileable=version.is_fileable_online,
        snippet=version.summary[:180],
    )


def facets(
    *, on: date, field: str | None = None, level: str | None = None, life_event: str | None = None,
    audience: str | None = None, online: bool = False,
) -> Facets:  # fmt: skip
    """How many procedures each value of each facet leaves beside the others already chosen. Three queries."""
    by_field = (
        _narrowed(on, None, level, life_event, audience, online)
        .values("field__code", "field__name", "field__name_en")
        .annotate(n=Count("pk", distinct=True))
        .order_by("field__name")
    )
    fields = tuple(Choice(r["field__code"], r["field__name"], r["field__name_en"], r["n"]) for r in by_field)
    level_counts = _narrowed(on, field, None, life_event, audience, online).aggregate(
        **{key: Count("pk", distinct=True, filter=Q(levels__contains=[key])) for key in LEVELS}
    )
    audience_counts = _narrowed(on, field, level, life_event, None, online).aggregate(
        **{
            key: Count("pk", distinct=True, filter=Q(audiences__overlap=list(values)))
            for key, values in AUDIENCES.items()
        }
    )
    return Facets(
        fields=fields,
        levels=tuple(Choice(key, "", "", level_counts[key]) for key in LEVELS if level_counts[key]),
        audiences=tuple(Choice(key, "", "", audience_counts[key]) for key in AUDIENCES if audience_counts[key]),
        total=sum(choice.count for choice in fields),
    )


def life_events(*, on: date) -> tuple[EventChoice, ...]:
    """The moments in a life or a business procedures are sorted under, in their order. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.slug, e.name, e.name_en, e.audience, count(v.id) FROM procedures_lifeevent e"
            " LEFT JOIN procedures_procedureversion_life_events l ON l.lifeevent_id = e.id"
            " LEFT JOIN procedures_procedureversion v ON v.id = l.procedureversion_id AND v.state = 'published'"
            " AND v.valid_from <= %s AND (v.valid_to IS NULL OR v.valid_to > %s)"
            " GROUP BY e.id ORDER BY e.audience DESC, e.rank, e.slug",
            [on, on],
        )
        return tuple(EventChoice(*row) for row in cursor.fetchall())


def life_event(slug: str) -> LifeEvent | None:
    """A life event by its slug."""
    return LifeEvent.objects.filter(slug=slug).first()


def field_of(code: str) -> Field | None:
    """A field of administration by its code."""
    return Field.objects.filter(code=code).first()


def fields() -> list[Field]:
    """All fields of administration by name."""
    return list(Field.objects.order_by("name"))


def register_usage(most_filed: Callable[[int], Sequence[int]]) -> None:
    """Let the room that knows say which procedures are filed most: gives at most n procedure ids, the most used first."""
    if most_filed not in _usage:
        _usage.append(most_filed)


def frequently_used(*, on: date, limit: int = 8) -> tuple[Hit, ...]:
    """What people come for most: by what was filed where that is known, filled up with what can be filed here."""
    asked = [pk for source in _usage for pk in source(limit)]
    rows = list(_hits(in_force_on(on).filter(procedure_id__in=asked))) if asked else []
    rows.sort(key=lambda row: asked.index(row.procedure_id))
    if len(rows) < limit:
        more = _hits(in_force_on(on).filter(online_level__in=("full", "partial")).exclude(form={}))
        rows += list(
            more.exclude(pk__in=[row.pk for row in rows])
            .annotate(n=Count("life_events"))
            .order_by("-n", "title_folded")[: limit - len(rows)]
        )
    return tuple(hit(row) for row in rows[:limit])


def procedure_page(code: str, *, on: date, number: int | None = None) -> ProcedurePage:
    """Everything about a procedure in force on a day, or about one of its earlier versions. Raises NotInForce.

    Eight queries at most; the version itself is kept in memory.
    """
    if number is None:
        procedure = in_force(code, on=on)
    else:
        version_id = (
            ProcedureVersion.objects.filter(procedure__code=code, number=number, state__in=("published", "retired"))
            .values_list("pk", flat=True)
            .first()
        )
        if version_id is None:
            raise NotInForce()
        procedure = pinned(version_id)
    version = ProcedureVersion.objects.prefetch_related("legal_bases", "life_events").get(pk=procedure.version_id)
    day = on if number is None else max(version.valid_from or on, min(on, version.valid_to or on))
    return ProcedurePage(
        procedure=procedure,
        summary=version.summary,
        kind=version.kind,
        audiences=tuple(version.audiences),
        route=version.route,
        external_system=version.external_system,
        decision_no=version.decision_no,
        decision_date=version.decision_date,
        valid_from=version.valid_from,
        verified=version.verified,
        source=version.source,
        is_fileable=version.is_fileable_online and number is None,
        fees=_fees(procedure.procedure_id, day),
        acts=tuple(Act(a.title, a.code) for a in sorted(version.legal_bases.all(), key=lambda a: a.rank)),
        form_files=dict(version.documents.exclude(form_file="").values_list("key", "form_file")),
        events=tuple(sorted(version.life_events.all(), key=lambda e: e.rank)),
        history=_history(procedure.procedure_id, version.pk),
    )


def _fees(procedure_id: int, on: date) -> tuple[FeeLine, ...]:
    rules = FeeRule.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on), procedure_id=procedure_id, valid_from__lte=on
    ).order_by("kind", "pk")
    return tuple(
        FeeLine(
            r.kind, r.label, r.amount_vnd, r.per, r.channel, bool(r.condition),
            tuple(str(e.get("name", "")) for e in r.exemptions if isinstance(e, dict) and e.get("name")),
            r.agency_id, r.legal_source, r.valid_from, r.verified,
        )
        for r in rules
    )  # fmt: skip


def _history(procedure_id: int, current: int) -> tuple[VersionLine, ...]:
    rows = ProcedureVersion.objects.filter(
        procedure_id=procedure_id, state__in=("published", "retired"), valid_from__isnull=False
    ).order_by("-number")
    return tuple(
        VersionLine(n, start, end, decision, day, pk == current)
        for pk, n, start, end, decision, day in rows.values_list(
            "pk", "number", "valid_from", "valid_to", "decision_no", "decision_date"
        )
        if start is not None
    )


def first_words(procedure: PinnedProcedure) -> dict[str, Any]:
    """The time and the money a citizen asks for first: the shortest promise per way of filing, and whether it is free."""
    times = [(row.kind, row.duration, row.duration_unit) for row in procedure.channels if row.duration is not None]
    states = {row.fee_state for row in procedure.channels}
    return {"times": times, "is_free": states == {"free"}, "fee_unknown": "unknown" in states}
