"""What can happen at the operations centre."""

from langbiang.foundation.events import Event, event


@event("centre.alert_raised")
class AlertRaised(Event):
    """A figure went beyond its level."""

    alert_id: int
    rule: str
    severity: str


@event("centre.alert_cleared")
class AlertCleared(Event):
    """The figure is back."""

    alert_id: int


@event("centre.alert_moved")
class AlertMoved(Event):
    """An alert was acknowledged, assigned, escalated or closed."""

    alert_id: int
    state: str


@event("centre.brief_ready")
class BriefReady(Event):
    """The morning brief of a day is written."""

    brief_id: int
    day: str


@event("centre.layout_changed")
class LayoutChanged(Event):
    """A wall shows another version from now on."""

    layout: str
    revision: int
