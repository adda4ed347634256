"""Whom to trust, from when to when, and what is known about revoked certificates. A value, free of any
database."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime

from ..keys.base import Certificate


@dataclass(frozen=True)
class Anchor:
    """A certification authority trusted for signatures, time stamps, or both, for signatures made from when
    to when."""

    certificate: Certificate
    name: str = ""
    for_signatures: bool = True
    for_timestamps: bool = True
    is_test: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def trusted_at(self, moment: datetime) -> bool:
        """Whether a signature made at this moment may rest on this anchor."""
        return (self.valid_from is None or self.valid_from <= moment) and (
            self.valid_to is None or moment < self.valid_to
        )


@dataclass(frozen=True)
class TrustStore:
    """All anchors with their validity, and revocation lists (DER) fetched beforehand.

    Retired anchors stay in: a signature made while one was trusted remains good. Checking never uses the
    network, so a hostile file cannot make the server call an address.
    """

    anchors: tuple[Anchor, ...] = ()
    revocation_lists: tuple[bytes, ...] = field(default=(), repr=False)

    def signature_roots(self, moment: datetime) -> list[Certificate]:
        """Certificates trusted for signatures made at a moment."""
        return [a.certificate for a in self.anchors if a.for_signatures and a.trusted_at(moment)]

    def timestamp_roots(self, moment: datetime) -> list[Certificate]:
        """Certificates trusted for time stamps made at a moment."""
        return [a.certificate for a in self.anchors if a.for_timestamps and a.trusted_at(moment)]

    def anchor_of(self, certificate: Certificate) -> Anchor | None:
        """The anchor holding this certificate."""
        return next((a for a in self.anchors if a.certificate.dump() == certificate.dump()), None)

    def to_json(self) -> str:
        """A text another process can rebuild the store from."""
        return json.dumps(
            {
                "anchors": [
                    {
                        "certificate": base64.b64encode(a.certificate.dump()).decode(),
                        "name": a.name,
                        "for_signatures": a.for_signatures,
                        "for_timestamps": a.for_timestamps,
                        "is_test": a.is_test,
                        "valid_from": a.valid_from.isoformat() if a.valid_from else None,
                        "valid_to": a.valid_to.isoformat() if a.valid_to else None,
                    }
                    for a in self.anchors
                ],
                "revocation_lists": [base64.b64encode(der).decode() for der in self.revocation_lists],
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "TrustStore":
        """The store `to_json` wrote."""
        data = json.loads(text)

        def moment(value: str | None) -> datetime | None:
            return datetime.fromisoformat(value) if value else None

        return cls(
            tuple(
                Anchor(
                    certificate=Certificate.load(base64.b64decode(a["certificate"])),
                    name=a["name"],
                    for_signatures=a["for_signatures"],
                    for_timestamps=a["for_timestamps"],
                    is_test=a["is_test"],
                    valid_from=moment(a["valid_from"]),
                    valid_to=moment(a["valid_to"]),
                )
                for a in data["anchors"]
            ),
            tuple(base64.b64decode(text) for text in data["revocation_lists"]),
        )
