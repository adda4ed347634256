"""Priority at a live junction: the cabinet is brought to the green the vehicle needs, through the gate, and the page says why."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from langbiang.city.traffic.gate.lamps import LampSequence
from langbiang.city.traffic.priority.asked import Asked, Bus, Run
from langbiang.city.traffic.process.deciding import Picture
from langbiang.city.traffic.process.mirror import model_of
from langbiang.city.traffic.process.pressure import LanePressure, Movement
from langbiang.city.traffic.process.priority import Priority
from langbiang.city.traffic.signals.codes import (
    BUS_EXTENDED_GREEN,
    PREEMPT_ENTRY,
    PREEMPT_EXIT,
    PREEMPT_OFF,
    PREEMPT_ON,
)
from tests.city.traffic.process.virtual import Crossing, gate_rules_of


def crossing(story: Callable[[Crossing], Awaitable[None]]) -> Crossing:
    """Play a story at a crossing; whatever happens in it, no lamp may ever show what the layout forbids."""

    async def play() -> Crossing:
        here = Crossing()
        try:
            await story(here)
        finally:
            await here.close()
        return here

    here = asyncio.run(play())
    assert here.broken == []
    return here


def serving(here: Crossing, approach: str) -> set[int]:
    """Stages that let somebody of an approach drive."""
    model = model_of(here.layout, here.rules)
    lanes = {lane["key"] for lane in here.layout["lanes"] if lane["approach"] == approach}
    links = [k.index for k in model.junction.links if k.from_lane in lanes]
    return {stage.index for stage in model.stages if any(stage.serves(k) for k in links)}


def crowd(here: Crossing, stage: int) -> None:
    """Many wait for one stage, nobody elsewhere."""
    assert here.queues is not None
    wanted = {lane for g, on in enumerate(here.rules.stages[stage]) if on for lane in here.loop.served[g]}
    here.queues = {lane: 15.0 if lane in wanted else 0.0 for lane in here.queues}


async def armed(here: Crossing) -> None:
    here.arm()
    assert await here.run(120, until=lambda: here.loop.gate.is_armed)


def run(here: Crossing, approach: str, *, eta: float = 20.0, life: float = 120.0, vehicle: str = "49A-115.15", number: int = 7) -> Run:
    return Run(number, vehicle, "ambulance", approach, "", here.now + eta, here.now + life)


def other_approach(here: Crossing) -> tuple[str, int]:
    """An approach that the stage of the crowd does not serve, and that stage."""
    for approach in (a["key"] for a in here.layout["approaches"]):
        rest = set(range(len(here.rules.stages))) - serving(here, approach)
        if serving(here, approach) and rest:
            return approach, min(rest)
    raise AssertionError("the layout serves every approach in every stage")


def test_an_announced_vehicle_gets_its_stage_against_the_queue_and_everything_is_told() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        approach, crowded = other_approach(here)
        crowd(here, crowded)
        assert await here.run(60, until=lambda: here.cabinet.stage == crowded)
        here.asked = Asked((run(here, approach),))
        wanted = serving(here, approach)
        assert await here.run(45, until=lambda: here.cabinet.stage in wanted)
        assert await here.run(3, until=lambda: "49A-115.15 (ambulance)" in here.heard.last()["reason"])
        use = here.heard.last("priority")
        assert (use["what"], use["run"], use["vehicle"]) == ("green", 7, "49A-115.15")
        here.asked = Asked()  # through
        assert await here.run(60, until=lambda: here.cabinet.stage == crowded)
        assert here.heard.last("priority")["what"] == "through"
        codes = [code for kind, told in here.heard.rows if kind == "events" for _at, code, _n in told["rows"]]
        assert [c for c in codes if c in (PREEMPT_ON, PREEMPT_ENTRY, PREEMPT_OFF, PREEMPT_EXIT)] == [
            PREEMPT_ON, PREEMPT_ENTRY, PREEMPT_OFF, PREEMPT_EXIT,
        ]  # fmt: skip

    assert crossing(story).heard.kinds() == []


def test_a_run_ends_at_its_instant_although_nobody_can_be_asked_any_more() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        approach, crowded = other_approach(here)
        crowd(here, crowded)
        here.asked = Asked((run(here, approach, eta=0.0, life=40.0),))  # stays in the hands of the process
        wanted = serving(here, approach)
        assert await here.run(40, until=lambda: here.cabinet.stage in wanted)
        assert await here.run(80, until=lambda: here.cabinet.stage == crowded)
        assert "ambulance" not in here.heard.last()["reason"]

    crossing(story)


def test_a_vehicle_that_does_not_come_loses_its_green_and_that_is_told() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        approach, crowded = other_approach(here)
        crowd(here, crowded)
        here.asked = Asked((run(here, approach, eta=0.0, life=600.0),))
        assert await here.run(150, until=lambda: any(k == "priority" and t["what"] == "given_up" for k, t in here.heard.rows))
        assert await here.run(60, until=lambda: here.cabinet.stage == crowded)

    crossing(story)


def test_at_a_junction_nobody_armed_nothing_is_set_and_the_page_says_so() -> None:
    async def story(here: Crossing) -> None:
        approach, _crowded = other_approach(here)
        here.asked = Asked((run(here, approach, eta=0.0),))
        await here.run(10)
        assert here.is_free
        assert "two persons have to arm the junction first" in here.heard.last()["reason"]
        assert not [kind for kind, _told in here.heard.rows if kind == "priority"]

    crossing(story)


def test_an_emergency_goes_before_an_order_by_hand_and_gives_way_to_it_afterwards() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        approach, held = other_approach(here)
        here.override = {
            "kind": "stage", "stage": here.loop.stage_names[held], "reason": "parade", "ordered_by": "Lan", "expires_at": here.now + 300,
        }  # fmt: skip
        assert await here.run(60, until=lambda: here.cabinet.stage == held)
        here.asked = Asked((run(here, approach, eta=5.0),))
        wanted = serving(here, approach)
        assert await here.run(60, until=lambda: here.cabinet.stage in wanted)
        here.asked = Asked()
        assert await here.run(60, until=lambda: here.cabinet.stage == held)

    crossing(story)


def test_when_it_is_disarmed_in_the_middle_the_use_ends_and_the_cabinet_is_free() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        approach, crowded = other_approach(here)
        crowd(here, crowded)
        here.asked = Asked((run(here, approach, eta=0.0),))
        assert await here.run(60, until=lambda: any(kind == "priority" for kind, _told in here.heard.rows))
        here.disarm()
        assert await here.run(4, until=lambda: here.heard.last("priority")["what"] == "interrupted")
        assert here.is_free

    crossing(story)


def bus(here: Crossing, approach: str, to: str, **changes: float) -> Bus:
    given = {"distance_m": 30.0, "speed_mps": 8.0, "lateness_s": 120.0, "passengers": 40, "at": here.now}
    return Bus("Bus 05", approach, to, **{**given, **changes})  # type: ignore[arg-type]  # a change in any field


def test_a_late_bus_about_to_pass_keeps_its_green_and_an_early_one_does_not() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        model = model_of(here.layout, here.rules)
        crowd(here, 1)
        assert await here.run(90, until=lambda: here.cabinet.stage == 1)
        await here.run(15)
        link = next(k for k in model.junction.links if model.stages[1].protects(k.index))
        way = model.junction.edge_of(link.from_lane), model.junction.edge_of(link.to_lane).removeprefix("out-")
        crowd(here, 0)
        here.asked = Asked(buses=(bus(here, *way),))
        assert await here.run(4, until=lambda: any(k == "priority" and t["what"] == "extended" for k, t in here.heard.rows))
        assert here.loop.gate.sequence.stage == 1
        assert "bus Bus 05, 120 s late, 40 on board" in here.heard.last()["reason"]
        assert BUS_EXTENDED_GREEN in [code for kind, told in here.heard.rows if kind == "events" for _at, code, _n in told["rows"]]
        here.asked = Asked(buses=(bus(here, *way, lateness_s=-60.0),))
        assert await here.run(30, until=lambda: here.loop.gate.sequence.target == 0)

    crossing(story)


@pytest.mark.parametrize(("passengers", "wanted"), [(0, 0), (60, 1)])
def test_a_full_late_bus_weighs_in_the_queue_of_its_lane(passengers: int, wanted: int) -> None:
    layout, rules = gate_rules_of("kim-cuc")
    model = model_of(layout, rules)
    rows = layout["movements"]
    pressure = LanePressure([Movement(m["key"], tuple(m.get("lanes", ())), m["kind"] == "pedestrian") for m in rows], rules.stages)
    here = Priority(layout, rules)
    link = next(k for k in model.junction.links if model.stages[1].protects(k.index) and not model.stages[0].serves(k.index))
    way = model.junction.edge_of(link.from_lane), model.junction.edge_of(link.to_lane).removeprefix("out-")
    here.asked = Asked(buses=(Bus("05", *way, 60.0, 2.0, 200.0, passengers, 1000.0),))
    sequence = LampSequence(rules, 960.0)
    picture = Picture(1000.0, {lane["key"]: 1.0 for lane in layout["lanes"]})
    found = here.choose(lambda seen: pressure.choose(seen, sequence, 1000.0), picture, sequence, 1000.0, is_armed=True)
    assert found.stage == wanted
