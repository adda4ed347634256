"""The questions asked before filing, and what the answers mean. Nothing is kept: all stands in the address.

Format (docs/procedures.md): `{"groups": [...], "outcomes": [{"when": condition, "verdict": "go"|"stop"|"elsewhere",
"text": ..., "text_en": ...}]}`; the first outcome whose condition holds is told, every `stop` before any `go`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langbiang.foundation.forms import queries as forms

VERDICTS = {"go": "done", "stop": "late", "elsewhere": "caution"}


@dataclass(frozen=True)
class Outcome:
    """What the answers mean for this person."""

    verdict: str
    text: str

    @property
    def tone(self) -> str:
        """How it is shown."""
        return VERDICTS.get(self.verdict, "info")


def questions(eligibility: Mapping[str, Any]) -> dict[str, Any]:
    """The form part of an eligibility definition."""
    return {"groups": eligibility.get("groups") or []}


def outcomes(eligibility: Mapping[str, Any], answers: Mapping[str, Any], *, english: bool) -> list[Outcome]:
    """What these answers mean: all that stands against it, else the first that holds; empty where nothing is said."""
    held = [
        Outcome(str(o.get("verdict", "go")), str((o.get("text_en") if english else None) or o.get("text", "")))
        for o in eligibility.get("outcomes") or []
        if isinstance(o, Mapping) and forms.holds(o.get("when") or {}, answers)
    ]
    against = [o for o in held if o.verdict == "stop"]
    return against or held[:1]
