"""What the controller costs a junction and simulated second, and how that grows from 7 to 100 junctions.

python bench/traffic_cost.py [--seconds 120] [--sizes 7,25,50,100]

Junctions are crossroads with four lanes, neighbours in a row, each with about twenty vehicles in view that drive and
queue. The reference is weighted max-pressure with recall over the same views. Needs numba, as in the field.
"""

import argparse
import random
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from bench.measuring import keep, table
from langbiang.city.traffic.compiled import IS_COMPILED
from langbiang.city.traffic.control.base import Controller
from langbiang.city.traffic.control.horizon import RollingHorizon
from langbiang.city.traffic.control.max_pressure import MaxPressure
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.limits import FIELD
from langbiang.city.traffic.network import Junction, Lane, Network
from langbiang.city.traffic.perception import JunctionView, SeenVehicle
from tests.city.traffic.conftest import crossroads


def row_of(size: int) -> Network:
    """So many crossroads in a row: the eastern exit of each leads to the western approach of the next."""
    junctions: dict[str, Junction] = {}
    lanes: dict[str, Lane] = {}
    onward: dict[str, tuple[str, ...]] = {}
    for n in range(size):
        base = crossroads()
        links = tuple(replace(link, from_lane=f"{n}{link.from_lane}", to_lane=f"{n}{link.to_lane}") for link in base.links)
        made = replace(
            base, id=f"X{n}", links=links, lanes=tuple(f"{n}{lane}" for lane in base.lanes),
            lane_links={f"{n}{lane}": ks for lane, ks in base.lane_links.items()},
            approaches=tuple(
                replace(a, edge=f"{n}{a.edge}", lanes=tuple(f"{n}{lane}" for lane in a.lanes)) for a in base.approaches
            ),
        )  # fmt: skip
        junctions[made.id] = made
        for link in links:
            for name in (link.from_lane, link.to_lane):
                lanes[name] = Lane(name, name.rsplit("_", 1)[0], 0, 250.0, 13.9)
        if n:
            onward[f"{n - 1}Eout_0"] = (f"{n}Win_0",)
    return Network(junctions, lanes, onward)


def views_of(network: Network, seconds: int, seed: int) -> list[dict[str, JunctionView]]:
    """What the cameras say, second by second."""
    dice = random.Random(seed)
    found = []
    standing = {j: [(k, 6.0 + 7 * n) for k in range(8) for n in range(dice.randrange(3))] for j in network.junctions}
    for second in range(seconds):
        views = {}
        for name, junction in network.junctions.items():
            lanes = list(junction.lanes)
            seen = [
                SeenVehicle(f"{name}q{n}", lanes.index(junction.links[k].from_lane), k, far, 0.0, "car")
                for n, (k, far) in enumerate(standing[name])
            ]
            for n in range(12):
                k = (n * 5 + second // 20) % 8
                far = 190.0 - (second * 11 + 23 * n) % 185
                seen.append(SeenVehicle(f"{name}m{n}.{second // 17}", lanes.index(junction.links[k].from_lane), k, far, 11.0, "car"))
            seen.sort(key=lambda v: (v.lane, v.distance_m))
            views[name] = JunctionView(float(second), seen, {}, is_turn_known=False, range_m=200.0)
        found.append(views)
    return found


def cost(controller: Controller, network: Network, views: list[dict[str, JunctionView]]) -> list[float]:
    """Milliseconds of every simulated second, all junctions together."""
    lamps = {j.id: LampDriver(j, FIELD, j.stages) for j in network.junctions.values()}
    took = []
    for second, seen in enumerate(views):
        for driver in lamps.values():
            driver.tick()
        started = time.perf_counter()
        for name, decision in controller.decide(float(second), seen, lamps).items():
            lamps[name].ask(decision.stage)
        took.append((time.perf_counter() - started) * 1000)
    return took[10:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--sizes", default="7,25,50,100")
    options = parser.parse_args()
    if not IS_COMPILED:
        raise SystemExit("numba is not installed: bin/prepare twin")
    rows, told = [], []
    for size in (int(part) for part in options.sizes.split(",")):
        network = row_of(size)
        stages = {j.id: j.stages for j in network.junctions.values()}
        views = views_of(network, options.seconds, 1)
        RollingHorizon(network, FIELD, stages).decide(
            0.0, views[0], {j.id: LampDriver(j, FIELD, j.stages) for j in network.junctions.values()}
        )
        ours = cost(RollingHorizon(network, FIELD, stages), network, views)
        plain = cost(MaxPressure(network, stages, is_weighted=True), network, views)
        row = {
            "junctions": size, "ms_a_second": round(median(ours), 2), "worst_ms": round(max(ours), 2),
            "ms_a_junction": round(median(ours) / size, 3), "reference_ms_a_junction": round(median(plain) / size, 3),
        }  # fmt: skip
        told.append(row)
        rows.append((*row.values(), f"{median(ours) / max(median(plain), 1e-9):.1f}"))
    table(["junctions", "ms a simulated second", "worst", "ms a junction", "max-pressure, ms a junction", "ratio"], rows)
    growth = told[-1]["ms_a_junction"] / told[0]["ms_a_junction"]
    print(f"a junction costs {growth:.2f} times as much among {told[-1]['junctions']} as among {told[0]['junctions']}")
    print(keep("traffic_cost", {"rows": told, "growth": growth}))


if __name__ == "__main__":
    main()
