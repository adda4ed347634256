"""Junctions, what may be shown at them, who drives them, and what was reported of them."""

from .counts import OPEN_STATES, Alert, CameraCalibration, Flow
from .driving import ArmingRequest, Decision, JunctionStatus, Lease, Override, Verdict
from .gains import ProofOfGain, Replay, ShadowScore
from .happenings import EventArm, EventPlan
from .places import Junction, Rule, Street
from .plans import Approved, Layout, Plan
from .priority import BusPosition, PriorityPassage, PriorityRun
from .signals import DetectorTable, SignalDay, SignalEvent, SignalQuarter

__all__ = [
    "OPEN_STATES",
    "Alert",
    "Approved",
    "ArmingRequest",
    "BusPosition",
    "CameraCalibration",
    "Decision",
    "DetectorTable",
    "EventArm",
    "EventPlan",
    "Flow",
    "Junction",
    "JunctionStatus",
    "Layout",
    "Lease",
    "Override",
    "Plan",
    "PriorityPassage",
    "PriorityRun",
    "ProofOfGain",
    "Replay",
    "Rule",
    "ShadowScore",
    "SignalDay",
    "SignalEvent",
    "SignalQuarter",
    "Street",
    "Verdict",
]
