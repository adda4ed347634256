"""Layouts in force are judged again: what was approved before a rule existed, or under another figure, must not stay unseen."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from langbiang.foundation.access import SYSTEM, Refusal

from ..layout import Problem, rule_broken, safety_problems, value_at
from ..models import OPEN_STATES, Alert, Layout
from .alerts import note_over, raise_alert
from .finding import rule

KIND = "layout:"
WHAT = {
    "walk": "walk time", "clear": "walk clearance", "crossing": "length of the crossing", "min_green": "minimum green", "yellow": "yellow time",
    "intergreen": "intergreen",
}  # fmt: skip
METRES = ("crossing",)
WAY_OUT = "Draft a corrected layout and let another person approve it."


class Unsafe(Refusal):
    """A layout breaks a rule of the gate: the junction is not armed under it, and it is not put in force."""


@dataclass(frozen=True)
class Judged:
    """A layout in force and what is wrong with it by the rules of an instant, each fault in a sentence (English)."""

    layout: Layout
    faults: tuple[str, ...]


def require_safe(row: Layout, *, at: datetime) -> None:
    """Refuse a layout that breaks a rule of today, in words. Raises Unsafe; NoSuch where the walking speed is not set."""
    faults = safety_problems(row.junction.code, row.content, walking_mps=rule("walking_mps", at=at))
    if faults:
        told = _("Version %(number)s of the layout of %(junction)s breaks rule %(rule)s (%(field)s): %(told)s")
        raise Unsafe(
            told % {
                "number": row.number, "junction": row.junction.name, "rule": rule_broken(faults[0]), "field": faults[0].field,
                "told": faults[0].message,
            },
            way_out=_("Draft a corrected layout and let another person approve it."),
        )  # fmt: skip


def sentence_of(row: Layout, problem: Problem) -> str:
    """A fault as an alert keeps it, in English, line by line; `problem` was found in English."""
    name, _colon, keys = problem.field.partition(":")
    value, broken = value_at(row.content, problem.field), rule_broken(problem)
    whose = keys.replace(":", " > ") or name
    if name in WHAT and value is not None:
        figure = f"{value:g}" if isinstance(value, int | float) else str(value)[:20]
        first = f"Layout version {row.number} breaks rule {broken}: {WHAT[name]} of {whose} is {figure} {'m' if name in METRES else 's'}."
    else:
        first = f"Layout version {row.number} breaks rule {broken} at {whose}."
    return "\n".join((first, problem.message, WAY_OUT))


def judge_layouts(*, at: datetime, junction_id: int | None = None) -> list[Judged]:
    """Judge every layout in force (or that of one junction) by the rules of now: an alert for each fault, and a word when it is gone.

    An alert that is open and says the same is left as it is. Raises NoSuch where the walking speed is not set.
    """
    rows = Layout.objects.filter(state="approved").select_related("junction").order_by("junction__code")
    if junction_id is not None:
        rows = rows.filter(junction_id=junction_id)
    walking_mps = rule("walking_mps", at=at)
    return [_judge(row, walking_mps=walking_mps, at=at) for row in rows]


@transaction.atomic
def _judge(row: Layout, *, walking_mps: float, at: datetime) -> Judged:
    with translation.override("en"):
        found = {
            f"{KIND}{problem.field}"[:30]: sentence_of(row, problem)
            for problem in reversed(safety_problems(row.junction.code, row.content, walking_mps=walking_mps))
        }
    known = dict(
        Alert.objects.filter(junction=row.junction, kind__startswith=KIND, state__in=OPEN_STATES, over_at=None).values_list("kind", "text")
    )
    for kind, text in found.items():
        if known.get(kind) != text[:400]:
            raise_alert(SYSTEM, junction_code=row.junction.code, kind=kind, text=text, at=at)
    for kind in known.keys() - found.keys():
        note_over(SYSTEM, junction_code=row.junction.code, kind=kind, at=at)
    return Judged(row, tuple(reversed(found.values())))
