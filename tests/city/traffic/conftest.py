"""Junctions typed by hand, so that most tests need neither a simulator nor the shared scenarios."""

import subprocess
from pathlib import Path

import pytest

from langbiang.city.traffic.network import Junction, Link, Phase, make_junction


def crossroads() -> Junction:
    """Two streets, four approaches, one lane each: through and permissive left per approach."""
    links, names = [], "NESW"
    for i, origin in enumerate(names):
        through, left = names[(i + 2) % 4], names[(i + 1) % 4]
        links.append(Link(2 * i, f"{origin}in_0", f"{through}out_0", "s", 20.0, 13.9))
        links.append(Link(2 * i + 1, f"{origin}in_0", f"{left}out_0", "l", 18.0, 8.0))
    street = [0, 0, 1, 1, 0, 0, 1, 1]
    foes = [[False] * 8 for _ in range(8)]
    yields = [[False] * 8 for _ in range(8)]
    for a in range(8):
        for b in range(8):
            if street[a] != street[b]:
                foes[a][b] = True
    for left, opposing in ((1, 4), (5, 0), (3, 6), (7, 2)):
        foes[left][opposing] = foes[opposing][left] = True
        yields[left][opposing] = True
    programme = [
        Phase("GgrrGgrr", 30),
        Phase("yyrryyrr", 3),
        Phase("rrGgrrGg", 30),
        Phase("rryyrryy", 3),
    ]
    return make_junction("X", links, programme, foes, yields)


@pytest.fixture
def junction() -> Junction:
    return crossroads()


def needs_sumo() -> None:
    pytest.importorskip("libsumo", reason="the twin needs SUMO: bin/prepare twin")


@pytest.fixture
def ingolstadt7(shared_data: Path) -> Path:
    """The scenario folder of seven real junctions."""
    folder = shared_data / "traffic" / "ingolstadt7"
    if not folder.is_dir():
        pytest.skip(f"no scenario at {folder}; set LANGBIANG_DATA to the folder that holds traffic/")
    return folder


@pytest.fixture
def cologne3(shared_data: Path) -> Path:
    """The scenario folder of three junctions that gridlock under careless control."""
    folder = shared_data / "traffic" / "cologne3"
    if not folder.is_dir():
        pytest.skip(f"no scenario at {folder}; set LANGBIANG_DATA to the folder that holds traffic/")
    return folder


TRIPS = (("left1A1", "C1right1"), ("right1C1", "A1left1"), ("top1B2", "B0bottom1"), ("bottom0A0", "A2top0"))


@pytest.fixture(scope="session")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a scenario of 15 minutes: 3 by 3 streets, signals at A1 and B1, a car every four seconds or so."""
    needs_sumo()
    sumo = pytest.importorskip("sumo", reason="the twin needs SUMO: bin/prepare twin")
    folder = tmp_path_factory.mktemp("grid")
    asked = ["--grid", "--grid.number", "3", "--grid.length", "150", "--grid.attach-length", "120"]
    asked += ["--default.lanenumber", "2", "--tls.set", "A1,B1", "-o", str(folder / "g.net.xml")]
    subprocess.run([str(Path(sumo.SUMO_HOME) / "bin" / "netgenerate"), *asked], check=True, capture_output=True)
    trips = [
        f'<trip id="t{n}" depart="{4 * n}" departLane="best" from="{TRIPS[n % 4][0]}" to="{TRIPS[n % 4][1]}" type="car"/>'
        for n in range(200)
    ]
    trips.append('<vehicle id="v" depart="850" type="car"><route edges="left1A1 A1B1 B1C1 C1right1"/></vehicle>')
    types = '<vType id="car" vClass="passenger"/>'
    (folder / "g.rou.xml").write_text(f"<routes>{types}{''.join(trips)}</routes>", encoding="utf-8")
    (folder / "g.sumocfg").write_text(
        '<configuration><input><net-file value="g.net.xml"/><route-files value="g.rou.xml"/></input>'
        '<time><begin value="0"/><end value="900"/></time></configuration>',
        encoding="utf-8",
    )
    return folder
