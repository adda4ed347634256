"""The questions asked before filing, and what the answers mean. Nothing is kept: all stands in the address.

Format (docs/procedures.md): `questions` as in forms; `outcomes`: `if` (a condition), `verdict` (`yes`, `no`, `other`),
`text`, `text_en`. All outcomes that stand against it are told, else the first that holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langbiang.foundation.forms import queries as forms

TONES = {"yes": "done", "no": "late", "other": "caution"}


@dataclass(frozen=True)
class Outcome:
    """What the answers mean for this person."""

    verdict: str
    text: str

    @property
    def tone(self) -> str:
        """How it is shown."""
        return TONES.get(self.verdict, "info")


def questions(eligibility: Mapping[str, Any]) -> dict[str, Any]:
    """The questions as a form of one page; no page where nothing is asked."""
    asked = [{**question, "required": question.get("required", True)} for question in eligibility.get("questions") or []]
    return {"groups": [{"key": "check", "title": "", "questions": asked}] if asked else []}


def outcomes(eligibility: Mapping[str, Any], answers: Mapping[str, Any], *, english: bool) -> list[Outcome]:
    """What these answers mean: all that stands against it, else the first that holds; empty where nothing is said."""
    held = [
        Outcome(str(o.get("verdict", "yes")), str((o.get("text_en") if english else None) or o.get("text", "")))
        for o in eligibility.get("outcomes") or []
        if isinstance(o, Mapping) and forms.holds(o.get("if") or {}, answers)
    ]
    against = [o for o in held if o.verdict == "no"]
    return against or held[:1]
