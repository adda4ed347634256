from dataclasses import replace

import pytest

from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.gate.audit_chain import AuditChain, first_broken
from langbiang.city.traffic.gate.gate import CabinetState, Command, Mode, Outcome, SafetyGate
from langbiang.city.traffic.gate.rules import Group, UnsafeConfiguration, rules_of
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


def test_a_changed_audit_entry_breaks_the_chain() -> None:
    chain = AuditChain()
    for i in range(5):
        chain.append(float(i), "X", "deny", "G3", "Minimum green runs.")
    assert first_broken(chain.entries) is None
    forged = [*chain.entries[:2], replace(chain.entries[2], text="Nothing happened."), *chain.entries[3:]]
    assert first_broken(forged) == 2
