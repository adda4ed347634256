"""The signalised network as the controllers see it: lanes, links, conflicts, stages.

Plain data, read from a SUMO net file or built by hand. No simulator and no web framework is imported here, so the
same model serves the field controller, the safety gate and the twin.

Words: a *link* is one lane-to-lane connection under a signal index; a *stage* is a set of links that are green
together, written as one letter per link (``G`` protected, ``g`` gives way, ``r`` red).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

GREEN = "Gg"
VEHICLE_SPACE_M = 7.5


class BadNetwork(ValueError):
    """The net file or the hand-made model cannot be controlled; the message says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane: its length and the speed allowed on it."""

    id: str
    edge: str
    index: int
    length_m: float
    speed_mps: float


@dataclass(frozen=True, slots=True)
class Link:
    """One signalised movement from a lane to a lane (hướng rẽ)."""

    index: int
    from_lane: str
    to_lane: str
    direction: str
    crossing_m: float
    crossing_speed_mps: float
    position: tuple[str, int] = ("", -1)
    """Node and request index inside the node: where the net file states who is whose foe."""
    inner: tuple[str, ...] = ()
    """Lanes between the stop line and the exit, in order."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One interval of the shipped programme."""

    state: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class Stage:
    """Links that are green together; ``origin`` says whether the programme holds it or we derived it."""

    index: int
    state: str
    origin: str = "programme"

    def serves(self, link: int) -> bool:
        return self.state[link] in GREEN

    def protects(self, link: int) -> bool:
        return self.state[link] == "G"


@dataclass(frozen=True, slots=True)
class Approach:
    """The lanes of one edge that reach the stop line."""

    edge: str
    lanes: tuple[str, ...]


@dataclass(frozen=True)
class Junction:
    """One signalised junction: everything a controller or the safety gate must know about it."""

    id: str
    links: tuple[Link, ...]
    lanes: tuple[str, ...]
    approaches: tuple[Approach, ...]
    conflicts: tuple[tuple[bool, ...], ...]
    """Symmetric: these two links may cross or merge."""
    yields: tuple[tuple[bool, ...], ...]
    """``yields[a][b]``: a driver on ``a`` gives way to ``b``."""
    permitted: tuple[tuple[bool, ...], ...]
    """Conflicting pairs the shipped programme itself shows green together (one gives way)."""
    programme: tuple[Phase, ...]
    offset_s: float
    stages: tuple[Stage, ...]
    x: float = 0.0
    y: float = 0.0
    lane_links: dict[str, tuple[int, ...]] = field(default_factory=dict)
    edges: dict[str, str] = field(default_factory=dict)
    """Edge of each lane whose name does not tell it."""

    def edge_of(self, lane: str) -> str:
        """The edge a lane belongs to: as stated, else by the naming of lanes (edge, underscore, number)."""
        return self.edges.get(lane) or lane.rpartition("_")[0]

    @property
    def size(self) -> int:
        return len(self.links)

    def may_be_green_together(self, a: int, b: int) -> bool:
        """Whether the two links may show green at the same moment."""
        return a == b or not self.conflicts[a][b] or self.permitted[a][b]

    def stages_serving(self, link: int) -> list[int]:
        """Stages in which the link is green, protected ones first."""
        return sorted(
            (s.index for s in self.stages if s.serves(link)),
            key=lambda i: (not self.stages[i].protects(link), i),
        )


@dataclass(frozen=True)
class Network:
    """All signalised junctions of one area and the lanes between them."""

    junctions: dict[str, Junction]
    lanes: dict[str, Lane]
    successors: dict[str, tuple[str, ...]]
    """Lane to the lanes it continues into, across unsignalised nodes as well."""

    def exit_chain(self, lane: str, *, reach_m: float = 120.0) -> tuple[str, ...]:
        """Lanes a vehicle fills after leaving a junction, until ``reach_m`` or the next stop line."""
        controlled = {lane_id for j in self.junctions.values() for lane_id in j.lanes}
        chain = [lane]
        length = self.lanes[lane].length_m
        while length < reach_m and chain[-1] not in controlled:
            onward = [n for n in self.successors.get(chain[-1], ()) if n not in chain]
            if not onward:
                break
            chain.append(max(onward, key=lambda n: self.lanes[n].length_m))
            length += self.lanes[chain[-1]].length_m
        return tuple(chain)


def programme_stages(programme: Sequence[Phase]) -> tuple[Stage, ...]:
    """Distinct states of a programme without yellow and with at least one green: the stages people drew."""
    states: list[str] = []
    for phase in programme:
        has_yellow = any(c in "yY" for c in phase.state)
        has_green = any(c in GREEN for c in phase.state)
        if has_green and not has_yellow and phase.state not in states:
            states.append(phase.state)
    return tuple(Stage(i, s) for i, s in enumerate(states))


def read_sumo_net(path: Path) -> Network:
    """Read a SUMO net file; every traffic light with at least two stages becomes a junction.

    Raises BadNetwork when the file is not a net, or a signalled link has no lane.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise BadNetwork(f"{path}: not readable as a SUMO net ({error})") from error
    if root.tag != "net":
        raise BadNetwork(f"{path}: the root element is <{root.tag}>, expected <net>")
    lanes: dict[str, Lane] = {}
    internal: dict[str, Lane] = {}
    for edge in root.iter("edge"):
        target = internal if edge.get("function") == "internal" else lanes
        for lane in edge.iter("lane"):
            lane_id = lane.attrib["id"]
            target[lane_id] = Lane(
                lane_id,
                edge.attrib["id"],
                int(lane.attrib["index"]),
                float(lane.attrib["length"]),
                float(lane.attrib["speed"]),
            )
    nodes = {n.attrib["id"]: n for n in root.iter("junction") if n.get("type") != "internal"}
    onward: dict[str, list[str]] = {}
    via_of: dict[tuple[str, str], str] = {}
    signalled: dict[str, dict[int, Link]] = {}
    inner = {
        f"{c.attrib['from']}_{c.attrib['fromLane']}": c.attrib["via"]
        for c in root.iter("connection")
        if c.get("via") and c.attrib["from"].startswith(":")
    }
    for c in root.iter("connection"):
        origin = f"{c.attrib['from']}_{c.attrib['fromLane']}"
        goal = f"{c.attrib['to']}_{c.attrib['toLane']}"
        if origin in internal:
            continue
        if origin not in lanes or goal not in lanes:
            continue
        onward.setdefault(origin, []).append(goal)
        via_of[origin, goal] = c.get("via", "")
        if c.get("tl") is None:
            continue
        via = c.get("via", "")
        index = int(c.attrib["linkIndex"])
        crossing = 0.0
        speed = lanes[goal].speed_mps
        step: str | None = via
        steps: list[str] = []
        while step and step in internal:
            steps.append(step)
            crossing += internal[step].length_m
            speed = min(speed, internal[step].speed_mps)
            step = inner.get(step)
        signalled.setdefault(c.attrib["tl"], {})[index] = Link(
            index, origin, goal, c.get("dir", "s"), crossing, speed, _request_index(via), tuple(steps)
        )
    junctions = {}
    for tl in root.iter("tlLogic"):
        links = signalled.get(tl.attrib["id"])
        if not links or tl.attrib["id"] in junctions:
            continue
        programme = tuple(Phase(p.attrib["state"], float(p.attrib["duration"])) for p in tl.iter("phase"))
        if sorted(links) != list(range(len(links))):
            raise BadNetwork(
                f"{path}: signal indices of junction {tl.attrib['id']} have gaps; renumber the links"
            )
        ordered = [links[i] for i in range(len(links))]
        foes, yields = _right_of_way(ordered, nodes)
        junction = make_junction(
            tl.attrib["id"],
            ordered,
            programme,
            foes,
            yields,
            offset_s=float(tl.get("offset", "0")),
            edge_of={name: lane.edge for name, lane in lanes.items()},
            position=_position(ordered, nodes),
        )
        if len(junction.stages) > 1:
            junctions[junction.id] = junction
    if not junctions:
        raise BadNetwork(f"{path}: no traffic light with two or more stages in this net")
    return Network(junctions, lanes, {k: tuple(v) for k, v in onward.items()})


def make_junction(
    junction_id: str,
    links: Sequence[Link],
    programme: Sequence[Phase],
    foes: Sequence[Sequence[bool]],
    yields: Sequence[Sequence[bool]],
    *,
    offset_s: float = 0.0,
    edge_of: dict[str, str] | None = None,
    position: tuple[float, float] = (0.0, 0.0),
) -> Junction:
    """Assemble and check one junction, whether read from a file or typed by hand.

    Raises BadNetwork when a state has the wrong length or the conflict matrix is not symmetric.
    """
    size = len(links)
    for phase in programme:
        if len(phase.state) != size:
            raise BadNetwork(
                f"{junction_id}: state {phase.state!r} has {len(phase.state)} letters for {size} links"
            )
    for a in range(size):
        for b in range(size):
            if bool(foes[a][b]) != bool(foes[b][a]):
                raise BadNetwork(
                    f"{junction_id}: links {a} and {b} conflict one way only; state both directions"
                )
    stages = programme_stages(programme)
    permitted = [[False] * size for _ in range(size)]
    for stage in stages:
        green = [i for i in range(size) if stage.serves(i)]
        for a in green:
            for b in green:
                permitted[a][b] = bool(foes[a][b]) or permitted[a][b]
    lane_ids = tuple(dict.fromkeys(link.from_lane for link in links))
    edges = edge_of or {}
    by_edge: dict[str, list[str]] = {}
    for lane in lane_ids:
        by_edge.setdefault(edges.get(lane, lane.rsplit("_", 1)[0]), []).append(lane)
    return Junction(
        id=junction_id,
        links=tuple(links),
        lanes=lane_ids,
        approaches=tuple(Approach(e, tuple(ls)) for e, ls in by_edge.items()),
        conflicts=tuple(tuple(bool(c) for c in row) for row in foes),
        yields=tuple(tuple(bool(c) for c in row) for row in yields),
        permitted=tuple(tuple(row) for row in permitted),
        programme=tuple(programme),
        offset_s=offset_s,
        stages=stages,
        x=position[0],
        y=position[1],
        lane_links={lane: tuple(k.index for k in links if k.from_lane == lane) for lane in lane_ids},
        edges={lane: edges[lane] for link in links for lane in (link.from_lane, link.to_lane) if lane in edges},
    )


def _request_index(via: str) -> tuple[str, int]:
    """Node and request index of a connection, from its internal lane ``:node_edge_lane``."""
    if not via.startswith(":"):
        return "", -1
    node, edge, lane = via[1:].rsplit("_", 2)
    return node, int(edge) + int(lane)


def _right_of_way(
    links: Sequence[Link], nodes: dict[str, ElementTree.Element]
) -> tuple[list[list[bool]], list[list[bool]]]:
    size = len(links)
    foes = [[False] * size for _ in range(size)]
    yields = [[False] * size for _ in range(size)]
    requests: dict[str, dict[int, tuple[str, str]]] = {}
    for a in links:
        node_id, row = a.position
        if node_id not in nodes:
            continue
        if node_id not in requests:
            requests[node_id] = {
                int(r.attrib["index"]): (r.attrib["foes"], r.attrib["response"])
                for r in nodes[node_id].iter("request")
            }
        foe_bits, response_bits = requests[node_id].get(row, ("", ""))
        for b in links:
            other_node, column = b.position
            if other_node != node_id or a.index == b.index or column >= len(foe_bits):
                continue
            if foe_bits[-1 - column] == "1":
                foes[a.index][b.index] = foes[b.index][a.index] = True
            if response_bits[-1 - column] == "1":
                yields[a.index][b.index] = True
    return foes, yields


def _position(links: Sequence[Link], nodes: dict[str, ElementTree.Element]) -> tuple[float, float]:
    named = [nodes[k.position[0]] for k in links if k.position[0] in nodes]
    if not named:
        return 0.0, 0.0
    return float(named[0].get("x", "0")), float(named[0].get("y", "0"))
