"""Messages over HTTP: POST to the address of the system, with the key that makes a repetition harmless.

The exact bytes are the body; key, kind, digest and the detached signature travel as headers. An answer counts as an
acknowledgement only when it names our key and our digest: a page of a proxy that says 200 acknowledges nothing.
"""

import base64
import json
import os
import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import httpx
from django.utils.translation import gettext as _

from .base import Answer, Envelope, Held, NotAnswered, Outcome

MOST_ANSWER = 65_536
MOST_HOLDINGS = 4_194_304
_AGAIN = {408, 409, 423, 425, 429, 500, 502, 503, 504}
_KEYS_WRONG = {401, 403, 407}


class Rest:
    """The way most systems take messages."""

    kind = "rest"

    def deliver(self, envelope: Envelope, *, address: str, timeout_s: float) -> Answer:
        """POST the message; see the module for what counts as an acknowledgement."""
        headers = {
            "Content-Type": envelope.content_type,
            "Idempotency-Key": quote(envelope.key, safe=""),
            "X-Message-Kind": envelope.kind,
            "X-Message-Subject": quote(envelope.subject, safe=""),
            "X-Content-SHA256": envelope.sha256,
            "X-Sent-At": envelope.sent_at.astimezone(UTC).isoformat(),
            **_credentials(address),
        }
        if envelope.signature:
            headers["X-Signature"] = base64.b64encode(envelope.signature).decode()
        found = _ask("POST", f"{address.rstrip('/')}/packets", headers, envelope.content, timeout_s)
        return found if isinstance(found, Answer) else _understood(envelope, *found)

    def check(self, address: str, *, timeout_s: float) -> Answer:
        """GET the health address."""
        found = _ask("GET", f"{address.rstrip('/')}/health", _credentials(address), b"", timeout_s)
        if isinstance(found, Answer):
            return found
        status, body, clock = found
        good = status == 200
        return Answer(Outcome.ACKED if good else Outcome.BUSY, status, body, receiver_clock=clock)

    def holdings(self, address: str, *, timeout_s: float) -> list[Held]:
        """Read the list of holdings page by page."""
        found: list[Held] = []
        cursor: object = 0
        while cursor is not None:
            url = f"{address.rstrip('/')}/holdings?cursor={quote(str(cursor))}&limit=500"
            answer = _ask("GET", url, _credentials(address), b"", timeout_s, most=MOST_HOLDINGS)
            if isinstance(answer, Answer) or answer[0] != 200:
                note = answer.note if isinstance(answer, Answer) else f"HTTP {answer[0]}"
                raise NotAnswered(_("The other side does not say what it holds: %(why)s.") % {"why": note})
            try:
                told = json.loads(answer[1])
                rows = [Held(str(row["key"]), str(row["kind"]), str(row["sha256"])) for row in told["holdings"]]
                following = told["cursor"]
            except (ValueError, KeyError, TypeError) as problem:
                raise NotAnswered(_("The list of what is held there is not in the agreed form.")) from problem
            if following is not None and (following == cursor or not rows):
                raise NotAnswered(_("The list of what is held there never ends."))
            found += rows
            cursor = following
        return found


def _credentials(address: str) -> dict[str, str]:
    """The key for a system stands in the environment, never in the database: LANGBIANG_EXCHANGE_KEY_<HOST>_<PORT>."""
    place = re.sub(r"\W+", "_", address.split("//", 1)[-1].split("/", 1)[0]).upper()
    found = os.environ.get(f"LANGBIANG_EXCHANGE_KEY_{place}")
    return {"Authorization": f"Bearer {found}"} if found else {}


def _ask(
    method: str, url: str, headers: dict[str, str], content: bytes, timeout_s: float, *, most: int = MOST_ANSWER
) -> Answer | tuple[int, bytes, datetime | None]:
    """One request with one limit for the whole of it, so that a receiver that drips cannot hold a worker."""
    until = time.monotonic() + timeout_s
    try:
        with (
            httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False) as client,
            client.stream(method, url, headers=headers, content=content) as response,
        ):
            body = b""
            for part in response.iter_raw():
                body += part
                if len(body) > most or time.monotonic() > until:
                    return Answer(Outcome.UNKNOWN, response.status_code, body[:most], note="answer_too_slow_or_long")
            return response.status_code, body, _clock(response.headers.get("Date"))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as problem:
        return Answer(Outcome.UNREACHABLE, note=str(problem)[:300] or type(problem).__name__)
    except httpx.HTTPError as problem:
        return Answer(Outcome.UNKNOWN, note=f"{type(problem).__name__} {problem}"[:300])


def _clock(told: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(told) if told else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _understood(envelope: Envelope, status: int, body: bytes, clock: datetime | None) -> Answer:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    told = said if isinstance(said, dict) else {}
    note, receipt = str(told.get("error") or "")[:300], str(told.get("receipt") or "")[:200]
    is_ours = told.get("key") == envelope.key and told.get("sha256") == envelope.sha256
    if status in (200, 201, 202) and is_ours and receipt:
        return Answer(Outcome.TAKEN if status == 202 else Outcome.ACKED, status, body, receipt, note, clock)
    if 200 <= status < 400:
        return Answer(Outcome.UNKNOWN, status, body, note=note or "answer_not_understood", receiver_clock=clock)
    if status in _KEYS_WRONG:
        return Answer(Outcome.BUSY, status, body, note=note or "credentials_refused", receiver_clock=clock)
    # Only a refusal that says why, in the receiver's own words, is final; a bare 404 may be a wrong address.
    if 400 <= status < 500 and status not in _AGAIN and note and told.get("key") == envelope.key:
        return Answer(Outcome.REJECTED, status, body, note=note, receiver_clock=clock)
    wait = told.get("retry_after_s")
    return Answer(
        Outcome.BUSY, status, body, note=note or f"HTTP {status}", receiver_clock=clock,
        wait_s=wait if isinstance(wait, int) and 0 < wait <= 86_400 else None,
    )  # fmt: skip
