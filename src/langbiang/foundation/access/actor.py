"""The one who acts, made once per request and passed to every service and query."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Kind = Literal["anonymous", "citizen", "staff", "client", "system"]


@dataclass(frozen=True)
class Grant:
    """One role an actor holds: over which agencies (None = the whole province) and which field (None = all)."""

    role: str
    permissions: frozenset[str]
    agency_ids: frozenset[int] | None
    field: str | None = None


@dataclass(frozen=True)
class Reach:
    """Where a permission holds: the union of (agencies, field) pairs. None stands for all."""

    pairs: tuple[tuple[frozenset[int] | None, str | None], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def covers(self, agency_id: int | None, field: str | None = None) -> bool:
        """Whether the permission holds at this agency for this field."""
        return any(
            (agencies is None or agency_id in agencies) and (only is None or only == field)
            for agencies, only in self.pairs
        )

    @property
    def everywhere(self) -> bool:
        """Whether it holds at every agency for every field."""
        return (None, None) in self.pairs


@dataclass(frozen=True)
class Actor:
    """Who acts, for whom, from where. `label` is what history shows: name, position, agency."""

    kind: Kind
    account_id: int | None = None
    person_id: int | None = None
    position_id: int | None = None
    agency_id: int | None = None
    label: str = ""
    position_title: str = ""
    agency_name: str = ""
    grants: tuple[Grant, ...] = field(default=(), repr=False)
    channel: str = "web"
    address: str = ""
    reference: str = ""

    @property
    def name(self) -> str:
        """The person's own name, without position and agency."""
        return self.label.partition(", ")[0]

    @property
    def is_staff(self) -> bool:
        """Whether this is an officer signed in with a position."""
        return self.kind == "staff"

    @property
    def is_citizen(self) -> bool:
        """Whether this is a signed-in citizen or business representative."""
        return self.kind == "citizen"

    @cached_property
    def roles(self) -> frozenset[str]:
        """Codes of all roles held anywhere."""
        return frozenset(grant.role for grant in self.grants)

    @cached_property
    def permissions(self) -> frozenset[str]:
        """All permissions held anywhere; use `may` or `reach` to decide about a record."""
        return frozenset().union(*(grant.permissions for grant in self.grants)) if self.grants else frozenset()

    def reach(self, permission: str) -> Reach:
        """Where this actor holds a permission."""
        if self.kind == "system":
            return Reach(((None, None),))
        return Reach(tuple({(g.agency_ids, g.field): None for g in self.grants if permission in g.permissions}))

    def may(self, permission: str, *, agency_id: int | None = None, field: str | None = None) -> bool:
        """Whether this actor holds a permission at this agency for this field."""
        return self.reach(permission).covers(agency_id, field)


ANONYMOUS = Actor(kind="anonymous")
SYSTEM = Actor(kind="system", label="Langbiang", channel="job")
