"""Tables of the case room, cut by what they are about."""

from .case import ActionKey, Case, CaseDocument, CaseEvent, DueChange
from .correspondence import Message, Note, Rating
from .reasons import FormSet, Reason
from .results import CaseResult, IssuedForm
from .work import Charge, Consultation, Supplement, Suspension, WorkItem

__all__ = [
    "ActionKey",
    "Case",
    "CaseDocument",
    "CaseEvent",
    "CaseResult",
    "Charge",
    "Consultation",
    "DueChange",
    "FormSet",
    "IssuedForm",
    "Message",
    "Note",
    "Rating",
    "Reason",
    "Supplement",
    "Suspension",
    "WorkItem",
]
