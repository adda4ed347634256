"""What can happen at the junctions."""

from langbiang.foundation.events import Event, event


@event("traffic.layout_approved")
class LayoutApproved(Event):
    """Another layout is in force; leases for the one before have ended."""

    junction: str
    number: int


@event("traffic.layout_withdrawn")
class LayoutWithdrawn(Event):
    """A draft of a layout was taken back."""

    junction: str
    number: int


@event("traffic.plan_changed")
class PlanChanged(Event):
    """A plan was drafted, approved, withdrawn, or put into the past by another layout."""

    junction: str
    plan_id: int
    state: str


@event("traffic.arming_changed")
class ArmingChanged(Event):
    """Somebody asked for arming, confirmed it, withdrew it or disarmed a junction, or the lamps did not follow."""

    junctions: list[str]
    what: str


@event("traffic.override_changed")
class OverrideChanged(Event):
    """A person's order began or was cancelled."""

    junction: str
    what: str


@event("traffic.alert_changed")
class AlertChanged(Event):
    """An alert was raised, acknowledged or closed."""

    junction: str
    alert_id: int
    state: str


@event("traffic.event_changed")
class EventPlanChanged(Event):
    """A festival or closing was planned, rehearsed, approved, or is over."""

    event_id: int
    state: str


@event("traffic.priority_changed")
class PriorityChanged(Event):
    """An emergency vehicle was announced, given green, passed a junction, was called off or expired."""

    run_id: int
    vehicle: str
    junctions: list[str]
    what: str
