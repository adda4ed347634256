"""PDF: what acts by itself is taken out; what is signed is never touched, only taken or refused.

Actions are allowed by name (going to a page, a web address), never forbidden by name: a new kind of action does not
slip through.
"""

import io
import warnings
from collections.abc import Iterator
from typing import Any

import pikepdf

from .kinds import PDF, Found, Rejected

_HARMLESS = {"/GoTo", "/Thread", "/SetOCGState"}
_TURNING = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
_ADDRESSES = ("http://", "https://", "mailto:", "tel:")
_FILMS = {"/RichMedia", "/Screen", "/Movie", "/Sound", "/3D", "/FileAttachment"}
_MAX_DEPTH = 200
_MAX_PARTS = 3_000_000


def disarm(data: bytes, *, max_pages: int) -> tuple[Found, bytes]:
    """A PDF as it may be kept. Raises Rejected."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = pikepdf.open(io.BytesIO(data), suppress_warnings=True)
    except pikepdf.PasswordError as problem:
        raise Rejected("encrypted") from problem
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, RecursionError) as problem:
        raise Rejected("broken") from problem
    with document:
        try:
            return _kept(document, data, max_pages)
        except (pikepdf.PdfError, ValueError, TypeError, AttributeError, KeyError, RuntimeError) as problem:
            raise Rejected("broken") from problem


def _kept(document: pikepdf.Pdf, data: bytes, max_pages: int) -> tuple[Found, bytes]:
    pages = len(document.pages)
    if pages == 0:
        raise Rejected("broken")
    if pages > max_pages:
        raise Rejected("pages", pages=pages, limit=max_pages)
    found = _take_out(document)
    signed = b"/ByteRange" in data
    if signed:
        # A signed file would lose its signature by being rewritten: the person must know, not be surprised.
        if found:
            raise Rejected("signed_active")
        if not data.startswith(b"%PDF-"):
            raise Rejected("broken")
        return Found(PDF, pages), data
    if document.is_encrypted:
        found.add("protection")
    # What this reader mended another may read differently; what is kept leaves no room for that.
    if document.get_warnings() or not data.startswith(b"%PDF-"):
        found.add("mended")
    if not found:
        return Found(PDF, pages), data
    out = io.BytesIO()
    document.save(out, encryption=False)
    return Found(PDF, pages, sorted(found)), out.getvalue()


def _take_out(document: pikepdf.Pdf) -> set[str]:
    found: set[str] = set()
    root = document.Root
    names = root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        found |= _delete(names, {"/JavaScript": "script", "/EmbeddedFiles": "attachment"})
    if "/OpenAction" in root and not _is_quiet(root["/OpenAction"]):
        found |= _delete(root, {"/OpenAction": "script"})
    found |= _delete(root, {"/Collection": "attachment"})
    form = root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary):
        found |= _delete(form, {"/XFA": "form"})
    for item in _dictionaries(document):
        found |= _quieten(item)
    return found


def _delete(item: Any, keys: dict[str, str]) -> set[str]:
    found = set()
    for key, word in keys.items():
        if key in item:
            del item[key]
            found.add(word)
    return found


def _quieten(item: Any) -> set[str]:
    found = _delete(item, {"/AA": "script", "/EF": "attachment", "/AF": "attachment", "/JS": "script"})
    for key in ("/A", "/PA", "/Next"):
        # Outline entries have a /Next, tagged text an /A that is no action; only actions have a kind, /S.
        if key in item and _is_action(item[key]) and not _is_quiet(item[key]):
            found |= _delete(item, {key: "script"})
    if str(item.get("/Subtype", "")) in _FILMS and "/Rect" in item:
        item["/Subtype"] = pikepdf.Name("/Square")
        item["/F"] = 2
        for key in ("/RichMediaContent", "/RichMediaSettings", "/FS", "/Movie", "/Sound", "/3DD", "/A"):
            if key in item:
                del item[key]
        found.add("attachment")
    if isinstance(item, pikepdf.Stream):
        # A stream whose content lies in another file, and a page drawn from another document.
        found |= _delete(item, {"/F": "attachment", "/FFilter": "attachment", "/Ref": "attachment"})
    return found


def _is_action(value: Any) -> bool:
    parts = list(_parts(value)) if isinstance(value, pikepdf.Array) else [value]
    return any(isinstance(part, pikepdf.Dictionary) and "/S" in part for part in parts)


def _is_quiet(value: Any) -> bool:
    """Whether an action (or a place to go to) does nothing but what a reader asks for by a click."""
    waiting, seen = [value], 0
    while waiting:
        seen += 1
        if seen > _MAX_DEPTH:
            return False
        now = waiting.pop()
        if isinstance(now, pikepdf.Array):
            # A destination ([page /Fit]) or several actions in a row.
            waiting.extend(part for part in _parts(now) if isinstance(part, pikepdf.Dictionary) and "/S" in part)
        elif isinstance(now, pikepdf.Dictionary):
            kind = str(now.get("/S", ""))
            if kind == "/Named":
                if str(now.get("/N", "")) not in _TURNING:
                    return False
            elif kind == "/URI":
                if not str(now.get("/URI", "")).strip().lower().startswith(_ADDRESSES):
                    return False
            elif kind not in _HARMLESS or "/JS" in now:
                return False
            if "/Next" in now:
                waiting.append(now["/Next"])
    return True


def _parts(array: Any) -> Iterator[Any]:
    for index in range(len(array)):
        yield array[index]


def _dictionaries(document: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary and stream of a document: those with a number, and those written inside another."""
    seen = 0
    for numbered in document.objects:
        waiting: list[tuple[Any, int]] = [(numbered, 0)]
        while waiting:
            item, depth = waiting.pop()
            seen += 1
            if depth > _MAX_DEPTH or seen > _MAX_PARTS:
                raise Rejected("slow")
            if isinstance(item, pikepdf.Array):
                inner = list(_parts(item))
            elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
                yield item
                inner = [item[key] for key in list(item.keys())]
            else:
                continue
            waiting.extend(
                (part, depth + 1)
                for part in inner
                if isinstance(part, pikepdf.Array | pikepdf.Dictionary) and not part.is_indirect
            )
