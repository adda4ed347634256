"""The account of the measurement: a double and a miss beside it must not cancel."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from bench.junction_twin import World
from bench.vehicle_account import Account
from langbiang.city.traffic.vision.scene import Lane, Scene
from langbiang.city.traffic.vision.synthetic.flow import Body

SCENE = Scene((Lane("A", np.array([[0.0, 40.0], [0.0, 0.0]])), Lane("B", np.array([[3.2, 40.0], [3.2, 0.0]]))))


def body(name: str, x: float, y: float = -1.0) -> Body:
    return Body(name, (x, y), -np.pi / 2, (4.6, 1.8, 1.5), (0, 0, 0))


def counting(*rows: tuple[int, int, float, float]) -> Any:
    """A counter in whose last frame these tracks (number, lane, x, y) counted."""
    passing = [SimpleNamespace(id=n, lane=lane, place=np.array([x, y]), exit="") for n, lane, x, y in rows]
    return SimpleNamespace(scene=SCENE, passing=passing, leaving=[])


def world(bodies: list[Body], *passed: tuple[str, str]) -> World:
    return World(bodies, set(), list(passed), {})


def test_a_vehicle_that_counts_twice_beside_one_that_is_missed_is_a_double_and_a_miss() -> None:
    account = Account(("A", "B"), 0, 100)
    both = [body("a", 0.0), body("b", 3.2)]
    account.take(1.0, world(both, ("a", "A"), ("b", "B")), counting((1, 0, 0.1, -1.2)))
    account.take(1.1, world(both), counting((2, 0, 0.4, -1.0)))
    told = account.told()
    assert (told["missed"], told["twice"], told["counted"]) == (1, 1, 2)
    assert told["by_lane"] == {"A": 1, "B": -1}


def test_vehicles_side_by_side_and_one_behind_the_other_count_for_themselves() -> None:
    account = Account(("A", "B"), 0, 100)
    all_four = [body("a", 0.0), body("b", 3.2), body("c", 0.0, 5.5), body("d", 3.2, 5.5)]
    rows = ((1, 0, 0.5, 0.5), (2, 1, 2.8, -2.4), (3, 0, 0.3, 4.0), (4, 1, 3.6, 7.0))
    account.take(1.0, world(all_four, ("a", "A"), ("b", "B"), ("c", "A"), ("d", "B")), counting(*rows))
    told = account.told()
    assert (told["missed"], told["twice"], told["nothing"], told["wrong_lane"]) == (0, 0, 0, 0)
    assert account.told()["counted"] == 4


def test_who_passes_while_the_road_is_not_known_is_told_apart() -> None:
    account = Account(("A", "B"), 0, 100)
    account.take(1.0, world([body("a", 0.0), body("b", 3.2)], ("a", "A"), ("b", "B")), counting((2, 1, 3.2, -1.0)), unready=["A"])
    told = account.told()
    assert (told["unready"], told["passed"], told["counted"], told["missed"]) == (1, 1, 1, 0)
