"""Networks typed by hand: what cannot be drawn is named, what is drawn shows the layout's own lamps and times."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from langbiang.city.junctions.layout import Layout
from langbiang.city.traffic.cli import app
from langbiang.city.traffic.network import GREEN
from langbiang.city.traffic.twin.described import CannotDraw, describe, kind_of_turn
from langbiang.city.traffic.twin.network_cli import DALAT
from langbiang.city.traffic.twin.signals import LayoutDriver, change_s, drivers, signals_of
from langbiang.city.traffic.twin.streets import draw
from tests.city.traffic.conftest import needs_sumo

CONTENT = json.loads(DALAT.read_text(encoding="utf-8"))
CODES = [row["code"] for row in CONTENT["junctions"]]


@pytest.fixture
def content() -> dict[str, Any]:
    return copy.deepcopy(CONTENT)


def layout(content: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row["layout"] for row in content["junctions"] if row["code"] == code)
    return found


def refusal(content: dict[str, Any]) -> CannotDraw:
    with pytest.raises(CannotDraw) as caught:
        for place in describe(content).places.values():
            signals_of(place)
    return caught.value


def test_from_the_north_the_east_is_to_the_left() -> None:
    assert [kind_of_turn(0, onward) for onward in (90, 180, 270)] == ["left", "straight", "right"]


def test_the_seven_junctions_hang_together_and_seven_arms_lead_out() -> None:
    drawn = describe(CONTENT)
    reached, waiting = {CODES[0]}, [CODES[0]]
    while waiting:
        code = waiting.pop()
        beside = {onward[0] for arm in drawn.places[code].bearings if (onward := drawn.across(code, arm))}
        waiting += beside - reached
        reached |= beside
    assert reached == set(CODES)
    assert len(drawn.entries) == 7
    assert not drawn.is_verified


@pytest.mark.parametrize("code", CODES)
def test_changes_last_what_the_gate_makes_them_last(code: str) -> None:
    place = describe(CONTENT).places[code]
    sound = Layout(place.layout)
    for a in sound.stages:
        for b in sound.stages:
            if a != b:
                assert 0 <= change_s(place.layout, a, b) - sound.change_s(a, b) < 1
    assert [float(least) for least in signals_of(place).minima_s] == [sound.min_green_s(key) for key in sound.stages]


@pytest.mark.parametrize("code", CODES)
def test_no_stage_protects_two_movements_of_which_one_gives_way(code: str) -> None:
    place = describe(CONTENT).places[code]
    ways = {tuple(pair) for pair in place.layout["gives_way"]}
    for stage in signals_of(place).stages:
        protected = {t.movement for n, t in enumerate(place.turns) if stage.state[n] == "G"}
        assert not {(a, b) for a in protected for b in protected} & ways


def test_a_movement_to_an_unknown_arm_is_named(content: dict[str, Any]) -> None:
    layout(content, "yersin")["movements"][0]["to"] = ["X"]
    found = refusal(content)
    assert (found.junction, found.field) == ("yersin", "movement:NT")


def test_a_lane_no_movement_uses_is_named(content: dict[str, Any]) -> None:
    layout(content, "kim-cuc")["lanes"].append({"key": "N3", "approach": "N"})
    found = refusal(content)
    assert (found.junction, found.field) == ("kim-cuc", "lane:N3")


def test_a_stage_without_vehicles_is_named(content: dict[str, Any]) -> None:
    layout(content, "kim-cuc")["stages"].append({"key": "9", "movements": ["PN"]})
    found = refusal(content)
    assert (found.junction, found.field) == ("kim-cuc", "stage:9")


@pytest.mark.parametrize(
    ("link", "junction"),
    [
        ({"between": ["dai-hoc:W", "kim-cuc:W"], "length_m": 500}, "dai-hoc"),
        ({"between": ["nowhere:N", "kim-cuc:W"], "length_m": 500}, "nowhere"),
        ({"between": ["ba-thang-tu:N", "kim-cuc:W"], "length_m": 500}, "ba-thang-tu"),
        ({"between": ["dai-hoc:N", "kim-cuc:W"], "length_m": -3}, "dai-hoc"),
        ({"between": ["dai-hoc:N"], "length_m": 500}, "dai-hoc"),
    ],
)
def test_a_link_that_cannot_be_is_named_with_its_junction(content: dict[str, Any], link: dict[str, Any], junction: str) -> None:
    content["links"].append(link)
    found = refusal(content)
    assert found.junction == junction
    assert found.field.startswith(f"links {len(content['links'])}")


def test_the_command_says_which_field_is_wrong(content: dict[str, Any], tmp_path: Path) -> None:
    layout(content, "yersin")["approaches"][0]["bearing"] = "north"
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    result = CliRunner().invoke(app, ["network", "--description", str(file), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "yersin, approach:N" in result.output


def test_the_drawn_net_has_the_turns_and_stages_of_the_layouts(tmp_path: Path) -> None:
    needs_sumo()
    drawn = describe(CONTENT)
    network, signals = draw(drawn, tmp_path)
    letters = {"left": "lL", "straight": "s", "right": "rR"}
    for code, junction in network.junctions.items():
        place = drawn.places[code]
        assert all(link.direction in letters[turn.kind] for link, turn in zip(junction.links, place.turns, strict=True))
        assert [s.state for s in junction.stages] == [s.state for s in signals[code].stages]
        for stage in junction.stages:
            protected = [k for k in range(junction.size) if stage.state[k] == "G"]
            assert not [(a, b) for a in protected for b in protected if junction.conflicts[a][b]]


def test_a_change_takes_the_seconds_of_its_pair_and_no_stage_is_cut_short(tmp_path: Path) -> None:
    needs_sumo()
    network, signals = draw(describe(CONTENT), tmp_path)
    driver = drivers(network, signals)["dai-hoc"]
    assert isinstance(driver, LayoutDriver)
    mine = signals["dai-hoc"]
    for goal in (1, 2, 3, 0, 2, 0):
        before, waited = driver.stage, 0
        while not driver.ask(goal):
            driver.tick()
            waited += 1
        assert waited <= mine.minima_s[before]
        seconds = 0
        while driver.is_changing:
            assert not any(
                driver.state()[k] in GREEN and mine.stages[before].state[k] not in GREEN for k in range(driver.junction.size)
            )
            driver.tick()
            seconds += 1
        assert (driver.stage, seconds) == (goal, mine.changes_s[before][goal])
