"""Where the cabinets are and how to speak to them: one setting of the environment, checked word by word."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pysnmp.entity.config import (
    USM_AUTH_HMAC96_SHA,
    USM_AUTH_HMAC192_SHA256,
    USM_AUTH_HMAC384_SHA512,
    USM_PRIV_CFB128_AES,
    USM_PRIV_CFB256_AES,
)
from pysnmp.hlapi.v3arch.asyncio import UsmUserData

AUTHENTICATION = {"sha1": USM_AUTH_HMAC96_SHA, "sha256": USM_AUTH_HMAC192_SHA256, "sha512": USM_AUTH_HMAC384_SHA512}
PRIVACY = {"aes128": USM_PRIV_CFB128_AES, "aes256": USM_PRIV_CFB256_AES}
KEY_AT_LEAST = 8
PATTERNS = range(1, 254)


class BadSetting(ValueError):
    """The setting cannot be used; the message names junction, field and what is expected."""


@dataclass(frozen=True)
class CabinetSetting:
    """One cabinet. `patterns` says which number a plan has in the cabinet, by the name of the plan."""

    address: tuple[str, int]
    community: str = ""
    user: UsmUserData | None = None
    backup_s: int = 15
    patterns: Mapping[str, int] = field(default_factory=dict)


def cabinets_of(text: str) -> dict[str, CabinetSetting]:
    """The cabinets by junction: JSON, or the path of a file that holds it. Raises BadSetting.

    {"kim-cuc": {"address": "10.20.0.7:161", "community": "..."}} for v2c; for v3 "user" with "auth" (sha1, sha256, sha512),
    "auth_key" and, better, "privacy" (aes128, aes256), "privacy_key" in place of "community".
    """
    text = text.strip()
    if not text:
        return {}
    try:
        rows = json.loads(text if text.startswith("{") else Path(text).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BadSetting(f"LANGBIANG_CABINETS is neither JSON nor the path of a readable JSON file: {problem}") from problem
    if not isinstance(rows, dict):
        raise BadSetting("LANGBIANG_CABINETS must be an object: junction to cabinet")
    return {code: _cabinet(code, row) for code, row in rows.items()}


def _cabinet(code: str, row: Any) -> CabinetSetting:
    def bad(name: str, expected: str) -> BadSetting:
        return BadSetting(f"LANGBIANG_CABINETS, junction {code}, {name}: {expected}")

    if not isinstance(row, dict):
        raise bad("cabinet", "an object with address and community or user is expected")
    host, colon, port = str(row.get("address", "")).rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise bad("address", "host:port is expected, such as 10.20.0.7:161")
    backup = row.get("backup_s", 15)
    if not isinstance(backup, int) or not 10 <= backup <= 30:
        raise bad("backup_s", "a whole number of seconds from 10 to 30 is expected")
    patterns = row.get("patterns", {})
    if not isinstance(patterns, dict) or any(number not in PATTERNS for number in patterns.values()):
        raise bad("patterns", "plan names with the number of a pattern from 1 to 253 are expected")
    community, name = str(row.get("community", "")), str(row.get("user", ""))
    if bool(community) == bool(name):
        raise bad("community", "give either a community (v2c) or a user (v3)")
    user = None
    if name:
        auth, privacy = str(row.get("auth", "sha256")), str(row.get("privacy", ""))
        if auth not in AUTHENTICATION:
            raise bad("auth", f"one of {', '.join(AUTHENTICATION)} is expected")
        if privacy and privacy not in PRIVACY:
            raise bad("privacy", f"one of {', '.join(PRIVACY)} is expected")
        keys = {"auth_key": str(row.get("auth_key", ""))} | ({"privacy_key": str(row.get("privacy_key", ""))} if privacy else {})
        for key, value in keys.items():
            if len(value) < KEY_AT_LEAST:
                raise bad(key, f"a key of at least {KEY_AT_LEAST} characters is expected")
        given: dict[str, Any] = {"authKey": keys["auth_key"], "authProtocol": AUTHENTICATION[auth]}
        if privacy:
            given |= {"privKey": keys["privacy_key"], "privProtocol": PRIVACY[privacy]}
        user = UsmUserData(name, **given)
    return CabinetSetting((host, int(port)), community, user, backup, dict(patterns))
