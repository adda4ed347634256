"""Who gets green on request: only who signs, in time, once, for a way that can be driven."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langbiang.city.traffic.network import Network
from langbiang.city.traffic.priority.order import BadOrder, order_on, read_rows
from langbiang.city.traffic.priority.requests import (
    EmergencyRequest,
    Passage,
    Refused,
    RequestDesk,
    VehicleKey,
    sign,
)
from tests.city.traffic.conftest import crossroads

SECRET = b"0123456789abcdef0123456789abcdef"
ORDER = order_on(date(2026, 11, 1))
NETWORK = Network({"X": crossroads()}, {}, {})
REQUEST = EmergencyRequest("C1", "ambulance", 1, 100.0, 110.0, (Passage("X", "Nin", "Sout", 130.0),))


def desk(log: list[tuple[str, str]] | None = None) -> RequestDesk:
    keys = {"C1": VehicleKey("ambulance", SECRET), "F1": VehicleKey("fire", SECRET[::-1])}
    told = [] if log is None else log
    return RequestDesk(NETWORK, keys, ORDER, 50.0, on_use=lambda _at, who, rule, _text: told.append((who, rule)))


def refusal(at: RequestDesk, wire: bytes, now: float = 101.0) -> str:
    with pytest.raises(Refused) as caught:
        at.receive(wire, now)
    return caught.value.rule


def test_a_genuine_request_is_accepted_and_audited() -> None:
    log: list[tuple[str, str]] = []
    assert desk(log).receive(sign(REQUEST, SECRET), 101.0) == REQUEST
    assert log == [("C1", "accepted")]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_flipped_bit_passes(at: int, bit: int) -> None:
    wire = bytearray(sign(REQUEST, SECRET))
    wire[at % len(wire)] ^= 1 << bit
    with pytest.raises(Refused):
        desk().receive(bytes(wire), 101.0)


def test_a_vehicle_cannot_sign_for_another() -> None:
    assert refusal(desk(), sign(REQUEST, SECRET[::-1])) == "seal"


def test_an_unknown_vehicle_is_told_no_more_than_a_forger() -> None:
    log: list[tuple[str, str]] = []
    at = desk(log)
    with pytest.raises(Refused) as unknown:
        at.receive(sign(replace(REQUEST, vehicle="C9"), SECRET), 101.0)
    with pytest.raises(Refused) as forged:
        at.receive(sign(REQUEST, b"x" * 32), 101.0)
    assert str(unknown.value) == str(forged.value)
    assert log == [("unknown", "seal"), ("unknown", "seal")]


def test_the_same_request_works_once() -> None:
    at, wire = desk(), sign(REQUEST, SECRET)
    at.receive(wire, 101.0)
    assert refusal(at, wire, 101.5) == "replay"


def test_an_earlier_number_is_refused_even_when_newly_signed() -> None:
    at = desk()
    at.receive(sign(replace(REQUEST, sequence=7), SECRET), 101.0)
    assert refusal(at, sign(replace(REQUEST, sequence=6), SECRET)) == "replay"


def test_a_request_recorded_before_a_restart_is_refused_after_it() -> None:
    restarted = RequestDesk(NETWORK, {"C1": VehicleKey("ambulance", SECRET)}, ORDER, 100.5)
    assert refusal(restarted, sign(REQUEST, SECRET)) == "replay"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"expires_at": 101.0}, "expired"),
        ({"expires_at": 131.0}, "life"),
        ({"issued_at": 101.6}, "clock"),
        ({"kind": "fire"}, "kind"),
        ({"route": (Passage("Y", "Nin", "Sout", 130.0),)}, "route"),
        ({"route": (Passage("X", "Nin", "Nout", 130.0),)}, "route"),
        ({"route": (Passage("X", "Nin", "Sout", float("nan")),)}, "form"),
        ({"sequence": True}, "form"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(changes: dict[str, object], rule: str) -> None:
    assert refusal(desk(), sign(replace(REQUEST, **changes), SECRET)) == rule


@pytest.mark.parametrize("wire", [b"", b".", b"{}." + b"0" * 64, b"[" * 5000 + b"." + b"0" * 64, b"x" * 9000])
def test_rubbish_is_refused_and_not_crashed_on(wire: bytes) -> None:
    assert refusal(desk(), wire) == "form"


def test_a_short_secret_cannot_sign() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        sign(REQUEST, b"short")


def test_the_legal_order_is_the_one_of_the_day_and_not_called_verified() -> None:
    assert ORDER.rank("fire") < ORDER.rank("ambulance") < ORDER.rank("funeral")
    assert "36/2024" in ORDER.row("fire").source
    assert "23/2008" in order_on(date(2024, 12, 31)).row("fire").source
    assert not ORDER.is_verified


def test_a_kind_or_a_day_without_a_row_is_named() -> None:
    with pytest.raises(BadOrder, match="taxi"):
        ORDER.rank("taxi")
    with pytest.raises(BadOrder, match="1999"):
        order_on(date(1999, 1, 1))


def test_rows_that_overlap_or_name_no_source_are_refused() -> None:
    row = {"kind": "fire", "name_vi": "x", "rank": 1, "valid_from": "2020-01-01", "valid_to": None, "source": "law", "verified": False}
    with pytest.raises(BadOrder, match="overlap"):
        read_rows([row, {**row, "valid_from": "2022-01-01"}])
    with pytest.raises(BadOrder, match="source"):
        read_rows([{**row, "source": " "}])
