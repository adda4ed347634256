"""Changing the organisation: agencies, positions, who holds them, who stands in. Every change is dated and audited."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.access.policies import allow_if, require
from langbiang.foundation.language.collation import sort_key
from langbiang.foundation.language.folding import fold

from . import queries
from .models import Agency, AgencySuccession, Holding, Position, Substitution

CHANGEABLE = ("name", "short_name", "name_en", "phone", "email", "address", "is_one_stop")


class NoSuchThing(Refusal):
    """There is no such agency, position or holding."""

    status = 404


class BadDates(Refusal):
    """The days do not fit together."""


class Taken(Refusal):
    """The code or seat is taken already."""


def _may_edit(actor: Actor, agency_id: int | None) -> None:
    require(allow_if(actor.may("organizations.edit", agency_id=agency_id)))


def _forget() -> None:
    queries.forget()
    transaction.on_commit(queries.forget)


def _agency(agency_id: int, *, revision: int | None) -> Agency:
    row = Agency.objects.select_for_update().filter(pk=agency_id).first()
    if row is None:
        raise NoSuchThing(_("There is no such agency."))
    if revision is not None and revision != row.revision:
        raise Stale(
            _("Somebody changed this agency while you had it open. Nothing of yours was saved over it."),
            way_out=_("Look at it as it is now, then change it again."),
        )
    return row


@transaction.atomic
def open_agency(
    actor: Actor, *, code: str, name: str, kind: str, parent_id: int, valid_from: date, legal_ref: str,
    place_code: str = "", is_one_stop: bool = False, at: datetime,
) -> Agency:  # fmt: skip
    """Open a new agency below another from a day on. Raises Forbidden, NoSuchThing, Taken, Refusal."""
    _may_edit(actor, parent_id)
    parent = _agency(parent_id, revision=None)
    if not name.strip() or not legal_ref.strip():
        raise Refusal(_("Name and legal basis are needed."), field="name" if not name.strip() else "legal_ref")
    try:
        with transaction.atomic():
            row = Agency.objects.create(
                code=code.strip(), name=name.strip(), kind=kind, parent=parent, valid_from=valid_from,
                legal_ref=legal_ref.strip(), place_code=place_code, is_one_stop=is_one_stop,
                name_folded=fold(name)[:200], sort_key=sort_key(name)[:600],
            )  # fmt: skip
    except IntegrityError:
        raise Taken(_("The code %(code)s is in use.") % {"code": code}, field="code") from None
    row.path = f"{parent.path}{row.pk}."
    row.save(update_fields=["path"])
    audit.record(actor, "organizations.agency_opened", row, after={"code": row.code, "name": row.name}, at=at)
    _forget()
    return row


@transaction.atomic
def change_agency(
    actor: Actor, *, agency_id: int, revision: int | None = None, at: datetime, **values: Any
) -> Agency:  # fmt: skip
    """Correct what is said of an agency. Raises Forbidden, NoSuchThing, Stale, Refusal."""
    row = _agency(agency_id, revision=revision)
    _may_edit(actor, row.pk)
    before = {name: getattr(row, name) for name in CHANGEABLE if name in values}
    for name in before:
        setattr(row, name, values[name])
    if not row.name.strip():
        raise Refusal(_("An agency has a name."), field="name")
    row.name_folded, row.sort_key = fold(row.name)[:200], sort_key(row.name)[:600]
    row.revision += 1
    row.save()
    after = {name: getattr(row, name) for name in before}
    audit.record(actor, "organizations.agency_changed", row, before=before, after=after, at=at)
    _forget()
    return row


@transaction.atomic
def declare_succession(
    actor: Actor, *, old_id: int, new_ids: Sequence[int], kind: str, effective_on: date, legal_ref: str,
    field: str = "", at: datetime,
) -> None:  # fmt: skip
    """An agency ends and others take over its tasks, wholly or for one field, from a day on.

    Records keep the agency they were made under; what is open moves by the case room's handover list.
    Raises Forbidden, NoSuchThing, BadDates, Refusal.
    """
    old = _agency(old_id, revision=None)
    _may_edit(actor, old.pk)
    if not legal_ref.strip():
        raise Refusal(_("Name the decision this stands on."), field="legal_ref")
    if effective_on <= old.valid_from:
        raise BadDates(_("The day must be after the day the agency began."), field="effective_on")
    if not new_ids or old_id in new_ids:
        raise Refusal(_("Name the agency that takes over."), field="new")
    for new_id in new_ids:
        AgencySuccession.objects.get_or_create(
            old=old, new_id=new_id, field=field,
            defaults={"kind": kind, "effective_on": effective_on, "legal_ref": legal_ref.strip()},
        )  # fmt: skip
    if not field:
        old.valid_to = effective_on
        old.revision += 1
        old.save(update_fields=["valid_to", "revision"])
    audit.record(
        actor, "organizations.succession_declared", old, at=at,
        after={"new": list(new_ids), "on": effective_on, "field": field, "legal": legal_ref},
    )  # fmt: skip
    _forget()


@transaction.atomic
def add_position(
    actor: Actor, *, agency_id: int, title: str, sign: str = "none", is_leader: bool = False, valid_from: date,
    at: datetime,
) -> Position:  # fmt: skip
    """Add a seat to an agency. Raises Forbidden, NoSuchThing, Refusal."""
    agency = _agency(agency_id, revision=None)
    _may_edit(actor, agency.pk)
    if not title.strip():
        raise Refusal(_("A position has a title."), field="title")
    row = Position.objects.create(
        agency=agency, title=title.strip(), sign=sign, is_leader=is_leader, valid_from=valid_from
    )
    audit.record(actor, "organizations.position_added", row, after={"title": row.title, "agency": agency.pk}, at=at)
    return row


def _position(position_id: int) -> Position:
    row = Position.objects.select_for_update().filter(pk=position_id).first()
    if row is None:
        raise NoSuchThing(_("There is no such position."))
    return row


@transaction.atomic
def appoint(
    actor: Actor, *, position_id: int, account_id: int, valid_from: date, is_acting: bool = False,
    legal_ref: str = "", at: datetime,
) -> Holding:  # fmt: skip
    """Seat an account in a position from a day on; whoever held it until then leaves it on that day.

    Raises Forbidden, NoSuchThing, BadDates.
    """
    position = _position(position_id)
    _may_edit(actor, position.agency_id)
    if not is_acting:
        for held in position.holdings.select_for_update().filter(valid_to=None, is_acting=False):
            if held.account_id == account_id:
                return held
            if valid_from <= held.valid_from:
                raise BadDates(
                    _("The present holder began on %(day)s.") % {"day": f"{held.valid_from:%d/%m/%Y}"},
                    field="valid_from", way_out=_("Choose a later day."),
                )  # fmt: skip
            held.valid_to = valid_from
            held.save(update_fields=["valid_to"])
    row = Holding.objects.create(
        position=position, account_id=account_id, is_acting=is_acting, valid_from=valid_from, legal_ref=legal_ref
    )
    audit.record(
        actor, "organizations.appointed", position, after={"account": account_id, "from": valid_from, "acting": is_acting},
        at=at,
    )  # fmt: skip
    return row


@transaction.atomic
def end_holding(actor: Actor, *, holding_id: int, on: date, at: datetime) -> None:
    """Somebody leaves a position on a day. Raises Forbidden, NoSuchThing, BadDates."""
    row = Holding.objects.select_for_update().select_related("position").filter(pk=holding_id).first()
    if row is None:
        raise NoSuchThing(_("There is no such entry."))
    _may_edit(actor, row.position.agency_id)
    if on <= row.valid_from:
        raise BadDates(_("The day must be after the day it began."), field="on")
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    audit.record(actor, "organizations.left", row.position, after={"account": row.account_id, "on": on}, at=at)


@transaction.atomic
def arrange_substitute(
    actor: Actor, *, position_id: int, account_id: int, kind: str, valid_from: date, valid_to: date, note: str = "",
    legal_ref: str = "", at: datetime,
) -> Substitution:  # fmt: skip
    """Somebody stands in during an absence, or is delegated the tasks of a position, from a day to a day.

    A holder arranges their own absence; otherwise an administrator of the unit does. Raises Forbidden, BadDates, Refusal.
    """
    position = _position(position_id)
    if actor.position_id != position_id:
        _may_edit(actor, position.agency_id)
    if valid_to <= valid_from:
        raise BadDates(_("The last day must be after the first."), field="valid_to")
    if position.holdings.filter(account_id=account_id, valid_to=None).exists():
        raise Refusal(_("Nobody stands in for themselves."), field="account")
    row = Substitution.objects.create(
        position=position, account_id=account_id, kind=kind, valid_from=valid_from, valid_to=valid_to, note=note,
        legal_ref=legal_ref,
    )  # fmt: skip
    audit.record(
        actor, "organizations.substitute_arranged", position, at=at,
        after={"account": account_id, "kind": kind, "from": valid_from, "to": valid_to},
    )  # fmt: skip
    return row


@transaction.atomic
def fill_positions(actor: Actor, *, pairs: Sequence[tuple[int, int]], on: date, at: datetime) -> int:
    """Seat many accounts in empty positions at once: (position, account) pairs. Raises Forbidden."""
    require(allow_if(actor.reach("organizations.edit").everywhere))
    Holding.objects.bulk_create(
        (Holding(position_id=position, account_id=account, valid_from=on) for position, account in pairs),
        batch_size=1000,
    )
    audit.record(actor, "organizations.positions_filled", "organizations", after={"count": len(pairs)}, at=at)
    return len(pairs)
