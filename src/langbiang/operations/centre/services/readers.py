"""Readers of the morning brief: who is told of it when it is written, and what they are told of it."""

from dataclasses import replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access import policies as access
from langbiang.foundation.access import queries as grants
from langbiang.foundation.access.roles import all_roles
from langbiang.foundation.accounts import queries as accounts
from langbiang.foundation.audit import services as audit
from langbiang.foundation.notifications import services as notifications
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats

from .. import policies, telling
from ..models import Brief, BriefReader

LANGUAGES = ("vi", "en")


class NotAReader(Refusal):
    """This person is no reader of the brief, or cannot become one."""


@transaction.atomic
def read_brief(actor: Actor, *, account_id: int | None = None, language: str = "vi", at: datetime) -> BriefReader:
    """Put somebody on the list of those who are told of the brief: oneself, or an officer of an agency one manages the
    centre of. Who is on it already only changes their language. Raises Forbidden, NotAReader."""
    account_id = account_id or actor.account_id
    if language not in LANGUAGES:
        raise NotAReader(_("The brief is told in Vietnamese or in English."), field="language", way_out=_("Choose one from the list."))
    if account_id is None or account_id not in _may_be_told(actor, at):
        access.require(policies.may_manage(actor))
        raise NotAReader(
            _("This person does not see the operations centre, or belongs to an agency you do not manage."), field="account_id",
            way_out=_("Choose somebody from the list."),
        )  # fmt: skip
    try:
        with transaction.atomic():
            made, is_new = BriefReader.objects.select_for_update().get_or_create(
                account_id=account_id, ended_at=None, defaults={"language": language, "since": at, "by": actor.label}
            )
    except IntegrityError:  # put on the list by somebody else in this very moment
        return BriefReader.objects.get(account_id=account_id, ended_at=None)
    if not is_new and made.language == language:
        return made
    made.language = language
    made.save(update_fields=["language"])
    after = {"account": account_id, "language": language}
    audit.record(actor, "centre.brief_reader_added", made, after=after, at=at)
    return made


@transaction.atomic
def stop_reading(actor: Actor, *, reader_id: int, at: datetime) -> None:
    """Take somebody off the list: oneself, or an officer of an agency one manages the centre of. Twice is as once.

    Raises NotAReader for whoever is none of the actor's business.
    """
    found = BriefReader.objects.select_for_update().filter(pk=reader_id).first()
    if found is None or not (found.account_id == actor.account_id or manages(actor, found.account_id, at=at)):
        raise NotAReader(_("There is no such reader."))
    if found.ended_at is None:
        found.ended_at, found.ended_by = at, actor.label
        found.save(update_fields=["ended_at", "ended_by"])
        audit.record(actor, "centre.brief_reader_ended", found, after={"account": found.account_id}, at=at)


def candidates(actor: Actor, *, at: datetime) -> list[tuple[int, str]]:
    """Who can be put on the list by an actor who manages the centre: account and label, by name of the agency."""
    roles = [role.code for role in all_roles() if "centre.view" in role.permissions]
    found: dict[int, tuple[str, str]] = {}
    for each in grants.holders(on=timezone.localdate(at), roles=roles):
        if actor.may("centre.manage", agency_id=each.agency_id):
            found.setdefault(each.account_id, (organizations.name_of(each.agency_id), each.label))
    return [(account, label) for account, (_name, label) in sorted(found.items(), key=lambda each: each[1])]


def manages(actor: Actor, account_id: int, *, at: datetime) -> bool:
    """Whether an actor manages the centre at an agency where somebody sits."""
    seats = organizations.seats_of([account_id], on=timezone.localdate(at)).get(account_id, [])
    return any(actor.may("centre.manage", agency_id=seat.agency_id) for seat in seats)


def tell_readers(brief: Brief, *, at: datetime) -> int:
    """Tell everybody on the list who may still look at the centre; the same brief tells nobody twice. Gives how many."""
    told = 0
    for reader in BriefReader.objects.filter(ended_at=None).order_by("pk"):
        actor = acting_for(reader.account_id, at=at)
        if not policies.may_view(actor):
            continue
        with translation.override(reader.language):
            values = {"due": formats.day(brief.day), "status": "\n".join(telling.lines(actor, brief))}
        with transaction.atomic():
            told += len(notifications.notify_account(
                event="centre.brief_ready", account_id=reader.account_id, values=values, language=reader.language,
                link=f"{reverse('centre:brief')}?day={brief.day:%Y-%m-%d}", key=f"centre.brief:{brief.pk}", at=at,
            ))  # fmt: skip
    return told


def tell_that_it_is_missing(*, day: date, at: datetime) -> int:
    """Tell those who manage the centre for the whole province that the brief of a day is not written; once a day.

    Gives how many were told; none where it is written.
    """
    if Brief.objects.filter(day=day).exists():
        return 0
    roles = [role.code for role in all_roles() if "centre.manage" in role.permissions]
    people = {each.account_id for root in organizations.root_ids() for each in grants.holders(on=day, agency_id=root, roles=roles)}
    told = 0
    with transaction.atomic():
        for account in sorted(people):
            told += len(notifications.notify_account(
                event="centre.brief_missing", account_id=account, values={"due": formats.day(day)}, link=reverse("centre:brief"),
                key=f"centre.brief_missing:{day.isoformat()}", at=at,
            ))  # fmt: skip
    return told


def acting_for(account_id: int, *, at: datetime) -> Actor:
    """Somebody with all they may do in any of their positions: what they are told they can also open."""
    actor = accounts.actor_of_account(account_id, at=at)
    if not actor.is_staff:
        return actor
    held = organizations.positions_of(account_id, on=timezone.localdate(at))
    every = [accounts.actor_of_account(account_id, each.position_id, at=at) for each in held]
    return replace(actor, grants=tuple(dict.fromkeys(grant for each in every for grant in each.grants)))


def _may_be_told(actor: Actor, at: datetime) -> set[int]:
    """Oneself when one sees the centre, and whom one may put on the list."""
    mine = {actor.account_id} if actor.account_id and policies.may_view(actor) else set()
    return mine | {account for account, _label in candidates(actor, at=at)}
