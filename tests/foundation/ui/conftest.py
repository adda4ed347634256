"""Rendering small templates as a page would."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation


@pytest.fixture
def render() -> Iterator[Callable[..., str]]:
    """Renders a piece of template with the tags loaded, in Vietnamese."""

    def _render(source: str, **context: Any) -> str:
        request = context.pop("request", None) or RequestFactory().get("/somewhere?q=1")
        return Template("{% load i18n ui %}" + source).render(Context({"request": request, **context}))

    with translation.override("vi"):
        yield _render
