"""Looks into a stranger's file without Django: what it really is, whether it can harm, and a harmless copy of it.

Runs in a child process with bounded time and memory (see `examination`): a hostile file costs nobody else anything.
"""

import io
import json
import struct
import sys
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

MAX_PIXELS = 80_000_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_ENTRIES = 3000
MAX_RATIO = 150

PDF = "application/pdf"
JPEG, PNG, TIFF = "image/jpeg", "image/png", "image/tiff"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"


class Rejected(Exception):
    """This file is not taken; the code says why (words are found in `examination`)."""

    def __init__(self, code: str, **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass
class Found:
    """What a file turned out to be."""

    mime: str
    pages: int | None = None
    cleaned: list[str] = field(default_factory=list)


def sniff(data: bytes) -> str:
    """The type by content. Raises Rejected."""
    head = data[:1024]
    if b"%PDF-" in head:
        return PDF
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] in (b"II*\x00", b"MM\x00*"):
        return TIFF
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(data)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Rejected("old_office")
    raise Rejected("kind" if data.strip() else "empty")


def _office_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            _refuse_bomb(pack, len(data))
            names = set(pack.namelist())
            if "word/document.xml" in names:
                return DOCX
            if "xl/workbook.xml" in names:
                return XLSX
            if "mimetype" in names and pack.read("mimetype")[:60].strip() == ODT.encode():
                return ODT
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as problem:
        raise Rejected("broken") from problem
    raise Rejected("kind")


def _refuse_bomb(pack: zipfile.ZipFile, size: int) -> None:
    entries = pack.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(size, 20_000):
        raise Rejected("bomb")
    for entry in entries:
        if entry.filename.startswith("/") or ".." in entry.filename.split("/") or "\\" in entry.filename:
            raise Rejected("broken")
        if entry.flag_bits & 1:
            raise Rejected("encrypted")


def examine(data: bytes, *, max_pages: int) -> tuple[Found, bytes]:
    """What a file is, and the bytes that may be kept: the same, or without what could act. Raises Rejected."""
    mime = sniff(data)
    look: Callable[[bytes, str, int], tuple[Found, bytes]] = {
        PDF: _pdf, JPEG: _picture, PNG: _picture, TIFF: _picture, DOCX: _office, XLSX: _office, ODT: _office
    }[mime]  # fmt: skip
    return look(data, mime, max_pages)


def _pdf(data: bytes, mime: str, max_pages: int) -> tuple[Found, bytes]:
    import pikepdf

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError as problem:
        raise Rejected("encrypted") from problem
    except (pikepdf.PdfError, ValueError, RuntimeError, RecursionError) as problem:
        raise Rejected("broken") from problem
    with document:
        pages = len(document.pages)
        if pages > max_pages:
            raise Rejected("pages", pages=pages, limit=max_pages)
        if pages == 0:
            raise Rejected("broken")
        cleaned = _disarm(document)
        if not cleaned:
            return Found(mime, pages), data
        # A signed file would lose its signature by being rewritten: the person must know, not be surprised.
        if b"/ByteRange" in data:
            raise Rejected("signed_active")
        out = io.BytesIO()
        document.save(out)
        return Found(mime, pages, cleaned), out.getvalue()


_ACTING = {"/JavaScript", "/JS", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/RichMediaExecute", "/Movie",
           "/Sound", "/Rendition", "/ResetForm", "/Trans"}  # fmt: skip


def _disarm(document: "object") -> list[str]:
    """Take out what acts by itself: scripts, programs, embedded files, forms that send, films."""
    import pikepdf

    assert isinstance(document, pikepdf.Pdf)
    found: set[str] = set()
    root = document.Root
    names = root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        for key, word in (("/JavaScript", "script"), ("/EmbeddedFiles", "attachment")):
            if key in names:
                del names[key]
                found.add(word)
    for key, word in (
        ("/OpenAction", "script"),
        ("/AA", "script"),
        ("/Collection", "attachment"),
        ("/AF", "attachment"),
    ):
        if key in root and not (key == "/OpenAction" and not _acts(root[key])):
            del root[key]
            found.add(word)
    form = root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and "/XFA" in form:
        del form["/XFA"]
        found.add("form")
    for item in document.objects:
        if not isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            continue
        if item.get("/Subtype") in ("/RichMedia", "/Screen", "/Movie", "/Sound", "/3D", "/FileAttachment"):
            item["/Subtype"] = pikepdf.Name("/Square")
            item["/F"] = 2
            for key in ("/RichMediaContent", "/FS", "/Movie", "/Sound", "/3DD", "/A", "/AA"):
                if key in item:
                    del item[key]
            found.add("attachment")
        for key in ("/A", "/AA", "/PA", "/Next"):
            if key in item and _acts(item[key]):
                del item[key]
                found.add("script")
    return sorted(found)


def _acts(value: "object") -> bool:
    """Whether an action does something by itself; jumping within the document and web links do not."""
    import pikepdf

    if isinstance(value, pikepdf.Array):
        return any(_acts(part) for part in list(value) if isinstance(part, pikepdf.Dictionary))
    if not isinstance(value, pikepdf.Dictionary):
        return False
    kind = str(value.get("/S", ""))
    if (
        kind in _ACTING
        or "/JS" in value
        or (kind == "" and any(isinstance(v, pikepdf.Dictionary) for v in value.values()))
    ):
        return kind != "" or any(_acts(part) for part in value.values())
    return "/Next" in value and _acts(value["/Next"])


def _picture(data: bytes, mime: str, max_pages: int) -> tuple[Found, bytes]:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "TIFF"])
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise Rejected("bomb")
            frames = getattr(picture, "n_frames", 1)
            if frames > max_pages:
                raise Rejected("pages", pages=frames, limit=max_pages)
            picture.load()
            has_place = 0x8825 in picture.getexif()
            if not has_place or frames > 1:
                return Found(mime, frames), data
            # A photograph says where it was taken; nobody needs that to read a paper.
            upright = ImageOps.exif_transpose(picture)
            out = io.BytesIO()
            upright.save(out, format=picture.format, quality=92)
            return Found(mime, frames, ["place"]), out.getvalue()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as problem:
        raise Rejected("bomb") from problem
    except Rejected:
        raise
    except (OSError, ValueError, SyntaxError, MemoryError, struct.error, TypeError, KeyError) as problem:
        raise Rejected("broken") from problem


def _office(data: bytes, mime: str, max_pages: int) -> tuple[Found, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            for entry in pack.infolist():
                low = entry.filename.lower()
                if (
                    low.endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs", ".bat", ".ps1"))
                    or "/basic/" in f"/{low}"
                ):
                    raise Rejected("macro")
                if "/embeddings/" in f"/{low}" or "/activex/" in f"/{low}" or low.startswith("object "):
                    raise Rejected("embedded")
                if low.endswith((".rels", ".xml")):
                    with pack.open(entry) as part:
                        text = part.read(MAX_UNPACKED)
                    if len(text) > entry.file_size + 16:
                        raise Rejected("bomb")
                    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                        raise Rejected("broken")
                    if low.endswith(".rels") and b'TargetMode="External"' in text and _fetches(text):
                        raise Rejected("external")
                    if b"macroEnabled" in text and low.endswith("content_types].xml"):
                        raise Rejected("macro")
                    if b"DDEAUTO" in text or b"ddeLink" in text:
                        raise Rejected("macro")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as problem:
        raise Rejected("broken") from problem
    return Found(mime), data


def _fetches(rels: bytes) -> bool:
    """Whether a relation fetches something when the file is opened (a plain link to click does not)."""
    for part in rels.split(b"<Relationship ")[1:]:
        if b'TargetMode="External"' in part and b"/hyperlink" not in part:
            return True
    return False


def main() -> None:
    """Read limits and bytes from standard input; write a header line and the bytes to keep."""
    limits = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    try:
        found, kept = examine(data, max_pages=int(limits["max_pages"]))
    except Rejected as refused:
        answer = {"rejected": refused.code, "facts": refused.facts}
        kept = b""
    except (MemoryError, RecursionError):
        answer, kept = {"rejected": "bomb", "facts": {}}, b""
    else:
        answer = asdict(found)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + kept)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
