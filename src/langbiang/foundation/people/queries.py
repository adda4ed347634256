"""Reads of the register. Names of strangers are found only by those whose work needs it."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from langbiang.foundation.access import Actor
from langbiang.foundation.language.folding import fold
from langbiang.foundation.prepared import Reading

from . import identity, policies
from .models import Change, Person, Relation

LIMIT = 50
_BY_NUMBER: Reading[Person] = Reading("people.Person", "identity_no = %s AND state <> 'merged' LIMIT 1", "varchar")
_BY_ID: Reading[Person] = Reading("people.Person", "id = %s", "bigint")


def person(person_id: int) -> Person:
    """A record by its id, for services that hold the id already. Raises Person.DoesNotExist."""
    found = _BY_ID.first(person_id)
    if found is None:
        raise Person.DoesNotExist(f"There is no person {person_id}.")
    return found


def surviving(person_id: int) -> Person:
    """The record that stands for a person after merges."""
    found = Person.objects.get(pk=person_id)
    while found.merged_into_id is not None:
        found = Person.objects.get(pk=found.merged_into_id)
    return found


def by_identity(number: str) -> Person | None:
    """The record with exactly this identity number."""
    digits = identity.clean(number)
    return _BY_NUMBER.first(digits) if digits else None


def search(actor: Actor, text: str) -> list[Person]:
    """Records whose name begins so, or with exactly this number or telephone. Raises Forbidden."""
    policies.require(policies.may_view(actor))
    text = text.strip()
    if len(text) < 2:
        return []
    digits = identity.clean(text)
    if digits and len(digits) >= 9:
        wanted = Q(identity_no=digits) | Q(phone=digits) | Q(phone="+84" + digits.lstrip("0"))
    else:
        wanted = Q(name_folded__startswith=fold(text))
    return list(Person.objects.filter(wanted).exclude(state="merged").order_by("sort_key", "pk")[:LIMIT])


def person_for(actor: Actor, person_id: int) -> Person:
    """A record an officer may open. Raises Forbidden, Person.DoesNotExist."""
    policies.require(policies.may_view(actor))
    return Person.objects.select_related("merged_into", "representative").get(pk=person_id)


def history_of(person_id: int) -> list[Change]:
    """What changed on a record, newest first."""
    return list(Change.objects.filter(person_id=person_id).order_by("-at", "-pk"))


def relations_of(person_id: int) -> list[Relation]:
    """Whom a person belongs to, from the record's own side."""
    rows = Relation.objects.filter(person_id=person_id, valid_to=None).select_related("other")
    return list(rows.order_by("kind", "other__sort_key"))


def duplicates(of: Person) -> list[Person]:
    """Other records with the same name and birth date."""
    if of.birth_date is None:
        return []
    rows = Person.objects.filter(name_folded=of.name_folded, birth_date=of.birth_date, kind=of.kind)
    return list(rows.exclude(pk=of.pk).exclude(state="merged").order_by("pk")[:20])


def may_act_for(submitter_id: int, owner_id: int, *, on: date) -> bool:
    """Whether a relation on record lets one person file for another."""
    if submitter_id == owner_id:
        return True
    return (
        Relation.objects.filter(person_id=submitter_id, other_id=owner_id, valid_from__lte=on)
        .exclude(valid_to__lte=on)
        .exists()
    )


def masked(name: str) -> str:
    """A name as strangers may see it: Nguyễn Văn An -> Ng*** V** A*."""
    parts = name.split()
    shown = [(p[:2] if i == 0 else p[:1]) + "*" * max(1, len(p) - (2 if i == 0 else 1)) for i, p in enumerate(parts)]
    return " ".join(shown)


def sample(*, count: int) -> Sequence[tuple[int, str]]:
    """Ids and names of citizens in the order of registration: for the demo province."""
    rows = Person.objects.filter(kind="citizen", state="active").order_by("pk").values_list("pk", "full_name")
    return list(rows[:count])
