"""Throw random and hostile commands at the safety gate; an independent monitor watches the lamps.

python bench/traffic_gate.py [--commands 10000000] [--seed 1] [--json OUT]
"""

import argparse
import json
import random
import time
from pathlib import Path

from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.gate.gate import CabinetState, Command, Mode, SafetyGate
from langbiang.city.traffic.gate.monitor import LampMonitor
from langbiang.city.traffic.gate.rules import GateRules

NAN, INFINITE = float("nan"), float("inf")


def hostile_command(rules: GateRules, fingerprint: str, now: float, draw: random.Random) -> Command:
    """Mostly well-formed with any stage; the rest stale, forged, from the future, or not even numbers."""
    stages = len(rules.stages)
    kind = draw.random()
    if kind < 0.7:
        return Command(rules.junction, int(draw.random() * stages), fingerprint, now, now, now)
    odd = (NAN, INFINITE, -INFINITE, now - 3.0, now + 9.0, -1.0, now - 0.4)
    pick = draw.choice
    return Command(
        pick((rules.junction, rules.junction, "elsewhere", "")),
        pick((0, 1, stages, -1, 10**9, True, 0.5, None)),  # type: ignore[arg-type]  # hostile on purpose
        pick((fingerprint, fingerprint, "", "0" * 64)),
        pick((now, *odd)),
        pick((now, *odd)),
        pick((now, *odd)),
        pick((0.0, 0.2, 0.5, 0.51, NAN, -1.0)) if draw.random() < 0.1 else 0.0,
    )


def assault(rules: GateRules, commands: int, seed: int) -> dict[str, float]:
    """Returns counts; ``violations`` must be 0."""
    draw = random.Random(seed)
    now = 0.0
    gate = SafetyGate(rules, now)
    monitor = LampMonitor(rules, gate.lamps, now)
    fingerprint = gate.fingerprint
    violations: list[str] = []
    denied = moved = disarmed = 0
    sent = 0
    while sent < commands:
        now += draw.choice((0.1, 0.1, 0.3, 0.5, 1.0, 1.0, 1.0))
        if gate.mode is Mode.LOCAL:
            disarmed += 1
            gate.set_cabinet(CabinetState.NORMAL, now)
            gate.arm(ArmLease(rules.junction, fingerprint, "An", "Bình", now, now + 300.0), now)
        for _ in range(int(draw.random() * 30)):
            sent += 1
            before = gate.sequence.target
            at = now + draw.choice((0.0, 0.0, 0.0, -5.0))
            verdict = gate.submit(hostile_command(rules, fingerprint, now, draw), at if at > 0 else now)
            denied += verdict.outcome.value == "deny"
            moved += gate.sequence.target != before
            if gate.sequence.target != before:
                violations += monitor.look(gate.lamps, now)
        if draw.random() < 0.0005:
            gate.set_cabinet(draw.choice(list(CabinetState)), now)
        gate.advance(now)
        violations += monitor.look(gate.lamps, now)
    return {
        "commands": sent,
        "denied": denied,
        "changes": moved,
        "disarmed": disarmed,
        "simulated_s": round(now),
        "violations": len(violations),
        "first": violations[0] if violations else "",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    from langbiang.city.traffic.gate.rules import rules_of
    from langbiang.city.traffic.limits import FIELD
    from tests.city.traffic.conftest import crossroads

    started = time.perf_counter()
    result = assault(rules_of(crossroads(), FIELD), options.commands, options.seed)
    result["seconds"] = round(time.perf_counter() - started, 1)
    for name, value in result.items():
        print(f"{name:14} {value}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    raise SystemExit(1 if result["violations"] else 0)


if __name__ == "__main__":
    main()
