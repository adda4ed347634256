"""Junctions, what may be shown at them, who drives them, and what was reported of them."""

from .counts import LONGEST_COUNT, OPEN_STATES, Alert, CameraCalibration, CountBalance, Flow, FlowDay
from .driving import ArmingRequest, Decision, JunctionStatus, Lease, Override, Verdict
from .gains import ProofOfGain, Replay, ShadowScore
from .happenings import EventArm, EventPlan, EventSignalPlan
from .places import Junction, Rule, Street
from .plans import Approved, Layout, Plan
from .priority import BusPosition, PriorityCall, PriorityPassage, PriorityRun
from .signals import DetectorTable, SignalDay, SignalEvent, SignalQuarter

__all__ = [
    "LONGEST_COUNT",
    "OPEN_STATES",
    "Alert",
    "Approved",
    "ArmingRequest",
    "BusPosition",
    "CameraCalibration",
    "CountBalance",
    "Decision",
    "DetectorTable",
    "EventArm",
    "EventPlan",
    "EventSignalPlan",
    "Flow",
    "FlowDay",
    "Junction",
    "JunctionStatus",
    "Layout",
    "Lease",
    "Override",
    "Plan",
    "PriorityCall",
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
