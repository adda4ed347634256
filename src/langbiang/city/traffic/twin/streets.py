"""Draws a described network as a SUMO net: plain files for netconvert, and the scenario folder around the net.

Lanes run the whole length of their link; a boundary arm is 300 m long, what does not fit waits outside and is counted as
backlog. Nothing is written into the project: the caller names the folder.
"""

import math
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from langbiang.city.traffic.network import Network, read_sumo_net
from langbiang.city.traffic.twin.described import (
    ENTRY_M,
    LEFT,
    RIGHT,
    SPEED_KMH,
    CannotDraw,
    Description,
    Place,
    edge_into,
    edge_out_of,
)
from langbiang.city.traffic.twin.programmes import logic_xml, phase_xml
from langbiang.city.traffic.twin.signals import Signals, shown_in, signals_of, with_own_stages
from langbiang.city.traffic.twin.sumo import program

# So far from its junction an arm keeps its own bearing; only then does a link turn towards the other end.
STRAIGHT_M = 120.0
LANE_WIDTH_M = 3.2


def draw(description: Description, folder: Path) -> tuple[Network, dict[str, Signals]]:
    """Write ``network.net.xml`` and what it was made of; gives the network under its own layouts.

    Raises CannotDraw (which junction, which field) and SumoMissing.
    """
    signals = {code: signals_of(place) for code, place in description.places.items()}
    folder.mkdir(parents=True, exist_ok=True)
    parts = {
        "nod": _nodes(description), "edg": _edges(description), "con": _connections(description),
        "tll": _lights(description, signals),
    }  # fmt: skip
    for part, lines in parts.items():
        root = {"nod": "nodes", "edg": "edges", "con": "connections", "tll": "tlLogics"}[part]
        text = "\n".join([f"<{root}>", *lines, f"</{root}>", ""])
        (folder / f"plain.{part}.xml").write_text(text, encoding="utf-8")
    net = folder / "network.net.xml"
    command = [
        program("netconvert"), "--node-files", "plain.nod.xml", "--edge-files", "plain.edg.xml", "--connection-files", "plain.con.xml",
        "--tllogic-files", "plain.tll.xml", "--output-file", net.name, "--no-turnarounds", "true",
        "--offset.disable-normalization", "true", "--geometry.max-angle", "180", "--xml-validation", "never", "--no-warnings", "true",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode or not net.is_file():
        told = (done.stderr or done.stdout).strip().splitlines()
        raise CannotDraw(_named_in(told, description), "layout", f"netconvert refuses it: {told[0] if told else 'no reason given'}")
    network = with_own_stages(read_sumo_net(net), signals)
    for code, place in description.places.items():
        drawn = network.junctions.get(code)
        if drawn is None or drawn.size != len(place.turns):
            raise CannotDraw(code, "movements", "the drawn junction does not have the turns of the layout")
    return network, signals


def write_config(folder: Path, *, routes: str, begin_s: float, end_s: float, additional: Sequence[str] = ()) -> None:
    """The ``.sumocfg`` that makes the folder a scenario."""
    more = f'\n    <additional-files value="{",".join(additional)}"/>' if additional else ""
    (folder / "replay.sumocfg").write_text(
        f'<configuration>\n  <input>\n    <net-file value="network.net.xml"/>\n    <route-files value="{routes}"/>{more}\n'
        f'  </input>\n  <time>\n    <begin value="{begin_s:g}"/>\n    <end value="{end_s:g}"/>\n  </time>\n</configuration>\n',
        encoding="utf-8",
    )


def _named_in(lines: Sequence[str], description: Description) -> str:
    """The junction an error of netconvert speaks of, as far as one is named."""
    return next((code for line in lines for code in description.places if code in line), "file")


def _off(place: Place, arm: str, metres: float) -> tuple[float, float]:
    angle = math.radians(place.bearings[arm])
    return place.x + metres * math.sin(angle), place.y + metres * math.cos(angle)


def _nodes(description: Description) -> list[str]:
    lines = [
        f'  <node id={quoteattr(p.code)} x="{p.x:.2f}" y="{p.y:.2f}" type="traffic_light" tl={quoteattr(p.code)}/>'
        for p in description.places.values()
    ]
    for place in description.places.values():
        for arm in place.bearings:
            if description.across(place.code, arm) is None:
                x, y = _off(place, arm, ENTRY_M)
                lines.append(f'  <node id={quoteattr(f"end_{place.code}_{arm}")} x="{x:.2f}" y="{y:.2f}" type="priority"/>')
    return lines


def _edges(description: Description) -> list[str]:
    lines = []
    for place in description.places.values():
        for arm in place.bearings:
            lanes = place.lanes(arm)
            onward = description.across(place.code, arm)
            street = description.street(place.code, arm)
            speed = (street.speed_kmh if street else SPEED_KMH) / 3.6
            length = street.length_m if street else ENTRY_M
            if lanes:
                widths = [float(lane.get("width_m", LANE_WIDTH_M)) for lane in lanes]
                origin = f"end_{place.code}_{arm}" if onward is None else onward[0]
                lines.append(_edge(edge_into(place.code, arm), origin, place.code, widths, speed, length, _shape(description, place, arm)))
            if onward is None and any(t.exit == arm for t in place.turns):
                widths = [LANE_WIDTH_M] * max(1, len(lanes))
                lines.append(_edge(f"out_{place.code}_{arm}", place.code, f"end_{place.code}_{arm}", widths, speed, length, ""))
            if onward is not None and not lanes and any(t.exit == onward[1] for t in description.places[onward[0]].turns):
                raise CannotDraw(place.code, f"approach:{arm}", "a link ends here, but the approach has no lane")
    return lines


def _edge(name: str, origin: str, goal: str, widths: Sequence[float], speed: float, length: float, shape: str) -> str:
    lanes = "".join(f'<lane index="{n}" width="{width:g}"/>' for n, width in enumerate(widths))
    drawn = f" shape={quoteattr(shape)}" if shape else ""
    return (
        f'  <edge id={quoteattr(name)} from={quoteattr(origin)} to={quoteattr(goal)} numLanes="{len(widths)}" '
        f'speed="{speed:.2f}" length="{length:.1f}"{drawn}>{lanes}</edge>'
    )


def _shape(description: Description, place: Place, arm: str) -> str:
    """Towards a stop line: out of the other junction along its arm, then in along this one."""
    onward = description.across(place.code, arm)
    if onward is None:
        return ""
    other = description.places[onward[0]]
    far = math.dist((place.x, place.y), (other.x, other.y))
    out = min(STRAIGHT_M, far / 3)
    points = [(other.x, other.y), _off(other, onward[1], out), _off(place, arm, out), (place.x, place.y)]
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def _lane_out(kind: str, lane: int, count: int) -> int:
    return 0 if kind == RIGHT else count - 1 if kind == LEFT else min(lane, count - 1)


def _links(description: Description, place: Place) -> list[tuple[str, str, int, int]]:
    """(from edge, to edge, from lane, to lane) of every turn, in the order of the signal indices."""
    found = []
    for turn in place.turns:
        onward = description.across(place.code, turn.exit)
        count = len(description.places[onward[0]].lanes(onward[1])) if onward else len(place.lanes(turn.exit))
        if onward and not count:
            raise CannotDraw(place.code, f"movement:{turn.movement}", f"leads to {onward[0]}:{onward[1]}, which has no lane")
        found.append(
            (
                edge_into(place.code, turn.approach), edge_out_of(description, place.code, turn.exit), turn.lane,
                _lane_out(turn.kind, turn.lane, max(1, count)),
            )
        )  # fmt: skip
    return found


def _connection(link: tuple[str, str, int, int], more: str = "") -> str:
    origin, goal, lane, onto = link
    return f'  <connection from={quoteattr(origin)} to={quoteattr(goal)} fromLane="{lane}" toLane="{onto}"{more}/>'


def _connections(description: Description) -> list[str]:
    return [_connection(link) for place in description.places.values() for link in _links(description, place)]


def _lights(description: Description, signals: dict[str, Signals]) -> list[str]:
    lines = []
    for code, place in description.places.items():
        lines.append(logic_xml(code, "static", 0, [phase_xml(p) for p in shown_in(signals[code])], "0"))
        for index, link in enumerate(_links(description, place)):
            lines.append(_connection(link, f' tl={quoteattr(code)} linkIndex="{index}"'))
    return lines
