"""Making packets and putting them on their way."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require
from langbiang.foundation.audit import services as audit
from langbiang.foundation.exchange import services as exchange

from .. import policies, queries
from ..codec import CONTENT_TYPES, CannotWrite, encode
from ..events import PacketMade
from ..models import PacketRow
from ..packets import KINDS, Packet

if TYPE_CHECKING:
    from langbiang.foundation.exchange.models import Outgoing

SYSTEM_CODE = "government-reporting"


class UnknownKind(Refusal):
    """There is no such kind of packet."""


class NotAPacket(Refusal):
    """The content does not make a packet of this kind."""


@transaction.atomic
def send_packet(
    actor: Actor,
    *,
    kind: str,
    values: Mapping[str, Any],
    subject: str,
    period: str = "",
    unit_code: str = "",
    agency_id: int | None = None,
    system: str = SYSTEM_CODE,
    form: str = "xml",
    at: datetime,
) -> PacketRow:
    """Make a packet and put it on its way to the Government; give the one there is when nothing changed.

    A changed content is the next vintage and names the packet it replaces. With a mapping that cannot carry it the
    packet is kept and its message blocked, with every reason. Raises Forbidden, UnknownKind, NotAPacket, UnknownSystem.
    Legal source: Decree 09/2019/ND-CP; QCVN 125:2021/BTTTT.
    """
    require(policies.may_send(actor, agency_id))
    if kind not in KINDS:
        raise UnknownKind(_("There is no packet of the kind “%(kind)s”.") % {"kind": kind}, field="kind")
    if len(kind + subject + period + unit_code) > 180 or len(subject) > 120 or max(len(period), len(unit_code)) > 60:
        raise NotAPacket(_("The subject, the period or the unit has too long a name."), field="subject")
    _one_after_another(system, kind, subject, period, unit_code)
    last = (
        PacketRow.objects.filter(system=system, kind=kind, subject=subject, period=period, unit_code=unit_code)
        .order_by("-vintage")
        .first()
    )
    vintage = last.vintage + 1 if last else 1
    packet = _packet(kind, values, subject, period, unit_code, vintage, last, system, at)
    content = packet.model_dump(mode="json")
    if last is not None and _told(last.content) == _told(content):
        return last
    row = PacketRow.objects.create(
        kind=kind, system=system, subject=subject, period=period, unit_code=unit_code, vintage=vintage, replaces=last,
        content=content, form=form, agency_id=agency_id if agency_id is not None else actor.agency_id, made_at=at,
        made_by=actor.label[:200],
    )  # fmt: skip
    message = _put_on_its_way(actor, row, packet, at)
    row.message_id = message.pk
    row.save(update_fields=["message_id"])
    audit.record(
        actor, "reporting.packet_made", row,
        after={"kind": kind, "period": period, "vintage": vintage, "message": message.pk, "state": message.state},
        at=at,
    )  # fmt: skip
    made = PacketMade(
        packet_id=row.pk, kind=kind, period=period, vintage=vintage, is_blocked=message.state == "blocked"
    )
    events.emit(actor, made, at=at, agency_id=row.agency_id, subject=f"reporting.packet:{row.pk}")
    return row


def _packet(
    kind: str, values: Mapping[str, Any], subject: str, period: str, unit_code: str, vintage: int,
    last: PacketRow | None, system: str, at: datetime,
) -> Packet:  # fmt: skip
    parts = [kind, subject, period, unit_code, str(vintage)]
    name = f"{settings.PROVINCE_CODE}-{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:24]}"
    given = {
        "packet_id": name, "sender": str(settings.PROVINCE_CODE), "receiver": system, "made_at": at, "vintage": vintage,
        "replaces": last.content["packet_id"] if last else None, **values,
    }  # fmt: skip
    fields = KINDS[kind].model_fields
    if "period" in fields:
        given.setdefault("period", period)
    if "unit_code" in fields:
        given.setdefault("unit_code", unit_code)
    try:
        return KINDS[kind].model_validate(given)
    except ValidationError as problem:
        row = problem.errors()[0]
        place = ".".join(str(part) for part in row["loc"])
        raise NotAPacket(
            _("The packet cannot be made: %(field)s – %(problem)s.") % {"field": place, "problem": row["msg"]},
            field=place,
            way_out=_("Correct this field in the source, then publish again."),
        ) from problem  # fmt: skip


def _told(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a packet says, without what only says which packet it is."""
    return {
        name: value for name, value in content.items() if name not in ("packet_id", "made_at", "vintage", "replaces")
    }


def _one_after_another(*name: str) -> None:
    number = int.from_bytes(hashlib.sha256("\0".join(name).encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _put_on_its_way(actor: Actor, row: PacketRow, packet: Packet, at: datetime) -> "Outgoing":
    about: dict[str, Any] = {
        "system": row.system, "kind": f"reporting.{row.kind}", "subject": f"reporting.packet:{row.pk}",
        "key": queries.key_of(row), "order_key": f"{row.kind}/{row.subject}/{row.period}",
        "series": queries.key_of(row).rpartition("/")[0], "agency_id": row.agency_id,
    }  # fmt: skip
    built = _built(row, packet, at)
    if built.problem:
        return exchange.block(actor, **about, problem=built.problem, at=at)
    return exchange.send(actor, **about, content=built.content, content_type=built.content_type, at=at)


def _built(row: PacketRow, packet: Packet, at: datetime) -> exchange.Built:
    try:
        content = encode(packet, queries.mapping(row.kind, at=at), form=row.form)
    except CannotWrite as problem:
        return exchange.Built(b"", problem="; ".join(words(*each) for each in problem.problems)[:500])
    return exchange.Built(content, CONTENT_TYPES[row.form])


def words(path: str, code: str, detail: str) -> str:
    """Why a field cannot be written, as a sentence."""
    told = {
        "unmapped": _("field “%(path)s” has no name on the wire"),
        "missing": _("field “%(path)s” is required on the wire and is empty here"),
        "too_long": _("field “%(path)s” is longer than allowed: %(detail)s"),
        "no_code": _("field “%(path)s”: the value “%(detail)s” is not in its code list"),
        "other_type": _("field “%(path)s” cannot be written as %(detail)s"),
    }.get(code, _("field “%(path)s”: %(detail)s"))
    return told % {"path": path or _("root"), "detail": detail}


@exchange.builder(*(f"reporting.{kind}" for kind in KINDS))
def write_again(message: "Outgoing", at: datetime) -> exchange.Built:
    """Write a blocked packet with the mapping as it is now."""
    row = PacketRow.objects.get(message_id=message.pk)
    return _built(row, KINDS[row.kind].model_validate(row.content), at)
