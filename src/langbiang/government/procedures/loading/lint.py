"""What is wrong with a procedure as written in a file, each with its place: no database, so that it can run anywhere."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from langbiang.foundation.forms import queries as forms
from langbiang.foundation.forms.conditions import problems_of as condition_problems

CODE = re.compile(r"^\d\.\d{6}(\.H\d{2})?$")
UNITS = ("working_days", "calendar_days", "months", "working_hours")
KEYS = {
    "code", "title", "title_en", "summary", "field", "levels", "audiences", "keywords", "life_events", "online_level",
    "needs_paper_result", "conditions", "steps_text", "cutoff_scope", "competence", "template", "hours", "channels", "fees",
    "documents", "results", "legal_bases", "eligibility", "form", "result_template", "silence_agrees", "max_supplements",
    "valid_from", "source", "verified", "decision_no",
}  # fmt: skip
REQUIRED = (
    "code",
    "title",
    "title_en",
    "field",
    "levels",
    "template",
    "channels",
    "results",
    "form",
    "result_template",
)


def problems_of(data: Any) -> list[str]:
    """Everything that keeps a file from being loaded; empty when it can be."""
    if not isinstance(data, Mapping):
        return ["the file holds one object"]
    found = [f"unknown key {k!r}" for k in sorted(set(data) - KEYS)]
    found += [f"{k}: missing" for k in REQUIRED if not data.get(k)]
    if data.get("code") and not CODE.match(str(data["code"])):
        found.append("code: digit, dot, six digits (1.001193)")
    for level in data.get("levels", []):
        if level not in ("ministry", "province", "commune", "other"):
            found.append(f"levels: unknown level {level!r}")
    if data.get("cutoff_scope", "none") not in ("same_day", "all", "none"):
        found.append("cutoff_scope: same_day, all or none")
    if data.get("online_level", "full") not in ("full", "partial", "information"):
        found.append("online_level: full, partial or information")
    form = data.get("form") or {}
    found += [f"form.{p}" for p in forms.problems_of(form)] if form else []
    questions = {
        q["key"]
        for g in form.get("groups", [])
        if isinstance(g, Mapping)
        for q in g.get("questions", [])
        if isinstance(q, Mapping) and "key" in q
    }
    groups = {g["key"] for g in form.get("groups", []) if isinstance(g, Mapping) and "key" in g}
    found += _channels(data.get("channels"))
    found += _documents(data.get("documents", []), questions)
    found += _fees(data.get("fees", []), questions)
    for n, row in enumerate(data.get("results", [])):
        if not row.get("name") or not row.get("register") or "{number" not in row.get("number_pattern", ""):
            found.append(f"results[{n}]: name, register and a number_pattern with {{number}} are needed")
    for n, row in enumerate((data.get("result_template") or {}).get("rows", [])):
        source = str(row.get("from", "")).split(".")[-1]
        if not row.get("id") or not row.get("label"):
            found.append(f"result_template.rows[{n}]: id and label are needed")
        if row.get("from") and source not in questions | groups:
            found.append(f"result_template.rows[{n}].from: unknown question {row['from']!r}")
    if not data.get("competence"):
        found.append('competence: who decides, e.g. [{"level": "commune", "by": "residence"}]')
    return found


def _channels(rows: Any) -> list[str]:
    found = []
    for n, row in enumerate(rows or []):
        where = f"channels[{n}]"
        if row.get("kind") not in ("direct", "online", "postal"):
            found.append(f"{where}.kind: direct, online or postal")
        if row.get("unit") not in UNITS:
            found.append(f"{where}.unit: one of {', '.join(UNITS)}")
        try:
            if Decimal(str(row.get("duration"))) < 0:
                found.append(f"{where}.duration: not negative")
        except InvalidOperation:
            found.append(f"{where}.duration: a number")
    return found


def _documents(rows: Any, questions: set[str]) -> list[str]:
    found, keys = [], []
    for n, row in enumerate(rows or []):
        where = f"documents[{n}]"
        if not re.match(r"^[a-z][a-z0-9-]{0,59}$", str(row.get("key", ""))):
            found.append(f"{where}.key: lower-case letters, digits and -")
        keys.append(row.get("key"))
        if not row.get("name") or not row.get("name_en"):
            found.append(f"{where}: name and name_en are needed")
        found += condition_problems(row.get("condition") or {}, questions, f"{where}.condition")
    return found + [f"documents: key {k!r} is used twice" for k in sorted({str(k) for k in keys if keys.count(k) > 1})]


def _fees(rows: Any, questions: set[str]) -> list[str]:
    found = []
    for n, row in enumerate(rows or []):
        where = f"fees[{n}]"
        if row.get("kind") not in ("phi", "le_phi") or not row.get("label"):
            found.append(f"{where}: kind (phi, le_phi) and label are needed")
        if not isinstance(row.get("amount_vnd"), int) or row["amount_vnd"] < 0:
            found.append(f"{where}.amount_vnd: whole đồng")
        if not row.get("legal_source"):
            found.append(f"{where}.legal_source: missing")
        found += condition_problems(row.get("condition") or {}, questions, f"{where}.condition")
        if row.get("quantity_from") and row["quantity_from"] not in questions:
            found.append(f"{where}.quantity_from: unknown question {row['quantity_from']!r}")
    return found
