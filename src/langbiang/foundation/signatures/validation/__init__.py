"""Checking signatures: whom to trust, what a file comes to, and how that is said in plain words. No
database here."""

from .isolation import validate_in_child
from .trust import Anchor, TrustStore
from .validate import validate_pdf
from .verdict import Change, ChangeKind, Reason, SignatureFinding, State, Verdict

__all__ = [
    "Anchor",
    "Change",
    "ChangeKind",
    "Reason",
    "SignatureFinding",
    "State",
    "TrustStore",
    "Verdict",
    "validate_in_child",
    "validate_pdf",
]
