"""What is planned for a day: roads closed, extra demand of a festival, more of everything, more motorbikes.

A plan is checked against the network before anything runs; a name that does not exist is answered with those like it.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from importlib import resources
from pathlib import Path

from langbiang.city.traffic.network import Network


class BadPlan(ValueError):
    """The plan cannot be carried out on this network; the message names field, value and what would be right."""


class Kept(StrEnum):
    """What stays equal when cars become motorbikes."""

    PERSONS = "persons"
    PCU = "pcu"
    VEHICLES = "vehicles"


@dataclass(frozen=True, slots=True)
class Extra:
    """Additional demand, vehicles per hour from one edge to another over the whole window."""

    from_edge: str
    to_edge: str
    per_hour: float


@dataclass(frozen=True, slots=True)
class EventPlan:
    """One what-if. ``closed`` holds edges or single lanes; ``motorbikes`` is the share of cars replaced."""

    closed: tuple[str, ...] = ()
    extras: tuple[Extra, ...] = ()
    demand: float = 1.0
    motorbikes: float = 0.0
    kept: Kept = Kept.PERSONS

    @property
    def is_nothing(self) -> bool:
        """Whether the plan changes nothing at all."""
        return not self.closed and not self.extras and self.demand == 1.0 and self.motorbikes == 0.0

    def closed_edges(self, network: Network) -> frozenset[str]:
        """Edges with every lane closed."""
        lanes = self.closed_lanes(network)
        edges: dict[str, set[str]] = {}
        for lane in network.lanes.values():
            edges.setdefault(lane.edge, set()).add(lane.id)
        return frozenset(edge for edge, own in edges.items() if own <= lanes)

    def closed_lanes(self, network: Network) -> frozenset[str]:
        """All lanes nobody may use."""
        return frozenset(k.id for k in network.lanes.values() if k.id in self.closed or k.edge in self.closed)

    def __str__(self) -> str:
        parts = [f"closed: {', '.join(self.closed)}"] if self.closed else []
        parts += [f"extra {e.per_hour:g} veh/h from {e.from_edge} to {e.to_edge}" for e in self.extras]
        parts += [f"demand x{self.demand:g}"] if self.demand != 1.0 else []
        if self.motorbikes:
            parts.append(f"{self.motorbikes:.0%} of the cars become motorbikes, {self.kept} kept")
        return "; ".join(parts) or "nothing changed"


def parse_extra(text: str) -> Extra:
    """``FROM:TO:VEH_PER_H``. Raises BadPlan; edge names may hold colons no more than SUMO's own do (none)."""
    parts = text.split(":")
    try:
        first, last, amount = parts
        per_hour = float(amount)
    except ValueError as error:
        raise BadPlan(f"extra: {text!r} is not understood; write FROM:TO:VEH_PER_H, as station:market:300") from error
    if not 0 < per_hour <= 5000:
        raise BadPlan(f"extra: {per_hour:g} vehicles per hour; give more than 0 and at most 5000")
    return Extra(first, last, per_hour)


def check(plan: EventPlan, network: Network) -> None:
    """Raises BadPlan for an unknown edge or lane, a share outside 0 to 1, or demand that starts or ends on a closed edge."""
    edges = {lane.edge for lane in network.lanes.values()}
    for name in plan.closed:
        if name not in edges and name not in network.lanes:
            raise BadPlan(unknown("close", name, edges, network.lanes))
    closed = plan.closed_edges(network)
    for extra in plan.extras:
        for name in (extra.from_edge, extra.to_edge):
            if name not in edges:
                raise BadPlan(unknown("extra", name, edges))
            if name in closed:
                raise BadPlan(f"extra: edge {name} is closed by the same plan; start and end the demand beside it")
    if not 0.0 <= plan.motorbikes <= 1.0:
        raise BadPlan(f"motorbikes: {plan.motorbikes:g}; a share from 0 to 1 is wanted, as 0.8")
    if not 0.1 <= plan.demand <= 5.0:
        raise BadPlan(f"demand: {plan.demand:g}; a factor from 0.1 to 5 is wanted")


def unknown(field: str, name: str, edges: Collection[str], lanes: Collection[str] = ()) -> str:
    """The sentence for a name that is not in the network, with up to five that are like it."""
    known = [*sorted(edges), *sorted(lanes)]
    like = get_close_matches(name, known, n=5, cutoff=0.6) or [k for k in known if name.lower() in k.lower()][:5]
    near = f"; like it: {', '.join(like)}" if like else f"; the network has {len(edges)} edges, such as {', '.join(sorted(edges)[:3])}"
    return f"{field}: there is no edge or lane {name!r} in this network{near}"


def motorbikes_per_car(kept: Kept) -> float:
    """How many motorbikes replace one car so that persons, pcu or vehicles stay equal (shipped rows, not verified)."""
    text = resources.files(__package__).joinpath("data/vehicle_units.json").read_text(encoding="utf-8")
    rows = {row["kind"]: row for row in json.loads(text)["rows"] if row["valid_to"] is None}
    if kept is Kept.VEHICLES:
        return 1.0
    field = "persons" if kept is Kept.PERSONS else "pcu"
    return float(rows["car"][field]) / float(rows["motorbike"][field])


def parse_extras(texts: Sequence[str]) -> tuple[Extra, ...]:
    """All of them; raises BadPlan at the first that is not understood."""
    return tuple(parse_extra(text) for text in texts)


def read_plan(path: Path) -> EventPlan:
    """A plan kept as JSON for next year: ``closed``, ``extra`` (as typed), ``demand``, ``motorbikes``, ``keep``; all optional.

    Raises BadPlan naming the field.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadPlan(f"plan: {path} is not readable as JSON ({error})") from error
    known = {"closed", "extra", "demand", "motorbikes", "keep"}
    if not isinstance(raw, dict) or not set(raw) <= known:
        raise BadPlan(f"plan: {path.name} may hold {', '.join(sorted(known))} and nothing else")
    for name in ("closed", "extra"):
        if not isinstance(raw.get(name, []), list) or not all(isinstance(v, str) for v in raw.get(name, [])):
            raise BadPlan(f"{name}: a list of texts is wanted, as {['A1B1'] if name == 'closed' else ['station:market:300']}")
    for name in ("demand", "motorbikes"):
        if isinstance(raw.get(name, 0.0), bool) or not isinstance(raw.get(name, 0.0), int | float):
            raise BadPlan(f"{name}: {raw[name]!r} is not a number")
    if raw.get("keep", "persons") not in set(Kept):
        raise BadPlan(f"keep: {raw['keep']!r}; choose one of {', '.join(Kept)}")
    return EventPlan(
        tuple(raw.get("closed", [])),
        parse_extras(raw.get("extra", [])),
        float(raw.get("demand", 1.0)),
        float(raw.get("motorbikes", 0.0)),
        Kept(raw.get("keep", "persons")),
    )
