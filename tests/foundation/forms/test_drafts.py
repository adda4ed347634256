"""Drafts keep whatever was typed, and no window overwrites another."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import translation

from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.forms import queries, services
from langbiang.foundation.forms.models import Draft
from tests.foundation.forms.definitions import EVERYTHING

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


def somebody(name: str) -> Actor:
    account = Account.objects.create(username=name, kind="staff", created_at=NOW)
    return Actor(kind="staff", account_id=account.pk)


@pytest.fixture
def me() -> Actor:
    return somebody("me")


def start(actor: Actor, **answers: Any) -> Draft:
    return services.start_draft(
        actor, room="cases", subject="1.001193", title="Khai sinh", answers=answers, extra={}, at=NOW
    )


def test_what_is_typed_is_kept_right_or_wrong(me: Actor) -> None:
    draft = start(me)
    services.save_step(
        me, draft_id=draft.pk, changes={"copies": "nhiều", "lang": None}, step="more", revision=1, at=NOW
    )
    kept = queries.draft_of(me, draft.pk)
    assert kept.answers == {"copies": "nhiều"}
    assert (kept.step, kept.revision) == ("more", 2)


def test_an_answer_can_be_taken_back(me: Actor) -> None:
    draft = start(me, copies=3)
    services.save_step(me, draft_id=draft.pk, changes={"copies": None}, step="more", at=NOW)
    assert queries.draft_of(me, draft.pk).answers == {}


def test_a_stale_window_overwrites_nothing_and_loses_nothing(me: Actor) -> None:
    draft = start(me)
    services.save_step(me, draft_id=draft.pk, changes={"copies": 3}, step="more", revision=1, at=NOW)
    with pytest.raises(Stale):
        services.save_step(me, draft_id=draft.pk, changes={"copies": 9, "phone": None}, step="more", revision=1, at=NOW)
    kept = queries.draft_of(me, draft.pk)
    assert kept.answers == {"copies": 3}
    with translation.override("vi"):
        assert queries.kept_aside(EVERYTHING, kept) == [("Số bản sao", "9")]
    services.save_step(me, draft_id=draft.pk, changes={"copies": 9}, step="more", revision=2, at=NOW)
    assert queries.kept_aside(EVERYTHING, queries.draft_of(me, draft.pk)) == []


def test_nobody_sees_or_touches_the_draft_of_somebody_else(me: Actor) -> None:
    draft = start(me)
    for stranger in (somebody("stranger"), Actor(kind="anonymous")):
        assert list(queries.drafts_of(stranger, room="cases")) == []
        with pytest.raises(services.NoSuchDraft):
            queries.draft_of(stranger, draft.pk)
        with pytest.raises(services.NoSuchDraft):
            services.save_step(stranger, draft_id=draft.pk, changes={"copies": 1}, step="more", at=NOW)
        with pytest.raises(services.NoSuchDraft):
            services.discard_draft(stranger, draft_id=draft.pk)
    assert Draft.objects.filter(pk=draft.pk, answers={}).exists()


def test_without_an_account_nothing_is_begun() -> None:
    with pytest.raises(Refusal):
        start(Actor(kind="anonymous"))


def test_a_draft_that_does_not_exist_is_said_so(me: Actor) -> None:
    with pytest.raises(services.NoSuchDraft):
        services.discard_draft(me, draft_id=uuid4())


def test_what_was_sent_is_changed_no_more_and_listed_no_more(me: Actor) -> None:
    draft = start(me)
    services.mark_sent(me, draft_id=draft.pk, at=NOW)
    assert list(queries.drafts_of(me, room="cases")) == []
    with pytest.raises(Stale):
        services.save_step(me, draft_id=draft.pk, changes={"copies": 1}, step="more", at=NOW)


def test_drafts_of_another_room_are_not_listed(me: Actor) -> None:
    draft = start(me)
    assert list(queries.drafts_of(me, room="cases")) == [draft]
    assert list(queries.drafts_of(me, room="reports")) == []


def test_a_draft_dies_90_days_after_it_was_last_touched(me: Actor) -> None:
    left, touched = start(me), start(me)
    services.save_step(me, draft_id=touched.pk, changes={}, step="more", at=NOW + timedelta(days=30))
    assert services.expire(at=NOW + timedelta(days=90)) == 0
    assert services.expire(at=NOW + timedelta(days=90, seconds=1)) == 1
    assert list(queries.drafts_of(me, room="cases")) == [touched]
    assert left.pk != touched.pk


def test_letters_no_database_can_keep_are_left_out_of_a_draft(me: Actor) -> None:
    from django.http import QueryDict

    from langbiang.foundation.forms import wizard

    group = queries.group_of(EVERYTHING, "more")
    assert group is not None
    posted = QueryDict(mutable=True)
    posted["copies"], posted["remark"] = "nhi\x00ều", "a\ud800b"
    taken = wizard.take(group, {}, posted, None, store=lambda upload: 0)
    draft = start(me)
    saved = services.save_step(me, draft_id=draft.pk, changes=taken.changes, step="more", at=NOW)
    saved.refresh_from_db()
    assert saved.answers == {"copies": "nhiều", "remark": "ab"}
