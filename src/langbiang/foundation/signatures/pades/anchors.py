"""Finding the place the document itself marks for a signature: a named destination, as HTML ids become in
WeasyPrint."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader

from langbiang.foundation.access.errors import Refusal


class AnchorNotFound(Refusal):
    """The document marks no such place for a signature."""


def find_anchor(reader: PdfFileReader, name: str) -> tuple[int, float, float]:
    """Page (from 0), left and top in points of a named destination. Raises AnchorNotFound."""
    target = _destination(reader.root, name)
    if isinstance(target, generic.DictionaryObject):
        target = target["/D"]
    if not isinstance(target, generic.ArrayObject) or len(target) < 4 or target[1] != "/XYZ":
        raise AnchorNotFound(
            _("The document marks no place “%(name)s” for a signature.") % {"name": name},
            way_out=_("Use the template of this kind of document."),
        )
    wanted = target.raw_get(0)
    for number in range(int(reader.root["/Pages"]["/Count"])):
        page: Any = reader.find_page_for_modification(number)[0]  # type: ignore[no-untyped-call]  # pyHanko gives no types
        if page.reference == getattr(wanted, "reference", None):
            return number, float(target[2]), float(target[3])
    raise AnchorNotFound(
        _("The document marks no place “%(name)s” for a signature.") % {"name": name},
        way_out=_("Use the template of this kind of document."),
    )


def _destination(root: generic.DictionaryObject, name: str) -> object:
    try:
        names = root["/Names"]["/Dests"]
    except KeyError:
        old = root.get("/Dests", {})
        return old.get("/" + name) if isinstance(old, generic.DictionaryObject) else None
    pending = [names]
    seen = 0
    while pending:
        node = pending.pop()
        seen += 1
        if seen > 1000:
            raise PdfReadError("The tree of names is too large.")
        pending.extend(kid.get_object() for kid in node.get("/Kids", ()))
        entries = node.get("/Names", ())
        for index in range(0, len(entries) - 1, 2):
            if str(entries[index]) == name:
                found: object = entries[index + 1]
                return found
    return None
