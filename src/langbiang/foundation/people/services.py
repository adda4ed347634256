"""Writing the register: register, change, merge, relate."""

from datetime import date, datetime
from typing import Any

import phonenumbers
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.language.collation import sort_key
from langbiang.foundation.language.folding import fold

from . import identity, policies
from .events import PeopleMerged, PersonRegistered, PersonUpdated
from .models import Change, Person, Relation

FIELDS = (
    "full_name",
    "identity_no",
    "birth_date",
    "birth_precision",
    "sex",
    "nationality",
    "ethnicity",
    "phone",
    "email",
    "address_text",
    "place_code",
)
PROBLEMS = {
    "length": _("A personal identification number has 12 digits (an old identity card has 9)."),
    "province": _("This is not a valid personal identification number: its first digits do not exist."),
    "birth_year": _("The number does not belong to this year of birth."),
    "sex": _("The number does not belong to this sex."),
    "check_digit": _("This is not a valid business code: its check digit does not fit."),
}


class BadIdentity(Refusal):
    """The identity number cannot be right."""


class NotOnRecord(Refusal):
    """Nobody is registered under this number, and too little is known to register them."""


class BadContact(Refusal):
    """A telephone number or name cannot be right."""


class AlreadyRegistered(Refusal):
    """Somebody is registered under this number already; `person_id` names the record."""

    def __init__(self, person: Person) -> None:
        super().__init__(
            _("%(name)s is registered under this number already.") % {"name": person.full_name},
            field="identity_no",
            way_out=_("Use that record, or correct the number."),
        )
        self.person_id = person.pk


class NotTheSame(Refusal):
    """These two records cannot be merged."""


def normal_phone(text: str) -> str:
    """A Vietnamese or international number in one spelling: national numbers as 0xxxxxxxxx. Raises BadContact."""
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, "VN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise BadContact(
            _("“%(text)s” is not a telephone number.") % {"text": text[:30]},
            field="phone",
            way_out=_("Write it as 0912345678, or with the country code as +84912345678."),
        )
    if number.country_code == 84:
        return f"0{number.national_number}"
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _checked(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in values.items() if name in FIELDS}
    if "full_name" in values:
        values["full_name"] = " ".join(str(values["full_name"]).split())
        if len(values["full_name"]) < 2 or len(values["full_name"]) > 200:
            raise BadContact(_("Enter the full name."), field="full_name")
        values["name_folded"] = fold(values["full_name"])[:200]
        values["sort_key"] = sort_key(values["full_name"])[:600]
    if "phone" in values:
        values["phone"] = normal_phone(values["phone"] or "")
    if "identity_no" in values:
        number = identity.clean(values["identity_no"] or "")
        values["identity_no"] = number or None
        if number:
            wrong = (
                identity.business_problem(number)
                if kind == "business"
                else identity.problem(number, birth_date=values.get("birth_date"), sex=values.get("sex") or "")
            )
            if wrong:
                raise BadIdentity(PROBLEMS[wrong], field="identity_no", way_out=_("Compare it with the card."))
    return values


@transaction.atomic
def register_person(
    actor: Actor, *, kind: str = "citizen", source: str = "counter", at: datetime, **values: Any
) -> Person:
    """Add a record. Raises Forbidden, BadIdentity, BadContact, AlreadyRegistered."""
    policies.require(policies.may_edit(actor))
    return _create(actor, kind=kind, source=source, values=_checked(kind, values), at=at)


def _create(actor: Actor, *, kind: str, source: str, values: dict[str, Any], at: datetime) -> Person:
    number = values.get("identity_no")
    try:
        with transaction.atomic():
            person = Person.objects.create(kind=kind, source=source, created_at=at, updated_at=at, **values)
    except IntegrityError:
        known = Person.objects.filter(identity_no=number).exclude(state="merged").first()
        if known is None:
            raise
        raise AlreadyRegistered(known) from None
    audit.record(actor, "people.registered", person, after={"kind": kind, "source": source}, at=at)
    events.emit(actor, PersonRegistered(person_id=person.pk), at=at, subject=f"person:{person.pk}")
    return person


@transaction.atomic
def person_at_counter(actor: Actor, *, card: str, full_name: str, birth_date: date | None, at: datetime) -> Person:
    """Who stands at the counter: found by the card's QR text or number, else registered with what the card or the
    officer says. Raises Forbidden, BadIdentity, BadContact, NotOnRecord.
    """
    policies.require(policies.may_edit(actor))
    read = identity.parse_card(card)
    number = read.identity_no if read else identity.clean(card)
    kind = "business" if len(number) in (10, 13) and not read else "citizen"
    known = Person.objects.filter(identity_no=number).exclude(state=Person.State.MERGED).first() if number else None
    if known is not None:
        return known
    values: dict[str, Any] = {"identity_no": number, "full_name": full_name, "birth_date": birth_date}
    if read:
        values |= {
            "full_name": read.full_name, "birth_date": read.birth_date, "sex": read.sex, "address_text": read.address
        }  # fmt: skip
    if not number or (kind == "citizen" and len(number) not in (9, 12)):
        raise BadIdentity(
            PROBLEMS["length"], field="card", way_out=_("Scan the code on the back or front of the card again.")
        )
    try:
        checked = _checked(kind, values)
    except Refusal as wrong:
        field = "card" if wrong.field == "identity_no" else wrong.field
        if not full_name and not read:
            raise NotOnRecord(
                _("Nobody is on record under %(number)s.") % {"number": number}, field="card",
                way_out=_("Scan the QR code of the card, or enter name and date of birth as well."),
            ) from wrong  # fmt: skip
        raise type(wrong)(wrong.message, field=field, way_out=wrong.way_out) from wrong
    return _create(actor, kind=kind, source="counter", values=checked, at=at)


@transaction.atomic
def person_from_identity_provider(actor: Actor, *, claims: dict[str, Any], at: datetime) -> Person:
    """The record of somebody who signed in through the identity provider: found by number, else registered.

    What the provider vouches for (name, birth date, sex) goes before what a counter typed. Raises BadIdentity.
    """
    values = _checked("citizen", claims)
    number = values.get("identity_no")
    if not number:
        raise BadIdentity(_("The identity provider gave no identification number."), field="identity_no")
    known = Person.objects.select_for_update().filter(identity_no=number).exclude(state="merged").first()
    if known is None:
        return _create(actor, kind="citizen", source="identity_provider", values=values, at=at)
    vouched = {
        k: v for k, v in values.items() if k in ("full_name", "name_folded", "sort_key", "birth_date", "sex") and v
    }
    contact = {
        k: v
        for k, v in values.items()
        if k in ("phone", "email", "address_text", "place_code") and v and not getattr(known, k)
    }
    _apply(actor, known, {**vouched, **contact}, at=at)
    return known


@transaction.atomic
def update_person(actor: Actor, *, person_id: int, revision: int | None = None, at: datetime, **values: Any) -> Person:
    """Correct a record; what it said before is kept. Raises Forbidden, BadIdentity, BadContact, AlreadyRegistered, Stale."""
    policies.require(policies.may_edit(actor, person_id))
    person = Person.objects.select_for_update().get(pk=person_id)
    if revision is not None and person.revision != revision:
        raise Stale(_("Somebody changed this record while you had it open."), way_out=_("Look at it again."))
    if actor.is_citizen:
        values = {k: v for k, v in values.items() if k in ("phone", "email")}
    merged = {"birth_date": person.birth_date, "sex": person.sex, **values}
    if "identity_no" not in merged and ("birth_date" in values or "sex" in values):
        merged["identity_no"] = person.identity_no
    checked = _checked(person.kind, merged)
    _apply(actor, person, checked, at=at)
    return person


def _apply(actor: Actor, person: Person, values: dict[str, Any], *, at: datetime) -> None:
    changed = {name: value for name, value in values.items() if getattr(person, name) != value}
    if not changed:
        return
    shown = [name for name in changed if name not in ("name_folded", "sort_key")]
    before = {name: _plain(getattr(person, name)) for name in shown}
    for name, value in changed.items():
        setattr(person, name, value)
    person.revision += 1
    person.updated_at = at
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        known = (
            Person.objects.filter(identity_no=person.identity_no).exclude(pk=person.pk).exclude(state="merged").first()
        )
        if known is None:
            raise
        raise AlreadyRegistered(known) from None
    after = {name: _plain(getattr(person, name)) for name in shown}
    Change.objects.create(
        person=person, at=at, actor_label=actor.label[:300], kind="update", before=before, after=after
    )
    audit.record(actor, "people.updated", person, before=before, after=after, at=at)
    events.emit(actor, PersonUpdated(person_id=person.pk, fields=shown), at=at, subject=f"person:{person.pk}")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


@transaction.atomic
def merge_people(actor: Actor, *, kept_id: int, merged_id: int, reason: str, at: datetime) -> Person:
    """Two records are one person: the second points to the first from now on, empty fields are filled from it.

    Raises Forbidden, NotTheSame.
    """
    policies.require(policies.may_merge(actor))
    if kept_id == merged_id:
        raise NotTheSame(_("Choose two different records."))
    rows = {p.pk: p for p in Person.objects.select_for_update().filter(pk__in=[kept_id, merged_id]).order_by("pk")}
    if len(rows) != 2:
        raise NotTheSame(_("One of the records does not exist."))
    kept, gone = rows[kept_id], rows[merged_id]
    if "merged" in (kept.state, gone.state):
        raise NotTheSame(_("One of the records was merged already."))
    if kept.kind != gone.kind:
        raise NotTheSame(_("A citizen and a business cannot be the same."))
    if (
        kept.identity_no
        and gone.identity_no
        and kept.identity_no != gone.identity_no
        and len(gone.identity_no) == 12 == len(kept.identity_no)
    ):
        raise NotTheSame(
            _("The records carry two different personal identification numbers."),
            field="identity_no",
            way_out=_("Correct the wrong number first, then merge."),
        )
    if len(reason.strip()) < 5:
        raise NotTheSame(_("Say how you know that they are the same."), field="reason")
    before = {name: _plain(getattr(gone, name)) for name in FIELDS}
    gone.state, gone.merged_into, gone.updated_at, gone.revision = "merged", kept, at, gone.revision + 1
    gone.save()
    for name in FIELDS:
        if not getattr(kept, name) and getattr(gone, name):
            setattr(kept, name, getattr(gone, name))
    kept.updated_at, kept.revision = at, kept.revision + 1
    kept.save()
    for person in (kept, gone):
        Change.objects.create(
            person=person,
            at=at,
            actor_label=actor.label[:300],
            kind="merge",
            before=before if person is gone else {},
            after={"kept": kept.pk, "merged": gone.pk, "reason": reason.strip()},
        )
    audit.record(
        actor, "people.merged", kept, before=before, after={"merged": gone.pk, "reason": reason.strip()}, at=at
    )
    events.emit(actor, PeopleMerged(kept_id=kept.pk, merged_id=gone.pk), at=at, subject=f"person:{kept.pk}")
    return kept


@transaction.atomic
def relate(
    actor: Actor, *, person_id: int, other_id: int, kind: str, evidence: str, on: date, at: datetime
) -> Relation:
    """Put on record that one person may act for another. Raises Forbidden, NotTheSame."""
    policies.require(policies.may_edit(actor))
    if person_id == other_id or kind not in Relation.Kind.values:
        raise NotTheSame(_("Choose two people and how they belong together."))
    relation, _new = Relation.objects.get_or_create(
        person_id=person_id,
        other_id=other_id,
        kind=kind,
        valid_to=None,
        defaults={"valid_from": on, "evidence": evidence[:200]},
    )
    audit.record(actor, "people.related", relation, after={"kind": kind, "other": other_id}, at=at)
    return relation


@transaction.atomic
def note_look(actor: Actor, *, person_id: int, at: datetime) -> None:
    """Remember that an officer opened a record in full: a person may ask who looked. Raises Forbidden."""
    policies.require(policies.may_view(actor))
    audit.record(actor, "people.looked", f"people.person:{person_id}", at=at)
