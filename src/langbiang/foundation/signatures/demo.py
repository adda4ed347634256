"""Keys for the demo province: everybody who signs or seals gets a certificate of the stand-in authority.

Every certificate and the anchor say TEST; nothing signed with them has legal force.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.db import transaction

from langbiang.foundation.access import SYSTEM

from . import configuration, queries, services

Progress = Callable[[int, int], None]
AUTHORITY_NAME = "TEST Langbiang – tổ chức chứng thực thử nghiệm"
SOURCE = "Bộ giả lập dịch vụ tin cậy của bản trình diễn (không có giá trị pháp lý)"
BATCH = 200


class NoStandIn(RuntimeError):
    """The stand-in for trust services neither answers nor can be started."""


@dataclass(frozen=True)
class DemoSigner:
    """Somebody who gets a key: a person in a position, or (without a position) an agency's seal."""

    name: str
    agency_id: int
    agency_name: str
    position_id: int | None = None
    title: str = ""
    email: str = ""


@dataclass(frozen=True)
class _StandIn:
    """Where the test authority answers and the token that opens its enrolment."""

    address: str
    token: str

    def fetch(self, path: str) -> bytes:
        answer = httpx.get(f"{self.address}{path}", timeout=10)
        answer.raise_for_status()
        return answer.content

    def enrol(self, requests: Sequence[bytes], *, not_before: datetime) -> tuple[list[str], list[str]]:
        answer = httpx.post(
            f"{self.address}/enrol",
            headers={"Authorization": f"Bearer {self.token}"},
            json={
                "requests": [r.decode() for r in requests],
                "not_before": not_before.isoformat(),
                "not_after": (not_before + timedelta(days=5 * 365)).isoformat(),
            },
            timeout=60,
        )
        answer.raise_for_status()
        body = answer.json()
        return body["certificates"], body["chain"]


def load(*, at: datetime, seed: int, progress: Progress) -> None:
    """Give a key to every position that signs and every agency that seals, and trust the test authority."""
    from .demo_signers import signers

    enrol_signers(signers(at=at), at=at, progress=progress)


def enrol_signers(
    signers: Sequence[DemoSigner], *, at: datetime, progress: Progress = lambda done, total: None
) -> None:
    """Enrol keys for these signers; those who have one are left alone. Raises NoStandIn."""
    with stand_in() as authority:
        if not queries.has_test_anchor():
            services.add_trust_anchor(
                SYSTEM,
                name=AUTHORITY_NAME,
                certificates=authority.fetch("/root.pem") + authority.fetch("/issuing.pem"),
                source=SOURCE,
                valid_from=at - timedelta(days=800),
                verified=False,
                is_test=True,
                at=at,
            )
        wanting = [s for s in signers if _has_no_key(s, at)]
        progress(0, len(wanting))
        for start in range(0, len(wanting), BATCH):
            batch = wanting[start : start + BATCH]
            _enrol_batch(authority, batch, at=at)
            progress(start + len(batch), len(wanting))
        services.refresh_revocation_lists(SYSTEM, at=at)


def _has_no_key(signer: DemoSigner, at: datetime) -> bool:
    found = queries.credential_for(
        position_id=signer.position_id, agency_id=None if signer.position_id else signer.agency_id, at=at
    )
    return found is None


def _enrol_batch(authority: _StandIn, batch: Sequence[DemoSigner], *, at: datetime) -> None:
    private_keys = [ec.generate_private_key(ec.SECP256R1()) for _ in batch]
    requests = [_request(key, signer) for key, signer in zip(private_keys, batch, strict=True)]
    # The demonstration signs its invented past, so the certificates begin before it.
    made, chain_pem = authority.enrol(requests, not_before=at - timedelta(days=400))
    chain = [x509.load_pem_x509_certificate(pem.encode()) for pem in chain_pem]
    folder = configuration.key_files()
    with transaction.atomic():
        for key, signer, pem in zip(private_keys, batch, made, strict=True):
            certificate = x509.load_pem_x509_certificate(pem.encode())
            reference = folder.store(key, certificate, chain[:1])
            services.enrol_credential(
                SYSTEM,
                agency_id=signer.agency_id,
                position_id=signer.position_id,
                key_kind=folder.kind,
                key_reference=reference,
                certificates=pem + "".join(chain_pem),
                at=at,
            )


def _request(key: ec.EllipticCurvePrivateKey, signer: DemoSigner) -> bytes:
    # Certificates allow 64 characters per name (RFC 5280); agency names of merged units are longer.
    parts: list[x509.NameAttribute[Any]] = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, signer.agency_name[:64]),
        x509.NameAttribute(NameOID.COMMON_NAME, signer.name[:64]),
    ]
    if signer.title:
        parts.append(x509.NameAttribute(NameOID.TITLE, signer.title[:64]))
    if signer.email:
        parts.append(x509.NameAttribute(NameOID.EMAIL_ADDRESS, signer.email[:128]))
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(parts)).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM)


@contextmanager
def stand_in() -> Iterator[_StandIn]:
    """The test authority: the one that runs beside this installation, or one started for as long as it is
    needed.

    Raises NoStandIn.
    """
    home = Path(settings.HOME) / "simulators" / "trust-services"
    address = os.environ.get("LANGBIANG_TRUST_SERVICES", "").rstrip("/")
    if address and _answers(address):
        yield _StandIn(address, (home / "enrol.token").read_text())
        return
    try:
        from simulators.trust_services import TrustServer
    except ImportError:
        raise NoStandIn(
            "The test trust services do not run and are not part of this installation; "
            "start them and set LANGBIANG_TRUST_SERVICES."
        ) from None
    port = urlsplit(address).port or settings.PORT + 2
    with TrustServer(home, port=port) as server:
        yield _StandIn(f"http://127.0.0.1:{server.port}", server.authority.enrol_token)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
