"""The few lines of a morning brief that a notice carries: what needs somebody first, in the language of the reader."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor

from . import figures, queries
from .models import Brief
from .writing import title_of, written

MOST = 3
# What needs somebody comes before what is only worth knowing.
ORDER = ("alerts", "late", "changes", "due", "reports", "traffic", "yesterday")


def lines(actor: Actor, found: Brief) -> list[str]:
    """The most important sentences of a brief that an actor may read: of each section the first that counts anything,
    then further ones. Vietnamese as they stand in the brief; in English the same figures."""
    sections = {each["key"]: [line for line in each["sentences"] if _counts(found, line)] for each in queries.brief_sections(actor, found)}
    ranked = [line for key in ORDER for line in sections.get(key, [])[:1]]
    ranked += [line for key in ORDER for line in sections.get(key, [])[1:]]
    is_vietnamese = (get_language() or "vi").startswith("vi")
    told = [_sentence(found, line) if is_vietnamese else _figures(found, line) for line in ranked[:MOST]]
    return told or [_("Nothing in your units needs you before anything else.")]


def _counts(found: Brief, line: dict[str, Any]) -> bool:
    return any(found.figures[ref]["value"] > 0 for ref in line["facts"].values())


def _sentence(found: Brief, line: dict[str, Any]) -> str:
    words = {name: found.figures[ref]["words"] for name, ref in line["facts"].items()}
    return str(line["pattern"].format(**words, **line["names"]))


def _figures(found: Brief, line: dict[str, Any]) -> str:
    """The figures of a sentence with their names."""
    facts = [found.figures[ref] for ref in line["facts"].values()]
    unit = next((fact["unit"] for fact in facts if fact["unit"]), "")
    where = title_of(unit) if unit else line["names"].get("where", "")
    told = ", ".join(f"{_title(fact)} {_value(fact)}" for fact in facts)
    return f"{where}: {told}" if where else f"{told[:1].upper()}{told[1:]}"


def _title(fact: dict[str, Any]) -> str:
    measure = fact["measure"]
    if measure == "alerts.open":
        return _("alerts open for more than a day")
    if measure.startswith("alert:"):
        return _("open alert")
    if measure.startswith("usual:"):
        return _("on usual days")
    return str(figures.figure(measure).title).lower()


def _value(fact: dict[str, Any]) -> str:
    measure = fact["measure"].removeprefix("usual:")
    known = next((each for each in figures.every() if each.name == measure), None)
    return written(None if fact["value"] < 0 else fact["value"], known) if known else str(fact["words"])
