"""The brief on one sheet of A4."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher


class _OnlyFonts(URLFetcher):  # type: ignore[misc]  # the library has no types
    """A sheet may load its own fonts and nothing else."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        if url.startswith("file:") and "/ui/fonts/" in url:
            return super().fetch(url, headers)
        raise ValueError(f"not allowed in a document: {url}")


@lru_cache(maxsize=1)
def _fonts() -> str:
    rules = []
    for name, weight in (("Tinos_400Regular.ttf", 400), ("Tinos_700Bold.ttf", 700)):
        found = finders.find(f"ui/fonts/{name}") or str(Path(settings.STATIC_ROOT) / "ui" / "fonts" / name)
        rules.append(
            f'@font-face {{ font-family: "Tinos"; src: url("{Path(found).as_uri()}"); font-weight: {weight}; }}'
        )
    return "\n".join(rules)


def sheet(template: str, context: Mapping[str, Any]) -> bytes:
    """A template as PDF; the same data give the same bytes."""
    html = render_to_string(template, {**context, "fonts": mark_safe(_fonts())})  # our own rules, no input in them
    return bytes(
        HTML(string=html, url_fetcher=_OnlyFonts()).write_pdf(
            font_config=FontConfiguration(), pdf_identifier=b"langbiang-brief0"
        )
    )
