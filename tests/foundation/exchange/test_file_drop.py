"""Systems that only take files."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.exchange import services
from langbiang.foundation.exchange.models import Outgoing
from tests.foundation.exchange.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(db, tmp_path: Path) -> Path:
    services.open_system(SYSTEM, code="partner", name="Partner", signing="none", at=NOW)
    services.change_endpoint(
        SYSTEM, system="partner", carried_by="file_drop", address=str(tmp_path / "drop"), timeout_s=2,
        first_day=NOW.date(), source="test", at=NOW,
    )  # fmt: skip
    return tmp_path / "drop"


def send_one() -> Outgoing:
    return services.send(SYSTEM, system="partner", kind="note", subject="n", content=b"<x/>", key="a/b", at=NOW)


def acknowledge(folder: Path, **changes: str) -> None:
    card = next(folder.glob("*.json"))
    (folder / "acks").mkdir(exist_ok=True)
    (folder / "acks" / f"{card.stem}.ack").write_text(
        json.dumps({**json.loads(card.read_text()), "receipt": "R9", **changes})
    )


def test_a_file_dropped_twice_is_one_file_and_is_acknowledged_by_a_file(folder):
    folder.mkdir()
    send_one()
    services.flush("partner", at=NOW)
    assert Outgoing.objects.get().state == "sent"
    services.flush("partner", at=NOW + timedelta(hours=1))
    assert len(list(folder.glob("*.content"))) == 1
    acknowledge(folder)
    services.flush("partner", at=NOW + timedelta(hours=9))
    assert (Outgoing.objects.get().state, Outgoing.objects.get().receipt) == ("acked", "R9")
    assert [held.key for held in services.ask_holdings("partner", at=NOW)] == ["a/b"]


def test_an_acknowledgement_of_other_content_counts_for_nothing(folder):
    folder.mkdir()
    send_one()
    services.flush("partner", at=NOW)
    acknowledge(folder, sha256="0")
    services.flush("partner", at=NOW + timedelta(hours=9))
    assert Outgoing.objects.get().state == "sent"


def test_a_missing_folder_is_a_system_that_cannot_be_reached(folder):
    send_one()
    services.flush("partner", at=NOW)
    assert (Outgoing.objects.get().state, Outgoing.objects.get().problem_kind) == ("signed", "unreachable")


def test_what_must_be_signed_waits_for_a_seal(folder):
    folder.mkdir()
    services.open_system(SYSTEM, code="strict", name="Strict", signing="required", at=NOW)
    services.change_endpoint(
        SYSTEM, system="strict", carried_by="file_drop", address=str(folder), timeout_s=2, first_day=NOW.date(),
        source="test", at=NOW,
    )  # fmt: skip
    services.send(SYSTEM, system="strict", kind="note", subject="n", content=b"<x/>", key="s", at=NOW)
    assert services.flush("strict", at=NOW).outcomes == {"unsigned": 1}
    row = Outgoing.objects.get(key="s")
    assert (row.state, row.problem_kind) == ("built", "unsigned")
    assert list(folder.iterdir()) == []
