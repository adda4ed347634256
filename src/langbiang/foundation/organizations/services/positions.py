"""Positions, who holds them, who stands in."""

from collections.abc import Sequence
from datetime import date, datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import allow_if, require

from .. import policies
from ..models import Holding, Position, Substitution
from . import agencies
from .refusals import BadDates, Closed, Incomplete, NoSuchThing, Taken


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()


def _position(position_id: int) -> Position:
    row = Position.objects.select_for_update(of=("self",)).filter(pk=position_id).first()
    if row is None:
        raise NoSuchThing(_("There is no such position."), way_out=_("Choose one from the page of the agency."))
    return row


def _seat(position_id: int, *, revision: int | None, on: date) -> Position:
    """The position, locked with its agency, which must both exist on a day."""
    row = _position(position_id)
    agencies.lock_open(row.agency_id, revision=revision, on=on)
    if row.valid_to is not None and row.valid_to <= on:
        raise Closed(_("This position ended on %(day)s.") % {"day": f"{row.valid_to:%d/%m/%Y}"})
    if on < row.valid_from:
        raise BadDates(
            _("This position begins only on %(day)s.") % {"day": f"{row.valid_from:%d/%m/%Y}"}, field="valid_from",
            way_out=_("Choose that day or a later one."),
        )  # fmt: skip
    return row


def _officer(account_id: int) -> None:
    """Only an officer whose account is open sits anywhere."""
    model = get_user_model()
    if not model._default_manager.filter(pk=account_id, kind="staff", is_active=True).exists():
        raise NoSuchThing(
            _("There is no such officer, or the account is closed."), field="account",
            way_out=_("Check the user name, or enrol the officer first."),
        )  # fmt: skip


def _open_after(day: date) -> Q:
    return Q(valid_to__isnull=True) | Q(valid_to__gt=day)


@transaction.atomic
def add_position(
    actor: Actor, *, agency_id: int, title: str, title_en: str = "", sign: str = "none", is_leader: bool = False,
    department_id: int | None = None, valid_from: date, revision: int | None = None, at: datetime,
) -> Position:  # fmt: skip
    """Add a seat to an agency. Raises Forbidden, NoSuchThing, Stale, Closed, BadDates, Incomplete, Taken."""
    require(policies.may_edit(actor, agency_id))
    agency = agencies.lock_open(agency_id, revision=revision, on=valid_from)
    if not title.strip():
        raise Incomplete(_("A position has a title."), field="title")
    _one_head(agency_id, sign=sign, on=valid_from)
    if department_id is not None and not agency.departments.filter(pk=department_id).exists():
        raise NoSuchThing(_("There is no such division in this agency."), field="department")
    row = Position.objects.create(
        agency=agency, title=title.strip(), title_en=title_en.strip(), sign=sign, is_leader=is_leader,
        department_id=department_id, valid_from=valid_from,
    )  # fmt: skip
    audit.record(
        actor, "organizations.position_added", row, at=at,
        after={"title": row.title, "agency": agency.pk, "sign": sign, "from": valid_from},
    )  # fmt: skip
    agencies.touch(agency)
    return row


def _one_head(agency_id: int, *, sign: str, on: date, besides: int = 0) -> None:
    if sign not in Position.Sign.values:
        raise Incomplete(_("Say how this position signs."), field="sign")
    if sign != Position.Sign.HEAD:
        return
    heads = Position.objects.filter(_open_after(on), agency_id=agency_id, sign=sign).exclude(pk=besides)
    if (head := heads.first()) is not None:
        raise Taken(
            _("“%(title)s” signs as the head of this agency already.") % {"title": head.title}, field="sign",
            way_out=_("An agency has one head. Deputies sign KT., others TL. or TUQ."),
        )  # fmt: skip


@transaction.atomic
def change_position(
    actor: Actor, *, position_id: int, title: str, title_en: str = "", sign: str, is_leader: bool,
    revision: int | None = None, at: datetime,
) -> Position:  # fmt: skip
    """Correct a position. Raises Forbidden, NoSuchThing, Stale, Closed, Incomplete, Taken."""
    row = _seat(position_id, revision=revision, on=max(_day(at), _position(position_id).valid_from))
    require(policies.may_seat(actor, row, on=_day(at)))
    if not title.strip():
        raise Incomplete(_("A position has a title."), field="title")
    _one_head(row.agency_id, sign=sign, on=_day(at), besides=row.pk)
    values = {"title": title.strip(), "title_en": title_en.strip(), "sign": sign, "is_leader": is_leader}
    before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
    if not before:
        return row
    for name in before:
        setattr(row, name, values[name])
    row.save(update_fields=list(before))
    audit.record(
        actor, "organizations.position_changed", row, before=before, after={n: values[n] for n in before}, at=at
    )
    agencies.touch(row.agency)
    return row


@transaction.atomic
def end_position(actor: Actor, *, position_id: int, on: date, revision: int | None = None, at: datetime) -> None:
    """Abolish a position on a day; who sits or stands in there leaves it. Raises Forbidden, NoSuchThing, Stale, BadDates."""
    row = _position(position_id)
    agencies.lock(row.agency_id, revision=revision)
    require(policies.may_seat(actor, row, on=_day(at)))
    if row.valid_to is not None and row.valid_to <= on:
        raise Closed(_("This position ended on %(day)s.") % {"day": f"{row.valid_to:%d/%m/%Y}"}, field="on")
    late = row.holdings.filter(valid_from__gte=on).first()
    if on <= row.valid_from or late is not None:
        raise BadDates(
            _("Somebody begins in this position on %(day)s.") % {"day": f"{late.valid_from:%d/%m/%Y}"}
            if late
            else _("The day must be after the day it began."),
            field="on", way_out=_("Choose a later day."),
        )  # fmt: skip
    left = list(row.holdings.filter(_open_after(on)).values_list("account_id", flat=True))
    row.holdings.filter(_open_after(on)).update(valid_to=on)
    row.substitutions.filter(valid_from__gte=on).delete()
    row.substitutions.filter(valid_to__gt=on).update(valid_to=on)
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    audit.record(actor, "organizations.position_ended", row, after={"on": on, "left": left}, at=at)
    agencies.touch(row.agency)


@transaction.atomic
def appoint(
    actor: Actor, *, position_id: int, account_id: int, valid_from: date, is_acting: bool = False,
    legal_ref: str = "", revision: int | None = None, at: datetime,
) -> Holding:  # fmt: skip
    """Seat an account in a position from a day on; whoever held it until then leaves it on that day.

    Raises Forbidden, NoSuchThing, Stale, Closed, BadDates, Taken.
    """
    position = _seat(position_id, revision=revision, on=valid_from)
    require(policies.may_seat(actor, position, on=max(_day(at), valid_from)))
    _officer(account_id)
    present = list(position.holdings.select_for_update().filter(_open_after(valid_from)))
    if any(held.account_id == account_id for held in present):
        raise Taken(
            _("This officer holds this position already."), field="account", way_out=_("Choose somebody else, or leave it.")
        )
    left = []
    for held in [] if is_acting else [row for row in present if not row.is_acting]:
        if valid_from <= held.valid_from:
            raise BadDates(
                _("The present holder began on %(day)s.") % {"day": f"{held.valid_from:%d/%m/%Y}"}, field="valid_from",
                way_out=_("Choose a later day."),
            )  # fmt: skip
        held.valid_to = valid_from
        held.save(update_fields=["valid_to"])
        left.append(held.account_id)
    row = Holding.objects.create(
        position=position, account_id=account_id, is_acting=is_acting, valid_from=valid_from, legal_ref=legal_ref.strip()
    )
    after = {"account": account_id, "from": valid_from, "acting": is_acting, "legal": legal_ref.strip(), "left": left}
    audit.record(actor, "organizations.appointed", position, after=after, at=at)
    agencies.touch(position.agency)
    return row


@transaction.atomic
def end_holding(actor: Actor, *, holding_id: int, on: date, revision: int | None = None, at: datetime) -> None:
    """Somebody leaves a position on a day. Raises Forbidden, NoSuchThing, Stale, Closed, BadDates."""
    row = Holding.objects.select_for_update(of=("self",)).select_related("position").filter(pk=holding_id).first()
    if row is None:
        raise NoSuchThing(_("There is no such entry."))
    agency = agencies.lock(row.position.agency_id, revision=revision)
    require(policies.may_seat(actor, row.position, on=_day(at)))
    if row.valid_to is not None and row.valid_to <= on:
        raise Closed(_("This officer left the position on %(day)s.") % {"day": f"{row.valid_to:%d/%m/%Y}"}, field="on")
    if on <= row.valid_from:
        raise BadDates(
            _("The day must be after the day it began."), field="on",
            way_out=_("It began on %(day)s.") % {"day": f"{row.valid_from:%d/%m/%Y}"},
        )  # fmt: skip
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    audit.record(actor, "organizations.left", row.position, after={"account": row.account_id, "on": on}, at=at)
    agencies.touch(agency)


@transaction.atomic
def arrange_substitute(
    actor: Actor, *, position_id: int, account_id: int, kind: str, valid_from: date, valid_to: date, note: str = "",
    legal_ref: str = "", revision: int | None = None, at: datetime,
) -> Substitution:  # fmt: skip
    """Somebody stands in during an absence, or is delegated the tasks of a position; `valid_to` is the first day after.

    Holders arrange their own absence; otherwise an administrator of the unit does.
    Raises Forbidden, NoSuchThing, Stale, Closed, BadDates, Incomplete, Taken.
    """
    position = _seat(position_id, revision=revision, on=valid_from)
    require(policies.may_arrange_absence(actor, position, on=_day(at)))
    if kind not in Substitution.Kind.values:
        raise Incomplete(_("Say whether this is an absence or a delegation."), field="kind")
    if valid_to <= valid_from:
        raise BadDates(_("The last day is before the first."), field="valid_to", way_out=_("Check both days."))
    if valid_to <= _day(at):
        raise BadDates(_("These days are over."), field="valid_to", way_out=_("Choose a last day from today on."))
    if kind == Substitution.Kind.DELEGATION and not legal_ref.strip():
        raise Incomplete(_("A delegation needs a written decision."), field="legal_ref", way_out=_("Enter its number and day."))
    _officer(account_id)
    if position.holdings.filter(_open_after(valid_from), account_id=account_id).exists():
        raise Taken(_("Nobody stands in for themselves."), field="account", way_out=_("Choose somebody else."))
    same = position.substitutions.filter(account_id=account_id, valid_from__lt=valid_to, valid_to__gt=valid_from)
    if same.exists():
        raise Taken(
            _("This officer stands in here on some of these days already."), field="account",
            way_out=_("End that arrangement first, or choose other days."),
        )  # fmt: skip
    row = Substitution.objects.create(
        position=position, account_id=account_id, kind=kind, valid_from=valid_from, valid_to=valid_to, note=note.strip(),
        legal_ref=legal_ref.strip(),
    )  # fmt: skip
    audit.record(
        actor, "organizations.substitute_arranged", position, at=at,
        after={"account": account_id, "kind": kind, "from": valid_from, "to": valid_to, "legal": legal_ref.strip()},
    )  # fmt: skip
    agencies.touch(position.agency)
    return row


@transaction.atomic
def end_substitution(actor: Actor, *, substitution_id: int, on: date, at: datetime) -> None:
    """Nobody stands in any more from a day on; what never began is withdrawn. Raises Forbidden, NoSuchThing, Closed."""
    row = Substitution.objects.select_for_update(of=("self",)).select_related("position").filter(pk=substitution_id).first()
    if row is None:
        raise NoSuchThing(_("There is no such entry."))
    agency = agencies.lock(row.position.agency_id, revision=None)
    require(policies.may_arrange_absence(actor, row.position, on=_day(at)))
    if row.valid_to <= on:
        raise Closed(_("This arrangement ended on %(day)s.") % {"day": f"{row.valid_to:%d/%m/%Y}"})
    before = {"account": row.account_id, "from": row.valid_from, "to": row.valid_to}
    if on <= row.valid_from:
        row.delete()
    else:
        row.valid_to = on
        row.save(update_fields=["valid_to"])
    audit.record(actor, "organizations.substitute_ended", row.position, before=before, after={"to": on}, at=at)
    agencies.touch(agency)


@transaction.atomic
def fill_positions(actor: Actor, *, pairs: Sequence[tuple[int, int]], on: date, at: datetime) -> int:
    """Seat many accounts in empty positions at once: (position, account) pairs. Raises Forbidden."""
    require(allow_if(actor.reach(policies.EDIT).everywhere))
    Holding.objects.bulk_create(
        (Holding(position_id=position, account_id=account, valid_from=on) for position, account in pairs),
        batch_size=1000,
    )
    audit.record(actor, "organizations.positions_filled", "organizations", after={"count": len(pairs)}, at=at)
    return len(pairs)
