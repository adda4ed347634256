"""What a check of a file comes to: a state in one word, and everything a person may ask next."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """The answer, best first. A document is as good as the worst of its signatures."""

    GENUINE = "genuine"
    INCONCLUSIVE = "inconclusive"
    NOT_SIGNED = "not_signed"
    EXPIRED = "expired"
    UNTRUSTED = "untrusted"
    REVOKED = "revoked"
    UNREADABLE = "unreadable"
    ALTERED = "altered"

    @property
    def badness(self) -> int:
        """0 for genuine, the more the worse."""
        return list(State).index(self)


class Reason(StrEnum):
    """Why, one code per cause; words.py has a sentence for each."""

    CONTENT_CHANGED = "content_changed"
    CHANGED_AFTERWARDS = "changed_afterwards"
    NOT_ALL_COVERED = "not_all_covered"
    SIGNATURE_DAMAGED = "signature_damaged"
    SIGNATURE_BROKEN = "signature_broken"
    SIGNATURE_REMOVED = "signature_removed"
    CHAIN_UNKNOWN = "chain_unknown"
    CERTIFICATE_UNSUITABLE = "certificate_unsuitable"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_REVOKED = "certificate_revoked"
    AUTHORITY_REVOKED = "authority_revoked"
    WEAK_ALGORITHM = "weak_algorithm"
    REVOCATION_UNKNOWN = "revocation_unknown"
    NOT_A_PDF = "not_a_pdf"
    TOO_LARGE = "too_large"
    TOO_COMPLEX = "too_complex"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    TOO_MANY_SIGNATURES = "too_many_signatures"
    # Remarks that do not make the state worse.
    TIME_NOT_PROVEN = "time_not_proven"
    TIMESTAMP_BAD = "timestamp_bad"
    TIMESTAMP_CERTIFICATE_ENDED = "timestamp_certificate_ended"
    CERTIFICATE_REVOKED_LATER = "certificate_revoked_later"
    CERTIFICATE_ENDED_SINCE = "certificate_ended_since"
    TEST_AUTHORITY = "test_authority"
    NOT_STRICTLY_FORMED = "not_strictly_formed"


class ChangeKind(StrEnum):
    """What was added to a file after a signature."""

    SIGNATURE = "signature_added"
    TIMESTAMP = "timestamp_added"
    EVIDENCE = "evidence_added"
    FORM_FILLED = "form_filled"
    CONTENT = "content_added"


@dataclass(frozen=True)
class Change:
    """One later revision of the file."""

    kind: ChangeKind
    revision: int
    by: str = ""

    @property
    def is_harmless(self) -> bool:
        """Whether such an addition leaves what was signed as it was."""
        return self.kind is not ChangeKind.CONTENT


@dataclass(frozen=True)
class SignatureFinding:
    """One signature in the file: who, for whom, when, and whether it holds."""

    state: State
    reasons: tuple[Reason, ...]
    field: str
    revision: int
    signer: str = ""
    agency: str = ""
    unit: str = ""
    title: str = ""
    email: str = ""
    serial: str = ""
    issuer: str = ""
    certificate_sha256: str = ""
    certificate_from: datetime | None = None
    certificate_to: datetime | None = None
    claimed_at: datetime | None = None
    proven_at: datetime | None = None
    timestamp_authority: str = ""
    revoked_at: datetime | None = None
    level: str = ""
    algorithm: str = ""
    purpose: str = ""
    location: str = ""
    indication: str = ""
    sub_indication: str = ""
    covers_whole_file: bool = False
    signature_sha256: str = ""
    later_changes: tuple[Change, ...] = ()
    is_test: bool = False

    @property
    def signed_at(self) -> datetime | None:
        """The proven time, or else the claimed one."""
        return self.proven_at or self.claimed_at

    @property
    def is_agency_seal(self) -> bool:
        """Whether the certificate names an agency rather than a person: common name and organisation are
        the same."""
        return bool(self.agency) and self.signer.casefold() == self.agency.casefold()


@dataclass(frozen=True)
class Verdict:
    """The outcome for a whole file."""

    state: State
    reasons: tuple[Reason, ...]
    sha256: str
    size: int
    signatures: tuple[SignatureFinding, ...] = ()
    later_changes: tuple[Change, ...] = ()

    @property
    def is_genuine(self) -> bool:
        """Whether every signature holds and nothing but harmless additions came after."""
        return self.state is State.GENUINE

    @property
    def signature_digests(self) -> tuple[str, ...]:
        """Digests of the signature values: they survive re-saving, so the record they belong to can still
        be found."""
        return tuple(s.signature_sha256 for s in self.signatures if s.signature_sha256)

    def to_json(self) -> str:
        """The verdict as JSON, times in ISO 8601."""
        return json.dumps(
            asdict(self),
            default=lambda v: v.isoformat() if isinstance(v, datetime) else str(v),
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "Verdict":
        """The verdict `to_json` wrote."""
        data = json.loads(text)
        return cls(
            state=State(data["state"]),
            reasons=tuple(Reason(r) for r in data["reasons"]),
            sha256=data["sha256"],
            size=data["size"],
            signatures=tuple(_finding(s) for s in data["signatures"]),
            later_changes=_changes(data["later_changes"]),
        )


def _changes(rows: list[dict[str, Any]]) -> tuple[Change, ...]:
    return tuple(Change(ChangeKind(r["kind"]), r["revision"], r["by"]) for r in rows)


def _finding(data: dict[str, Any]) -> SignatureFinding:
    moments = ("certificate_from", "certificate_to", "claimed_at", "proven_at", "revoked_at")
    return SignatureFinding(
        **{
            **data,
            **{name: datetime.fromisoformat(data[name]) if data[name] else None for name in moments},
            "state": State(data["state"]),
            "reasons": tuple(Reason(r) for r in data["reasons"]),
            "later_changes": _changes(data["later_changes"]),
        }
    )
