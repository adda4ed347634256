"""Pages for when something went wrong: what happened, why, what to do, and a number to quote on the telephone."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: what was sent cannot be read."""
    return _bare(request, "ui/errors/400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: this person may not open this page."""
    return render(request, "ui/errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is nothing at this address, or nothing this person may see."""
    return render(request, "ui/errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. Relies on nothing that may itself have failed: no database, no session."""
    return _bare(request, "ui/errors/500.html", 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose protection token has run out or whose cookie is blocked."""
    return _bare(request, "ui/errors/csrf.html", 403)


def maintenance(request: HttpRequest) -> HttpResponse:
    """503: closed for maintenance; browsers and search engines are told to come back."""
    response = _bare(request, "ui/errors/maintenance.html", 503)
    response["Retry-After"] = "600"
    return response


def _bare(request: HttpRequest, template: str, status: int) -> HttpResponse:
    context = {
        "reference": getattr(request, "reference", ""),
        "language": translation.get_language() or settings.LANGUAGE_CODE,
        "province_name": getattr(settings, "PROVINCE_NAME", ""),
        "path": request.get_full_path(),
    }
    return HttpResponse(render_to_string(template, context), status=status)
