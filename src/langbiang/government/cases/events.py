"""What can happen to a case."""

from langbiang.foundation.events import Event, event


class CaseHappening(Event):
    """Base: which case."""


@event("cases.submitted")
class CaseSubmitted(CaseHappening):
    """Somebody filed; nobody has looked at it yet."""

    case_id: int
    procedure_code: str


@event("cases.accepted")
class CaseAccepted(CaseHappening):
    """The case was received: it has a code and a due date."""

    case_id: int
    code: str
    procedure_code: str


@event("cases.refused")
class CaseRefused(CaseHappening):
    """Reception was refused (form 03)."""

    case_id: int
    reason: str


@event("cases.supplement_requested")
class SupplementRequested(CaseHappening):
    """The applicant was asked for missing or corrected papers (form 02)."""

    case_id: int
    supplement_id: int


@event("cases.supplement_answered")
class SupplementAnswered(CaseHappening):
    """The applicant answered a supplement request."""

    case_id: int
    supplement_id: int


@event("cases.assigned")
class CaseAssigned(CaseHappening):
    """Work was given to an officer."""

    case_id: int
    account_id: int


@event("cases.step_completed")
class StepCompleted(CaseHappening):
    """A step of the process sheet was done."""

    case_id: int
    step: str


@event("cases.consulted")
class UnitConsulted(CaseHappening):
    """Another unit was asked for its opinion."""

    case_id: int
    consultation_id: int


@event("cases.consultation_answered")
class ConsultationAnswered(CaseHappening):
    """A consulted unit answered."""

    case_id: int
    consultation_id: int


@event("cases.suspended")
class CaseSuspended(CaseHappening):
    """The legal clock stands still."""

    case_id: int
    ground: str


@event("cases.resumed")
class CaseResumed(CaseHappening):
    """The legal clock runs again."""

    case_id: int


@event("cases.extended")
class CaseExtended(CaseHappening):
    """The due date was put off with an apology (form 04)."""

    case_id: int
    due: str


@event("cases.due_moved")
class DueMoved(CaseHappening):
    """The due date moved because the calendar changed."""

    case_id: int
    due: str


@event("cases.signed")
class ResultSigned(CaseHappening):
    """The result was signed; it has no number yet."""

    case_id: int
    result_id: int


@event("cases.released")
class ResultReleased(CaseHappening):
    """The result was numbered, sealed and released: the matter is decided."""

    case_id: int
    result_id: int
    outcome: str


@event("cases.returned")
class ResultReturned(CaseHappening):
    """The person has the result."""

    case_id: int
    way: str


@event("cases.withdrawal_requested")
class WithdrawalRequested(CaseHappening):
    """The applicant asked to withdraw."""

    case_id: int


@event("cases.stopped")
class CaseStopped(CaseHappening):
    """Handling was stopped (form 05)."""

    case_id: int
    reason: str


@event("cases.reopened")
class CaseReopened(CaseHappening):
    """A closed case was opened again."""

    case_id: int
    reason: str


@event("cases.result_replaced")
class ResultReplaced(CaseHappening):
    """A released result was replaced or revoked."""

    case_id: int
    result_id: int


@event("cases.message_sent")
class MessageSent(CaseHappening):
    """Somebody wrote to the other side."""

    case_id: int
    message_id: int
    from_applicant: bool


@event("cases.fee_settled")
class FeeSettled(CaseHappening):
    """The fees of a case are paid or waived."""

    case_id: int


@event("cases.rated")
class CaseRated(CaseHappening):
    """The applicant said how it went."""

    case_id: int
    score: int
