"""How many typing faults are found, and how often a right figure is asked about: ours beside the plain z-score.

python bench/indicator_checks.py [--units 124] [--months 36] [--seed 1]

A panel is generated as provinces report it: 26 series of communes of very different size, with growth, season, a Tet
that moves between January and February, noise that is larger for small units, counts that are often zero, stocks and
parts of wholes. Into the last twelve months faults are put, one cell in fifty, kind by kind. The generator knows
nothing of the thresholds. Reference: the value lies more than three standard deviations from the mean of its series.

An exchange of two digits that changes a value by less than the series strays by itself leaves no trace in the number:
so a report asks for a second figure from the book: beside a flow its sum since January, beside what stands at a moment its
change since the month before. What is told is the recall with that figure, without it, and without it over exchanges that
change the value by more than a share. A wrong unit and a copied line are wrong in both figures; one second figure in fifty
is itself mistyped or holds a correction of an earlier month.
"""

import argparse
import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import mean, pstdev

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from langbiang.government.indicators.checks import CONFIRM, History, alike, examine, running

TET = {0: 1, 1: 2, 2: 2, 3: 1}  # in which month it falls, by year of the panel
TESTED = 12
# usual value of a middle commune, decimals, noise, season, pull of Tet, growth a year; counts are drawn as counts
SERIES: dict[str, tuple[float, int, float, float, float, float, str]] = {
    "revenue": (4200, 1, 0.12, 0.25, 0.3, 0.09, "money"), "plan": (4100, 1, 0.02, 0.05, 0.0, 0.06, "money"),
    "spending": (6900, 1, 0.10, 0.30, 0.2, 0.08, "money"), "spending plan": (7400, 1, 0.02, 0.05, 0.0, 0.06, "money"),
    "invested": (2600, 1, 0.15, 0.35, -0.3, 0.08, "money"), "fees": (310, 1, 0.15, 0.15, -0.2, 0.05, "money"),
    "new firms": (3.2, 0, 0, 0.2, -0.4, 0.12, "count"), "capital": (21, 1, 0.35, 0.2, -0.3, 0.12, "money"),
    "suspended": (1.4, 0, 0, 0.4, 0.5, 0.02, "count"), "dissolved": (0.5, 0, 0, 0.1, 0.0, 0.0, "count"),
    "visitors": (9800, 0, 0.10, 0.35, 0.5, 0.11, "money"), "from abroad": (900, 0, 0.14, 0.4, 0.3, 0.15, "money"),
    "nights": (5400, 0, 0.10, 0.35, 0.5, 0.10, "money"), "jobs": (32, 0, 0, 0.2, -0.3, 0.05, "count"),
    "sown": (2600, 0, 0.02, 0.15, 0.0, 0.01, "stock"), "harvested": (240, 0, 0.12, 0.5, 0.0, 0.01, "money"),
    "output": (900, 0, 0.12, 0.5, 0.0, 0.03, "money"), "violations": (0.35, 0, 0, 0.3, 0.0, -0.1, "count"),
    "insured": (4500, 0, 0.004, 0.0, 0.0, 0.04, "stock"), "labour": (16500, 0, 0.002, 0.0, 0.0, 0.01, "stock"),
    "health cards": (29000, 0, 0.003, 0.0, 0.0, 0.01, "stock"), "people": (31000, 0, 0.001, 0.0, 0.0, 0.01, "stock"),
    "accidents": (0.9, 0, 0, 0.2, 0.4, -0.05, "count"), "injured": (0.7, 0, 0, 0.2, 0.4, -0.05, "count"),
    "births": (36, 0, 0, 0.1, 0.0, 0.0, "count"), "cases": (420, 0, 0.08, 0.1, -0.4, 0.05, "money"),
}  # fmt: skip
NEVER_REPEATS = [name for name, row in SERIES.items() if row[6] == "money" and row[0] >= 100]
Panel = dict[tuple[int, str], list[Decimal]]


def poisson(dice: random.Random, height: float) -> int:
    """A count with this mean."""
    if height > 50:
        return max(0, round(dice.gauss(height, math.sqrt(height))))
    limit, count, product = math.exp(-height), 0, dice.random()
    while product > limit:
        count += 1
        product *= dice.random()
    return count


def panel(units: int, months: int, seed: int) -> Panel:
    """The figures as they are."""
    dice = random.Random(seed)
    common = {(name, month): dice.gauss(0, 0.04) for name in SERIES for month in range(months)}
    found: Panel = {}
    for unit in range(units):
        size = math.exp(dice.gauss(0, 0.6))
        for name, (usual, decimals, noise, season, tet, growth, kind) in SERIES.items():
            own, best = size * math.exp(dice.gauss(0, 0.3)), dice.randint(1, 12) if kind == "stock" else (len(name) * 5) % 12 + 1
            values = []
            stock = usual * own
            for month in range(months):
                of_year = month % 12 + 1
                height = usual * own * (1 + growth) ** (month / 12) * (1 + season * math.cos((of_year - best) / 6 * math.pi))
                height *= 1 + (tet if of_year == TET[month // 12 % 4] else 0)
                if kind == "count":
                    values.append(Decimal(poisson(dice, height)))
                    continue
                if kind == "stock":
                    stock *= 1 + growth / 12 + dice.gauss(0, noise / 2)
                    height = stock * (1 + season * math.cos((of_year - best) / 6 * math.pi))
                else:
                    height *= math.exp(common[name, month] + dice.gauss(0, noise * (1 + 0.3 / size)))
                values.append(Decimal(repr(round(height, decimals))))
            found[unit, name] = values
    return found


def exchange(value: Decimal, dice: random.Random) -> Decimal | None:
    """The value with two neighbouring digits exchanged, somewhere."""
    text = f"{abs(value):f}"
    places = [n for n, sign in enumerate(text) if sign != "."]
    pairs = [(a, b) for a, b in zip(places, places[1:], strict=False) if text[a] != text[b] and not (a == 0 and text[b] == "0")]
    if not pairs:
        return None
    a, b = dice.choice(pairs)
    letters = list(text)
    letters[a], letters[b] = letters[b], letters[a]
    return Decimal("".join(letters)).copy_sign(value)


@dataclass
class Fault:
    """A cell that says something else than it should."""

    unit: int
    name: str
    month: int
    value: Decimal
    second: Decimal = Decimal(0)


def second(true: Panel, unit: int, name: str, month: int) -> Decimal:
    """What the reporter's book says beside a value: a sum since January, or a change since the month before."""
    if SERIES[name][6] == "stock":
        return true[unit, name][month] - true[unit, name][month - 1]
    return sum(true[unit, name][month - month % 12 : month + 1], Decimal(0))


def slipped(true: Panel, seed: int, months: int) -> dict[tuple[int, str, int], Decimal]:
    """Right values with a sum that is not: one in fifty, mistyped or with a correction of an earlier month."""
    dice = random.Random(f"{seed} sums")
    found = {}
    for unit, name in true:
        for month in range(months - TESTED, months):
            book = second(true, unit, name, month)
            if book and dice.random() < 0.02:
                found[unit, name, month] = (exchange(book, dice) or book) if dice.random() < 0.5 else (book * Decimal("1.01")).quantize(
                    Decimal(1).scaleb(-SERIES[name][1]))  # fmt: skip
    return found


def contradicts(true: Panel, unit: int, name: str, month: int, value: Decimal, book: Decimal) -> bool:
    """Whether a value and the second figure are asked about."""
    past = [float(each) for each in true[unit, name][:month]]
    before = [-past[-1]] if SERIES[name][6] == "stock" else past[month - month % 12 :]
    return running(value, book, before, decimals=SERIES[name][1]) is not None


def faults(true: Panel, kind: str, seed: int, months: int) -> list[Fault]:
    """One cell in fifty of the tested months, where the fault changes anything."""
    dice = random.Random(f"{seed} {kind}")
    found = []
    for (unit, name), values in true.items():
        for month in range(months - TESTED, months):
            if dice.random() > 0.02 or not values[month]:
                continue
            value = values[month]
            changed: Decimal | None
            match kind:
                case "times 10":
                    changed = value * 10
                case "divided by 10":
                    changed = (value / 10).quantize(Decimal(1).scaleb(-SERIES[name][1]))
                case "times 1000":
                    changed = value * 1000
                case "sign":
                    changed = -value
                case "two digits exchanged":
                    changed = exchange(value, dice)
                case _:
                    changed = values[month - 1] if name in NEVER_REPEATS else None
            if changed is not None and changed != value:
                book = second(true, unit, name, month)
                if kind.startswith(("times", "divided")):
                    book *= changed / value
                if kind.startswith("copied"):
                    book = second(true, unit, name, month - 1)
                found.append(Fault(unit, name, month, changed, book))
    return found


def history(true: Panel, unit: int, name: str, month: int) -> History:
    """What was known before a month."""
    return History([float(value) for value in true[unit, name][:month]], 12, SERIES[name][6] == "count")


Asks = Callable[[int, str, int, Decimal], str]  # by which rule a value is asked about; "" where it is not
RULES = {"high": "unusual height", "low": "unusual height", "unit": "another unit", "digits": "digits exchanged", "copied": "copied"}


def ours(true: Panel) -> Asks:
    """Whether a value is asked about."""
    peers: dict[tuple[str, int], list[float]] = {}

    def ask(unit: int, name: str, month: int, value: Decimal) -> str:
        if (name, month) not in peers:
            units = sorted({u for u, _name in true})[:60]
            peers[name, month] = [history(true, u, name, month).strangeness(float(true[u, name][month])) for u in units]
        found = examine(value, history(true, unit, name, month), peers=peers[name, month])
        return next((RULES.get(each.rule, each.rule) for each in found if each.severity == CONFIRM), "")

    return ask


def plain(true: Panel) -> Asks:
    """The reference."""

    def ask(unit: int, name: str, month: int, value: Decimal) -> str:
        before = [float(each) for each in true[unit, name][:month]]
        return "unusual height" if abs(float(value) - mean(before)) > 3 * (pstdev(before) or 1e-9) else ""

    return ask


SIZES = {"by a quarter and more": 1.25, "by half and more": 1.5, "to the double or half": 2.0}


def _change(value: Decimal, true: Decimal) -> float:
    return abs(math.log(float(value) / float(true))) if value and true else math.inf


KINDS = ("times 10", "divided by 10", "times 1000", "sign", "two digits exchanged", "copied from the month before")


def measure(units: int, months: int, seed: int) -> dict[str, dict[str, float]]:
    """Recall of each kind and false alarms an agency and month, ours and the reference."""
    true = panel(units, months, seed)
    told: dict[str, dict[str, float]] = defaultdict(dict)
    for label, ask in (("ours", ours(true)), ("plain z", plain(true))):
        for kind in KINDS:
            put = faults(true, kind, seed, months)
            caught = [bool(ask(each.unit, each.name, each.month, each.value)) for each in put]
            told[kind][label] = sum(caught) / len(put)
            told[kind]["put in"] = len(put)
            if label == "ours":
                told[kind]["both"] = sum(
                    hit or contradicts(true, each.unit, each.name, each.month, each.value, each.second)
                    for hit, each in zip(caught, put, strict=True)
                ) / len(put)  # fmt: skip
            if kind == "two digits exchanged":
                for words, least in SIZES.items():
                    large = [
                        hit for hit, each in zip(caught, put, strict=True)
                        if _change(each.value, true[each.unit, each.name][each.month]) >= math.log(least)
                    ]  # fmt: skip
                    told[f"two digits exchanged, {words}"] |= {label: sum(large) / len(large), "put in": len(large)}
        asked = Counter(
            ask(unit, name, month, values[month]) for (unit, name), values in true.items() for month in range(months - TESTED, months)
        )
        told["false alarms of all kinds, an agency and month"][label] = (asked.total() - asked[""]) / units / TESTED
        for rule in dict.fromkeys(RULES.values()):
            told[f"false alarms, {rule}"][label] = asked[rule] / units / TESTED
    wrong = slipped(true, seed, months)
    told["false alarms, second figure"] = {"both": sum(
        contradicts(true, unit, name, month, true[unit, name][month], wrong.get((unit, name, month), second(true, unit, name, month)))
        for unit, name in true for month in range(months - TESTED, months)
    ) / units / TESTED}  # fmt: skip
    told["the report of another unit"] = _vectors(true, units, months, seed)
    return dict(told)


def _vectors(true: Panel, units: int, months: int, seed: int) -> dict[str, float]:
    dice = random.Random(f"{seed} vectors")
    groups = (("visitors", "from abroad", "nights"), ("sown", "harvested", "output"), ("insured", "labour", "health cards", "people"))
    found, put, false = 0, 0, 0
    for month in range(months - TESTED, months):
        for group in groups:
            vectors = {unit: [true[unit, name][month] for name in group] for unit in range(units)}
            false += len(alike(vectors))
            a, b = dice.sample(range(units), 2)
            put += 1
            found += any({x, y} == {a, b} for x, y, _n in alike(vectors | {a: vectors[b]}))
    return {"put in": put, "ours": found / put, "false": false / units / TESTED}


def main() -> None:
    from bench.measuring import keep, table

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=124)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    told = measure(options.units, options.months, options.seed)
    rows = []
    for kind, row in told.items():
        share = kind.startswith("false")
        show = (lambda value: f"{value:.2f}") if share else (lambda value: f"{100 * value:.1f} %")
        rows.append(
            (kind, f"{row['put in']:.0f}" if "put in" in row else "", *(show(row[k]) if k in row else "" for k in ("both", "ours", "plain z")),
             ("" if "all kinds" in kind else "<= 1") if share else ">= 90 %")
        )  # fmt: skip
    table(["", "faults", "ours, two figures", "ours, one figure", "plain z-score", "wanted"], rows)
    small = tuple(f"two digits exchanged, {words}" for words in SIZES)
    wanted = [row.get("both", row["ours"]) for kind, row in told.items() if kind not in small and not kind.startswith("false")]
    alarms = [row.get("both", row.get("ours", 0.0)) for kind, row in told.items() if kind.startswith("false alarms, ")]
    passed = min(wanted) >= 0.9 and max(alarms) <= 1
    path = keep("indicator_checks", {**vars(options), "told": told, "passed": passed})
    print(f"{path}: {'met' if passed else 'MISSED'}")
    raise SystemExit(0 if passed else 1)


if __name__ == "__main__":
    main()
