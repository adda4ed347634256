"""What every request gets first: a reference number and a language."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class RequestReference:
    """Sets `request.reference`, eight characters a person can read over the telephone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.reference = "".join(secrets.choice(_ALPHABET) for _ in range(8))  # type: ignore[attr-defined]  # carried along on the object
        response = self.get_response(request)
        response["X-Request-Reference"] = request.reference  # type: ignore[attr-defined]  # carried along on the object
        return response


class ChosenLanguage:
    """Vietnamese unless this person chose otherwise: the browser's own preference is a factory setting, not a choice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
