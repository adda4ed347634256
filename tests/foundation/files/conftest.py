"""A store of its own for every test, and people who hand files in."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from langbiang.foundation.access import Actor, Grant
from langbiang.foundation.files import policies, services

NOW = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)
CITIZEN = Actor(kind="citizen", account_id=501, person_id=51, label="Trần Thị Bưởi")
NEIGHBOUR = Actor(kind="citizen", account_id=502, person_id=52, label="Lê Văn Cam")
OFFICER = Actor(
    kind="staff", account_id=503, position_id=1, agency_id=7, label="Phạm Thị Đào, Chuyên viên, UBND phường 1",
    grants=(Grant("officer", frozenset({"cases.view"}), frozenset({7})),),
)  # fmt: skip
ADMIN = Actor(
    kind="staff", account_id=504, position_id=2, agency_id=1, label="Quản trị, Sở KHCN",
    grants=(Grant("system_admin", frozenset({"files.manage"}), None),),
)  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    """Files of a test lie in a folder of its own."""
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def _no_rooms_answer(monkeypatch):
    """Rooms that answer for their files say so in the test that needs it."""
    monkeypatch.setattr(policies, "_READERS", {})
    monkeypatch.setattr(policies, "_HOLDERS", {})


def upload(data: bytes, name: str = "giấy khai sinh.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def hand_in(
    data: bytes, *, actor: Actor = CITIZEN, name: str = "giấy.pdf", room: str = "trial", owner: str = "", at=NOW
):
    return services.store_file(actor, upload=upload(data, name), room=room, owner=owner, at=at)


def made(
    data: bytes, *, actor: Actor = CITIZEN, room: str = "trial", owner: str = "", name: str = "mẫu 01.pdf", at=NOW
):
    return services.store_bytes(actor, data=data, name=name, mime="application/pdf", room=room, owner=owner, at=at)
