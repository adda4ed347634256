"""Opening a file: always as a quiet document, never as a page of ours."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from langbiang.foundation.access import Actor, acting, rules
from langbiang.foundation.files import names, previews, queries, services

INLINE = {"application/pdf", "image/jpeg", "image/png"}


def _quiet(response: HttpResponse) -> HttpResponse:
    """Whatever the bytes are: no guessing of another kind, no scripts, no frames of others, no trace in shared caches."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Referrer-Policy"] = "no-referrer"
    return response


@rules.signed_in
@require_safe
def download(request: HttpRequest, file_id: int, name: str = "") -> HttpResponse:
    """The file itself: shown where the browser can show it quietly, saved otherwise and on `?save`.

    The name in the address is for people; what counts is the number.
    """
    actor: Actor = acting(request)
    found, data = services.open_file(actor, file_id=file_id, at=timezone.now())
    response = HttpResponse(data, content_type=found.mime)
    way = "inline" if found.mime in INLINE and "save" not in request.GET else "attachment"
    response["Content-Disposition"] = (
        f"{way}; filename=\"{names.plain(found.name)}\"; filename*=UTF-8''{quote(found.name, safe='')}"
    )
    response["Cache-Control"] = "private, no-store"
    return _quiet(response)


@rules.signed_in
@require_safe
def preview(request: HttpRequest, file_id: int) -> HttpResponse:
    """The first page as a picture, for lists of papers."""
    actor: Actor = acting(request)
    drawn = previews.preview_of(queries.file_for(actor, file_id))
    if drawn is None:
        return HttpResponse(status=404)
    response = HttpResponse(drawn, content_type="image/png")
    response["Cache-Control"] = "private, max-age=86400"
    return _quiet(response)
