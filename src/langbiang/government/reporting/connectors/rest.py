"""Sources over HTTP, as the data-sharing platform of the province forwards them."""

import json
import os
import re
import time
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from django.utils.translation import gettext as _

from .base import Page, SourceRefused, Window

MOST_BYTES = 8 * 1024 * 1024
MOST_ROWS = 5_000


class RestSource:
    """GET {address}/{subject}?from=&to=&cursor= gives {"rows": [...], "cursor": ...}."""

    timeout_s = 20.0

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def fetch(self, subject: str, window: Window, cursor: str) -> Page:
        """One page of rows."""
        asked = {"from": window.first_day.isoformat(), "to": window.last_day.isoformat(), "cursor": cursor}
        told = self._ask("GET", f"/{quote(subject)}?{urlencode(asked)}")
        rows, following = told.get("rows"), told.get("cursor")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) > MOST_ROWS:
            raise SourceRefused(_("The answer of the source is not in the agreed form."))
        if following is not None and (not isinstance(following, str) or following == cursor or not rows):
            raise SourceRefused(_("The answer of the source is not in the agreed form."))
        return Page(rows, following)

    def put(self, subject: str, key: str, content: bytes) -> str:
        """Hand something over."""
        told = self._ask("POST", f"/{quote(subject)}", content, {"Idempotency-Key": quote(key, safe="")})
        receipt = told.get("receipt")
        if told.get("key") != key or not isinstance(receipt, str) or not receipt:
            raise SourceRefused(_("The answer of the source is not in the agreed form."))
        return receipt

    def ack(self, subject: str, receipt: str) -> None:
        """Confirm."""
        self._ask("POST", f"/{quote(subject)}/acks/{quote(receipt, safe='')}")

    def health(self) -> str:
        """GET /health."""
        try:
            self._ask("GET", "/health")
        except SourceRefused as refusal:
            return str(refusal)
        return ""

    def _ask(
        self, method: str, path: str, content: bytes = b"", headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        place = re.sub(r"\W+", "_", self.address.split("//", 1)[-1].split("/", 1)[0]).upper()
        key = os.environ.get(f"LANGBIANG_EXCHANGE_KEY_{place}")
        sent = {**(headers or {}), **({"Authorization": f"Bearer {key}"} if key else {})}
        until, body = time.monotonic() + self.timeout_s, b""
        try:
            with (
                httpx.Client(timeout=self.timeout_s, follow_redirects=False, trust_env=False) as client,
                client.stream(method, self.address + path, headers=sent, content=content) as response,
            ):
                for part in response.iter_raw():
                    body += part
                    if len(body) > MOST_BYTES or time.monotonic() > until:
                        raise SourceRefused(_("The source answers too slowly or with too much."))
                status = response.status_code
        except httpx.HTTPError as problem:
            raise SourceRefused(
                _("The source cannot be reached: %(why)s.") % {"why": type(problem).__name__}
            ) from problem
        if status != 200:
            raise SourceRefused(_("The source answers with code %(code)d.") % {"code": status})
        try:
            told = json.loads(body, parse_constant=_refuse)
        except (ValueError, RecursionError) as problem:
            raise SourceRefused(_("The answer of the source is not in the agreed form.")) from problem
        if not isinstance(told, dict):
            raise SourceRefused(_("The answer of the source is not in the agreed form."))
        return told


def _refuse(word: str) -> Any:
    raise ValueError(word)
