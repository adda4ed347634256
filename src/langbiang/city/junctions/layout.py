"""The layout of a junction as data: read, checked field by field, and turned into the rules of the gate.

A layout is the JSON of `data/dalat.json`: approaches, lanes, movements (vehicle and pedestrian), stages,
pairs that conflict, pairs where one gives way, intergreens for every ordered pair that conflicts, detector and camera zones.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from langbiang.city.traffic.gate.rules import Freshness, GateRules, Group, UnsafeConfiguration

VEHICLE, PEDESTRIAN = "vehicle", "pedestrian"
TURNS = ("left", "straight", "right")
LISTS = ("approaches", "lanes", "movements", "stages", "conflicts", "gives_way", "intergreens", "zones")
LISTED = {"movements": ("lanes",), "stages": ("movements",), "zones": ("lanes",)}
MOST = 40
FIGURES = Path(__file__).parent / "data" / "rules.json"


@dataclass(frozen=True)
class Problem:
    """What is wrong and in which field, named as the editor names it (`intergreen:BT:DT`)."""

    field: str
    message: str


@dataclass(frozen=True)
class Layout:
    """A layout whose keys and shapes are sound; whether it is safe is what `problems_of` says."""

    content: Mapping[str, Any]

    @property
    def movements(self) -> list[str]:
        """Keys of the movements, in order; the order is that of the gate's groups."""
        return [m["key"] for m in self.content["movements"]]

    @property
    def stages(self) -> list[str]:
        """Keys of the stages, in running order."""
        return [s["key"] for s in self.content["stages"]]

    def stage(self, key: str) -> Mapping[str, Any] | None:
        """A stage by its key."""
        return next((s for s in self.content["stages"] if s["key"] == key), None)

    @property
    def conflicts(self) -> set[tuple[str, str]]:
        """Ordered pairs that may not be green together, both ways round as they were written."""
        return {(a, b) for a, b in self.content["conflicts"]}

    def intergreen_s(self, ending: str, starting: str) -> float | None:
        """Red of the one to green of the other, yellow not counted."""
        value = self.content["intergreens"].get(f"{ending}>{starting}")
        return None if value is None else float(value)

    def change_s(self, leaving: str, coming: str) -> float:
        """Longest time from the end of green of one stage to the start of the last green of the other."""
        a, b = self.stage(leaving), self.stage(coming)
        if a is None or b is None:
            return 0.0
        ends = {m["key"]: float(m["yellow_s"] if m["kind"] == VEHICLE else m["clear_s"]) for m in self.content["movements"]}
        lost = [m for m in a["movements"] if m not in b["movements"]]
        return max(
            (
                ends[x] + (self.intergreen_s(x, y) or 0.0)
                for x in lost
                for y in b["movements"]
                if y not in a["movements"] and (x, y) in self.conflicts
            ),
            default=max((ends[x] for x in lost), default=0.0),
        )

    def min_green_s(self, stage: str) -> float:
        """The shortest green a stage may have: the longest minimum among its movements."""
        found = self.stage(stage)
        mine = set(found["movements"]) if found else set()
        return max(
            (float(m["min_green_s"] if m["kind"] == VEHICLE else m["walk_s"]) for m in self.content["movements"] if m["key"] in mine),
            default=0.0,
        )


def shape_problems(content: Any) -> list[Problem]:
    """What keeps the content from being read at all."""
    if not isinstance(content, dict):
        return [Problem("layout", _("The layout is not an object."))]
    found = [Problem(name, _("This part is missing.")) for name in LISTS if name not in content]
    if found:
        return found
    for name in LISTS:
        wanted = dict if name == "intergreens" else list
        if not isinstance(content[name], wanted):
            found.append(Problem(name, _("This part has the wrong form.")))
    if found:
        return found
    for name in ("approaches", "lanes", "movements", "stages", "zones"):
        rows = content[name]
        if len(rows) > MOST:
            found.append(Problem(name, _("At most %(most)s rows.") % {"most": MOST}))
        keys = [row.get("key") if isinstance(row, dict) else None for row in rows]
        if any(not isinstance(key, str) or not key or not key.replace("-", "").isalnum() for key in keys):
            found.append(Problem(name, _("Every row needs a key of letters and digits.")))
        elif len(set(keys)) != len(keys):
            found.append(Problem(name, _("A key stands there twice.")))
        if not found and not all(_is_list_of_keys(row, part) for row in rows for part in LISTED.get(name, ())):
            found.append(Problem(name, _("A row needs its list of keys.")))
        if not found and not all(isinstance(row.get("approach", ""), str) for row in rows):
            found.append(Problem(name, _("This part has the wrong form.")))
    for name in ("conflicts", "gives_way"):
        if not all(isinstance(p, list) and len(p) == 2 and all(isinstance(k, str) for k in p) for p in content[name]):
            found.append(Problem(name, _("Pairs of two movements are expected.")))
    return found


def _is_list_of_keys(row: Mapping[str, Any], part: str) -> bool:
    value = row.get(part, [] if part == "lanes" else None)
    return isinstance(value, list) and all(isinstance(key, str) for key in value)


def _number(row: Mapping[str, Any], name: str, least: float, most: float, where: str) -> list[Problem]:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        return [Problem(where, _("Enter a number from %(least)s to %(most)s.") % {"least": f"{least:g}", "most": f"{most:g}"})]
    return []


@lru_cache(maxsize=1)
def usual_walking_mps() -> float:
    """How fast people on foot are taken to be, as delivered among the figures of the room; the latest row counts."""
    rows = json.loads(FIGURES.read_text(encoding="utf-8"))
    return float(max((row for row in rows if row["name"] == "walking_mps"), key=lambda row: row["valid_from"])["value"])


def _crossing_problems(row: Mapping[str, Any], walking_mps: float) -> list[Problem]:
    """G4: the walk leads to the middle of the road, the clearance over all of it."""
    key = row["key"]
    found = _number(row, "walk_s", 5, 60, f"walk:{key}") + _number(row, "clear_s", 3, 60, f"clear:{key}")
    found += _number(row, "length_m", 2, 60, f"crossing:{key}")
    if found:
        return found
    length = float(row["length_m"])
    for name, field, way, told in (
        ("walk_s", "walk", length / 2, _(
            "Rule G4: people walk %(speed)s m/s and need at least %(least)s s to the middle of %(length)s m. "
            "Lengthen the walk, or correct the length of the crossing."
        )),
        ("clear_s", "clear", length, _(
            "Rule G4: people walk %(speed)s m/s and need at least %(least)s s to clear %(length)s m. "
            "Lengthen the clearance, or correct the length of the crossing."
        )),
    ):  # fmt: skip
        least = math.ceil(way / walking_mps * 10 - 1e-6) / 10
        if float(row[name]) < least:
            given = {"speed": f"{walking_mps:g}", "least": f"{least:g}", "length": f"{length:g}"}
            found.append(Problem(f"{field}:{key}", told % given))
    return found


def _movement_problems(content: Mapping[str, Any], walking_mps: float) -> list[Problem]:
    found: list[Problem] = []
    approaches = {a["key"] for a in content["approaches"]}
    lanes = {lane["key"]: lane.get("approach") for lane in content["lanes"]}
    for lane, approach in lanes.items():
        if approach not in approaches:
            found.append(Problem(f"lane:{lane}", _("This lane belongs to no approach.")))
    for row in content["lanes"]:
        found += _number(row, "width_m", 1.5, 8, f"width:{row['key']}") + _number(row, "length_m", 5, 500, f"length:{row['key']}")
    for row in content["approaches"]:
        found += _number(row, "bearing", 0, 359, f"bearing:{row['key']}")
    for row in content["movements"]:
        key = row["key"]
        if row.get("approach") not in approaches:
            found.append(Problem(f"movement:{key}", _("This movement starts from no approach.")))
        if row.get("kind") == PEDESTRIAN:
            found += _crossing_problems(row, walking_mps)
        elif row.get("kind") == VEHICLE:
            found += _number(row, "min_green_s", 5, 60, f"min_green:{key}") + _number(row, "yellow_s", 3, 6, f"yellow:{key}")
            if row.get("turn") not in TURNS:
                found.append(Problem(f"movement:{key}", _("A vehicle movement turns left, right or goes straight.")))
            if not row.get("lanes") or any(lanes.get(lane) != row.get("approach") for lane in row.get("lanes", [])):
                found.append(Problem(f"movement:{key}", _("A vehicle movement needs lanes of its own approach.")))
        else:
            found.append(Problem(f"movement:{key}", _("A movement is of vehicles or of pedestrians.")))
    return found


def _pair_problems(layout: Layout) -> list[Problem]:
    found: list[Problem] = []
    known, pairs = set(layout.movements), layout.conflicts
    for a, b in sorted(pairs):
        if a not in known or b not in known or a == b:
            found.append(Problem(f"conflict:{a}:{b}", _("A conflict names two different movements of this junction.")))
        elif (b, a) not in pairs:
            found.append(
                Problem(f"conflict:{b}:{a}", _("%(a)s conflicts with %(b)s, but not the other way round.") % {"a": a, "b": b})
            )
        value = layout.content["intergreens"].get(f"{a}>{b}")
        if value is None:
            found.append(
                Problem(f"intergreen:{a}:{b}", _("The intergreen from %(a)s to %(b)s is missing.") % {"a": a, "b": b})
            )
        else:
            found += _number({"s": value}, "s", 0, 20, f"intergreen:{a}:{b}")
    for name in layout.content["intergreens"]:
        a, _arrow, b = name.partition(">")
        if (a, b) not in pairs:
            found.append(Problem(f"intergreen:{a}:{b}", _("An intergreen stands between movements that do not conflict.")))
    for a, b in layout.content["gives_way"]:
        if a not in known or b not in known or (a, b) in pairs:
            found.append(Problem(f"gives_way:{a}:{b}", _("Giving way is for movements that are green together.")))
    return found


def _stage_problems(layout: Layout) -> list[Problem]:
    found: list[Problem] = []
    known, pairs = set(layout.movements), layout.conflicts
    served: set[str] = set()
    if len(layout.stages) < 2:
        found.append(Problem("stages", _("A junction needs at least two stages.")))
    for row in layout.content["stages"]:
        key, mine = row["key"], list(row.get("movements", []))
        served |= set(mine)
        if not mine:
            found.append(Problem(f"stage:{key}", _("Stage %(stage)s gives green to nobody.") % {"stage": key}))
        for one in mine:
            if one not in known:
                found.append(Problem(f"stage:{key}", _("Stage %(stage)s names an unknown movement %(key)s.") % {"stage": key, "key": one}))
        for i, a in enumerate(mine):
            for b in mine[i + 1 :]:
                if (a, b) in pairs or (b, a) in pairs:
                    told = _("Stage %(stage)s shows %(a)s and %(b)s together, which conflict.")
                    found.append(Problem(f"stage:{key}:{b}", told % {"stage": key, "a": a, "b": b}))
    for one in layout.movements:
        if one not in served:
            found.append(Problem(f"movement:{one}", _("No stage ever gives green to %(key)s.") % {"key": one}))
    return found


def _zone_problems(content: Mapping[str, Any]) -> list[Problem]:
    lanes = {lane["key"] for lane in content["lanes"]}
    found = []
    for row in content["zones"]:
        points = row.get("polygon", [])
        sound = isinstance(points, list) and len(points) >= 3 and all(
            isinstance(p, list) and len(p) == 2 and all(isinstance(v, int | float) and 0 <= v <= 1 for v in p) for p in points
        )
        if row.get("kind") not in ("detector", "camera") or not sound:
            found.append(Problem(f"zone:{row['key']}", _("A zone is a detector or a camera with three corners or more, each from 0 to 1.")))
        if not row.get("lanes") or not set(row["lanes"]) <= lanes:
            found.append(Problem(f"zone:{row['key']}", _("A zone watches lanes of this junction.")))
    return found


def problems_of(code: str, content: Any, *, walking_mps: float | None = None) -> list[Problem]:
    """Everything wrong with a layout; empty when the gate may work with it.

    `walking_mps`: how fast people on foot are on that day; the figure of the room where it is not given.
    """
    found = shape_problems(content)
    if found:
        return found
    layout = Layout(content)
    found = _movement_problems(content, walking_mps or usual_walking_mps()) + _pair_problems(layout) + _stage_problems(layout) + _zone_problems(content)
    if not found:
        try:
            gate_rules(code, layout)
        except UnsafeConfiguration as unsafe:
            found.append(Problem("stages", str(unsafe)))
    return found


# Which rule of the gate a field stands under; what is left out (widths, zones, bearings) changes no lamp.
RULES = {
    "walk": "G4", "clear": "G4", "crossing": "G4", "min_green": "G3", "yellow": "G5", "intergreen": "G6", "conflict": "G2", "gives_way": "G9",
    "stage": "G2", "stages": "G1", "movement": "G1", "movements": "G1", "conflicts": "G2", "intergreens": "G6", "layout": "G1",
}  # fmt: skip
_VALUES = {"walk": "walk_s", "clear": "clear_s", "crossing": "length_m", "min_green": "min_green_s", "yellow": "yellow_s"}


def rule_broken(problem: Problem) -> str:
    """The rule of the gate a problem breaks; empty where it concerns no lamp."""
    return RULES.get(problem.field.partition(":")[0], "")


def safety_problems(code: str, content: Any, *, walking_mps: float) -> list[Problem]:
    """What is wrong with a layout by the rules the gate keeps; empty when lamps may follow it."""
    return [problem for problem in problems_of(code, content, walking_mps=walking_mps) if rule_broken(problem)]


def value_at(content: Mapping[str, Any], field: str) -> Any:
    """What stands in a field a problem names; None where it names no single figure."""
    name, _colon, key = field.partition(":")
    if name == "intergreen":
        return content["intergreens"].get(key.replace(":", ">"))
    if name in _VALUES:
        return next((row.get(_VALUES[name]) for row in content["movements"] if row["key"] == key), None)
    return None


def gate_rules(code: str, layout: Layout) -> GateRules:
    """The rules of the gate for this layout; its `fingerprint` is what two persons sign when they arm.

    Raises UnsafeConfiguration.
    """
    content, keys = layout.content, layout.movements
    pairs, ways = layout.conflicts, {(a, b) for a, b in content["gives_way"]}
    return GateRules(
        junction=code,
        groups=tuple(
            Group(m["key"], float(m["walk_s"]), float(m["clear_s"]), is_pedestrian=True)
            if m["kind"] == PEDESTRIAN
            else Group(m["key"], float(m["min_green_s"]), float(m["yellow_s"]))
            for m in content["movements"]
        ),
        stages=tuple(tuple(key in stage["movements"] for key in keys) for stage in content["stages"]),
        conflicts=tuple(tuple((a, b) in pairs for b in keys) for a in keys),
        clearance_s=tuple(tuple(layout.intergreen_s(a, b) or 0.0 for b in keys) for a in keys),
        gives_way=tuple(tuple((a, b) in ways for b in keys) for a in keys),
        max_red_s=float(content.get("max_red_s", 120)),
        freshness=Freshness(),
    )
