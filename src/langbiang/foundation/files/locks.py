"""Keeping and forgetting one content never happen at once.

Whoever keeps holds the content in common with others until the end of the transaction, when the row that names it
can be seen; whoever forgets holds it alone, and looks for rows only then.
"""

from django.db import connection

_SPACE = 0x66696C6573  # "files"


def _key(sha256: str) -> int:
    # By first byte: a transaction that keeps thousands of files must not fill the lock table of the server.
    return (_SPACE << 8) | int(sha256[:2], 16)


def hold(sha256: str) -> None:
    """Nobody forgets a content like this one before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_key(sha256)])


def hold_alone(sha256: str) -> bool:
    """Nobody keeps a content like this one before this transaction ends; False when somebody is just doing so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_key(sha256)])
        return bool(cursor.fetchone()[0])
