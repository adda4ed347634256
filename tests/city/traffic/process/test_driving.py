"""What one junction does with its cabinet: under a lease, under an order by hand, and when the cabinet does not play along."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pysnmp.hlapi.v3arch.asyncio import UsmUserData

from langbiang.city.traffic.ntcip.adapter import NoValue, Unreachable
from langbiang.city.traffic.priority.asked import Asked, EventSignals
from langbiang.city.traffic.process.cabinets import cabinets_of
from langbiang.city.traffic.process.counting import History
from langbiang.city.traffic.process.ladder import Level
from simulators.cabinet.agent import BY_HAND, DELAY, FLASHING, NO_BACKUP, REFUSE, SHORT, SILENT, WRONG
from simulators.cabinet.controller import FORCE_OFF, HOLD
from tests.city.traffic.process.virtual import Crossing


def crossing(story: Callable[[Crossing], Awaitable[None]], **given: Any) -> Crossing:
    """Play a story at a crossing; whatever happens in it, no lamp may ever show what the layout forbids."""

    async def play() -> Crossing:
        here = Crossing(**given)
        try:
            await story(here)
        finally:
            await here.close()
        return here

    here = asyncio.run(play())
    assert here.broken == []
    return here


async def armed(here: Crossing) -> None:
    here.arm()
    assert await here.run(120, until=lambda: here.loop.gate.is_armed)


def test_under_a_lease_the_stage_where_most_wait_is_held_and_the_cabinet_follows() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        assert here.queues is not None
        for stage in (1, 0, 1):
            wanted = {lane for g, on in enumerate(here.rules.stages[stage]) if on for lane in here.loop.served[g]}
            here.queues = {lane: 15.0 if lane in wanted else 0.0 for lane in here.queues}
            assert await here.run(60, until=lambda s=stage: here.cabinet.stage == s and bool(here.cabinet.control.bits.get(HOLD)))  # type: ignore[misc]  # a value bound early
        assert here.heard.last()["mode"] == "armed"
        here.disarm()
        assert await here.run(2, until=lambda: here.is_free)
        assert await here.run(3, until=lambda: here.heard.last()["mode"] == "local")

    assert crossing(story).heard.kinds() == []


def test_without_a_lease_nothing_is_ever_set() -> None:
    async def story(here: Crossing) -> None:
        await here.run(60)
        assert here.is_free
        assert here.heard.last()["mode"] == "local"
        assert here.heard.last()["reason"]

    assert not any(entry.get("hold") for entry in crossing(story).log)


def test_an_order_holds_its_stage_and_ends_at_its_instant_although_nobody_can_be_asked() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        assert here.queues is not None
        wanted = {lane for g, on in enumerate(here.rules.stages[0]) if on for lane in here.loop.served[g]}
        here.queues = {lane: 15.0 if lane in wanted else 0.0 for lane in here.queues}
        here.override = {"kind": "stage", "stage": "2", "reason": "parade", "ordered_by": "Lan", "expires_at": here.now + 60}
        assert await here.run(40, until=lambda: here.cabinet.stage == 1)
        assert await here.run(3, until=lambda: "parade" in here.heard.last()["reason"])
        await here.run(15)
        assert here.cabinet.stage == 1
        # The order stays in the hands of the process, as when the database has gone: its end comes all the same.
        assert await here.run(60, until=lambda: here.cabinet.stage == 0)
        assert "parade" not in here.heard.last()["reason"]

    crossing(story)


def test_a_stage_ordered_at_a_junction_nobody_armed_is_not_held_and_the_page_says_why() -> None:
    async def story(here: Crossing) -> None:
        here.override = {"kind": "stage", "stage": "2", "reason": "parade", "ordered_by": "Lan", "expires_at": here.now + 60}
        await here.run(5)
        assert here.is_free
        assert "only while two persons have armed" in here.heard.last()["reason"]

    crossing(story)


@pytest.mark.parametrize("is_armed", [True, False])
def test_a_plan_ordered_by_hand_runs_as_a_pattern_of_the_cabinet_until_its_end(is_armed: bool) -> None:
    async def story(here: Crossing) -> None:
        if is_armed:
            await armed(here)
        here.override = {"kind": "plan", "plan": "Ban ngày", "reason": "fair", "ordered_by": "Lan", "expires_at": here.now + 40}
        assert await here.run(3, until=lambda: here.cabinet.control.pattern == 2)
        await here.run(30)
        assert here.cabinet.control.pattern == 2  # the heartbeat went on: the backup time is over long since
        assert not here.cabinet.control.bits.get(HOLD)
        assert "pattern 2" in here.heard.last()["reason"]
        assert await here.run(15, until=lambda: here.cabinet.control.pattern == 0)
        assert await here.run(60, until=lambda: here.loop.gate.is_armed) is is_armed

    crossing(story)


def test_a_plan_the_cabinet_does_not_hold_is_not_run_and_the_page_says_why() -> None:
    async def story(here: Crossing) -> None:
        here.override = {"kind": "plan", "plan": "Hội hoa", "reason": "fair", "ordered_by": "Lan", "expires_at": here.now + 40}
        await here.run(5)
        assert here.is_free
        assert "no pattern for this plan" in here.heard.last()["reason"]

    crossing(story)


def test_flashing_by_order_begins_and_ends_without_a_false_alarm() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.override = {"kind": "flash", "reason": "works", "ordered_by": "Lan", "expires_at": here.now + 30}
        assert await here.run(3, until=lambda: here.cabinet.is_flashing)
        assert await here.run(3, until=lambda: here.heard.last()["mode"] == "flash")
        assert await here.run(40, until=lambda: not here.cabinet.is_flashing)
        assert await here.run(120, until=lambda: here.loop.gate.is_armed)

    assert crossing(story).heard.kinds() == []


@pytest.mark.parametrize(("fault", "told"), [(NO_BACKUP, "unitBackupTime is 0"), (SHORT, "below")])
def test_a_cabinet_that_is_not_fit_is_watched_and_never_armed(fault: int, told: str) -> None:
    async def story(here: Crossing) -> None:
        here.agent.faults[fault] = 1
        here.arm()
        await here.run(60)
        assert not here.loop.gate.is_armed
        assert here.is_free
        assert told in here.heard.last()["reason"]
        here.agent.faults[fault] = 0
        assert await here.run(90, until=lambda: here.loop.gate.is_armed)

    assert crossing(story).heard.kinds() == ["unfit"]


def test_times_shortened_while_nobody_drove_are_noticed_when_it_is_armed() -> None:
    async def story(here: Crossing) -> None:
        await here.run(5)
        here.agent.faults[SHORT] = 1
        here.arm()
        await here.run(30)
        assert not here.loop.gate.is_armed

    assert crossing(story).heard.kinds() == ["unfit"]


def test_lamps_that_do_not_follow_are_ordered_once_more_then_disarmed_until_two_persons_arm_anew() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        sent: list[int] = []
        hold = here.loop.cabinet.hold

        async def counted(stage: int) -> None:
            sent.append(stage)
            await hold(stage)

        here.loop.cabinet.hold = counted  # type: ignore[method-assign]  # a stand-in for a method
        here.agent.faults[WRONG] = 1
        assert await here.run(6, until=lambda: not here.loop.gate.is_armed)
        assert len(sent) >= 1
        assert here.is_free
        here.agent.faults[WRONG] = 0
        await here.run(60)
        assert not here.loop.gate.is_armed
        assert "did not follow" in here.heard.last()["reason"]
        here.arm()
        assert await here.run(60, until=lambda: here.loop.gate.is_armed)

    assert crossing(story).heard.kinds() == ["lamps"]


def test_a_silent_cabinet_goes_back_to_its_plan_by_itself_and_is_driven_again_after_three_quiet_cycles() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.agent.faults[SILENT] = 1
        assert await here.run(10, until=lambda: not here.loop.gate.is_armed)
        await here.run(16)
        assert here.is_free
        here.agent.faults[SILENT] = 0
        assert await here.run(30, until=lambda: here.loop.reachable)
        began = here.loop.cycles
        assert await here.run(600, until=lambda: here.loop.gate.is_armed)
        assert here.loop.cycles - began >= 3

    assert crossing(story).heard.kinds()[:2] == ["cabinet", "ladder"]


def test_a_cabinet_that_refuses_is_given_back_and_told_of() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.agent.faults[REFUSE] = 1
        assert await here.run(10, until=lambda: not here.loop.gate.is_armed)
        await here.run(16)
        assert here.is_free  # nothing could be taken back: its own timer did it
        assert here.heard.last()["mode"] == "local"

    assert "refused" in crossing(story).heard.kinds()


def test_answers_that_come_late_do_not_break_anything() -> None:
    async def story(here: Crossing) -> None:
        here.agent.faults[DELAY] = 100
        await armed(here)
        await here.run(8)
        assert here.loop.gate.is_armed

    assert crossing(story).heard.kinds() == []


@pytest.mark.parametrize("fault", [FLASHING, BY_HAND])
def test_a_cabinet_taken_over_in_the_street_is_left_alone(fault: int) -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.agent.faults[fault] = 1
        here.cabinet.is_manual, here.cabinet.flash = fault == BY_HAND, "broken" if fault == FLASHING else ""
        assert await here.run(3, until=lambda: here.is_free)
        assert not here.loop.gate.is_armed
        assert await here.run(3, until=lambda: here.heard.last()["mode"] in ("manual", "fault"))
        await here.run(20)
        assert here.is_free

    assert crossing(story).heard.kinds() == ["fault"]


def test_a_preempt_is_not_disturbed_and_the_junction_is_driven_again_when_it_is_over() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.cabinet.control.preempts.add(2)
        assert await here.run(5, until=lambda: not here.loop.gate.is_armed)
        assert not here.cabinet.control.bits.get(HOLD)
        assert await here.run(40, until=lambda: here.cabinet.stage == 1)
        here.cabinet.control.preempts.clear()
        assert await here.run(120, until=lambda: here.loop.gate.is_armed)

    assert crossing(story).heard.kinds() == ["fault"]


def test_what_an_earlier_process_left_set_is_taken_away_at_the_start() -> None:
    async def story(here: Crossing) -> None:
        here.cabinet.set_bits(HOLD, 1, 255, here.now)
        here.cabinet.set_bits(FORCE_OFF, 1, 1, here.now)
        here.cabinet.control.pattern = 3
        here.cabinet.control.preempts.add(1)
        await here.run(1.5)
        assert here.is_free

    crossing(story)


def test_leaving_in_order_gives_the_junction_back_at_once() -> None:
    here = crossing(armed)
    assert here.is_free


def test_a_v3_user_with_keys_is_spoken_to_and_a_wrong_key_is_not() -> None:
    def setting(key: str) -> dict[str, Any]:
        row = f'{{"x": {{"address": "127.0.0.1:161", "user": "area", "auth_key": "{key}", "privacy": "aes128", "privacy_key": "second-secret"}}}}'
        user = cabinets_of(row)["x"].user
        assert isinstance(user, UsmUserData)
        return {"community": "", "user": user}

    async def story(here: Crossing) -> None:
        await armed(here)

    crossing(story, setting=setting("first-secret"), user=("area", "first-secret", "second-secret"))

    async def refused(here: Crossing) -> None:
        await here.run(3)
        assert not here.loop.reachable

    here = crossing(refused, setting=setting("wrong-secret"), user=("area", "first-secret", "second-secret"))
    assert "cabinet" in here.heard.kinds()


def test_lanes_nobody_sees_come_from_their_history_else_somebody_always_waits_there() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.cameras = {"CAM-N": "fog"}
        await here.run(3)
        assert here.loop.wants.ladder.level is Level.PRESSURE
        assert here.loop.gate.is_armed

    crossing(story)
    history = History()

    async def with_history(here: Crossing) -> None:
        for lane in here.loop.eyes.lanes:
            history.learn(lane, here.now, 30)
            history.learn(lane, here.now + 300, 30)
        await armed(here)
        here.cameras = {"CAM-N": "fog"}
        await here.run(10)
        assert here.loop.wants.ladder.level is Level.SUBSTITUTED
        assert here.heard.last()["queues"].keys() == set(here.loop.eyes.lanes)

    crossing(with_history, history=history)


def test_with_most_lanes_unseen_the_cabinet_runs_its_pattern_and_is_driven_again_after_three_quiet_cycles() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.cameras = dict.fromkeys(("CAM-N", "CAM-E", "CAM-S"), "blind")
        assert await here.run(5, until=lambda: here.cabinet.control.pattern == 2)
        assert not here.loop.gate.is_armed
        here.cameras = {}
        began = here.loop.cycles
        assert await here.run(400, until=lambda: here.loop.gate.is_armed)
        assert here.loop.cycles - began >= 3
        assert here.cabinet.control.pattern == 0

    crossing(story)


def test_with_no_counts_at_all_the_cabinet_runs_its_pattern() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.queues = None
        assert await here.run(10, until=lambda: here.cabinet.control.pattern == 2)
        assert here.heard.last()["queues"] == {}

    assert "ladder" in crossing(story).heard.kinds()


def loses_the_release(here: Crossing, times: int) -> list[int]:
    """From now on, so often, what gives the cabinet back does not arrive; counts what was lost."""
    release, lost = here.loop.cabinet.release, [0]

    async def losing() -> None:
        if lost[0] < times:
            lost[0] += 1
            raise Unreachable("lost on the way")
        await release()

    here.loop.cabinet.release = losing  # type: ignore[method-assign]  # a line that loses
    return lost


def test_a_hold_whose_release_was_lost_does_not_live_on_by_the_heartbeat_of_a_pattern() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        assert here.cabinet.control.bits.get(HOLD)
        lost = loses_the_release(here, 10**6)
        here.override = {"kind": "plan", "plan": "Ban ngày", "reason": "fair", "ordered_by": "Lan", "expires_at": here.now + 40}
        assert await here.run(3, until=lambda: here.cabinet.control.pattern == 2)
        assert lost[0]
        assert not any(here.cabinet.control.bits.values())

    crossing(story)


def test_a_release_that_was_lost_is_sent_again_until_the_cabinet_has_confirmed_it() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        loses_the_release(here, 3)
        here.disarm()
        assert await here.run(8, until=lambda: here.is_free)  # its own timer would have taken 15 s
        assert not here.loop._is_set

    crossing(story)


def test_a_pattern_left_over_keeps_a_junction_from_being_armed_until_it_is_gone() -> None:
    async def story(here: Crossing) -> None:
        here.override = {"kind": "plan", "plan": "Ban ngày", "reason": "fair", "ordered_by": "Lan", "expires_at": here.now + 10}
        await here.run(8)
        assert here.cabinet.control.pattern == 2
        loses_the_release(here, 10**6)
        here.arm()
        await here.run(8)
        assert not here.loop.gate.is_armed
        assert not here.cabinet.control.bits.get(HOLD)
        assert await here.run(20, until=lambda: here.is_free)  # nothing kept it alive

    crossing(story)


@pytest.mark.parametrize("backup", [0.0, 900.0])
def test_the_backup_time_is_set_before_it_is_looked_at(backup: float) -> None:
    async def story(here: Crossing) -> None:
        here.cabinet.backup_s = backup
        await armed(here)
        assert here.cabinet.backup_s == 15.0

    assert crossing(story).heard.kinds() == []


@pytest.mark.parametrize("backup", [0.0, 900.0])
def test_a_backup_time_changed_at_the_cabinet_ends_the_driving_until_it_is_right_again(backup: float) -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.cabinet.backup_s = backup
        assert await here.run(32, until=lambda: here.is_free)
        assert not here.loop.gate.is_armed
        assert await here.run(3, until=lambda: "unitBackupTime" in here.heard.last()["reason"])
        assert await here.run(120, until=lambda: here.loop.gate.is_armed)
        assert here.cabinet.backup_s == 15.0

    assert crossing(story).heard.kinds() == ["unfit"]


@pytest.mark.parametrize("order", [{"kind": "flash"}, {"kind": "plan", "plan": "Ban ngày"}])
def test_a_cabinet_that_would_not_come_back_by_itself_is_sent_no_pattern_and_the_page_says_why(order: dict[str, str]) -> None:
    async def story(here: Crossing) -> None:
        here.agent.faults[NO_BACKUP] = 1
        here.override = {**order, "reason": "works", "ordered_by": "Lan", "expires_at": here.now + 600}
        await here.run(20)
        assert here.is_free
        assert "waits: unitBackupTime is 0" in here.heard.last()["reason"]

    crossing(story)


def test_a_cabinet_with_a_red_clearance_below_the_matrix_is_not_driven() -> None:
    async def story(here: Crossing) -> None:
        pair = max(here.cabinet.clearance, key=lambda pair: here.cabinet.clearance[pair])
        ending = pair[0]
        here.cabinet.clearance = {(a, b): 0.0 if a == ending else wait for (a, b), wait in here.cabinet.clearance.items()}
        here.arm()
        await here.run(60)
        assert not here.loop.gate.is_armed
        assert f"phase {ending} " in here.heard.last()["reason"]
        assert "red clearance of 0 s" in here.heard.last()["reason"]
        assert all(one.startswith(f"intergreen: {ending - 1} to ") for one in here.broken)
        here.broken.clear()  # by its own plan, which is why it is not fit

    assert crossing(story).heard.kinds() == ["unfit"]


def test_a_cabinet_without_preempts_is_driven_like_any_other() -> None:
    async def story(here: Crossing) -> None:
        here.agent.preempts = 0
        await armed(here)
        with pytest.raises(NoValue):
            await here.loop.cabinet._get([(1, 3, 6, 1, 4, 1, 1206, 4, 2, 1, 6, 1, 0)])

    assert crossing(story).heard.kinds() == []


@pytest.mark.parametrize("step", [-300.0, 300.0])
def test_a_clock_that_is_set_gives_the_junction_back_at_once_and_it_is_driven_again(step: float) -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        await here.run(5)
        here.ahead += step
        assert await here.run(2, until=lambda: here.is_free)
        assert not here.loop.gate.is_armed
        assert await here.run(60, until=lambda: here.loop.gate.is_armed)
        assert here.queues is not None
        for stage in (1, 0):  # decided and driven as before
            wanted = {lane for g, on in enumerate(here.rules.stages[stage]) if on for lane in here.loop.served[g]}
            here.queues = {lane: 15.0 if lane in wanted else 0.0 for lane in here.queues}
            assert await here.run(60, until=lambda s=stage: here.cabinet.stage == s)  # type: ignore[misc]  # a value bound early

    assert crossing(story).heard.kinds() == ["clock"]


@pytest.mark.parametrize("step", [-200.0, -2.0])
def test_a_lease_ends_when_its_time_is_over_although_the_clock_was_set_back_and_nobody_can_be_asked(step: float) -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.is_asked_for = False
        begun = here.now
        await here.run(20)
        here.ahead += step
        await here.run(begun + 301 - here.now)
        assert not here.loop.gate.is_armed
        for _ in range(30):
            await here.run(10)
            assert not here.loop.gate.is_armed
        assert here.is_free

    crossing(story)


def test_nothing_is_driven_before_anything_was_seen_and_the_ladder_says_so() -> None:
    async def story(here: Crossing) -> None:
        here.queues = None
        here.arm()
        await here.run(4)
        assert here.is_free
        assert await here.run(6, until=lambda: here.cabinet.control.pattern == 2)
        assert not here.loop.gate.is_armed

    here = crossing(story)
    assert here.heard.kinds() == ["ladder"]
    assert not any(entry.get("hold") for entry in here.log)


def test_the_first_sight_since_the_start_holds_at_once_and_what_is_lost_afterwards_is_won_back_slowly() -> None:
    async def story(here: Crossing) -> None:
        queues, here.queues = here.queues, None
        here.arm()
        assert await here.run(10, until=lambda: here.loop.wants.ladder.level is Level.PATTERN)
        here.queues = queues
        assert await here.run(3, until=lambda: here.loop.wants.ladder.level is Level.ADAPTIVE)
        here.queues = None
        assert await here.run(10, until=lambda: here.loop.wants.ladder.level is Level.PATTERN)
        here.queues = queues
        await here.run(20)
        assert here.loop.wants.ladder.level is Level.PATTERN

    crossing(story)


def test_lamps_that_do_not_follow_end_the_lease_for_good() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.agent.faults[WRONG] = 1
        assert await here.run(6, until=lambda: not here.loop.gate.is_armed)
        assert here.heard.last("void")["lease_id"] == here.leases
        here.agent.faults[WRONG] = 0
        here.disarm()  # the platform has ended the lease
        here.leases = 0
        await here.run(3)
        assert "did not follow" in here.heard.last()["reason"]

    crossing(story)


def festival(here: Crossing, *, lasts_s: float = 300.0, plan: str = "Lễ hội") -> EventSignals:
    """A plan of two stages for an event that begins in half a minute."""
    return EventSignals("Festival Hoa", plan, 60.0, 0.0, (("1", 20.0), ("2", 50.0)), here.now + 30, here.now + 30 + lasts_s)


def test_the_plan_of_an_event_is_driven_through_the_gate_and_taken_back_at_its_end() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        assert here.queues is not None
        only = {lane for g, on in enumerate(here.rules.stages[0]) if on for lane in here.loop.served[g]}
        here.queues = {lane: 15.0 if lane in only else 0.0 for lane in here.queues}
        signals = festival(here)
        here.asked = Asked(signals=(signals,))
        await here.run(35)
        for _cycle in range(2):
            assert await here.run(75, until=lambda: here.cabinet.stage == 1)  # nobody waits there: it is the plan that wants it
            assert here.loop.gate.is_armed
            assert await here.run(15, until=lambda: "Plan Lễ hội of the event Festival Hoa: stage 2." in here.heard.last()["reason"])
            assert await here.run(75, until=lambda: here.cabinet.stage == 0)
        assert await here.run(signals.ends_at - here.now + 60, until=lambda: here.now >= signals.ends_at and here.cabinet.stage == 0)
        assert await here.run(15, until=lambda: "Festival" not in here.heard.last()["reason"])
        before = here.now
        await here.run(70)
        assert here.now > before
        assert "Festival" not in here.heard.last()["reason"]

    crossing(story)


def test_where_nobody_armed_the_cabinet_runs_its_pattern_of_the_plan_and_gives_it_back() -> None:
    async def story(here: Crossing) -> None:
        signals = festival(here, lasts_s=60.0, plan="Ban ngày")
        here.asked = Asked(signals=(signals,))
        await here.run(20)
        assert here.is_free
        assert await here.run(30, until=lambda: here.cabinet.control.pattern == 2)
        assert await here.run(90, until=lambda: here.now >= signals.ends_at and here.is_free)

    crossing(story)


def test_without_a_lease_or_a_pattern_the_plan_of_an_event_waits_and_says_so() -> None:
    async def story(here: Crossing) -> None:
        here.asked = Asked(signals=(festival(here),))
        await here.run(40)
        assert here.is_free
        assert "waits: two persons have to arm the junction" in here.heard.last()["reason"]

    crossing(story)


def test_an_order_by_hand_goes_before_the_plan_of_an_event() -> None:
    async def story(here: Crossing) -> None:
        await armed(here)
        here.asked = Asked(signals=(festival(here),))
        here.override = {"kind": "stage", "stage": "2", "reason": "parade", "ordered_by": "Lan", "expires_at": here.now + 200}
        assert await here.run(90, until=lambda: here.cabinet.stage == 1)
        await here.run(65)  # a whole cycle of the plan, which wants the other stage for half of it
        assert here.cabinet.stage == 1

    crossing(story)
