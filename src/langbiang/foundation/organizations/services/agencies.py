"""Opening, changing, moving and ending agencies."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Stale
from langbiang.foundation.access.policies import require
from langbiang.foundation.language.collation import sort_key
from langbiang.foundation.language.folding import fold

from .. import policies, queries
from ..models import Agency, AgencySuccession
from .refusals import BadDates, Closed, Incomplete, NoSuchThing, Taken

CHANGEABLE = ("name", "short_name", "name_en", "phone", "email", "address", "is_one_stop")


def _forget() -> None:
    queries.forget()
    transaction.on_commit(queries.forget)


def lock(agency_id: int, *, revision: int | None) -> Agency:
    """The agency, locked, as the person last saw it. Raises NoSuchThing, Stale."""
    row = Agency.objects.select_for_update().filter(pk=agency_id).first()
    if row is None:
        raise NoSuchThing(_("There is no such agency."), way_out=_("Choose one from the list of agencies."))
    if revision is not None and revision != row.revision:
        raise Stale(
            _("Somebody changed this agency while you had it open. Nothing of yours was saved over it."),
            way_out=_("Look at it as it is now, then change it again."),
        )
    return row


def lock_open(agency_id: int, *, revision: int | None, on: date) -> Agency:
    """The agency, locked, which must exist on a day. Raises NoSuchThing, Stale, Closed, BadDates."""
    row = lock(agency_id, revision=revision)
    if row.valid_to is not None and row.valid_to <= on:
        successor = queries.successor_name(row.pk, on=on)
        raise Closed(
            _("%(agency)s ended on %(day)s.") % {"agency": row.name, "day": f"{row.valid_to:%d/%m/%Y}"},
            way_out=_("Its tasks went to: %(agency)s. Do it there.") % {"agency": successor} if successor else "",
        )
    if on < row.valid_from:
        raise BadDates(
            _("%(agency)s begins only on %(day)s.") % {"agency": row.name, "day": f"{row.valid_from:%d/%m/%Y}"},
            field="valid_from", way_out=_("Choose that day or a later one."),
        )  # fmt: skip
    return row


def touch(agency: Agency) -> None:
    """Count a change of an agency or of its seats, so that a page opened before shows as stale."""
    Agency.objects.filter(pk=agency.pk).update(revision=F("revision") + 1)
    _forget()


@transaction.atomic
def open_agency(
    actor: Actor, *, code: str, name: str, kind: str, parent_id: int, valid_from: date, legal_ref: str,
    short_name: str = "", name_en: str = "", place_code: str = "", is_one_stop: bool = False, at: datetime,
) -> Agency:  # fmt: skip
    """Open a new agency below another from a day on. Raises Forbidden, NoSuchThing, Closed, BadDates, Taken, Incomplete."""
    require(policies.may_edit(actor, parent_id))
    parent = lock_open(parent_id, revision=None, on=valid_from)
    code, name, legal_ref, place_code = code.strip(), name.strip(), legal_ref.strip(), place_code.strip()
    for field, value in (("code", code), ("name", name), ("legal_ref", legal_ref)):
        if not value:
            raise Incomplete(_("An agency has a code, a name and a legal basis."), field=field)
    if kind not in Agency.Kind.values:
        raise Incomplete(_("Say what kind of agency this is."), field="kind")
    if kind == Agency.Kind.COMMUNE:
        if not place_code:
            raise Incomplete(_("A People's Committee of a commune has the code of its territory."), field="place_code")
        same = Agency.objects.filter(place_code=place_code, kind=kind).exclude(valid_to__lte=valid_from).first()
        if same is not None:
            raise Taken(
                _("%(agency)s answers for this territory on that day.") % {"agency": same.name}, field="place_code",
                way_out=_("End it first, or choose a later day."),
            )  # fmt: skip
    row = Agency(
        code=code, name=name, short_name=short_name.strip(), name_en=name_en.strip(), kind=kind, parent=parent,
        valid_from=valid_from, legal_ref=legal_ref, place_code=place_code, is_one_stop=is_one_stop,
        name_folded=fold(name)[:200], sort_key=sort_key(name)[:600],
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Taken(
            _("The code %(code)s is in use.") % {"code": code}, field="code", way_out=_("Check the code, or end the other agency.")
        ) from None  # fmt: skip
    row.path = f"{parent.path}{row.pk}."
    row.save(update_fields=["path"])
    audit.record(
        actor, "organizations.agency_opened", row, at=at,
        after={"code": code, "name": name, "parent": parent_id, "from": valid_from, "legal": legal_ref},
    )  # fmt: skip
    _forget()
    return row


@transaction.atomic
def change_agency(
    actor: Actor, *, agency_id: int, revision: int | None = None, at: datetime, **values: Any
) -> Agency:  # fmt: skip
    """Correct what is said of an agency: any of CHANGEABLE. Raises Forbidden, NoSuchThing, Stale, Incomplete."""
    row = lock(agency_id, revision=revision)
    require(policies.may_edit(actor, row.pk))
    if unknown := set(values) - set(CHANGEABLE):
        raise TypeError(f"change_agency does not change {', '.join(sorted(unknown))}")
    before = {name: getattr(row, name) for name in CHANGEABLE if name in values and getattr(row, name) != values[name]}
    if not before:
        return row
    for name in before:
        setattr(row, name, values[name].strip() if isinstance(values[name], str) else values[name])
    if not row.name:
        raise Incomplete(_("An agency has a name."), field="name")
    if "name" in before:
        row.name_folded, row.sort_key = fold(row.name)[:200], sort_key(row.name)[:600]
    row.revision += 1
    row.save()
    after = {name: getattr(row, name) for name in before}
    audit.record(actor, "organizations.agency_changed", row, before=before, after=after, at=at)
    _forget()
    return row


@transaction.atomic
def move_agency(
    actor: Actor, *, agency_id: int, parent_id: int, on: date, legal_ref: str, revision: int | None = None, at: datetime
) -> Agency:
    """Put an agency, with all below it, under another. Raises Forbidden, NoSuchThing, Stale, Closed, Incomplete, Taken."""
    row = lock_open(agency_id, revision=revision, on=on)
    require(policies.may_edit(actor, row.parent_id))
    require(policies.may_edit(actor, parent_id))
    parent = lock_open(parent_id, revision=None, on=on)
    if not legal_ref.strip():
        raise Incomplete(_("Name the decision this stands on."), field="legal_ref")
    if row.parent_id is None or parent.path.startswith(row.path):
        raise Taken(
            _("An agency cannot stand below itself."), field="parent", way_out=_("Choose an agency that is not below it.")
        )
    before, old_path = {"parent": row.parent_id}, row.path
    Agency.objects.filter(path__startswith=old_path).update(
        path=Concat(Value(parent.path), Substr("path", len(old_path) - len(f"{row.pk}.") + 1)), revision=F("revision") + 1
    )
    Agency.objects.filter(pk=row.pk).update(parent=parent)
    audit.record(
        actor, "organizations.agency_moved", row, at=at, before=before,
        after={"parent": parent_id, "on": on, "legal": legal_ref.strip()},
    )  # fmt: skip
    _forget()
    row.refresh_from_db()
    return row


def _end(row: Agency, *, on: date) -> None:
    if row.valid_to is not None:
        raise Closed(
            _("%(agency)s ended on %(day)s.") % {"agency": row.name, "day": f"{row.valid_to:%d/%m/%Y}"}, field="on"
        )
    if on <= row.valid_from:
        raise BadDates(
            _("The day must be after the day the agency began."), field="on",
            way_out=_("It began on %(day)s.") % {"day": f"{row.valid_from:%d/%m/%Y}"},
        )  # fmt: skip
    below = row.children.exclude(valid_to__lte=on).order_by("sort_key").first()
    if below is not None:
        raise Closed(
            _("%(agency)s still stands below it.") % {"agency": below.name}, field="on",
            way_out=_("End or move the agencies below it first."),
        )  # fmt: skip
    row.valid_to = on
    row.revision += 1
    row.save(update_fields=["valid_to", "revision"])


@transaction.atomic
def close_agency(
    actor: Actor, *, agency_id: int, on: date, legal_ref: str, revision: int | None = None, at: datetime
) -> Agency:
    """End an agency on a day without a successor. Raises Forbidden, NoSuchThing, Stale, Closed, BadDates, Incomplete.

    Its officers keep their seats: what is open there still has to be brought to an end or handed over.
    """
    row = lock(agency_id, revision=revision)
    require(policies.may_edit(actor, row.parent_id))
    if not legal_ref.strip():
        raise Incomplete(_("Name the decision this stands on."), field="legal_ref")
    _end(row, on=on)
    audit.record(actor, "organizations.agency_closed", row, after={"on": on, "legal": legal_ref.strip()}, at=at)
    _forget()
    return row


@transaction.atomic
def declare_succession(
    actor: Actor, *, old_id: int, new_ids: Sequence[int], kind: str, effective_on: date, legal_ref: str,
    field: str = "", revision: int | None = None, at: datetime,
) -> None:  # fmt: skip
    """An agency ends and others take over its tasks, wholly or for one field, from a day on.

    Records keep the agency they were made under; whoever follows it as a whole reaches them from that day on.
    Raises Forbidden, NoSuchThing, Stale, Closed, BadDates, Incomplete, Taken.
    """
    old = lock(old_id, revision=revision)
    require(policies.may_edit(actor, old.parent_id))
    wanted = list(dict.fromkeys(new_ids))
    if not legal_ref.strip():
        raise Incomplete(_("Name the decision this stands on."), field="legal_ref")
    if kind not in AgencySuccession.Kind.values:
        raise Incomplete(_("Say what happens to the agency."), field="kind")
    if not wanted or old_id in wanted:
        raise Incomplete(_("Name the agency that takes over."), field="new", way_out=_("It is another than the one that ends."))
    if kind == AgencySuccession.Kind.SPLIT and len(wanted) < 2:
        raise Incomplete(_("A split has at least two agencies that take over."), field="new")
    if kind != AgencySuccession.Kind.SPLIT and len(wanted) > 1:
        raise Incomplete(_("Only a split has more than one agency that takes over."), field="new")
    for new_id in wanted:
        require(policies.may_edit(actor, new_id))
        lock_open(new_id, revision=None, on=effective_on)
    if not field:
        _end(old, on=effective_on)
    elif effective_on <= old.valid_from:
        raise BadDates(_("The day must be after the day the agency began."), field="on")
    else:
        touch(old)
    try:
        with transaction.atomic():
            AgencySuccession.objects.bulk_create(
                AgencySuccession(
                    old=old, new_id=new_id, field=field, kind=kind, effective_on=effective_on, legal_ref=legal_ref.strip()
                )
                for new_id in wanted
            )
    except IntegrityError:
        raise Taken(_("This has been declared already."), field="new") from None
    audit.record(
        actor, "organizations.succession_declared", old, at=at,
        after={"kind": kind, "new": wanted, "on": effective_on, "field": field, "legal": legal_ref.strip()},
    )  # fmt: skip
    _forget()
