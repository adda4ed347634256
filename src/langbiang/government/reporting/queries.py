"""Reading packets, mappings, comparisons and drawn figures."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if, require
from langbiang.foundation.exchange import queries as exchange

from . import policies
from .codec import CodeList, Field, Mapping
from .models import CodeRow, Connector, Difference, Draw, FieldRow, PacketRow, Quarantined, Reconciliation, SourceRow
from .packets import KINDS

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def _in_force(at: datetime) -> Q:
    day = at.astimezone(HERE).date()
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gte=day))


def key_of(row: PacketRow) -> str:
    """The key that makes a packet one message for ever: kind, subject, period, unit, vintage."""
    return "/".join([row.kind, row.subject, row.period or "-", row.unit_code or "-", f"v{row.vintage}"])


def mapping(kind: str, *, at: datetime) -> Mapping:
    """The mapping of a kind of packet in force at a moment: two SQL queries."""
    rows = list(FieldRow.objects.filter(_in_force(at), packet_kind=kind).order_by("position", "pk"))
    lists: dict[str, list[tuple[str, str]]] = {}
    for code in CodeRow.objects.filter(_in_force(at)).order_by("code_list", "position"):
        lists.setdefault(code.code_list, []).append((code.ours, code.theirs))
    return Mapping(
        kind,
        next((row.wire_name for row in rows if not row.our_path), ""),
        tuple(
            Field(row.our_path, row.wire_name, row.wire_type, row.required, row.max_len, row.code_list)
            for row in rows
            if row.our_path
        ),
        {name: CodeList(name, tuple(pairs)) for name, pairs in lists.items()},
    )


@dataclass(frozen=True)
class Verified:
    """How far the mapping of one kind of packet is verified against the regulation."""

    kind: str
    title: str
    fields: int
    verified: int
    unmapped: int


def verified(*, at: datetime) -> list[Verified]:
    """All thirteen kinds with n of m fields verified: one SQL query."""
    counted = {
        row["packet_kind"]: row
        for row in FieldRow.objects.filter(_in_force(at))
        .values("packet_kind")
        .annotate(
            fields=Count("pk"),
            verified=Count("pk", filter=Q(verified_on__isnull=False)),
            unmapped=Count("pk", filter=Q(required=True, wire_name="")),
        )
    }
    return [
        Verified(kind, model.title, found["fields"], found["verified"], found["unmapped"])
        if (found := counted.get(kind))
        else Verified(kind, model.title, 0, 0, 0)
        for kind, model in KINDS.items()
    ]


def fields_of(actor: Actor, kind: str, *, at: datetime) -> QuerySet[FieldRow]:
    """The rows of one mapping in force. Raises Forbidden."""
    require(_may_view(actor))
    return FieldRow.objects.filter(_in_force(at), packet_kind=kind).order_by("position", "pk")


def _may_view(actor: Actor) -> Answer:
    return allow_if(actor.kind == "system" or policies.VIEW in actor.permissions)


def packets(actor: Actor) -> QuerySet[PacketRow]:
    """Packets of the agencies this actor oversees."""
    reach = actor.reach(policies.VIEW)
    if reach.everywhere:
        return PacketRow.objects.all()
    ids: set[int] = set().union(*(agencies for agencies, _field in reach.pairs if agencies is not None))
    return PacketRow.objects.filter(agency_id__in=ids)


def with_messages(rows: list[PacketRow]) -> list[tuple[PacketRow, object]]:
    """Packets with the messages that carry them: one SQL query."""
    found = exchange.states_of([row.message_id for row in rows if row.message_id is not None])
    return [(row, found.get(row.message_id or 0)) for row in rows]


def reconciliations(system: str = "government-reporting") -> QuerySet[Reconciliation]:
    """Comparisons, the newest first."""
    return Reconciliation.objects.filter(system=system).order_by("-begun_at", "-pk")


def counted_reconciliations(system: str = "government-reporting") -> QuerySet[Reconciliation]:
    """Comparisons with the number of their differences, the newest first."""
    return reconciliations(system).annotate(found=Count("differences"))


def sources_with_last_draw() -> list[tuple[Connector, Draw | None]]:
    """All sources and the last time figures were drawn from each: two SQL queries."""
    last = {row.connector_id: row for row in Draw.objects.order_by("connector", "-begun_at").distinct("connector")}
    return [(row, last.get(row.pk)) for row in connectors()]


def differences(reconciliation_id: int) -> QuerySet[Difference]:
    """What one comparison found."""
    return (
        Difference.objects.filter(reconciliation_id=reconciliation_id).select_related("packet").order_by("cause", "key")
    )


def connectors() -> QuerySet[Connector]:
    """All sources."""
    return Connector.objects.order_by("code")


def draws_of(connector_id: int) -> QuerySet[Draw]:
    """The times figures were drawn from a source, the newest first."""
    return Draw.objects.filter(connector_id=connector_id).order_by("-begun_at", "-pk")


def quarantined(draw_id: int) -> QuerySet[Quarantined]:
    """Rows of a draw that do not keep the contract."""
    return Quarantined.objects.filter(draw_id=draw_id).order_by("number")


def source_rows(*, series: str, period: str = "", at: datetime | None = None) -> QuerySet[SourceRow]:
    """Figures of ministries' databases as known now, or at a moment; for the room of indicators."""
    rows = SourceRow.objects.filter(series=series).select_related("connector")
    if period:
        rows = rows.filter(period=period)
    if at is None:
        return rows.filter(known_to__isnull=True)
    return rows.filter(Q(known_to__isnull=True) | Q(known_to__gt=at), known_from__lte=at)


def source_figures(*, series: Collection[str], place_codes: Collection[str], periods: Collection[str]) -> QuerySet[SourceRow]:
    """Figures of ministries' databases as known now, of some series, units and periods. One SQL statement."""
    return SourceRow.objects.filter(
        series__in=list(series), place_code__in=list(place_codes), period__in=list(periods), known_to__isnull=True
    )
