"""Word, Excel and OpenDocument: only plain ones. What acts, fetches or hides another file is refused, not mended.

The parts are read by a real XML reader that refuses document types: a byte pattern is evaded by another encoding.
"""

import encodings.cp437  # noqa: F401  (names in a ZIP; loaded before the child is bound)
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from .kinds import DOCX, ODT, XLSX, Found, Rejected

MAX_UNPACKED = 200 * 1024 * 1024
MAX_ENTRIES = 3000
MAX_RATIO = 150
_PROGRAMS = tuple(
    [".exe", ".dll", ".js", ".jse", ".vbs", ".vbe", ".bat", ".cmd", ".ps1", ".com", ".scr", ".hta", ".lnk", ".jar"]
)
_MACROS = {"ddeLink", "event-listener", "script"}
_ODT_EMBEDDING = {"object", "object-ole", "plugin", "applet", "floating-frame", "dde-source"}
_ODT_FETCHING = {"image", "section-source", "table-source", "cell-range-source"}
_DDE = re.compile(r"\bDDE(AUTO)?\b|\bINCLUDETEXT\b", re.I)
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error)


def look(data: bytes) -> tuple[Found, bytes]:
    """A plain office file as it came. Raises Rejected."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            _refuse_bomb(pack, len(data))
            kind = _kind_of(pack)
            for entry in pack.infolist():
                if not entry.is_dir():
                    _look_into(pack, entry, kind)
    except _BROKEN as problem:
        raise Rejected("broken") from problem
    return Found(kind), data


def _refuse_bomb(pack: zipfile.ZipFile, size: int) -> None:
    """By the table of contents alone, before anything is unpacked; reading later never passes what it promises."""
    entries = pack.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(size, 20_000):
        raise Rejected("bomb")
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) != len(names):
        raise Rejected("broken")
    for entry in entries:
        if entry.filename.startswith("/") or ".." in entry.filename.split("/") or "\\" in entry.filename:
            raise Rejected("broken")
        if entry.flag_bits & 1:
            raise Rejected("encrypted")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Rejected("broken")


def _kind_of(pack: zipfile.ZipFile) -> str:
    names = set(pack.namelist())
    if "word/document.xml" in names and "[Content_Types].xml" in names:
        return DOCX
    if "xl/workbook.xml" in names and "[Content_Types].xml" in names:
        return XLSX
    if "xl/workbook.bin" in names:
        raise Rejected("old_office")
    if "mimetype" in names and pack.read("mimetype")[:80].strip() == ODT.encode() and "content.xml" in names:
        return ODT
    raise Rejected("archive")


def _look_into(pack: zipfile.ZipFile, entry: zipfile.ZipInfo, kind: str) -> None:
    low = f"/{entry.filename.lower()}"
    if low.endswith(("vbaproject.bin", "vbadata.xml", *_PROGRAMS)) or low.startswith(("/basic/", "/scripts/")):
        raise Rejected("macro")
    if any(part in low for part in ("/embeddings/", "/activex/")) or low.startswith("/object "):
        raise Rejected("embedded")
    with pack.open(entry) as part:
        content = part.read(entry.file_size + 1)
    if content.startswith(b"MZ"):
        raise Rejected("macro")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"%PDF-")):
        raise Rejected("embedded")
    if low.endswith((".rels", ".xml", ".vml", ".rdf")):
        _read_part(content, kind)


def _read_part(content: bytes, kind: str) -> None:
    instruction: list[str] = []
    for name, attributes, text in _walk(content):
        local = name.rpartition(":")[2]
        if local in _MACROS or "macroEnabled" in attributes.get("ContentType", ""):
            raise Rejected("macro")
        if local == "instrText":
            instruction.append(text)
        elif local == "fldSimple":
            instruction.append(f" {_attribute(attributes, 'instr')} ")
        elif local == "fldChar" and _attribute(attributes, "fldCharType") == "begin":
            instruction.append(" ")
        elif local == "Relationship":
            _read_relation(attributes)
        elif kind == ODT:
            _read_open_document(local, attributes)
    # An instruction may be cut over several pieces of text: it is judged as a whole.
    if _DDE.search("".join(instruction)):
        raise Rejected("macro")


def _read_open_document(local: str, attributes: dict[str, str]) -> None:
    if local == "encryption-data":
        raise Rejected("encrypted")
    if local in _ODT_EMBEDDING:
        raise Rejected("embedded")
    if local in _ODT_FETCHING:
        target = _attribute(attributes, "href")
        if ":" in target.partition("/")[0] or target.startswith(("/", "../", "\\")):
            raise Rejected("external")


def _read_relation(attributes: dict[str, str]) -> None:
    """A relation outside the file that is loaded on opening; a link to click on is none."""
    what = attributes.get("Type", "").rpartition("/")[2]
    if attributes.get("TargetMode", "").strip().lower() == "external" and what != "hyperlink":
        raise Rejected("external")
    if what in ("oleObject", "package", "control", "vbaProject"):
        raise Rejected("macro" if what == "vbaProject" else "embedded")


def _attribute(attributes: dict[str, str], local: str) -> str:
    return next((value for name, value in attributes.items() if name.rpartition(":")[2] == local), "")


def _walk(content: bytes) -> Iterator[tuple[str, dict[str, str], str]]:
    """Every element of a part with its attributes, and the text of those whose text can act."""
    found: list[tuple[str, dict[str, str], str]] = []
    collecting: list[str] | None = None

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal collecting
        if name.endswith("instrText"):
            collecting = []
        elif attributes or ":" in name:
            found.append((name, attributes, ""))

    def end(name: str) -> None:
        nonlocal collecting
        if collecting is not None and name.endswith("instrText"):
            found.append((name, {}, "".join(collecting)))
            collecting = None

    def text(data: str) -> None:
        if collecting is not None:
            collecting.append(data)

    def refuse(*_facts: object) -> None:
        raise Rejected("broken")

    reader = expat.ParserCreate()
    reader.StartElementHandler, reader.EndElementHandler, reader.CharacterDataHandler = start, end, text
    reader.StartDoctypeDeclHandler = refuse
    reader.EntityDeclHandler = refuse
    try:
        # In pieces, so that what was found in one is judged before the next is read.
        for at in range(0, len(content), 1 << 20):
            reader.Parse(content[at : at + (1 << 20)], False)
            yield from found
            found.clear()
        reader.Parse(b"", True)
    except expat.ExpatError as problem:
        raise Rejected("broken") from problem
    yield from found
