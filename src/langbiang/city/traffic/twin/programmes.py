"""Signal programmes for SUMO's own controllers (fixed and actuated), re-timed to the limits of the evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from langbiang.city.traffic.lamps import programme_parts, programme_under
from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.network import Junction, Network, Phase

ACTUATED_MAX_GREEN_S = 60
PROGRAMME_ID = "evaluated"


@dataclass(frozen=True, slots=True)
class Plan:
    """A fixed plan of one junction: offset and phases with yellow and all-red included."""

    offset_s: float
    phases: tuple[Phase, ...]

    @property
    def cycle_s(self) -> float:
        return sum(p.duration_s for p in self.phases)


def shipped_plans(network: Network, limits: Limits) -> dict[str, Plan]:
    """The programme in the net file under the limits: what is called ``fixed``."""
    return {j.id: Plan(j.offset_s, tuple(programme_under(j, limits))) for j in network.junctions.values()}


def write_fixed(path: Path, plans: Mapping[str, Plan]) -> None:
    """Write static programmes as a SUMO additional file."""
    logics = [logic_xml(name, "static", plan.offset_s, [phase_xml(p) for p in plan.phases]) for name, plan in plans.items()]
    path.write_text("<additional>\n" + "\n".join(logics) + "\n</additional>\n", encoding="utf-8")


def write_actuated(path: Path, network: Network, limits: Limits) -> None:
    """Write SUMO's gap-based actuated control with its own perfect detectors, minDur and maxDur set."""
    logics = []
    for junction in network.junctions.values():
        phases = []
        for phase, is_green in programme_parts(junction, limits):
            extra = ""
            if is_green:
                extra = f' minDur="{limits.min_green_s}" maxDur="{ACTUATED_MAX_GREEN_S}"'
            phases.append(phase_xml(phase, extra))
        logics.append(logic_xml(junction.id, "actuated", junction.offset_s, phases))
    path.write_text("<additional>\n" + "\n".join(logics) + "\n</additional>\n", encoding="utf-8")


def phase_xml(phase: Phase, extra: str = "") -> str:
    """One phase as SUMO reads it."""
    return f'<phase duration="{phase.duration_s:g}" state="{phase.state}"{extra}/>'


def logic_xml(name: str, kind: str, offset: float, phases: Sequence[str], programme: str = PROGRAMME_ID) -> str:
    """One programme as SUMO reads it, from phases already written."""
    body = "\n    ".join(phases)
    return (
        f'  <tlLogic id={quoteattr(name)} type="{kind}" programID="{programme}" offset="{offset:g}">\n'
        f"    {body}\n  </tlLogic>"
    )


def local_plan_stage(junction: Junction, limits: Limits, now: float) -> str:
    """State the shipped programme would show now: what the cabinet falls back to by its clock."""
    phases = programme_under(junction, limits)
    at = (now + junction.offset_s) % sum(p.duration_s for p in phases)
    for phase in phases:
        if at < phase.duration_s:
            return phase.state
        at -= phase.duration_s
    return phases[-1].state
