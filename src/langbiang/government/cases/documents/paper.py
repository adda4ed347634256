"""From a template and data to PDF/A-2b: the sheet of Decree 30/2020, with a Vietnamese serif, and a QR of its address."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import engines
from django.template.loader import get_template
from django.utils.safestring import mark_safe
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from langbiang.foundation.access import Refusal

FONTS = ("Tinos_400Regular.ttf", "Tinos_700Bold.ttf", "Tinos_400Regular_Italic.ttf", "Tinos_700Bold_Italic.ttf")
PX_TO_PT = 0.75


class FontMissing(Refusal):
    """The document fonts were not built; PDF would come out in a font without Vietnamese."""


@dataclass(frozen=True)
class Box:
    """A rectangle on a page, in PDF points from the lower left corner."""

    page: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Sheet:
    """A rendered document: its bytes, their digest, and the boxes its template names."""

    pdf: bytes
    sha256: str
    boxes: Mapping[str, Box]
    pages: int


@lru_cache(maxsize=1)
def font_css() -> str:
    """The @font-face rules of the document fonts. Raises FontMissing."""
    rules = []
    for name in FONTS:
        found = finders.find(f"ui/fonts/{name}") or str(Path(settings.STATIC_ROOT) / "ui" / "fonts" / name)
        if not Path(found).is_file():
            raise FontMissing(f"{name} is missing: build the front end first.")
        weight = 700 if "Bold" in name else 400
        style = "italic" if "Italic" in name else "normal"
        rules.append(
            f'@font-face {{ font-family: "Tinos"; src: url("{Path(found).as_uri()}"); '
            f"font-weight: {weight}; font-style: {style}; }}"
        )
    return "\n".join(rules)


def qr_data_uri(text: str) -> str:
    """A QR code (error level M, quiet zone 4) as an SVG picture to embed."""
    return segno.make(text, error="m", micro=False).svg_data_uri(border=4, scale=4, dark="#000000")


def absolute_url(path: str) -> str:
    """A path of this installation as people write it down or scan it."""
    return f"{settings.PUBLIC_URL}{path}"


def verification_url(token: str) -> str:
    """The public address that says whether a paper is genuine."""
    return f"{settings.PUBLIC_URL}/v/{token}"


class _OnlyFonts(URLFetcher):  # type: ignore[misc]  # the library has no types
    """Documents may load their own fonts and embedded pictures, nothing else: no network, no files of the machine."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        if url.startswith("data:") or (url.startswith("file:") and "/ui/fonts/" in url):
            return super().fetch(url, headers)
        raise ValueError(f"not allowed in a document: {url}")


def render(template: str, context: Mapping[str, Any], *, title: str) -> Sheet:
    """Render a document template; elements with an id starting `box-` are reported as boxes.

    The same data give the same bytes, so that a reprint is identical.
    """
    html = get_template(template, using=engines["django"].name).render(
        {**context, "fonts": mark_safe(font_css()), "title": title}  # our own style sheet, no input in it
    )
    fonts = FontConfiguration()
    document = HTML(string=html, url_fetcher=_OnlyFonts()).render(font_config=fonts, pdf_variant="pdf/a-2b")
    boxes: dict[str, Box] = {}
    for number, page in enumerate(document.pages):
        for name, (left, top, right, bottom) in page.anchors.items():
            if name.startswith("box-"):
                boxes[name.removeprefix("box-")] = Box(
                    number,
                    (
                        left * PX_TO_PT,
                        (page.height - bottom) * PX_TO_PT,
                        right * PX_TO_PT,
                        (page.height - top) * PX_TO_PT,
                    ),
                )
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    pdf = document.write_pdf(pdf_variant="pdf/a-2b", pdf_identifier=identifier)
    return Sheet(pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest(), boxes=boxes, pages=len(document.pages))
