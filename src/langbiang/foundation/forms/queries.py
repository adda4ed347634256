"""What other rooms ask about forms: check, tell, condition, drafts."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor

from . import answers as checking
from .conditions import holds
from .definition import Form, all_questions, applying, find, group_of, groups, visible_groups
from .examples import example_answers
from .lint import problems_of
from .models import Draft
from .schema import as_json_schema
from .services import KEPT_ASIDE, NoSuchDraft
from .telling import Line, Told, answer_text
from .telling import summary as _summary

__all__ = [
    "Form",
    "Line",
    "NoSuchDraft",
    "Told",
    "answer_text",
    "applying",
    "as_json_schema",
    "check_answers",
    "draft_of",
    "drafts_of",
    "example_answers",
    "file_ids",
    "find",
    "group_of",
    "groups",
    "holds",
    "kept_aside",
    "problems_of",
    "still_open",
    "summary",
    "visible_groups",
]


def check_answers(
    form: Form, answers: Any, *, today: date | None = None
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Answers as they are kept, and what is wrong by question."""
    return checking.check(form, answers, today=today)


def summary(form: Form, answers: Mapping[str, Any]) -> list[Told]:
    """The answers by group in the language of the page."""
    return _summary(form, answers, english=(get_language() or "").startswith("en"))


def kept_aside(form: Form, draft: Draft) -> list[tuple[str, str]]:
    """(question, answer) of what somebody typed into a page that was stale by then, where it differs from the draft."""
    aside = draft.extra.get(KEPT_ASIDE) or {}
    differing = {k: v for k, v in aside.items() if v is not None and draft.answers.get(k) != v}
    told = _summary(form, differing, english=(get_language() or "").startswith("en"), everything=True)
    return [row for part in told for row in part.rows]


def file_ids(form: Form, answers: Mapping[str, Any]) -> list[int]:
    """The files that answer questions of a form. Who takes answers from outside checks that they are the sender's own."""
    found: list[int] = []
    for group, question in all_questions(form):
        value = answers.get(question["key"])
        if question["kind"] == "file" and not group.get("repeat") and isinstance(value, list):
            found += [v for v in value if isinstance(v, int) and not isinstance(v, bool)]
    return found


def drafts_of(actor: Actor, *, room: str) -> QuerySet[Draft]:
    """The actor's own unsent drafts in a room, last touched first."""
    return Draft.objects.filter(account_id=actor.account_id or 0, room=room, sent_at=None).order_by("-updated_at")


def draft_of(actor: Actor, draft_id: UUID) -> Draft:
    """A draft of the actor's own. Raises NoSuchDraft."""
    found = Draft.objects.filter(pk=draft_id, account_id=actor.account_id or 0).first()
    if found is None:
        raise NoSuchDraft(
            _("There is no such draft among yours."), way_out=_("It may have been sent already: see your cases.")
        )
    return found


def still_open(draft_ids: Iterable[str]) -> set[str]:
    """Of these drafts, those that exist and were not sent."""
    known = []
    for text in draft_ids:
        try:
            known.append(UUID(text))
        except ValueError:
            continue
    return {str(pk) for pk in Draft.objects.filter(pk__in=known, sent_at=None).values_list("pk", flat=True)}
