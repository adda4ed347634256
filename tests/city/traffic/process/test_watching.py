"""A lane nobody leaves in green and a count that cannot be believed are told once, say why, and say when they are over."""

import asyncio

import pytest

from langbiang.city.traffic.gate.lamps import LampSequence
from langbiang.city.traffic.priority.asked import Asked, Happening
from langbiang.city.traffic.process.counting import FLOW_S, History, Seen
from langbiang.city.traffic.process.deciding import Picture
from langbiang.city.traffic.process.mirror import model_of
from langbiang.city.traffic.process.watching import Finding, Watch
from tests.city.traffic.process.virtual import Crossing, gate_rules_of

T0 = 1_764_000_000.0 - 1_764_000_000.0 % FLOW_S


class Road:
    """A junction that goes through its stages, 20 s each; every lane fills and discharges, unless something is wrong with it."""

    def __init__(self, history: History | None = None) -> None:
        self.layout, self.rules = gate_rules_of("kim-cuc")
        self.model = model_of(self.layout, self.rules)
        self.watch = Watch(self.model, {lane["key"]: 3.5 for lane in self.layout["lanes"]}, history or History())
        self.sequence = LampSequence(self.rules, T0)
        self.lanes = [lane["key"] for lane in self.layout["lanes"]]
        self.queues = dict.fromkeys(self.lanes, 3.0)
        self.left = dict.fromkeys(self.lanes, 100)
        self.now = T0
        self.stuck: set[str] = set()
        self.silent: set[str] = set()
        self.blind: frozenset[str] = frozenset()
        self.unlisted: set[str] = set()
        self.wrong: dict[str, int] = {}

    @property
    def green(self) -> set[str]:
        state = self.model.driver(self.sequence, self.now).state()
        return {self.model.junction.links[k].from_lane for k, lamp in enumerate(state) if lamp in "Gg"}

    def pass_seconds(self, seconds: int) -> list[Finding]:
        found: list[Finding] = []
        for _ in range(seconds):
            self.now += 1.0
            self.sequence.advance(self.now)
            if not self.sequence.is_changing and self.now - self.sequence.stage_since >= 20.0:
                self.sequence.begin((self.sequence.stage + 1) % len(self.rules.stages), self.now)
            for lane in self.lanes:
                if lane in self.silent:
                    self.queues[lane] = 0.0
                elif lane in self.stuck:
                    self.queues[lane] = min(9.0, self.queues[lane] + 0.1)
                elif lane in self.green and self.queues[lane] >= 1 and int(self.now) % 2:
                    self.queues[lane] -= 1.0
                    self.left[lane] += 1
                elif lane not in self.green and int(self.now) % 5 == 0:
                    self.queues[lane] = min(9.0, self.queues[lane] + 1.0)
            queues, left = ({k: v for k, v in row.items() if k not in self.unlisted} for row in (self.queues, self.left))
            seen = Seen(self.now, queues, False, {}, left, wrong_way=dict(self.wrong))
            picture = Picture(self.now, dict(queues), {}, dict(left), self.blind | self.unlisted)
            found += list(self.watch.second(seen, picture, self.sequence, self.now))
        return found


def protected(road: Road) -> str:
    """A lane with a stage in which nothing of it gives way."""
    junction = road.model.junction
    return next(
        lane for lane in junction.lanes if any(all(s.protects(k) for k in junction.lane_links[lane]) for s in road.model.stages)
    )


def test_ordinary_traffic_raises_nothing() -> None:
    assert Road().pass_seconds(3 * FLOW_S + 10) == []


def test_a_lane_nobody_leaves_is_found_within_two_minutes_and_its_end_as_well() -> None:
    road = Road()
    road.pass_seconds(60)
    lane = protected(road)
    road.stuck = {lane}
    found = road.pass_seconds(120)
    assert [one.kind for one in found] == [f"blocked:{lane}"]
    assert found[0].text.startswith(f"Lane {lane}: nobody has left it through ")
    assert not found[0].is_over
    road.stuck = set()
    over = road.pass_seconds(150)
    assert [(one.kind, one.is_over) for one in over] == [(f"blocked:{lane}", True)]


def test_a_lane_its_source_no_longer_lists_is_over_once_and_stops_nothing() -> None:
    road = Road()
    road.pass_seconds(60)
    lane = protected(road)
    road.stuck = {lane}
    assert [one.kind for one in road.pass_seconds(120)] == [f"blocked:{lane}"]
    road.unlisted = {lane}
    assert [(one.kind, one.is_over) for one in road.pass_seconds(60)] == [(f"blocked:{lane}", True)]


@pytest.mark.parametrize("why", ["blind", "one vehicle"])
def test_a_lane_that_is_not_seen_or_holds_one_vehicle_proves_nothing(why: str) -> None:
    road = Road()
    lane = protected(road)
    road.stuck = {lane}
    if why == "blind":
        road.blind = frozenset({lane})
    else:
        road.queues[lane] = 1.0
        road.stuck, road.silent = set(), set()
        road.lanes = [one for one in road.lanes if one != lane]
    assert road.pass_seconds(200) == []


def test_a_count_that_stays_occupied_through_greens_with_nobody_passing_is_not_believed_until_it_is_sound_again() -> None:
    road = Road()
    lane = protected(road)
    road.stuck = {lane}
    found = [one for one in road.pass_seconds(FLOW_S + 2) if one.kind.startswith("detector")]
    assert [one.kind for one in found] == [f"detector:{lane}"]
    assert f"The count of lane {lane} cannot be believed: Occupied for " in found[0].text
    assert not road.watch.believes(lane)
    road.stuck = set()
    over = [one for one in road.pass_seconds(4 * FLOW_S) if one.kind.startswith("detector")]
    assert [(one.kind, one.is_over) for one in over] == [(f"detector:{lane}", True)]
    assert road.watch.believes(lane)


def test_a_silent_count_is_a_fault_only_where_somebody_was_to_be_expected() -> None:
    lane = protected(Road())
    history = History()
    for _ in range(4):
        for slot in range(3):
            history.learn(lane, T0 + slot * FLOW_S, 12)
    for known, wanted in ((History(), []), (history, [f"detector:{lane}"])):
        road = Road(known)
        road.silent = {lane}
        assert [one.kind for one in road.pass_seconds(2 * FLOW_S + 2)] == wanted


def test_a_source_that_begins_anew_is_no_traffic() -> None:
    road = Road()
    road.pass_seconds(30)
    road.left = dict.fromkeys(road.lanes, 0)
    assert road.pass_seconds(FLOW_S) == []


def test_where_an_event_closes_an_approach_nobody_is_waited_for_and_no_blocked_lane_is_told() -> None:
    async def story() -> None:
        here = Crossing()
        road = Road()
        lane = protected(road)
        approach = next(row["approach"] for row in here.layout["lanes"] if row["key"] == lane)
        here.left = {row["key"]: 5 for row in here.layout["lanes"]}
        here.queues = {row["key"]: 9.0 if row["key"] == lane else 0.0 for row in here.layout["lanes"]}
        here.asked = Asked(events=(Happening(approach, True, here.now - 1, here.now + 150),))
        try:
            await here.run(140)
            assert here.heard.kinds() == []
            told = here.heard.last()
            assert told["queues"][lane] == 0.0
            assert f"Closed for an event: {approach};" in told["reason"]
            await here.run(20)
            assert here.heard.last()["queues"][lane] == 9.0
        finally:
            await here.close()

    asyncio.run(story())


def test_the_junction_tells_of_a_blocked_lane_although_nobody_armed_it() -> None:
    async def story() -> list[str]:
        here = Crossing()
        road = Road()
        lane = protected(road)
        here.left = {row["key"]: 5 for row in here.layout["lanes"]}
        here.queues = {row["key"]: 4.0 if row["key"] == lane else 0.0 for row in here.layout["lanes"]}
        try:
            await here.run(120, until=lambda: bool(here.heard.kinds()))
            kinds = here.heard.kinds()
            here.queues = dict.fromkeys(here.queues, 0.0)
            assert await here.run(60, until=lambda: any(kind == "over" for kind, _told in here.heard.rows))
            assert here.heard.last("over")["kind"] == f"blocked:{lane}"
        finally:
            await here.close()
        return kinds

    kinds = asyncio.run(story())
    assert len(kinds) == 1
    assert kinds[0].startswith("blocked:")


def test_the_heart_goes_on_beating_when_a_source_no_longer_lists_a_blocked_lane() -> None:
    async def story() -> None:
        here = Crossing()
        lane = protected(Road())
        here.left = {row["key"]: 5 for row in here.layout["lanes"]}
        here.queues = {row["key"]: 4.0 if row["key"] == lane else 0.0 for row in here.layout["lanes"]}
        try:
            await here.run(120, until=lambda: bool(here.heard.kinds()))
            here.queues, here.left = ({k: v for k, v in row.items() if k != lane} for row in (here.queues, here.left))
            await here.run(60)
            assert here.heard.kinds() == [f"blocked:{lane}"]
            assert [told["kind"] for kind, told in here.heard.rows if kind == "over"] == [f"blocked:{lane}"]
        finally:
            await here.close()

    asyncio.run(story())


def test_a_vehicle_against_the_traffic_is_told_each_time_and_over_when_nobody_did_for_two_minutes() -> None:
    road = Road()
    road.wrong = {"N1": 3}
    assert road.pass_seconds(5) == []  # counted before this process was there
    road.wrong = {"N1": 4}
    text = "Lane N1: a vehicle drives against the traffic. Look at the camera and warn the patrol."
    assert road.pass_seconds(3) == [Finding("wrong-way:N1", text)]
    road.wrong = {"N1": 0}  # the cameras were started anew
    assert road.pass_seconds(60) == []
    road.wrong = {"N1": 1}
    assert road.pass_seconds(1) == [Finding("wrong-way:N1", text)]
    assert road.pass_seconds(118) == []
    assert road.pass_seconds(3) == [Finding("wrong-way:N1", "")]


def test_a_lane_that_is_not_seen_or_closed_tells_nobody_who_drives_against_it() -> None:
    road = Road()
    road.wrong = {"N1": 0}
    road.pass_seconds(1)
    road.blind, road.wrong = frozenset({"N1"}), {"N1": 1}
    assert not [one for one in road.pass_seconds(5) if one.kind.startswith("wrong-way")]
