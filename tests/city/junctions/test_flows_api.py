"""Counts for other systems: each is told once, however many pages it takes and whatever comes in meanwhile."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from langbiang.city.junctions import api
from langbiang.city.junctions.models import Flow
from langbiang.foundation.access.actor import SYSTEM
from langbiang.foundation.accounts import keys
from tests.city.junctions.conftest import Control

ADDRESS = "/api/v1/junctions/flows"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def reader(control: Control) -> Client:
    """A system whose seat may look."""
    keys._honoured.clear()
    seat = control.world.officer("traffic_operator").position_id
    assert seat is not None
    key = keys.issue_key(SYSTEM, name="Trung tâm dữ liệu", position_id=seat, days=30, at=timezone.now())[1]
    return Client(headers={"Authorization": f"Bearer {key}"})


def keep(control: Control, lane: str, begun: datetime, **changes: Any) -> Flow:
    told = {"vehicle_class": "vehicle", "begun_at": begun, "ended_at": begun + 5 * MINUTE, "vehicles": 1, "quality": 0.9}
    return Flow.objects.create(junction=control.junctions["kim-cuc"], lane=lane, **{**told, **changes})


def pages(reader: Client, address: str) -> Iterator[list[str]]:
    """The lanes of each page."""
    while address:
        answer = reader.get(address)
        assert answer.status_code == 200, answer.content
        yield [row["laneId"]["value"] for row in answer.json()]
        link = answer.headers.get("Link", "")
        assert not link or link.endswith('>; rel="next"; type="application/json"')
        address = link.partition(">")[0].lstrip("<")


def test_no_count_is_skipped_or_told_twice_though_time_goes_on_between_pages(
    control: Control, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "AT_ONCE", 4)
    now = timezone.now()
    for n in range(10):  # four of them at the very edge of the window
        keep(control, f"L{n}", now - (64.9 if n < 4 else 30 + n % 2) * MINUTE)
    told: list[str] = []
    for n, page in enumerate(pages(reader, ADDRESS)):
        assert len(page) <= 4
        told += page
        # Time goes on: the edge of a window that moved would have passed the first rows, and new counts come in.
        monkeypatch.setattr(api.timezone, "now", lambda at=now + (n + 1) * MINUTE: at)
        keep(control, f"new-{n}", now - 4.5 * MINUTE + n * MINUTE)
    assert sorted(told) == [f"L{n}" for n in range(10)]


def test_windows_one_after_the_other_tell_every_count_once(control: Control, reader: Client) -> None:
    now = timezone.now()
    for n in range(36):
        keep(control, f"L{n}", now - (180 - 5 * n) * MINUTE)
    told: list[str] = []
    for hours_ago in (2, 1, 0):
        until = (now - timedelta(hours=hours_ago)).isoformat().replace("+00:00", "Z")
        told += [lane for page in pages(reader, f"{ADDRESS}?hours=1&until={until}") for lane in page]
    assert told == [f"L{n}" for n in range(36)]


def test_an_instant_to_come_is_now_and_a_count_that_runs_is_not_told(control: Control, reader: Client) -> None:
    now = timezone.now()
    keep(control, "past", now - 10 * MINUTE)
    keep(control, "running", now - MINUTE)
    assert list(pages(reader, f"{ADDRESS}?until=2999-01-01T00:00:00Z")) == [["past"]]
    assert list(pages(reader, f"{ADDRESS}?until=0001-01-01T00:00:00")) == [[]]


@pytest.mark.parametrize("asked", ["after=x", "after=1", "after=-1-1", "after=1-1'", "after=99999999999999999999-1", "hours=0", "hours=25", "until=soon"])
def test_what_cannot_be_asked_is_refused(control: Control, reader: Client, asked: str) -> None:
    assert reader.get(f"{ADDRESS}?{asked}").status_code == 422


def test_a_page_by_number_is_refused_with_the_way_out(control: Control, reader: Client) -> None:
    answer = reader.get(f"{ADDRESS}?offset=1000")
    assert answer.status_code == 422
    assert "Link" in answer.content.decode()
