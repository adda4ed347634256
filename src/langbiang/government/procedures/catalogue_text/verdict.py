"""Was the record structured? Counted openly: what was read, what a person must still confirm, what is open.

Structured means: every channel row has a channel, a time limit with a unit and a fee, and there is a
component table with at least one paper. A value may be a guess or a marked proposal; each of these is listed
in ``to_confirm`` and must be confirmed by the person who approves the record. A fee the text itself leaves to
the People's Council or to an act counts as read: it is unknown for a stated reason, and never free.
"""

from dataclasses import dataclass
from enum import StrEnum

from .record import ParsedRecord, ParseState, Reason


class Outcome(StrEnum):
    STRUCTURED = "structured"
    REVIEW = "review"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in the record and what is the matter there."""

    path: str
    state: ParseState
    reason: Reason


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reasons``: why the record is not structured (empty when it is). ``to_confirm``: core values that are
    not simply stated. ``remarks``: the same for parts outside the core."""

    outcome: Outcome
    reasons: tuple[Finding, ...]
    to_confirm: tuple[Finding, ...]
    remarks: tuple[Finding, ...]

    @property
    def is_fully_stated(self) -> bool:
        """Structured, and nothing in the core was guessed or proposed."""
        return self.outcome is Outcome.STRUCTURED and not self.to_confirm

    @property
    def must_decide(self) -> bool:
        """Structured, but some core value is only a proposal or an unknown fee that a person must settle."""
        proposed = any(finding.state is ParseState.REVIEW for finding in self.to_confirm)
        return self.outcome is Outcome.STRUCTURED and proposed


_REMARKED = (
    "title",
    "decision_no",
    "levels",
    "kind",
    "field",
    "audiences",
    "competent_agencies",
    "coordinating_agencies",
    "implementing_agencies",
    "legal_bases",
    "results",
)


def judge(record: ParsedRecord) -> Verdict:
    """The verdict on one record, with every reason and its place."""
    fatal = [reason for reason in record.problems if reason.code in _FATAL]
    if fatal:
        failed = tuple(Finding("text", ParseState.REVIEW, reason) for reason in fatal)
        return Verdict(Outcome.FAILED, failed, (), ())
    open_points: list[Finding] = []
    to_confirm: list[Finding] = []
    if record.code.state in (ParseState.REVIEW, ParseState.MISSING):
        open_points.extend(Finding("code", record.code.state, reason) for reason in record.code.reasons)
    _judge_channels(record, open_points, to_confirm)
    _judge_documents(record, open_points, to_confirm)
    if not record.channels.value.rows and not record.documents.value:
        return Verdict(Outcome.FAILED, tuple(open_points), (), ())
    outcome = Outcome.REVIEW if open_points else Outcome.STRUCTURED
    return Verdict(outcome, tuple(open_points), tuple(to_confirm), _remarks(record))


_FATAL = frozenset({"empty_text", "text_too_large", "not_a_catalogue_page"})


def _judge_channels(record: ParsedRecord, open_points: list[Finding], to_confirm: list[Finding]) -> None:
    rows = record.channels.value.rows
    if not rows:
        reasons = record.channels.reasons or (Reason("no_channel_rows"),)
        open_points.extend(Finding("channels", record.channels.state, reason) for reason in reasons)
    for number, row in enumerate(rows, start=1):
        place = f"channels[{number}]"
        for path, part in ((f"{place}.time_limit", row.time_limit), (f"{place}.fee", row.fee)):
            reasons = part.reasons or (Reason("not_stated"),)
            if not part.is_obtained:
                open_points.extend(Finding(path, part.state, reason) for reason in reasons)
            elif part.state is not ParseState.OK:
                to_confirm.extend(Finding(path, part.state, reason) for reason in reasons)


def _judge_documents(record: ParsedRecord, open_points: list[Finding], to_confirm: list[Finding]) -> None:
    rows = [row for group in record.documents.value for row in group.rows]
    if not rows:
        reasons = record.documents.reasons or (Reason("no_documents"),)
        open_points.extend(Finding("documents", record.documents.state, reason) for reason in reasons)
    for number, row in enumerate(rows, start=1):
        to_confirm.extend(Finding(f"documents[{number}]", row.state, reason) for reason in row.reasons)


def _remarks(record: ParsedRecord) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for name in _REMARKED:
        part = getattr(record, name)
        if part.state in (ParseState.GUESS, ParseState.REVIEW):
            found.extend(Finding(name, part.state, reason) for reason in part.reasons)
    return tuple(found)
