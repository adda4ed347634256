"""The plan of an event: the stage it wants at this second, asked of the gate like any other; nothing of it is kept beyond its end."""

from collections.abc import Sequence

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.priority.asked import EventSignals


def by_plan(signals: EventSignals | None, stage_names: Sequence[str], wanted: Decision, now: float) -> Decision:
    """The stage of the plan that runs, else the one wanted; so too where the layout in use has not every stage of the plan."""
    if signals is None or not {stage for stage, _end in signals.marks} <= set(stage_names):
        return wanted
    stage = signals.stage_at(now)
    return Decision(stage_names.index(stage), f"Plan {signals.plan} of the event {signals.event}: stage {stage}.", True)


def waits(signals: EventSignals | None, *, is_armed: bool, pattern: int) -> str:
    """Why the plan of an event that runs is not carried out; empty where it is."""
    if signals is None or is_armed or pattern:
        return ""
    return f"The plan {signals.plan} of the event {signals.event} waits: two persons have to arm the junction, or the cabinet needs a pattern for it."
