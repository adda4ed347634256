"""What the pages of this room share: their tabs, and packets and rows by their numbers."""

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from ..packets import KINDS

LONGEST_NUMBER = 2**63 - 1


def tabs(current: str) -> list[tuple[str, str, bool]]:
    """The views of the room."""
    return [
        (_("Names on the wire"), reverse("reporting:overview"), current == "overview"),
        (_("Packets"), reverse("reporting:packets"), current == "packets"),
        (_("Comparison of books"), reverse("reporting:comparisons"), current == "comparisons"),
        (_("Sources of figures"), reverse("reporting:sources"), current == "sources"),
    ]


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
