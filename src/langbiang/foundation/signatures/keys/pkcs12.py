"""Keys in encrypted PKCS#12 files under one folder; each file has its own password, derived from one
secret."""

import base64
import hashlib
import hmac
import os
import stat
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from django.utils.translation import gettext_lazy as _
from pyhanko.sign.signers.pdf_cms import Signer, SimpleSigner

from .base import Finding, KeySource, KeyUnavailable, SigningKey

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
MAX_FILE = 256 * 1024
# The passwords are 256 random bits, which no stretching makes stronger; a human's password never gets here.
ROUNDS = 2_000


class UnusableKeyFile(ValueError):
    """A PKCS#12 file cannot be taken over; the text says why."""


class Pkcs12Key(SigningKey):
    """A key decrypted from PKCS#12 into the memory of this process."""

    def __init__(self, content: bytes, password: str) -> None:
        try:
            self._signer = SimpleSigner.load_pkcs12_data(content, other_certs=(), passphrase=password.encode())
        except (ValueError, TypeError, AttributeError) as error:
            raise KeyUnavailable(
                _("The key file cannot be opened: it is damaged or its password does not fit."),
                way_out=_("Enrol the key again, or restore the key folder from the backup."),
            ) from error
        self.certificate = self._signer.signing_cert
        self.chain = tuple(c for c in self._signer.cert_registry if c != self.certificate)

    @contextmanager
    def signer(self) -> Iterator[Signer]:
        yield self._signer


def pack(key: PrivateKey, certificate: x509.Certificate, chain: list[x509.Certificate], password: str) -> bytes:
    """An encrypted PKCS#12 file (AES-256, PBKDF2 with SHA-256)."""
    encryption = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(password.encode())
    )
    return pkcs12.serialize_key_and_certificates(b"signing", key, certificate, chain or None, encryption)


def unpack(content: bytes, password: str) -> tuple[PrivateKey, x509.Certificate, list[x509.Certificate]]:
    """Key, certificate and chain of a PKCS#12 file somebody brings along. Raises UnusableKeyFile."""
    if len(content) > MAX_FILE:
        raise UnusableKeyFile(
            _("The file is larger than %(size)d KB, so it is not a key file.") % {"size": MAX_FILE // 1024}
        )
    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(content, password.encode() or None)
    except (ValueError, TypeError) as error:
        raise UnusableKeyFile(_("The file is not PKCS#12 (.p12, .pfx), or the password is wrong.")) from error
    if key is None or certificate is None:
        raise UnusableKeyFile(_("The file holds no private key with its certificate."))
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise UnusableKeyFile(_("Only RSA and elliptic-curve keys can sign here."))
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < 2048:
        raise UnusableKeyFile(_("RSA keys need at least 2048 bits."))
    if key.public_key() != certificate.public_key():
        raise UnusableKeyFile(_("The certificate in the file belongs to another key."))
    return key, certificate, list(chain)


class Pkcs12Source(KeySource):
    """The folder of key files."""

    kind = "p12"
    title = _("Encrypted file (PKCS#12)")

    def __init__(self, folder: Path, secret: str) -> None:
        self.folder = folder
        self._secret = secret

    def _password(self, name: str) -> str:
        # One password per file: whoever learns one opens one.
        digest = hmac.new(self._secret.encode(), f"signatures/p12/{name}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode()

    def store(self, key: PrivateKey, certificate: x509.Certificate, chain: list[x509.Certificate]) -> dict[str, str]:
        """Keep a key in a new file of this folder; returns the reference a credential remembers."""
        name = f"{uuid.uuid4().hex}.p12"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        draft = self.folder / f".{name}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pack(key, certificate, chain, self._password(name)))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.folder / name)
        return {"file": name}

    def discard(self, reference: Mapping[str, str]) -> None:
        """Remove a key file, as when the enrolment it was made for fails. A missing file is fine."""
        self._path(reference).unlink(missing_ok=True)

    def _path(self, reference: Mapping[str, str]) -> Path:
        name = reference.get("file", "")
        if not name or Path(name).name != name or name.startswith("."):
            raise KeyUnavailable(_("The credential points to no key file."), way_out=_("Enrol the key again."))
        return self.folder / name

    def open(self, reference: Mapping[str, str]) -> SigningKey:
        path = self._path(reference)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise KeyUnavailable(
                _("The key file of this credential is missing on the server."),
                way_out=_("Restore the key folder from the backup, or enrol the key again."),
            ) from error
        return Pkcs12Key(content, self._password(path.name))

    def check_config(self) -> Iterator[Finding]:
        if not self._secret:
            yield Finding("error", _("There is no secret to encrypt key files with."), _("Set LANGBIANG_KEY_SECRET."))
        if not self.folder.exists():
            yield Finding("ok", _("No key file is stored on this server yet."))
            return
        if stat.S_IMODE(self.folder.stat().st_mode) & 0o077:
            yield Finding(
                "warning",
                _("Other users of the server can look into the key folder."),
                _("Set its permissions to 700."),
            )
        if not os.access(self.folder, os.W_OK):
            yield Finding(
                "error", _("The key folder cannot be written."), _("Give it to the user that runs Langbiang.")
            )
            return
        files = sorted(self.folder.glob("*.p12"))
        unreadable = 0
        for path in files[:5]:
            try:
                Pkcs12Key(path.read_bytes(), self._password(path.name))
            except (KeyUnavailable, OSError):
                unreadable += 1
        if unreadable:
            yield Finding(
                "error",
                _("Key files exist that the present secret does not open."),
                _("Set LANGBIANG_KEY_SECRET to the value the files were made with."),
            )
        else:
            yield Finding("ok", _("The key folder is in order (%(count)d files).") % {"count": len(files)})
