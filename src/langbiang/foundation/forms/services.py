"""Keeping drafts. A draft keeps whatever was typed, right or wrong: checking is for the moment of sending."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal, Stale

from .models import Draft

KEPT_FOR = timedelta(days=90)
KEPT_ASIDE = "other_window"


class NoSuchDraft(Refusal):
    """There is no such draft, or it is somebody else's."""

    status = 404


def start_draft(
    actor: Actor, *, room: str, subject: str, title: str, answers: Mapping[str, Any], extra: Mapping[str, Any], at: datetime
) -> Draft:  # fmt: skip
    """Begin a draft. Raises Refusal for somebody without an account."""
    if actor.account_id is None:
        raise Refusal(_("Sign in first: then what you type is kept."))
    return Draft.objects.create(
        account_id=actor.account_id, room=room, subject=subject, title=title, answers=dict(answers), extra=dict(extra),
        created_at=at, updated_at=at, expires_at=at + KEPT_FOR,
    )  # fmt: skip


def lock_draft(actor: Actor, draft_id: UUID) -> Draft:
    """A draft of the actor's own, locked. Raises NoSuchDraft."""
    found = Draft.objects.select_for_update().filter(pk=draft_id, account_id=actor.account_id or 0).first()
    if found is None:
        raise NoSuchDraft(
            _("There is no such draft among yours."), way_out=_("It may have been sent already: see your cases.")
        )
    return found


def save_step(
    actor: Actor,
    *,
    draft_id: UUID,
    changes: Mapping[str, Any],
    extra: Mapping[str, Any] | None = None,
    step: str,
    revision: int | None = None,
    at: datetime,
) -> Draft:
    """Keep what was typed on one page. A value of None takes an answer back.

    Raises NoSuchDraft, and Stale when the same draft was changed in another window since this page was opened: what was
    typed here is kept beside under `extra["other_window"]` until the next page is saved, so that nothing is lost and
    `queries.kept_aside` can show it.
    """
    with transaction.atomic():
        draft = lock_draft(actor, draft_id)
        if draft.sent_at is not None:
            raise Stale(_("This form has been sent already."), way_out=_("See it among your cases."))
        is_stale = revision is not None and revision != draft.revision
        if is_stale:
            draft.extra[KEPT_ASIDE] = {**draft.extra.get(KEPT_ASIDE, {}), **changes}
            draft.save(update_fields=["extra"])
        else:
            _apply(draft, changes, extra or {}, step=step, at=at)
    if is_stale:
        raise Stale(
            _("You changed this form in another window meanwhile. What you typed here was kept aside."),
            way_out=_("Look at the page as it is now and enter what is missing."),
        )
    return draft


def _apply(draft: Draft, changes: Mapping[str, Any], extra: Mapping[str, Any], *, step: str, at: datetime) -> None:
    for key, value in changes.items():
        if value is None:
            draft.answers.pop(key, None)
        else:
            draft.answers[key] = value
    draft.extra.pop(KEPT_ASIDE, None)
    draft.extra.update(extra)
    draft.step = step
    draft.revision += 1
    draft.updated_at = at
    draft.expires_at = at + KEPT_FOR
    draft.save()


@transaction.atomic
def mark_sent(actor: Actor, *, draft_id: UUID, at: datetime) -> None:
    """The draft has become a filing; it can no longer be changed. Raises NoSuchDraft."""
    draft = lock_draft(actor, draft_id)
    draft.sent_at = at
    draft.save(update_fields=["sent_at"])


@transaction.atomic
def discard_draft(actor: Actor, *, draft_id: UUID) -> None:
    """Give a draft up. Raises NoSuchDraft."""
    lock_draft(actor, draft_id).delete()


def expire(*, at: datetime) -> int:
    """Remove drafts nobody touched for 90 days; gives how many."""
    return Draft.objects.filter(expires_at__lt=at).delete()[0]
