"""Where private keys live: one plugin per kind, each able to say whether its set-up works."""

from .base import (
    Certificate,
    Finding,
    KeySource,
    KeyUnavailable,
    SigningKey,
    certificates_from,
    register,
    source,
    sources,
    to_pem,
)
from .pkcs11 import Pkcs11Key, Pkcs11Source
from .pkcs12 import Pkcs12Key, Pkcs12Source, UnusableKeyFile, pack, unpack

__all__ = [
    "Certificate",
    "Finding",
    "KeySource",
    "KeyUnavailable",
    "Pkcs11Key",
    "Pkcs11Source",
    "Pkcs12Key",
    "Pkcs12Source",
    "SigningKey",
    "UnusableKeyFile",
    "certificates_from",
    "pack",
    "register",
    "source",
    "sources",
    "to_pem",
    "unpack",
]
