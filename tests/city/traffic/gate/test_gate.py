from dataclasses import replace

import pytest

from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.gate.gate import CabinetState, Command, Mode, Outcome, SafetyGate
from langbiang.city.traffic.gate.monitor import LampMonitor
from langbiang.city.traffic.gate.rules import GateRules, Group, UnsafeConfiguration, rules_of
from langbiang.city.traffic.limits import FIELD
from langbiang.city.traffic.network import Junction


def lease(gate: SafetyGate, start: float = 0.0, end: float = 300.0, **changes: str) -> ArmLease:
    made = ArmLease(gate.rules.junction, gate.fingerprint, "An", "Bình", start, end)
    return replace(made, **changes)


def command(gate: SafetyGate, wanted: int, now: float, **changes: object) -> Command:
    return replace(Command("X", wanted, gate.fingerprint, now, now, now), **changes)


@pytest.fixture
def gate(junction: Junction) -> SafetyGate:
    made = SafetyGate(rules_of(junction, FIELD), 0.0)
    made.arm(lease(made), 0.0)
    return made


def test_an_unarmed_junction_takes_no_command(junction: Junction) -> None:
    gate = SafetyGate(rules_of(junction, FIELD), 0.0)
    assert gate.submit(command(gate, 1, 20.0), 20.0).rule == "G12"


def test_arming_needs_two_different_persons(junction: Junction) -> None:
    gate = SafetyGate(rules_of(junction, FIELD), 0.0)
    assert gate.arm(lease(gate, confirmed_by="An"), 0.0).outcome is Outcome.DENY
    assert gate.mode is Mode.LOCAL


def test_a_lease_for_another_configuration_does_not_arm(junction: Junction) -> None:
    gate = SafetyGate(rules_of(junction, FIELD), 0.0)
    assert gate.arm(lease(gate, fingerprint="0" * 64), 0.0).outcome is Outcome.DENY


def test_a_lease_longer_than_allowed_does_not_arm(junction: Junction) -> None:
    gate = SafetyGate(rules_of(junction, FIELD), 0.0)
    assert "longer" in gate.arm(lease(gate, end=3000.0), 0.0).text


def test_an_expired_lease_disarms_by_itself(gate: SafetyGate) -> None:
    for second in range(300):
        gate.submit(command(gate, gate.sequence.stage, float(second)), float(second))
    assert gate.mode is Mode.ARMED
    gate.advance(300.0)
    assert gate.mode is Mode.LOCAL


def test_a_silent_controller_disarms(gate: SafetyGate) -> None:
    gate.advance(6.0)
    assert gate.mode is Mode.LOCAL


def test_minimum_green_is_never_cut(gate: SafetyGate) -> None:
    for second in range(10):
        assert gate.submit(command(gate, 1, float(second)), float(second)).rule == "G3"
    assert gate.submit(command(gate, 1, 10.0), 10.0).outcome is Outcome.ALLOW


def test_yellow_and_all_red_come_before_the_other_green(gate: SafetyGate) -> None:
    for second in range(10):
        gate.submit(command(gate, 0, float(second)), float(second))
    gate.submit(command(gate, 1, 10.0), 10.0)
    shown = {}
    for second in range(11, 17):
        gate.advance(float(second))
        shown[second] = gate.lamps
    assert set(shown[12]) == {0, 1}
    assert set(shown[14]) == {0}
    assert shown[15][2] == 2


def test_a_running_change_is_not_interrupted(gate: SafetyGate) -> None:
    for second in range(10):
        gate.submit(command(gate, 0, float(second)), float(second))
    gate.submit(command(gate, 1, 10.0), 10.0)
    assert gate.submit(command(gate, 0, 11.0), 11.0).rule == "G6"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"stage": 7}, "G1"),
        ({"stage": -1}, "G1"),
        ({"stage": 1.0}, "G1"),
        ({"stage": True}, "G1"),
        ({"junction": "Y"}, "G1"),
        ({"fingerprint": "x"}, "G1"),
        ({"decided_at": 5.0}, "G10"),
        ({"perceived_at": 5.0}, "G10"),
        ({"heartbeat_at": 0.0}, "G10"),
        ({"decided_at": float("nan")}, "G10"),
        ({"decided_at": 99.0}, "G10"),
        ({"blind_share": 0.6}, "G11"),
        ({"blind_share": float("nan")}, "G11"),
    ],
)
def test_a_hostile_command_is_denied_with_its_rule(
    gate: SafetyGate, changes: dict[str, object], rule: str
) -> None:
    for second in range(12):
        gate.submit(command(gate, 0, float(second)), float(second))
    assert gate.submit(command(gate, 1, 12.0, **changes), 12.0).rule == rule


def test_more_than_half_blind_gives_the_junction_back(gate: SafetyGate) -> None:
    gate.submit(command(gate, 0, 1.0, blind_share=0.7), 1.0)
    assert gate.mode is Mode.LOCAL


def test_no_group_outlasts_the_maximum_red_even_if_the_controller_never_asks(gate: SafetyGate) -> None:
    reds = [0] * 8
    for second in range(290):
        now = float(second)
        gate.submit(command(gate, gate.sequence.stage, now), now)
        reds = [0 if lamp == 2 else red + 1 for lamp, red in zip(gate.lamps, reds, strict=True)]
        assert max(reds) <= 120


def test_too_many_changes_in_a_minute_are_refused(junction: Junction) -> None:
    gate = SafetyGate(replace(rules_of(junction, FIELD), max_changes_per_minute=2), 0.0)
    gate.arm(lease(gate), 0.0)
    rules = []
    for second in range(60):
        now = float(second)
        rules.append(gate.submit(command(gate, 1 - gate.sequence.stage, now), now).rule)
    assert "G8" in rules


def test_a_preempted_cabinet_is_left_alone(gate: SafetyGate) -> None:
    gate.set_cabinet(CabinetState.PREEMPT, 3.0)
    assert gate.mode is Mode.LOCAL
    assert gate.submit(command(gate, 1, 20.0), 20.0).rule == "G13"


def test_lamps_that_do_not_follow_get_one_retry_then_disarm(gate: SafetyGate) -> None:
    wrong = (0,) * 8
    assert not gate.read_back(wrong, 1.0)
    assert gate.read_back(wrong, 2.0)
    assert not gate.read_back(wrong, 2.5)
    gate.read_back(wrong, 3.1)
    assert gate.mode is Mode.LOCAL
    assert gate.alarm == "the lamps do not follow"


def test_ending_a_permissive_turn_while_its_opponent_keeps_green_is_a_yellow_trap(junction: Junction) -> None:
    rules = rules_of(junction, FIELD)
    lead = (True, False, False, False, True, True, False, False)
    gate = SafetyGate(replace(rules, stages=(*rules.stages, lead)), 0.0)
    gate.arm(lease(gate), 0.0)
    for second in range(12):
        gate.submit(command(gate, 0, float(second)), float(second))
    assert gate.submit(command(gate, 2, 12.0), 12.0).rule == "G9"


def test_a_configuration_that_shows_conflicting_groups_together_is_refused(junction: Junction) -> None:
    rules = rules_of(junction, FIELD)
    with pytest.raises(UnsafeConfiguration, match="conflicting"):
        replace(rules, stages=((True,) * 8, *rules.stages))


def test_a_yellow_below_three_seconds_is_refused(junction: Junction) -> None:
    rules = rules_of(junction, FIELD)
    with pytest.raises(UnsafeConfiguration, match="yellow"):
        replace(rules, groups=(Group("0", 10.0, 2.0), *rules.groups[1:]))


def with_lagging_left(junction: Junction) -> GateRules:
    """A third stage that goes on with the southern approach and a movement of its own; from the first it is a yellow trap."""
    rules = rules_of(junction, FIELD)
    size, foes = len(rules.groups), [g not in (4, 5) for g in range(len(rules.groups))]

    def wider(matrix: tuple, mine: list, corner: object) -> tuple:
        return (*((*row, mine[i]) for i, row in enumerate(matrix)), (*mine, corner))

    return replace(
        rules,
        groups=(*rules.groups, Group("X", 10.0, 3.0)),
        stages=(*((*stage, False) for stage in rules.stages), tuple(g in (4, 5, 8) for g in range(size + 1))),
        conflicts=wider(rules.conflicts, foes, False),
        clearance_s=wider(rules.clearance_s, [2.0 if foe else 0.0 for foe in foes], 0.0),
        gives_way=wider(rules.gives_way, [False] * size, False),
    )


def test_the_recall_of_the_gate_goes_round_a_yellow_trap_and_is_in_time(junction: Junction) -> None:
    rules = with_lagging_left(junction)
    assert rules.is_yellow_trap(0, 2)
    gate = SafetyGate(rules, 0.0)
    gate.arm(lease(gate), 0.0)
    monitor, found, stages = LampMonitor(rules, gate.lamps, 0.0), [], []
    for second in range(290):
        now = float(second)
        gate.submit(command(gate, 0, now) if second % 7 else command(gate, 2, now), now)  # asks for the trap again and again
        found += monitor.look(gate.lamps, now)
        if not stages or stages[-1] != gate.sequence.stage:
            stages.append(gate.sequence.stage)
    assert found == []
    assert 2 in stages
    assert (0, 2) not in set(zip(stages, stages[1:], strict=False))


def test_the_recall_begins_earlier_by_what_the_way_round_a_yellow_trap_takes(junction: Junction) -> None:
    rules = with_lagging_left(junction)
    gate = SafetyGate(rules, 0.0)
    gate.arm(lease(gate), 0.0)
    monitor, found, stages = LampMonitor(rules, gate.lamps, 0.0), [], set()
    for second in range(130):  # the crossing street has just been served: only the third stage has waited long
        now = float(second)
        gate.submit(command(gate, 1 if 40 <= second < 60 else 0, now), now)
        found += monitor.look(gate.lamps, now)
        stages.add(gate.sequence.stage)
    assert found == []
    assert 2 in stages


def test_the_monitor_sees_a_yellow_trap(junction: Junction) -> None:
    rules = rules_of(junction, FIELD)
    start = [2 if on else 0 for on in rules.stages[0]]
    ends = [1 if g in (0, 1) else lamp for g, lamp in enumerate(start)]
    assert LampMonitor(rules, start, -60.0).look(ends, 0.0) == ["yellow trap: 1 ends while 4 keeps green"]
    assert LampMonitor(replace(rules, is_yellow_trap_accepted=True), start, -60.0).look(ends, 0.0) == []


def test_stages_between_which_every_way_is_a_yellow_trap_are_refused(junction: Junction) -> None:
    rules = with_lagging_left(junction)
    # Without the crossing street nothing lies between the first and the third stage.
    keep = (0, 1, 4, 5, 8)

    def only(matrix: tuple) -> tuple:
        return tuple(tuple(matrix[a][b] for b in keep) for a in keep)

    with pytest.raises(UnsafeConfiguration, match="G9"):
        replace(
            rules, groups=tuple(rules.groups[g] for g in keep), stages=tuple(tuple(rules.stages[s][g] for g in keep) for s in (0, 2)),
            conflicts=only(rules.conflicts), clearance_s=only(rules.clearance_s), gives_way=only(rules.gives_way),
        )  # fmt: skip


def test_a_clock_that_was_set_back_stops_neither_the_recall_nor_the_heartbeat(gate: SafetyGate) -> None:
    for second in range(12):
        gate.submit(command(gate, 0, float(second)), float(second))
    gate.clock_set(-300.0)
    gate.advance(-300.0 + 11.0 + 6.0)
    assert gate.mode is Mode.LOCAL  # no heartbeat for six seconds
    assert gate.sequence.green_missing_s(1, -300.0 + 12.0) <= 0.0  # a green is as old as it was
