"""A stage as bits of the phase control group: hold what runs, or end it and let nothing but the target follow. No network."""

from collections.abc import Mapping
from dataclasses import dataclass

from langbiang.city.traffic.gate.rules import GateRules

from . import objects


@dataclass(frozen=True)
class Bits:
    """Phases (counted from 1) by object of the phase control group."""

    by_object: Mapping[int, frozenset[int]]

    def of(self, name: int) -> frozenset[int]:
        """The phases of one object."""
        return self.by_object.get(name, frozenset())


NOTHING = Bits({})


def phase_of(group: int) -> int:
    """The phase of a signal group: in their order."""
    return group + 1


def phases_of_stage(rules: GateRules, stage: int) -> frozenset[int]:
    """The phases a stage shows green."""
    return frozenset(phase_of(g) for g, is_green in enumerate(rules.stages[stage]) if is_green)


def hold(rules: GateRules, stage: int) -> Bits:
    """Keep a stage green."""
    return Bits({objects.HOLD: phases_of_stage(rules, stage)})


def change(rules: GateRules, running: int, target: int) -> Bits:
    """End a stage and go to another: call the target, omit everything else, force the losing phases off.

    The cabinet itself times minimum green, yellow, red clearance and pedestrian clearance.
    """
    here, there = phases_of_stage(rules, running), phases_of_stage(rules, target)
    every = frozenset(phase_of(g) for g in range(len(rules.groups)))
    pedestrian = frozenset(phase_of(g) for g, group in enumerate(rules.groups) if group.is_pedestrian)
    return Bits(
        {
            objects.VEHICLE_CALL: there - pedestrian,
            objects.PED_CALL: there & pedestrian,
            objects.OMIT: every - here - there,
            objects.FORCE_OFF: here - there,
        }
    )
