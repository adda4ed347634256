"""Packets survive the way out and back; what is not understood survives too; hostile bytes are refused."""

import contextlib
import dataclasses
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langbiang.government.reporting import reference
from langbiang.government.reporting.codec import CannotWrite, NotReadable, decode, encode
from langbiang.government.reporting.codec.mapping import paths
from langbiang.government.reporting.packets import KINDS, IndicatorDataPacket, IndicatorValue
from tests.government.reporting.packets_of_every_kind import packets

MAPPINGS = {kind: reference.mapping(kind) for kind in KINDS}
SAMPLE = IndicatorDataPacket(
    packet_id="P1", sender="H36", receiver="VPCP", made_at=datetime(2026, 11, 23, tzinfo=UTC), set_code="LD25",
    period="2026-10",
    values=[IndicatorValue(indicator_code="ENT_NEW", unit_code="24769", value=Decimal("12.50"))],
)  # fmt: skip


def without(kind: str, path: str, **changes: object):
    """The mapping of a kind with one row changed, or taken away."""
    rows = []
    for row in MAPPINGS[kind].fields:
        if row.our_path != path:
            rows.append(row)
        elif changes:
            rows.append(dataclasses.replace(row, **changes))
    return dataclasses.replace(MAPPINGS[kind], fields=tuple(rows))


def test_there_are_thirteen_kinds_with_every_field_in_its_file():
    assert len(KINDS) == 13
    for kind, model in KINDS.items():
        assert [row.our_path for row in MAPPINGS[kind].fields] == [path for path, _required in paths(model)]


def test_no_name_is_presented_as_verified_that_nobody_verified():
    for kind in KINDS:
        assert all(row["verified_on"] is None for row in reference._read(f"packets/{kind}.json")["fields"])


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_packet_comes_back_as_it_left(kind, form):
    @settings(max_examples=40, deadline=None)
    @given(packets(kind))
    def holds(packet):
        content = encode(packet, MAPPINGS[kind], form=form)
        assert decode(content, MAPPINGS[kind], form=form) == packet
        assert encode(packet, MAPPINGS[kind], form=form) == content

    holds()


def test_a_required_field_without_a_name_blocks_the_packet_and_all_reasons_are_told_at_once():
    mapping = without("indicator_data", "period", wire_name="")
    mapping = dataclasses.replace(mapping, fields=tuple(row for row in mapping.fields if row.our_path != "set_code"))
    with pytest.raises(CannotWrite) as told:
        encode(SAMPLE, mapping)
    assert {path for path, _code, _detail in told.value.problems} == {"set_code", "period"}


def test_a_value_is_never_left_away_in_silence():
    with pytest.raises(CannotWrite, match="known_from"):
        encode(
            SAMPLE.model_copy(update={"values": [SAMPLE.values[0].model_copy(update={"known_from": SAMPLE.made_at})]}),
            without("indicator_data", "values[].known_from"),
        )


def test_an_optional_field_declared_not_on_the_wire_is_left_away():
    content = encode(SAMPLE, without("indicator_data", "values[].vintage", wire_name=""))
    assert content.count(b"<Vintage>") == 1  # the packet's own


def test_a_name_corrected_in_the_data_is_the_name_on_the_wire():
    mapping = without("indicator_data", "period", wire_name="KyBaoCao")
    content = encode(SAMPLE, mapping)
    assert b"<KyBaoCao>2026-10</KyBaoCao>" in content
    assert decode(content, mapping) == SAMPLE


def test_text_longer_than_the_wire_allows_blocks_the_packet():
    with pytest.raises(CannotWrite, match="too_long"):
        encode(SAMPLE, without("indicator_data", "set_code", max_len=3))


def test_a_code_without_counterpart_blocks_the_packet():
    mapping = dataclasses.replace(MAPPINGS["indicator_data"], code_lists={})
    with pytest.raises(CannotWrite, match="no_code"):
        encode(SAMPLE, mapping)


@pytest.mark.parametrize("form", ["xml", "json"])
def test_what_is_not_understood_survives_a_round_trip(form):
    mapping = MAPPINGS["indicator_data"]
    content = encode(SAMPLE, mapping, form=form)
    if form == "xml":
        told = content.replace(
            b"</Period>", b'</Period><x:La xmlns:x="urn:a/b" muc="1"><Con>s\xe1\xbb\x91</Con><Con>2</Con></x:La>'
        )
        told = told.replace(b"<UnitCode>", b'<GhiChu>moi</GhiChu><UnitCode loai="xa">')
    else:
        told = content.replace(b'"Period":', '"La":{"Con":["số",2,1.50,true]},"Period":'.encode())
        told = told.replace(b'"UnitCode":', b'"GhiChu":"moi","UnitCode":')
    first = decode(told, mapping, form=form)
    assert len(first.extra) == (3 if form == "xml" else 2)
    assert first.model_copy(update={"extra": {}}) == SAMPLE
    again = encode(first, mapping, form=form)
    assert b"GhiChu" in again
    assert "số" in again.decode()
    assert decode(again, mapping, form=form) == first


HOSTILE = {
    "billion laughs": b'<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;">]><IndicatorData>&c;</IndicatorData>',
    "a file of the server": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><IndicatorData>&x;</IndicatorData>',
    "a document type": b"<!DOCTYPE IndicatorData><IndicatorData/>",
    "depth": b"<IndicatorData>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</IndicatorData>",
    "not closed": b"<IndicatorData><a>",
    "another root": b"<Other/>",
    "empty": b"",
    "an unknown encoding": b'<?xml version="1.0" encoding="x-nope"?><IndicatorData/>',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_xml_is_refused_with_words(what):
    with pytest.raises(NotReadable):
        decode(HOSTILE[what], MAPPINGS["indicator_data"])


@pytest.mark.parametrize(
    "content",
    [b"{}", b"[]", b"[" * 100_000, b'{"IndicatorData":{"Period":1,"Period":2}}', b'{"IndicatorData":NaN}', b"\xff"],
)
def test_hostile_json_is_refused_with_words(content):
    with pytest.raises(NotReadable):
        decode(content, MAPPINGS["indicator_data"], form="json")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 900), st.sampled_from(["xml", "json"]))
def test_damaged_bytes_are_read_or_refused_and_nothing_else(rubbish, place, form):
    content = encode(SAMPLE, MAPPINGS["indicator_data"], form=form)
    for each in (rubbish, content[:place] + rubbish + content[place:], content[:place] + content[place + 3 :]):
        with contextlib.suppress(NotReadable):
            decode(each, MAPPINGS["indicator_data"], form=form)


def test_what_is_missing_on_the_way_in_is_named():
    content = encode(SAMPLE, MAPPINGS["indicator_data"]).replace(b"<Period>2026-10</Period>", b"")
    with pytest.raises(NotReadable, match="period"):
        decode(content, MAPPINGS["indicator_data"])
