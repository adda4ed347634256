"""What people want of a junction, until when, and what a person must know where it is not carried out (yet)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.ntcip import objects
from langbiang.city.traffic.priority.asked import Asked

from .ladder import WORDS, Level


@dataclass(frozen=True)
class Order:
    """What people want of a junction now. An override tells kind, stage, plan, reason, ordered_by and expires_at."""

    lease: ArmLease | None = None
    override: Mapping[str, Any] | None = None
    lease_id: int = 0
    controller: str = ""
    plan: str = ""
    asked: Asked = field(default_factory=Asked)

    def override_at(self, now: float) -> Mapping[str, Any] | None:
        """The order by hand that runs; it ends here at its instant, whether or not anybody can be asked."""
        return self.override if self.override and now < float(self.override["expires_at"]) else None

    def plan_at(self, now: float) -> str:
        """The plan meant now: that of an event that runs, else the one of the hour."""
        signals = self.asked.signals_at(now)
        return self.plan if signals is None else signals.plan

    def lease_at(self, now: float, *, void: int | None) -> ArmLease | None:
        """The lease that holds; `void` is one under which the lamps did not follow."""
        return self.lease if self.lease is not None and self.lease_id != void and now < self.lease.expires_at else None


def by_hand(override: Mapping[str, Any] | None, stage_names: Sequence[str], wanted: Decision) -> Decision:
    """The stage ordered by hand, else the one wanted."""
    if override and override["kind"] == "stage" and override.get("stage") in stage_names:
        stage = stage_names.index(override["stage"])
        return Decision(stage, f"Ordered by {override.get('ordered_by', '')}: {override.get('reason', '')}", True)
    return wanted


def note_of(
    *, override: Mapping[str, Any] | None, lease: ArmLease | None, is_armed: bool, is_awaited: bool, pattern: int, is_void: bool, unfit: str,
    level: Level, closed: Collection[str], planned: str = "",
) -> str:  # fmt: skip
    """Why an order or a lease is not carried out (yet), and what an event closes; a line a sentence, empty where there is nothing to say."""
    found = [f"Closed for an event: {', '.join(sorted(closed))}; nobody is waited for there."] if closed else []
    if planned:
        found.insert(0, planned)
    if is_awaited and not is_armed:
        found.insert(0, "A priority vehicle is on its way, but the lights do not wait for it: two persons have to arm the junction first.")
    if override and override["kind"] == "stage" and not is_armed:
        found.insert(0, "The order by hand waits: a stage is held only while two persons have armed the junction.")
    elif override and override["kind"] in ("plan", "flash") and not pattern and unfit:
        found.insert(0, f"The order by hand waits: {unfit}.")
    elif override and override["kind"] == "plan" and not pattern:
        found.insert(0, "The order by hand waits: the cabinet has no pattern for this plan.")
    elif pattern == objects.FLASH:
        found.insert(0, "Flashing by order.")
    elif pattern:
        found.insert(0, f"The cabinet runs its pattern {pattern}.")
    elif is_void:
        found.insert(0, "Disarmed: the lamps did not follow. Two persons have to arm it again.")
    elif lease is not None and not is_armed and unfit:
        found.insert(0, f"Not armed: {unfit}.")
    elif lease is not None and not is_armed and level > Level.PRESSURE:
        found.insert(0, f"Not driven: {WORDS[level]}, until three quiet cycles have passed.")
    return "\n".join(found)
