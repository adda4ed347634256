"""The test certification authority: root, issuing authority, OCSP responder, TSA, and the register of what
was issued."""

import datetime as dt
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

Clock = Callable[[], dt.datetime]
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

FOUNDED = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
CLOSED = dt.datetime(2045, 1, 1, tzinfo=dt.UTC)
REASONS = {reason.value: reason for reason in x509.ReasonFlags}


class EnrolmentRefused(ValueError):
    """The request for a certificate cannot be granted; the text says why."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TEST - Langbiang trust services"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


class Authority:
    """A certification authority living in one folder; made on first use, the same ever after.

    `base_url` is baked into the certificates (OCSP, CRL and issuer addresses), so it is remembered from the
    first start: certificates pointing to a dead address cannot reach PAdES B-LT.
    """

    def __init__(self, home: Path, base_url: str, *, clock: Clock = _now) -> None:
        self.home = home
        self.clock = clock
        self._lock = threading.RLock()
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        self.base_url = self._remembered_base_url(base_url)
        self.root_key, self.root = self._actor("root", self._make_root)
        self.issuing_key, self.issuing = self._actor("issuing", self._make_issuing)
        self.responder_key, self.responder = self._actor("responder", self._make_responder)
        self.tsa_key, self.tsa = self._actor("tsa", self._make_tsa)
        self.enrol_token = self._made_once("enrol.token", lambda: secrets.token_urlsafe(24).encode()).decode()
        self._register = self._open_register()

    # -- keys and certificates of the authority itself

    def _made_once(self, name: str, make: Callable[[], bytes]) -> bytes:
        path = self.home / name
        if not path.exists():
            draft = self.home / f".{name}.{os.getpid()}"
            draft.touch(mode=0o600)
            draft.write_bytes(make())
            draft.replace(path)
        return path.read_bytes()

    def _remembered_base_url(self, base_url: str) -> str:
        stored = self._made_once(
            "authority.json", lambda: json.dumps({"base_url": base_url.rstrip("/")}).encode()
        )
        return str(json.loads(stored)["base_url"])

    def _actor(
        self, name: str, make: Callable[[], tuple[PrivateKey, x509.Certificate]]
    ) -> tuple[PrivateKey, x509.Certificate]:
        def pem() -> bytes:
            key, certificate = make()
            return key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ) + certificate.public_bytes(serialization.Encoding.PEM)

        stored = self._made_once(f"{name}.pem", pem)
        key = serialization.load_pem_private_key(stored, password=None)
        assert isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey))
        return key, x509.load_pem_x509_certificate(stored)

    def _builder(
        self,
        subject: x509.Name,
        public_key: object,
        issuer: x509.Name,
        not_before: dt.datetime = FOUNDED,
        not_after: dt.datetime = CLOSED,
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public_key)  # type: ignore[arg-type]  # any key the library makes
            .serial_number(x509.random_serial_number())
            .not_valid_before(not_before)
            .not_valid_after(not_after)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)  # type: ignore[arg-type]  # any key the library makes
        )

    def _crl_points(self, name: str) -> x509.CRLDistributionPoints:
        address = x509.UniformResourceIdentifier(f"{self.base_url}/crl/{name}.crl")
        return x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)])

    def _issuer_access(self, name: str, *, with_ocsp: bool) -> x509.AuthorityInformationAccess:
        entries = [
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS,
                x509.UniformResourceIdentifier(f"{self.base_url}/{name}.cer"),
            )
        ]
        if with_ocsp:
            entries.insert(
                0,
                x509.AccessDescription(
                    AuthorityInformationAccessOID.OCSP,
                    x509.UniformResourceIdentifier(f"{self.base_url}/ocsp"),
                ),
            )
        return x509.AuthorityInformationAccess(entries)

    def _make_root(self) -> tuple[PrivateKey, x509.Certificate]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("TEST Langbiang Root CA")
        builder = self._builder(name, key.public_key(), name)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        return key, builder.sign(key, hashes.SHA256())

    def _make_issuing(self) -> tuple[PrivateKey, x509.Certificate]:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(
            _name("TEST Langbiang Public Service CA"), key.public_key(), self.root.subject
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        return key, self._under_root(builder)

    def _make_tsa(self) -> tuple[PrivateKey, x509.Certificate]:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        builder = self._builder(
            _name("TEST Langbiang Time Stamping Authority"), key.public_key(), self.root.subject
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(digital_signature=True), critical=True)
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
        return key, self._under_root(builder)

    def _under_root(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key()), critical=False
        )
        builder = builder.add_extension(self._crl_points("root"), critical=False)
        builder = builder.add_extension(self._issuer_access("root", with_ocsp=False), critical=False)
        return builder.sign(self.root_key, hashes.SHA256())

    def _make_responder(self) -> tuple[PrivateKey, x509.Certificate]:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(
            _name("TEST Langbiang OCSP responder"), key.public_key(), self.issuing.subject
        )
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issuing_key.public_key()), critical=False
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(digital_signature=True), critical=True)
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False
        )
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
        return key, builder.sign(self.issuing_key, hashes.SHA256())

    # -- the register

    def _open_register(self) -> sqlite3.Connection:
        register = sqlite3.connect(
            self.home / "register.sqlite", check_same_thread=False, isolation_level=None
        )
        register.execute("PRAGMA journal_mode=WAL")
        register.execute("PRAGMA synchronous=NORMAL")
        register.execute(
            "CREATE TABLE IF NOT EXISTS issued (serial TEXT PRIMARY KEY, subject TEXT NOT NULL,"
            " pem TEXT NOT NULL,"
            " revoked_at TEXT, reason TEXT)"
        )
        return register

    def close(self) -> None:
        with self._lock:
            self._register.close()

    # -- what people ask of it

    def enrol(
        self, csr_pem: bytes, *, not_before: dt.datetime | None = None, not_after: dt.datetime | None = None
    ) -> x509.Certificate:
        """Issue a signing certificate for the request's own subject name. Raises EnrolmentRefused."""
        return self.enrol_many([csr_pem], not_before=not_before, not_after=not_after)[0]

    def enrol_many(
        self,
        requests: list[bytes],
        *,
        not_before: dt.datetime | None = None,
        not_after: dt.datetime | None = None,
    ) -> list[x509.Certificate]:
        """As `enrol`, for many requests in one go; all or none."""
        start = not_before or self.clock() - dt.timedelta(minutes=5)
        end = not_after or start + dt.timedelta(days=3 * 365)
        if end <= start:
            raise EnrolmentRefused("not_after must be later than not_before")
        made = [self._issue(self._checked(pem), start, end) for pem in requests]
        with self._lock:
            self._register.execute("BEGIN IMMEDIATE")
            self._register.executemany(
                "INSERT INTO issued (serial, subject, pem) VALUES (?, ?, ?)",
                [
                    (
                        f"{c.serial_number:x}",
                        c.subject.rfc4514_string(),
                        c.public_bytes(serialization.Encoding.PEM).decode(),
                    )
                    for c in made
                ],
            )
            self._register.execute("COMMIT")
        return made

    def _checked(self, csr_pem: bytes) -> x509.CertificateSigningRequest:
        try:
            request = x509.load_pem_x509_csr(csr_pem)
        except ValueError as error:
            raise EnrolmentRefused("the request is not a PEM certificate signing request") from error
        if not request.is_signature_valid:
            raise EnrolmentRefused("the request is not signed by its own key")
        if not request.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
            raise EnrolmentRefused("the request names no one: common name is missing")
        key = request.public_key()
        if isinstance(key, rsa.RSAPublicKey) and key.key_size < 2048:
            raise EnrolmentRefused("RSA keys must have at least 2048 bits")
        if not isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)):
            raise EnrolmentRefused("only RSA and elliptic-curve keys are accepted")
        return request

    def _issue(
        self, request: x509.CertificateSigningRequest, start: dt.datetime, end: dt.datetime
    ) -> x509.Certificate:
        builder = self._builder(request.subject, request.public_key(), self.issuing.subject, start, end)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issuing_key.public_key()), critical=False
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(
            _usage(digital_signature=True, content_commitment=True), critical=True
        )
        builder = builder.add_extension(self._crl_points("issuing"), critical=False)
        builder = builder.add_extension(self._issuer_access("issuing", with_ocsp=True), critical=False)
        for extension in request.extensions:
            if isinstance(extension.value, x509.SubjectAlternativeName):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(self.issuing_key, hashes.SHA256())

    def revoke(self, serial: int, *, reason: str = "unspecified", at: dt.datetime | None = None) -> bool:
        """Mark a certificate as revoked; False when this authority never issued it. A second call changes
        nothing."""
        if reason not in REASONS:
            raise EnrolmentRefused(f"unknown reason {reason!r}; one of {', '.join(sorted(REASONS))}")
        moment = (at or self.clock()).astimezone(dt.UTC).replace(microsecond=0)
        with self._lock:
            known = self._register.execute(
                "SELECT 1 FROM issued WHERE serial = ?", (f"{serial:x}",)
            ).fetchone()
            if not known:
                return False
            self._register.execute(
                "UPDATE issued SET revoked_at = ?, reason = ? WHERE serial = ? AND revoked_at IS NULL",
                (moment.isoformat(), reason, f"{serial:x}"),
            )
        return True

    # -- what machines ask of it

    def crl(self, name: str) -> bytes:
        """The present revocation list of `root` or `issuing`, DER."""
        key, issuer = {"root": (self.root_key, self.root), "issuing": (self.issuing_key, self.issuing)}[name]
        now = self.clock()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.subject)
            .last_update(now - dt.timedelta(seconds=2))
            .next_update(now + dt.timedelta(days=1))
            .add_extension(x509.CRLNumber(int(now.timestamp() * 1000)), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
            )
        )
        if name == "issuing":
            with self._lock:
                rows = self._register.execute(
                    "SELECT serial, revoked_at, reason FROM issued"
                    " WHERE revoked_at IS NOT NULL ORDER BY serial"
                ).fetchall()
            for serial, revoked_at, reason in rows:
                entry = (
                    x509.RevokedCertificateBuilder()
                    .serial_number(int(serial, 16))
                    .revocation_date(dt.datetime.fromisoformat(revoked_at))
                )
                if reason != "unspecified":
                    entry = entry.add_extension(x509.CRLReason(REASONS[reason]), critical=False)
                builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def ocsp_response(self, request_der: bytes) -> bytes:
        """Answer an OCSP request, DER in and out; a malformed one is answered as RFC 6960 says."""
        try:
            request = ocsp.load_der_ocsp_request(request_der)
        except ValueError:
            return ocsp.OCSPResponseBuilder.build_unsuccessful(
                ocsp.OCSPResponseStatus.MALFORMED_REQUEST
            ).public_bytes(serialization.Encoding.DER)
        with self._lock:
            row = self._register.execute(
                "SELECT pem, revoked_at, reason FROM issued WHERE serial = ?", (f"{request.serial_number:x}",)
            ).fetchone()
        if row is None:
            return ocsp.OCSPResponseBuilder.build_unsuccessful(
                ocsp.OCSPResponseStatus.UNAUTHORIZED
            ).public_bytes(serialization.Encoding.DER)
        pem, revoked_at, reason = row
        now = self.clock()
        revoked = revoked_at is not None
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=x509.load_pem_x509_certificate(pem.encode()),
                issuer=self.issuing,
                algorithm=request.hash_algorithm,
                cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
                this_update=now - dt.timedelta(seconds=2),
                next_update=now + dt.timedelta(days=1),
                revocation_time=dt.datetime.fromisoformat(revoked_at) if revoked else None,
                revocation_reason=REASONS[reason] if revoked and reason != "unspecified" else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.responder)
            .certificates([self.responder])
        )
        for extension in request.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(self.responder_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def time_stamp(self, request_der: bytes, *, at: dt.datetime | None = None) -> bytes:
        """Answer an RFC 3161 request. `at` lets a demonstration stamp its invented past. Raises
        ValueError."""
        request = tsp.TimeStampReq.load(request_der, strict=True)
        request.native  # noqa: B018 - forces the whole request to be parsed, so that rubbish fails here
        stamper = DummyTimeStamper(
            asn1_x509.Certificate.load(self.tsa.public_bytes(serialization.Encoding.DER)),
            asn1_keys.PrivateKeyInfo.load(
                self.tsa_key.private_bytes(
                    serialization.Encoding.DER,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            ),
            fixed_dt=at or self.clock(),
        )
        return stamper.request_tsa_response(request).dump()  # type: ignore[no-any-return]  # the library has no types


def _usage(**named: bool) -> x509.KeyUsage:
    flags = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**(flags | named))
