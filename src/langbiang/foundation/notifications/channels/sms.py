"""Text messages through a gateway that takes a JSON post: {"to", "text", "reference"} -> {"id"}."""

import os

import httpx

from .errors import NotDelivered

TIMEOUT_S = 8.0


def send(*, address: str, subject: str, body: str, key: str) -> str:
    """Send one text; the gateway recognises a repeated reference. Raises NotDelivered."""
    url = os.environ.get("LANGBIANG_SMS_URL", "")
    if not url:
        raise NotDelivered("no gateway is set", permanent=True)
    headers = {"Authorization": f"Bearer {os.environ.get('LANGBIANG_SMS_TOKEN', '')}"}
    try:
        answer = httpx.post(
            url, json={"to": address, "text": body, "reference": key}, headers=headers, timeout=TIMEOUT_S
        )
    except httpx.HTTPError as problem:
        raise NotDelivered(f"{type(problem).__name__}: {problem}") from problem
    if answer.status_code in (400, 404, 422):
        raise NotDelivered(f"refused with {answer.status_code}: {answer.text[:200]}", permanent=True)
    if answer.status_code >= 300:
        raise NotDelivered(f"gateway answered {answer.status_code}")
    try:
        return str(answer.json()["id"])[:120]
    except (ValueError, KeyError, TypeError) as problem:
        raise NotDelivered("gateway answered without an id") from problem


def check_config() -> str:
    """Empty when texts can be sent, else what is missing."""
    return "" if os.environ.get("LANGBIANG_SMS_URL") else "LANGBIANG_SMS_URL is not set: no text messages are sent."
