"""Junctions typed by hand, so that most tests need neither a simulator nor the shared scenarios."""

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
    pytest.importorskip("libsumo", reason="the twin needs SUMO: pip install -r requirements/traffic.lock")


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
