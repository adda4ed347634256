"""The junctions of the demo province: layouts and plans through the services; days in shadow and counts that say they are made up.

Nothing is simulated here: the counts of yesterday wait for the night, or for an engineer who asks for their replay.
"""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from langbiang.city.traffic.twin.described import describe
from langbiang.foundation import audit
from langbiang.foundation.access import SYSTEM, Actor
from langbiang.foundation.organizations import demo as staff_plan
from langbiang.foundation.organizations import queries as organizations

from . import counts_demo, services
from .layout import Layout as Sound
from .models import Flow, Junction, ShadowScore, Street
from .services.plans import cycle_of

Progress = Callable[[int, int], None]
DATA = Path(__file__).parent / "data" / "dalat.json"
PLACE = "Xuân Hương - Đà Lạt"
SHADOW_SOURCE = "Số liệu giả định để trình diễn, không phải kết quả chạy song song"
HOURS = ((time(6), time(9), "Cao điểm sáng", 8), (time(9), time(16), "Ban ngày", 0), (time(16), time(20), "Cao điểm chiều", 10))


def _person(seats: list[staff_plan.Seat], key: str, *, at: datetime) -> Actor:
    """The platform acting in the name of who holds a seat."""
    seat = next(one for one in seats if one.key == key)
    holding = organizations.holders_of([seat.position_id], on=timezone.localdate(at)).first()
    if holding is None:
        raise LookupError(f"nobody holds the seat {key}")
    return replace(
        SYSTEM, account_id=holding.account_id, position_id=seat.position_id, agency_id=seat.agency_id,
        label=f"{holding.account.full_name}, {seat.title}",
    )  # fmt: skip


@transaction.atomic
def load(*, at: datetime, seed: int, progress: Progress) -> None:
    """Describe the junctions, put layouts and plans in force as two persons do; give some days in shadow and a day of counts."""
    seats = [seat for seat in staff_plan.seats() if seat.agency_name.endswith(PLACE)]
    if not seats or Junction.objects.exists():
        progress(0, 0)
        return
    agency_id = seats[0].agency_id
    engineer, head = _person(seats, "engineer", at=at), _person(seats, "shift", at=at)
    content = json.loads(DATA.read_text(encoding="utf-8"))
    dice = random.Random(seed)
    for n, row in enumerate(content["junctions"]):
        place = Junction.objects.create(
            agency_id=agency_id, source=content["source"], verified=content["verified"],
            **{key: row[key] for key in ("code", "name", "x", "y", "latitude", "longitude")},
        )  # fmt: skip
        _describe(place, row["layout"], engineer, head, at=at)
        if n < 4:
            _days_in_shadow(place, dice, at=at, is_simple=len(row["layout"]["stages"]) <= 2)
        progress(n + 1, len(content["junctions"]))
    streets_and_counts(content, day=timezone.localdate(at) - timedelta(days=1), seed=seed)
    audit.record(SYSTEM, "traffic.demo_loaded", "demo", after={"junctions": len(content["junctions"])}, at=at)


def streets_and_counts(content: dict[str, Any], *, day: date, seed: int) -> None:
    """The links between the junctions, as far from verified as the rest of the description, and a day of counts."""
    places = {place.code: place for place in Junction.objects.all()}
    for row in content["links"]:
        (a, arm_a), (b, arm_b) = (end.split(":") for end in row["between"])
        Street.objects.create(
            junction_a=places[a], arm_a=arm_a, junction_b=places[b], arm_b=arm_b, length_m=row["length_m"], speed_kmh=row["speed_kmh"],
            source=content["source"], verified=content["verified"],
        )  # fmt: skip
    Flow.objects.bulk_create(counts_demo.counts(describe(content), places, day=day, seed=seed), batch_size=2000)


def _describe(place: Junction, layout: dict[str, Any], engineer: Actor, head: Actor, *, at: datetime) -> None:
    draft = services.define_layout(
        engineer, junction_code=place.code, content=layout, note="Bản mô tả đầu tiên", at=at - timedelta(days=60)
    )
    services.approve_layout(head, layout_id=draft.pk, at=at - timedelta(days=59))
    sound = Sound(layout)
    for begin, end, name, more in HOURS:
        splits = [{"stage": key, "green_s": int(sound.min_green_s(key)) + 8 + more} for key in sound.stages]
        plan = services.draft_plan(
            engineer, junction_code=place.code, name=name, cycle_s=round(cycle_of(sound, splits)), offset_s=0, splits=splits,
            valid_from=timezone.localdate(at) - timedelta(days=50), valid_to=None, weekdays=list(range(7)), time_from=begin,
            time_to=end, at=at - timedelta(days=51),
        )  # fmt: skip
        if name != "Cao điểm chiều" or place.code != "yersin":
            services.approve_plan(head, plan_id=plan.pk, at=at - timedelta(days=50))


def _days_in_shadow(place: Junction, dice: random.Random, *, at: datetime, is_simple: bool) -> None:
    """Ten days; where four stages with long walks share the time, the horizon loses, as it does in the reckoning."""
    better, worse = (0.7, 1.02) if is_simple else (1.3, 2.2)
    today = timezone.localdate(at)
    for back in range(1, 11):
        live = dice.uniform(24, 38)
        delay = live * dice.uniform(better, worse)
        ShadowScore.objects.create(
            junction=place, controller="ours", day=today - timedelta(days=back), minutes=dice.randint(1380, 1440),
            delay_s=round(delay, 2), live_delay_s=round(live, 2), p95_s=round(delay * 2.4, 2), live_p95_s=round(live * 2.6, 2),
            denials=0, recalls=dice.randint(10, 90), source=SHADOW_SOURCE,
        )  # fmt: skip
