"""What the pages of this room share: their tabs, and packets and rows by their numbers."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from ..packets import KINDS

LONGEST_NUMBER = 2**63 - 1


def tabs(current: str) -> list[dict[str, Any]]:
    """The views of the room."""
    lines = (
        ("overview", _("Names on the wire"), reverse("reporting:overview")),
        ("packets", _("Packets"), reverse("reporting:packets")),
        ("comparisons", _("Comparison of books"), reverse("reporting:comparisons")),
        ("sources", _("Sources of figures"), reverse("reporting:sources")),
    )
    return [{"label": label, "url": url, "current": key == current} for key, label, url in lines]


def kind_or_404(kind: str) -> str:
    """A kind of packet there is."""
    if kind not in KINDS:
        raise Http404
    return kind


def number_or_404(number: int) -> int:
    """A number the database can hold."""
    if number > LONGEST_NUMBER:
        raise Http404
    return number
