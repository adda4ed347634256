"""What the environment says about signing. Read at the moment of use, so that a test or a command may
change it.

LANGBIANG_KEY_SECRET        secret that encrypts the key files (default: the platform's own secret key)
LANGBIANG_TSA_URL           time-stamping authority (RFC 3161)
LANGBIANG_SIGNATURE_LEVEL   level aimed at: B-B, B-T, B-LT (default), B-LTA
LANGBIANG_SIGNATURE_LEAST   level below which nothing is signed (default: B-B in demo mode, B-T in production)
LANGBIANG_PKCS11_MODULE     driver file of the tokens
LANGBIANG_PKCS11_PINS       PINs by token label, as JSON
LANGBIANG_TRUST_SERVICES    the stand-in authority of a demo installation
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from . import keys
from .pades import Level


def register_key_sources() -> None:
    """Make the kinds of keys known with what the environment says now."""
    keys.register(keys.Pkcs12Source(key_folder(), key_secret()))
    keys.register(keys.Pkcs11Source(os.environ.get("LANGBIANG_PKCS11_MODULE", ""), _pins()[0]))


def key_folder() -> Path:
    """Where key files lie."""
    return Path(settings.HOME) / "keys" / "signing"


def key_secret() -> str:
    """The secret key files are encrypted with."""
    return os.environ.get("LANGBIANG_KEY_SECRET") or str(settings.SECRET_KEY)


def key_files() -> keys.Pkcs12Source:
    """The folder of key files as a key source."""
    source = keys.source("p12")
    assert isinstance(source, keys.Pkcs12Source)
    return source


def _pins() -> tuple[dict[str, str], str]:
    text = os.environ.get("LANGBIANG_PKCS11_PINS", "")
    if not text:
        return {}, ""
    try:
        found = json.loads(text)
    except ValueError:
        return {}, text
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        return {}, text
    return found, ""


def is_production() -> bool:
    """Whether this installation is for real use."""
    return bool(settings.MODE == "production")


def timestamp_authority() -> str:
    """The address of the time-stamping authority, or nothing."""
    return os.environ.get("LANGBIANG_TSA_URL", "")


def timestamp_url(at: datetime) -> str:
    """Where to have a signature of this moment stamped. The stand-in of a demo installation stamps its
    invented
    past, too; a real authority knows only its own clock."""
    address = timestamp_authority()
    stand_in = os.environ.get("LANGBIANG_TRUST_SERVICES", "")
    if address and stand_in and not is_production() and urlsplit(address).netloc == urlsplit(stand_in).netloc:
        return f"{address}?at={quote(at.isoformat())}"
    return address


def _level(variable: str, default: Level) -> Level:
    try:
        return Level(os.environ.get(variable, default.value))
    except ValueError:
        return default


def level_wanted() -> Level:
    """The level aimed at."""
    return _level("LANGBIANG_SIGNATURE_LEVEL", Level.B_LT)


def level_at_least() -> Level:
    """The level below which nothing is signed."""
    return _level("LANGBIANG_SIGNATURE_LEAST", Level.B_T if is_production() else Level.B_B)


def check() -> Iterator[keys.Finding]:
    """What of this configuration is sound and what is not, in words for an administrator."""
    if is_production() and not os.environ.get("LANGBIANG_KEY_SECRET"):
        yield keys.Finding(
            "warning",
            _("Key files are encrypted with the platform's own secret, which may be changed one day."),
            _("Set LANGBIANG_KEY_SECRET before enrolling keys, and keep it with the backups."),
        )
    if _pins()[1]:
        yield keys.Finding(
            "error",
            _("LANGBIANG_PKCS11_PINS is not a JSON object of token labels and PINs."),
            _('Write it like {"token label": "PIN"}.'),
        )
    for variable in ("LANGBIANG_SIGNATURE_LEVEL", "LANGBIANG_SIGNATURE_LEAST"):
        value = os.environ.get(variable)
        if value and value not in {level.value for level in Level}:
            yield keys.Finding(
                "error",
                _("%(variable)s has the unknown value “%(value)s”.") % {"variable": variable, "value": value},
                _("Use one of B-B, B-T, B-LT, B-LTA."),
            )
    if level_at_least().rank > level_wanted().rank:
        yield keys.Finding(
            "error",
            _("The least level is above the level aimed at, so nothing can be signed."),
            _("Raise LANGBIANG_SIGNATURE_LEVEL or lower LANGBIANG_SIGNATURE_LEAST."),
        )
    if not timestamp_authority():
        yield keys.Finding(
            "error" if level_at_least().rank >= Level.B_T.rank else "warning",
            _("No time-stamping authority is set; the time of signing cannot be proven."),
            _("Set LANGBIANG_TSA_URL."),
        )
