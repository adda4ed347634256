"""Opening a file: always as a quiet document, never as a page of ours."""

import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules
from langbiang.foundation.files import queries, storage

INLINE = {"application/pdf", "image/jpeg", "image/png"}


@rules.signed_in
@require_GET
def download(request: HttpRequest, file_id: int, name: str = "") -> HttpResponse:
    """The file itself: shown where the browser can show it quietly, saved otherwise."""
    found = queries.file_for(request.actor, file_id)  # type: ignore[attr-defined]
    response = HttpResponse(storage.read(found.sha256), content_type=found.mime)
    way = "inline" if found.mime in INLINE and "save" not in request.GET else "attachment"
    response["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(found.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cache-Control"] = "private, max-age=300"
    return response


@rules.signed_in
@require_GET
def preview(request: HttpRequest, file_id: int) -> HttpResponse:
    """The first page as a picture, for lists of papers."""
    found = queries.file_for(request.actor, file_id)  # type: ignore[attr-defined]
    drawn = preview_of(found.sha256, found.mime)
    if drawn is None:
        return HttpResponse(status=404)
    response = HttpResponse(drawn, content_type="image/png")
    response["Cache-Control"] = "private, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def preview_of(sha256: str, mime: str) -> bytes | None:
    """A picture 480 pixels wide of the first page, drawn once and kept beside the store."""
    kept = storage.folder().parent / "previews" / sha256[:2] / f"{sha256}.png"
    if kept.exists():
        return kept.read_bytes()
    if mime not in INLINE:
        return None
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page.png"
        done = subprocess.run(
            _drawer(storage.path_of(sha256), mime, target), timeout=20, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode or not target.exists():
            return None
        data = target.read_bytes()
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(data)
    return data


def _drawer(source: Path, mime: str, target: Path) -> list[str]:
    return [sys.executable, "-I", str(Path(__file__).parents[1] / "drawing.py"), str(source), mime, str(target)]
