"""What every kind of signing key offers. A kind is a plugin: a class with `open` and `check_config`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from asn1crypto import pem
from asn1crypto.x509 import Certificate as Certificate
from django.utils.translation import gettext_lazy as _
from pyhanko.sign.signers.pdf_cms import Signer

from langbiang.foundation.access.errors import Refusal, Text


class KeyUnavailable(Refusal):
    """The private key cannot be used now: file gone, wrong password, token pulled out, module missing."""


@dataclass(frozen=True)
class Finding:
    """One line of a set-up check: what is fine, what is not, and what to do about it."""

    level: Literal["ok", "warning", "error"]
    text: Text
    way_out: Text = ""


class SigningKey(ABC):
    """A private key with its certificate, ready to sign while the context of `signer` is open."""

    certificate: Certificate
    chain: tuple[Certificate, ...]

    @abstractmethod
    def signer(self) -> AbstractContextManager[Signer]:
        """pyHanko's view of the key; sessions and secrets live no longer than the context. Raises
        KeyUnavailable."""


class KeySource(ABC):
    """A kind of place where keys live (encrypted file, token, ...). Registered by `kind`."""

    kind: str
    title: Text

    @abstractmethod
    def open(self, reference: Mapping[str, str]) -> SigningKey:
        """The key a credential points to. Raises KeyUnavailable."""

    @abstractmethod
    def check_config(self) -> Iterator[Finding]:
        """Say what of this kind's set-up works and what does not, in words for an administrator."""


_SOURCES: dict[str, KeySource] = {}


def register(source: KeySource) -> KeySource:
    """Make a kind of key known."""
    _SOURCES[source.kind] = source
    return source


def source(kind: str) -> KeySource:
    """The plugin for a kind of key. Raises KeyUnavailable for an unknown one."""
    try:
        return _SOURCES[kind]
    except KeyError:
        raise KeyUnavailable(
            _("Keys of the kind “%(kind)s” are not supported by this installation.") % {"kind": kind},
            way_out=_("Ask the administrator to check the signing set-up."),
        ) from None


def sources() -> list[KeySource]:
    """All known kinds."""
    return list(_SOURCES.values())


def certificates_from(content: bytes | str) -> list[Certificate]:
    """Certificates in PEM (any number) or DER (one). Raises ValueError with a plain reason."""
    raw = content.encode() if isinstance(content, str) else content
    try:
        if pem.detect(raw):
            found = [
                Certificate.load(der, strict=True)
                for name, _headers, der in pem.unarmor(raw, multiple=True)
                if name == "CERTIFICATE"
            ]
        else:
            found = [Certificate.load(raw, strict=True)]
        for certificate in found:
            certificate.native  # noqa: B018 - parse it whole, so that a damaged certificate fails here
    except (ValueError, TypeError) as error:
        raise ValueError("This is not a readable certificate in PEM or DER form.") from error
    if not found:
        raise ValueError("There is no certificate in this file.")
    return found


def to_pem(certificate: Certificate) -> str:
    """A certificate in PEM form."""
    return str(pem.armor("CERTIFICATE", certificate.dump()).decode())
