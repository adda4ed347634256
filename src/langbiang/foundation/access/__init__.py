"""Who may do what: actors, roles with scopes by unit and field, and the rule every page declares."""

from .acting import acting
from .actor import ANONYMOUS, SYSTEM, Actor, Grant
from .errors import Forbidden, Refusal, Stale

__all__ = ["ANONYMOUS", "SYSTEM", "Actor", "Forbidden", "Grant", "Refusal", "Stale", "acting"]
