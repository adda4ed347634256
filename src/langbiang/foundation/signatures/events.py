"""What can happen to keys and documents here."""

from langbiang.foundation.events import Event, event


@event("signatures.credential_enrolled")
class CredentialEnrolled(Event):
    """A position or agency received a signing key."""

    credential_id: int
    agency_id: int
    position_id: int | None


@event("signatures.credential_revoked")
class CredentialRevoked(Event):
    """A signing key must not be used any more."""

    credential_id: int
    agency_id: int
    reason: str


@event("signatures.document_signed")
class DocumentSigned(Event):
    """A document was signed here."""

    record_id: int
    credential_id: int
    sha256: str
    purpose: str
    subject: str
    level: str
