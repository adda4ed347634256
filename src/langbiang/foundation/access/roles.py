"""The roles of the house and what each may do. Rooms add theirs with `define_role` / `extend_role` in their apps.ready.

Roles are given to positions, by agency and field, as dated rows (models.RoleAssignment); this file only says what a role means.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .errors import Text


@dataclass
class Role:
    """A role: code, title, and the permissions it carries."""

    code: str
    title: Text
    permissions: frozenset[str]


_ROLES: dict[str, Role] = {}


def define_role(code: str, title: Text, permissions: frozenset[str] | set[str] = frozenset()) -> Role:
    """Make a role known, or add permissions to it when it is known already."""
    if code in _ROLES:
        return extend_role(code, permissions)
    _ROLES[code] = Role(code, title, frozenset(permissions))
    return _ROLES[code]


def extend_role(code: str, permissions: frozenset[str] | set[str]) -> Role:
    """Add a room's permissions to a role. Raises KeyError for an unknown role."""
    _ROLES[code].permissions = _ROLES[code].permissions | frozenset(permissions)
    return _ROLES[code]


def role(code: str) -> Role:
    """A role by its code. Raises KeyError."""
    return _ROLES[code]


def all_roles() -> list[Role]:
    """Every role, in the order of definition."""
    return list(_ROLES.values())


FieldSource = Callable[[], Iterable[tuple[str, str]]]
_FIELD_SOURCES: list[FieldSource] = []


def define_fields(source: FieldSource) -> None:
    """Let a room say which fields of administration there are: (code, name) pairs, asked for each time."""
    if source not in _FIELD_SOURCES:
        _FIELD_SOURCES.append(source)


def fields() -> dict[str, str]:
    """Names of the fields a role can be limited to, by code."""
    return {code: name for source in _FIELD_SOURCES for code, name in source()}
