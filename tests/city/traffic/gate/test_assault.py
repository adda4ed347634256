"""Whatever is thrown at the gate, an independent monitor of the lamps finds nothing wrong."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.traffic_gate import assault
from langbiang.city.traffic.gate.monitor import LampMonitor
from langbiang.city.traffic.gate.rules import GateRules, Group, rules_of
from langbiang.city.traffic.limits import FIELD, FREE
from tests.city.traffic.conftest import crossroads
from tests.city.traffic.gate.test_gate import with_lagging_left


def with_pedestrians(rules: GateRules) -> GateRules:
    """Adds a crossing over the northern arm: walk with the east-west street, 12 s of clearance."""
    size = len(rules.groups)

    def wider(matrix: tuple, mine: list, corner: object) -> tuple:
        return (*((*row, mine[i]) for i, row in enumerate(matrix)), (*mine, corner))

    over = [g in (0, 1, 3, 4) for g in range(size)]
    return replace(
        rules,
        groups=(*rules.groups, Group("crossing N", 6.0, 12.0, is_pedestrian=True)),
        stages=(
            *((*stage, False) for stage in rules.stages),
            (False, False, True, False, False, False, True, True, True),
        ),
        conflicts=wider(rules.conflicts, over, False),
        clearance_s=wider(rules.clearance_s, [1.0 if o else 0.0 for o in over], 0.0),
        gives_way=wider(rules.gives_way, [False] * size, False),
    )


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32), limits=st.sampled_from([FREE, FIELD]), crossing=st.booleans())
def test_random_and_hostile_commands_never_break_a_lamp_rule(seed, limits, crossing):
    rules = rules_of(crossroads(), limits)
    result = assault(with_pedestrians(rules) if crossing else rules, 4000, seed)
    assert result["violations"] == 0, result["first"]
    assert result["changes"] > 5


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_command_brings_the_recall_into_a_yellow_trap(seed):
    result = assault(with_lagging_left(crossroads()), 4000, seed)
    assert result["violations"] == 0, result["first"]
    assert result["changes"] > 5


def test_the_monitor_is_not_blind():
    rules = rules_of(crossroads(), FIELD)
    start = [2 if on else 0 for on in rules.stages[0]]
    other = [2 if on else 0 for on in rules.stages[1]]
    found = LampMonitor(rules, start, 0.0).look(other, 3.0)
    assert any("sequence" in f for f in found)
    assert any("intergreen" in f for f in found)
    assert LampMonitor(rules, start, 0.0).look([2] * 8, 3.0)
    assert LampMonitor(rules, start, 0.0).look([1 if s else 0 for s in start], 3.0) == [
        "min green: group 0 after 3.0 s",
        "min green: group 1 after 3.0 s",
        "min green: group 4 after 3.0 s",
        "min green: group 5 after 3.0 s",
    ]
    assert any("max red" in f for f in LampMonitor(rules, start, 0.0).look(start, 121.0))


@pytest.mark.parametrize("seed", range(3))
def test_the_same_assault_gives_the_same_verdicts(seed):
    rules = rules_of(crossroads(), FIELD)
    assert assault(rules, 1500, seed) == assault(rules, 1500, seed)
