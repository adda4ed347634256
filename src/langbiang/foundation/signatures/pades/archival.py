"""A check of the PDF/A-2b and A-3b rules that signing or printing could break. Not a full validator: what
is listed."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf

_PRINT, _INVISIBLE_HIDDEN_NOVIEW = 4, 1 | 2 | 32
_STANDARD_SUBTYPES = {"/Type1", "/MMType1", "/TrueType", "/CIDFontType0", "/CIDFontType2"}


def archival_faults(pdf: bytes) -> tuple[str, ...]:
    """What keeps a file from being PDF/A-2b or A-3b, in technical English; empty when nothing was found."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return tuple(_faults(document))


def _faults(document: pikepdf.Pdf) -> Iterator[str]:
    root = document.Root
    if document.is_encrypted:
        yield "encrypted"
    if root.get("/Version") is not None and str(root.Version) > "/1.7":
        yield f"version raised to {root.Version}"
    if "/ID" not in document.trailer:
        yield "no /ID in the trailer"
    yield from _metadata_faults(root)
    intents = [i for i in root.get("/OutputIntents", []) if i.get("/S") == "/GTS_PDFA1"]
    if not intents:
        yield "no PDF/A output intent"
    elif "/DestOutputProfile" not in intents[0]:
        yield "output intent without profile"
    for key in ("/OpenAction", "/AA"):
        if key in root and root[key].get("/S") in ("/JavaScript", "/Launch"):
            yield f"active content in {key}"
    if "/JavaScript" in root.get("/Names", {}):
        yield "scripts in the name tree"
    form = root.get("/AcroForm")
    if form is not None and (bool(form.get("/NeedAppearances", False)) or "/XFA" in form):
        yield "form without fixed appearance"
    for number, page in enumerate(document.pages, start=1):
        for annotation in page.get("/Annots", []):
            yield from _annotation_faults(number, annotation)
    yield from _object_faults(document)


def _metadata_faults(root: Any) -> Iterator[str]:
    if "/Metadata" not in root:
        yield "no XMP metadata"
        return
    text = root.Metadata.read_bytes().decode("utf-8", "replace")
    part = re.search(r"pdfaid:part(?:=\"|>)(\d)", text)
    conformance = re.search(r"pdfaid:conformance(?:=\"|>)([A-Z])", text)
    if not part or part[1] not in "23" or not conformance or conformance[1] not in "BUA":
        yield "XMP does not claim PDF/A-2 or A-3"


def _annotation_faults(page: int, annotation: Any) -> Iterator[str]:
    subtype = str(annotation.get("/Subtype"))
    flags = int(annotation.get("/F", 0))
    if subtype != "/Popup" and (not flags & _PRINT or flags & _INVISIBLE_HIDDEN_NOVIEW):
        yield f"page {page}: {subtype} annotation is not printed"
    left, bottom, right, top = (float(v) for v in annotation.get("/Rect", [0, 0, 0, 0]))
    has_area = right != left and top != bottom
    if subtype not in ("/Popup", "/Link") and has_area and "/N" not in annotation.get("/AP", {}):
        yield f"page {page}: {subtype} annotation has no appearance"
    if "/AP" in annotation and set(annotation.AP.keys()) - {"/N"}:
        yield f"page {page}: {subtype} annotation has other appearances than the normal one"
    if "/AA" in annotation or annotation.get("/A", {}).get("/S") in ("/JavaScript", "/Launch"):
        yield f"page {page}: {subtype} annotation carries an action"


def _object_faults(document: pikepdf.Pdf) -> Iterator[str]:
    for item in document.objects:
        if not isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
            continue
        kind, subtype = str(item.get("/Type", "")), str(item.get("/Subtype", ""))
        if kind == "/Font" and subtype in _STANDARD_SUBTYPES:
            descriptor = item.get("/FontDescriptor")
            if descriptor is None or not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys()):
                yield f"font {item.get('/BaseFont')} is not embedded"
            if subtype == "/CIDFontType2" and "/CIDToGIDMap" not in item:
                yield f"font {item.get('/BaseFont')} has no CIDToGIDMap"
        if subtype == "/Image":
            if bool(item.get("/Interpolate", False)):
                yield "image with interpolation"
            if item.get("/ColorSpace") == "/DeviceCMYK":
                yield "image in DeviceCMYK beside an RGB output intent"
        if isinstance(item, pikepdf.Stream) and "/LZWDecode" in str(item.get("/Filter", "")):
            yield "LZW compression"
