"""One question for every kind of file: what is it, and which bytes may be kept?"""

from . import kinds, office, pdf, pictures
from .kinds import Found


def examine(data: bytes, *, max_pages: int) -> tuple[Found, bytes]:
    """What a file is, and the bytes that may be kept: the same, or without what could act. Raises Rejected."""
    kind = kinds.sniff(data)
    if kind == kinds.PDF:
        return pdf.disarm(data, max_pages=max_pages)
    if kind == kinds.ZIP:
        return office.look(data)
    return pictures.clean(data, kind, max_pages=max_pages)
