"""A scenario folder: net, routes and sumocfg, checked before anything runs."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


class BadScenario(ValueError):
    """The folder cannot be simulated; the message names the file and what to put there."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Files and window of one simulation; ``trips`` counts demand wanted inside the window."""

    name: str
    net: Path
    routes: tuple[Path, ...]
    additional: tuple[Path, ...]
    begin_s: float
    end_s: float
    trips: int

    def digest(self) -> str:
        """Fingerprint of net and demand, printed with every result so that figures can be compared."""
        sha = hashlib.sha256()
        for path in (self.net, *self.routes, *self.additional):
            sha.update(path.read_bytes())
        return sha.hexdigest()[:16]


def open_scenario(folder: Path) -> Scenario:
    """Read the folder's single ``.sumocfg``.

    Raises BadScenario when the folder, the configuration or a file named in it is missing.
    """
    if not folder.is_dir():
        raise BadScenario(f"{folder}: no such folder; give one with a .sumocfg, a .net.xml and a .rou.xml")
    configurations = sorted(folder.glob("*.sumocfg"))
    if len(configurations) != 1:
        raise BadScenario(f"{folder}: found {len(configurations)} .sumocfg files, need exactly one")
    try:
        root = ElementTree.parse(configurations[0]).getroot()
    except ElementTree.ParseError as error:
        raise BadScenario(f"{configurations[0]}: not well-formed XML ({error})") from error

    def files(tag: str) -> tuple[Path, ...]:
        node = root.find(f".//{tag}")
        names = [
            n for n in (node.get("value", "") if node is not None else "").replace(" ", ",").split(",") if n
        ]
        paths = tuple(folder / name for name in names)
        for path in paths:
            if not path.is_file():
                raise BadScenario(
                    f"{configurations[0].name}: {tag} names {path.name}, which is not in {folder}"
                )
        return paths

    nets, routes = files("net-file"), files("route-files")
    if len(nets) != 1 or not routes:
        raise BadScenario(f"{configurations[0]}: needs one net-file and at least one route-files entry")
    begin, end = (_seconds(root, tag) for tag in ("begin", "end"))
    if begin is None or end is None or end <= begin:
        raise BadScenario(f"{configurations[0]}: needs <begin> and a later <end> in <time>")
    trips = count_demand(routes, begin, end)
    if not trips:
        raise BadScenario(f"{folder}: no trip or vehicle departs between {begin:.0f} and {end:.0f} s")
    return Scenario(folder.name, nets[0], routes, files("additional-files"), begin, end, trips)


def count_demand(routes: tuple[Path, ...], begin: float, end: float) -> int:
    """Trips, vehicles and flow vehicles wanting to depart in the window; earlier ones are skipped by SUMO too."""
    count = 0
    for path in routes:
        for _, element in ElementTree.iterparse(path):
            if element.tag in {"trip", "vehicle"}:
                count += begin <= _number(element.get("depart", "0"), begin) < end
                element.clear()
            elif element.tag == "flow":
                count += int(element.get("number", "0"))
    return count


def _number(text: str, default: float) -> float:
    try:
        return float(text)
    except ValueError:
        return default


def _seconds(root: ElementTree.Element, tag: str) -> float | None:
    node = root.find(f".//time/{tag}")
    if node is None:
        node = root.find(f".//{tag}")
    return None if node is None else _number(node.get("value", ""), -1.0)
