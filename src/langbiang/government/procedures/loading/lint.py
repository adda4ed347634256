"""What is wrong with a procedure as written in a file, each with its place: no database, so that it can run anywhere."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

from langbiang.foundation.forms import queries as forms
from langbiang.foundation.forms.conditions import problems_of as condition_problems

from ..process_hours import WAITING, promised_hours
from .reading import is_code

DATA = Path(__file__).parents[1] / "data"
UNITS = ("working_days", "calendar_days", "months", "working_hours")
TEXTS = {
    "summary": 2000, "title": 1000, "title_en": 1000, "keywords": 1000, "conditions": 20_000, "steps_text": 50_000,
    "source": 120, "decision_no": 80,
}  # fmt: skip
CHOICES = {
    "cutoff_scope": ("same_day", "all", "none"),
    "online_level": ("full", "partial", "information"),
}
SWITCHES = ("needs_paper_result", "silence_agrees", "verified")
LISTS = ("levels", "audiences", "life_events", "competence", "channels", "fees", "documents", "results", "legal_bases")
OBJECTS = ("form", "result_template", "hours", "eligibility")
KEYS = {*TEXTS, *CHOICES, *SWITCHES, *LISTS, *OBJECTS, "code", "field", "template", "max_supplements", "valid_from"}
REQUIRED = (
    "code", "title", "title_en", "field", "levels", "template", "channels", "competence", "results", "form", "result_template",
)  # fmt: skip
_NUMBER = re.compile(r"\{number(:[^{}]*)?\}")


@dataclass(frozen=True)
class _Term:
    duration: Decimal | None
    duration_unit: str


@lru_cache(maxsize=1)
def _known() -> dict[str, dict[str, Any]]:
    """Fields, life events and ways of working as shipped, by code."""
    found: dict[str, dict[str, Any]] = {}
    for name, key in (("fields", "code"), ("life_events", "slug"), ("templates", "code")):
        rows = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
        found[name] = {row[key]: row for row in rows}
    return found


def problems_of(data: Any, *, required: Iterable[str] = REQUIRED) -> list[str]:
    """Everything that keeps a file from being loaded; empty when it can be. Nothing somebody writes raises.

    What is not `required` may be left out, but is checked where it stands.
    """
    if not isinstance(data, Mapping):
        return ["the file holds one object"]
    found = [f"unknown key {k!r}" for k in sorted({str(k) for k in data} - KEYS)]
    needed = set(required)
    found += [f"{k}: missing" for k in REQUIRED if k in needed and not data.get(k)]
    found += list(_shape(data))
    if found:
        return found  # what follows looks into the parts
    form: Mapping[str, Any] = data.get("form") or {"groups": []}
    found += [f"form.{p}" for p in forms.problems_of(form)]
    if found:
        return found
    once, repeated = _questions(form)
    found += _plain(data)
    found += _channels(data.get("channels", []))
    found += _documents(data.get("documents", []), once)
    found += _fees(data.get("fees", []), once)
    found += _results(data.get("results", []))
    if data.get("result_template"):
        found += _template(data["result_template"], once, repeated)
    found += _competence(data.get("competence", []))
    found += _eligibility(data.get("eligibility") or {})
    for n, row in enumerate(data.get("legal_bases", [])):
        if not _text(row.get("title")) or len(str(row.get("code", ""))) > 60:
            found.append(f"legal_bases[{n}]: a title, and a code of at most 60 characters")
    return found or (_hours(data) if data.get("template") else [])


def _shape(data: Mapping[str, Any]) -> Iterator[str]:
    for name, most in TEXTS.items():
        value = data.get(name, "")
        if not isinstance(value, str) or len(value) > most:
            yield f"{name}: a text of at most {most} characters"
    for name, values in CHOICES.items():
        if name in data and data[name] not in values:
            yield f"{name}: {', '.join(values)}"
    for name in SWITCHES:
        if not isinstance(data.get(name, False), bool):
            yield f"{name}: true or false"
    for name in OBJECTS:
        if not isinstance(data.get(name, {}), Mapping):
            yield f"{name}: an object"
    for name in LISTS:
        rows = data.get(name, [])
        kind: type = str if name in ("levels", "audiences", "life_events") else Mapping  # type: ignore[type-abstract]  # an abstract class tells as well
        if not isinstance(rows, list):
            yield f"{name}: a list"
        else:
            word = "a text" if kind is str else "an object"
            yield from (f"{name}[{n}]: {word}" for n, row in enumerate(rows) if not isinstance(row, kind))


def _questions(form: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Questions asked once, and `group.question` (and the group) of repeated ones."""
    once: set[str] = set()
    repeated: set[str] = set()
    for group, question in forms_questions(form):
        if group.get("repeat") is None:
            once.add(question["key"])
            repeated.add(f"{group['key']}.{question['key']}")
        else:
            repeated |= {group["key"], f"{group['key']}.{question['key']}"}
    return once, repeated


def forms_questions(form: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every question of a form in order, with its group."""
    for group in form["groups"]:
        for question in group["questions"]:
            yield group, question


def _plain(data: Mapping[str, Any]) -> Iterator[str]:
    known = _known()
    if not isinstance(data["code"], str) or not is_code(data["code"]):
        yield "code: digit, dot, six digits (1.001193); for a procedure of the province .H and two digits after it"
    for name, table in (("field", "fields"), ("template", "templates")):
        if data.get(name) and data[name] not in known[table]:
            yield f"{name}: {data[name]!r} is not in data/{table}.json"
    for n, slug in enumerate(data.get("life_events", [])):
        if slug not in known["life_events"]:
            yield f"life_events[{n}]: {slug!r} is not in data/life_events.json"
    for n, level in enumerate(data.get("levels", [])):
        if level not in ("ministry", "province", "commune", "other"):
            yield f"levels[{n}]: unknown level {level!r}"
    most = data.get("max_supplements")
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or not 0 <= most <= 20):
        yield "max_supplements: a whole number from 0 to 20, or nothing"
    yield from _day(data, "valid_from", "valid_from")


def _day(row: Mapping[str, Any], name: str, where: str) -> Iterator[str]:
    if row.get(name) is None:
        return
    try:
        date.fromisoformat(row[name])
    except (ValueError, TypeError):
        yield f"{where}: a day as 2025-07-01"


def _channels(rows: Any) -> Iterator[str]:
    for n, row in enumerate(rows):
        where = f"channels[{n}]"
        if row.get("kind") not in ("direct", "online", "postal"):
            yield f"{where}.kind: direct, online or postal"
        if row.get("unit") not in UNITS:
            yield f"{where}.unit: one of {', '.join(UNITS)}"
        if not 0 < (_decimal(row.get("duration")) or 0) < 1000:
            yield f"{where}.duration: a number above 0"


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _documents(rows: Any, questions: set[str]) -> Iterator[str]:
    keys = []
    for n, row in enumerate(rows):
        where = f"documents[{n}]"
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,59}", str(row.get("key", ""))):
            yield f"{where}.key: lower-case letters, digits and -"
        keys.append(row.get("key"))
        if not _text(row.get("name")) or not _text(row.get("name_en")):
            yield f"{where}: name and name_en are needed"
        for name in ("originals", "copies"):
            count = row.get(name, 0)
            if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 99:
                yield f"{where}.{name}: a whole number from 0 to 99"
        for name in ("required", "present_only"):
            if not isinstance(row.get(name, False), bool):
                yield f"{where}.{name}: true or false"
        if len(str(row.get("reuse_result", ""))) > 40:
            yield f"{where}.reuse_result: the code of a result"
        yield from condition_problems(row.get("condition") or {}, questions, f"{where}.condition")
    yield from (f"documents: key {k!r} is used twice" for k in sorted({str(k) for k in keys if keys.count(k) > 1}))


def _fees(rows: Any, questions: set[str]) -> Iterator[str]:
    for n, row in enumerate(rows):
        where = f"fees[{n}]"
        if row.get("kind") not in ("phi", "le_phi"):
            yield f"{where}.kind: phi or le_phi"
        for name, most in (("label", 200), ("legal_source", 300)):
            if not _text(row.get(name)) or len(row[name]) > most:
                yield f"{where}.{name}: a text of at most {most} characters"
        amount = row.get("amount_vnd")
        if isinstance(amount, bool) or not isinstance(amount, int) or not 0 <= amount < 10**12:
            yield f"{where}.amount_vnd: whole đồng"
        if row.get("channel", "") not in ("", "direct", "online", "postal"):
            yield f"{where}.channel: direct, online, postal, or left out for all"
        if len(str(row.get("per", ""))) > 80:
            yield f"{where}.per: at most 80 characters"
        yield from _day(row, "valid_from", f"{where}.valid_from")
        yield from condition_problems(row.get("condition") or {}, questions, f"{where}.condition")
        if row.get("quantity_from") and row["quantity_from"] not in questions:
            yield f"{where}.quantity_from: unknown question {row['quantity_from']!r}"
        yield from _exemptions(row.get("exemptions", []), questions, where)


def fee_problems(fee: Mapping[str, Any], form: Mapping[str, Any]) -> list[str]:
    """What is wrong with a single fee, for a procedure with this form; each begins with the name of the part."""
    once, _repeated = _questions(form if form else {"groups": []})
    return [line.removeprefix("fees[0].") for line in _fees([fee], once)]


def _exemptions(rows: Any, questions: set[str], where: str) -> Iterator[str]:
    if not isinstance(rows, list):
        yield f"{where}.exemptions: a list"
        return
    for n, row in enumerate(rows):
        spot = f"{where}.exemptions[{n}]"
        if not isinstance(row, Mapping) or not _text(row.get("name")) or not row.get("condition"):
            yield f"{spot}: name, condition and share are needed"
            continue
        share = _decimal(row.get("share", 0))
        if share is None or not 0 <= share < 1:
            yield f"{spot}.share: what is still to pay, from 0 to below 1"
        yield from condition_problems(row["condition"], questions, f"{spot}.condition")


def _results(rows: Any) -> Iterator[str]:
    for n, row in enumerate(rows):
        pattern = row.get("number_pattern", "")
        if not _text(row.get("name")) or not _text(row.get("register")) or not _NUMBER.search(str(pattern)):
            yield f"results[{n}]: name, register and a number_pattern with {{number}} are needed"
            continue
        try:
            pattern.format(number=1, year=2026, unit="UBND")
        except (KeyError, ValueError, IndexError, AttributeError):
            yield f"results[{n}].number_pattern: only {{number}}, {{year}} and {{unit}} are known"
        if len(row["register"]) > 40 or len(pattern) > 80 or len(str(row.get("code", ""))) > 40:
            yield f"results[{n}]: register and code have at most 40 characters, the pattern 80"


def _template(template: Mapping[str, Any], once: set[str], repeated: set[str]) -> Iterator[str]:
    if not _text(template.get("title")):
        yield "result_template.title: missing"
    if not isinstance(template.get("legal", []), list):
        yield "result_template.legal: a list of lines"
    rows = template.get("rows", [])
    if not isinstance(rows, list):
        yield "result_template.rows: a list"
        return
    ids = []
    for n, row in enumerate(rows):
        where = f"result_template.rows[{n}]"
        if not isinstance(row, Mapping) or not _text(row.get("id")) or not _text(row.get("label")):
            yield f"{where}: id and label are needed"
            continue
        ids.append(row["id"])
        if row.get("from") and row["from"] not in once | repeated:
            yield f"{where}.from: unknown question {row['from']!r}"
    yield from (f"result_template.rows: id {k!r} is used twice" for k in sorted({k for k in ids if ids.count(k) > 1}))


def _competence(rows: Any) -> Iterator[str]:
    for n, row in enumerate(rows):
        if not _text(row.get("agency")) and row.get("level") != "commune":
            yield f'competence[{n}]: {{"level": "commune", "by": "residence"}}, or the code of an agency under "agency"'


def _eligibility(check: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"eligibility: unknown key {k!r}" for k in sorted({str(k) for k in check} - {"questions", "outcomes"}))
    asked = check.get("questions") or []
    outcomes = check.get("outcomes") or []
    if not isinstance(asked, list) or not isinstance(outcomes, list):
        yield "eligibility: questions and outcomes are lists"
        return
    if asked:
        form = {"groups": [{"key": "check", "title": "-", "title_en": "-", "questions": asked}]}
        yield from (p.replace("groups[0].", "eligibility.", 1) for p in forms.problems_of(form))
    keys = {str(q.get("key")) for q in asked if isinstance(q, Mapping)}
    for n, row in enumerate(outcomes):
        where = f"eligibility.outcomes[{n}]"
        if not isinstance(row, Mapping) or row.get("verdict") not in ("yes", "no", "other"):
            yield f"{where}.verdict: yes, no or other"
            continue
        if not _text(row.get("text")) or not _text(row.get("text_en")):
            yield f"{where}: text and text_en are needed"
        yield from condition_problems(row.get("if") or {}, keys, f"{where}.if")


def _hours(data: Mapping[str, Any]) -> list[str]:
    """Hours of named steps exist, and leave room in what is promised."""
    found = []
    steps = {step["key"]: step for step in _known()["templates"][data["template"]]["steps"]}
    total = Decimal(0)
    for key, value in (data.get("hours") or {}).items():
        number = _decimal(value)
        if key not in steps:
            found.append(f"hours.{key}: {data['template']} has no such step ({', '.join(steps)})")
        elif number is None or not 0 <= number < 1000:
            found.append(f"hours.{key}: a number of hours")
        elif steps[key]["kind"] not in WAITING:
            total += number
    promised = promised_hours(_Term(_decimal(row["duration"]), row["unit"]) for row in data.get("channels", []))
    if promised is not None and total > promised:
        found.append(f"hours: {total} hours are named, but only {promised} are promised (channels)")
    return found
