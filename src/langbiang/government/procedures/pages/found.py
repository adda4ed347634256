"""What every page of this room begins with: who asks, on which day, with which choices in the address."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from langbiang.foundation.access import Actor, acting


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    actor: Actor = acting(request)
    return actor


def today() -> date:
    """The day it is here."""
    return timezone.localdate()


def address(path: str, **chosen: Any) -> str:
    """A path with the choices that are made; empty ones are left out."""
    query = urlencode({key: value for key, value in chosen.items() if value not in ("", None, False, 0)})
    return f"{path}?{query}" if query else path


def text_of(request: HttpRequest, name: str, most: int = 200) -> str:
    """A word from the address, cut to a sane length, without NUL."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:most]


def number_of(request: HttpRequest, name: str) -> int:
    """A whole number from the address; 0 when it is none."""
    text = text_of(request, name, 9)
    return int(text) if text.isascii() and text.isdigit() else 0
