"""Packets are made once, corrected by a next vintage, and never sent half-empty."""

from datetime import timedelta

import pytest

from langbiang.foundation.access import SYSTEM, Actor, Grant
from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.exchange import queries as exchange_queries
from langbiang.foundation.exchange import services as exchange
from langbiang.government.reporting import queries, reference, services
from langbiang.government.reporting.codec import decode
from langbiang.government.reporting.models import CodeRow, FieldRow, PacketRow
from langbiang.government.reporting.packets import KINDS
from langbiang.government.reporting.services.packets import NotAPacket
from tests.government.reporting.conftest import NOW

pytestmark = pytest.mark.django_db


def field(path: str, kind: str = "indicator_data") -> FieldRow:
    return FieldRow.objects.get(packet_kind=kind, our_path=path, valid_to__isnull=True)


def correct(row: FieldRow, actor: Actor = SYSTEM, **changes) -> FieldRow:
    values = {
        name: getattr(row, name)
        for name in ("wire_name", "wire_type", "required", "max_len", "code_list", "source_page")
    }
    return services.correct_field(actor, field_id=row.pk, **{**values, **changes}, first_day=NOW.date(), at=NOW)


def state(row: PacketRow) -> str:
    return exchange_queries.states_of([row.message_id])[row.message_id].state


def test_a_figure_published_is_held_by_the_government_and_reads_back(receiver, send):
    row = send()
    exchange.flush("government-reporting", at=NOW)
    assert state(row) == "acked"
    packet = decode(receiver.content_of(queries.key_of(row)), queries.mapping("indicator_data", at=NOW))
    assert packet.model_dump(mode="json") == row.content


def test_the_same_figure_published_twice_is_one_packet(loaded, send):
    assert send().pk == send(at=NOW + timedelta(hours=1)).pk
    assert PacketRow.objects.count() == 1


def test_a_correction_is_the_next_vintage_and_names_the_packet_it_replaces(loaded, send):
    first, second = send(), send(value="13")
    assert (second.vintage, second.replaces_id) == (2, first.pk)
    assert second.content["replaces"] == first.content["packet_id"]


def test_a_packet_with_a_required_field_without_name_is_blocked_with_the_reason(receiver, send):
    correct(field("period"), wire_name="")
    row = send()
    message = exchange_queries.message(SYSTEM, row.message_id)
    assert message.state == "blocked"
    assert "“period” has no name on the wire" in message.problem
    exchange.flush("government-reporting", at=NOW)
    assert not receiver.held


def test_a_blocked_packet_goes_out_once_its_name_is_entered(receiver, send):
    correct(field("period"), wire_name="")
    row = send()
    with pytest.raises(exchange.NotReplayable, match="no name on the wire"):
        exchange.replay(SYSTEM, message_id=row.message_id, reason="try", at=NOW)
    correct(field("period"), wire_name="KyBaoCao")
    exchange.replay(SYSTEM, message_id=row.message_id, reason="name entered", at=NOW)
    exchange.flush("government-reporting", at=NOW)
    assert b"<KyBaoCao>" in receiver.content_of(queries.key_of(row))


def test_content_that_makes_no_packet_is_refused_with_its_field(loaded):
    with pytest.raises(NotAPacket) as refused:
        services.send_packet(
            SYSTEM, kind="indicator_data", subject="LD25", period="2026-10", values={"set_code": "x"}, at=NOW
        )
    assert refused.value.field == "values"


def test_nobody_reports_for_an_agency_without_the_right(loaded):
    officer = Actor(kind="staff", agency_id=5, grants=(Grant("x", frozenset({"reporting.manage"}), frozenset({5})),))
    with pytest.raises(Forbidden):
        services.send_packet(officer, kind="indicator_data", subject="a", values={}, agency_id=6, at=NOW)


def test_the_names_of_every_kind_are_loaded_once_and_none_is_verified(loaded):
    found = queries.verified(at=NOW)
    assert [row.kind for row in found] == list(KINDS)
    assert all(row.fields > 10 and row.verified == 0 and row.unmapped == 0 for row in found)
    assert reference.load(at=NOW) == ""
    assert queries.mapping("narrative", at=NOW).fields == reference.mapping("narrative").fields


def test_what_people_corrected_survives_a_new_load(loaded):
    correct(field("period"), wire_name="KyBaoCao")
    reference.load(at=NOW)
    assert queries.mapping("indicator_data", at=NOW).by_path["period"].wire_name == "KyBaoCao"


def test_a_correction_takes_the_verification_away_and_keeps_the_old_row(loaded):
    row = services.verify_field(SYSTEM, field_id=field("period").pk, source_page="tr. 14", at=NOW)
    assert row.verified_on is not None
    fresh = correct(row, wire_name="Ky")
    assert fresh.verified_on is None
    assert queries.mapping("indicator_data", at=NOW - timedelta(days=2)).by_path["period"].wire_name == "Period"


@pytest.mark.parametrize(
    ("path", "changes", "words"),
    [
        ("period", {"wire_name": "hai chữ"}, "no blanks"),
        ("period", {"wire_type": "money"}, "no form"),
        ("period", {"wire_name": "SetCode"}, "already"),
        ("values[]", {"wire_name": "Values"}, "container"),
        ("values[]", {"wire_type": "string"}, "list stays"),
        ("period", {"code_list": "nothing"}, "no code list"),
    ],
)
def test_a_name_that_cannot_hold_is_refused_with_its_field(loaded, path, changes, words):
    with pytest.raises(services.BadMapping, match=words) as refused:
        correct(field(path), **changes)
    assert refused.value.field in changes


def test_verifying_needs_the_page_of_the_regulation(loaded):
    with pytest.raises(services.BadMapping, match="page"):
        services.verify_field(SYSTEM, field_id=field("period").pk, source_page=" ", at=NOW)


def test_mapping_takes_two_queries(loaded, django_assert_num_queries):
    with django_assert_num_queries(2):
        queries.mapping("report_data", at=NOW)
    assert CodeRow.objects.filter(verified_on__isnull=False).count() == 0
