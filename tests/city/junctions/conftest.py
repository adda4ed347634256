"""Two junctions of a commune with their layouts in force, and the people who run them."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from langbiang.city.junctions import reference, services
from langbiang.city.junctions.models import Junction, Plan, ShadowScore
from langbiang.foundation.access import Actor
from langbiang.foundation.accounts.models import Account
from tests.city.junctions.test_layout import BY_CODE
from tests.government.cases.world import World, build

NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)  # a Tuesday, 09:00 in Đà Lạt
CODES = ("kim-cuc", "yersin")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
Browser = Callable[[Actor], Client]


@pytest.fixture
def browser() -> Browser:
    """Signs somebody in, in English."""

    def make(actor: Actor) -> Client:
        cache.clear()
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.cookies["django_language"] = "en"
        client.force_login(Account.objects.get(pk=actor.account_id), backend=BACKEND)
        return client

    return make


def text(answer: Any) -> str:
    """What a page that answered well says, in one line."""
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@dataclass
class Control:
    """The control room of a test."""

    world: World
    junctions: dict[str, Junction]
    operator: Actor
    head: Actor
    second: Actor
    engineer: Actor
    foreign: Actor
    extra: dict[str, Any] = field(default_factory=dict)

    def plan(self, code: str = "kim-cuc", **changes: Any) -> Plan:
        """A sound draft."""
        given: dict[str, Any] = {
            "junction_code": code, "name": "Ngày thường", "cycle_s": 75, "offset_s": 0,
            "splits": [{"stage": "1", "green_s": 25}, {"stage": "2", "green_s": 30}], "valid_from": date(2026, 1, 1),
            "valid_to": None, "weekdays": [0, 1, 2, 3, 4], "time_from": clock(6), "time_to": clock(22), "at": NOW,
        }  # fmt: skip
        return services.draft_plan(self.engineer, **{**given, **changes})

    def shadow(self, code: str, *, days: int = 7, **scores: Any) -> None:
        """Days a controller has run beside the live one."""
        given = {"minutes": 1400, "delay_s": 20, "live_delay_s": 25, "p95_s": 60, "live_p95_s": 70, "denials": 0, "recalls": 3}
        for n in range(1, days + 1):
            ShadowScore.objects.create(
                junction=self.junctions[code], controller="ours", day=(NOW - timedelta(days=n)).date(), **{**given, **scores}
            )

    def ask(self, actor: Actor | None = None, codes: tuple[str, ...] = ("kim-cuc",), at: datetime = NOW, minutes: int = 30) -> Any:
        """Ask for arming."""
        return services.ask_for_arming(
            actor or self.operator, junction_codes=codes, controller="ours", minutes=minutes, reason="Peak hour", at=at
        )

    def arm(self, code: str = "kim-cuc", at: datetime = NOW) -> Any:
        """Arm a junction as two persons do."""
        self.shadow(code)
        return services.confirm_arming(self.head, request_id=self.ask(codes=(code,), at=at).pk, at=at)[0]


@pytest.fixture
def control(db: None) -> Control:
    reference.load(at=NOW)
    world = build()
    head = world.officer("traffic_head")
    engineer = world.officer("traffic_engineer")
    made = {}
    for n, code in enumerate(CODES):
        made[code] = Junction.objects.create(
            agency=world.commune, code=code, name=code, x=100 + 200 * n, y=100, latitude=11.9, longitude=108.4, source="test"
        )
        draft = services.define_layout(
            engineer, junction_code=code, content=copy.deepcopy(BY_CODE[code]), note="", at=NOW - timedelta(days=30)
        )
        services.approve_layout(head, layout_id=draft.pk, at=NOW - timedelta(days=30))
    return Control(
        world, made, world.officer("traffic_operator"), head, world.officer("leader"), engineer,
        world.officer("traffic_head", world.neighbour),
    )  # fmt: skip
