"""Files as they come in, and as those who mean harm would make them. Built here, so that nobody opens one by chance."""

import io
import struct
import zipfile
import zlib

import pikepdf
from PIL import Image

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(change=None, *, pages=1, **saving) -> bytes:
    """A PDF, changed by a function before it is written."""
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(595, 842))
    if change is not None:
        change(document)
    out = io.BytesIO()
    document.save(out, **saving)
    return out.getvalue()


def action(kind: str, **more) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(Type=pikepdf.Name.Action, S=pikepdf.Name("/" + kind), **more)


def annotated(document: pikepdf.Pdf, act, *, numbered: bool, subtype: str = "Link") -> None:
    """Put an annotation with an action onto the first page: as an object of its own, or written inside the page."""
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name("/" + subtype), Rect=[10, 10, 90, 90], A=act
    )
    document.pages[0].Annots = pikepdf.Array([document.make_indirect(note) if numbered else note])


def picture(kind: str = "JPEG", size=(300, 200), *, exif: Image.Exif | None = None, **saving) -> bytes:
    out = io.BytesIO()
    if exif is not None:
        saving["exif"] = exif
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **saving)
    return out.getvalue()


def with_place() -> Image.Exif:
    """Where a photo was taken, and which way it is up."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (11.0, 56.0, 30.0), 3: "E", 4: (108.0, 26.0, 0.0)}
    # Read back as a camera would have written it: only so can every kind of picture carry it.
    read = Image.Exif()
    read.load(exif.tobytes())
    return read


def png_bomb(width: int, height: int) -> bytes:
    """A small PNG that promises a huge picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def packed(parts: dict[str, str | bytes], *, how=zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as pack:
        for name, content in parts.items():
            pack.writestr(name, content)
    return out.getvalue()


def paragraph(body: str) -> str:
    return f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body><w:p>{body}</w:p></w:body></w:document>'


def docx(more: dict[str, str | bytes] | None = None, *, body: str = "<w:r><w:t>Đơn đề nghị</w:t></w:r>") -> bytes:
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": relation("officeDocument", "word/document.xml"),
        "word/document.xml": paragraph(body),
    }
    return packed(parts | (more or {}))


def relation(what: str, target: str, *, outside: bool = False, mode: str = 'TargetMode="External"') -> str:
    return (
        f'<?xml version="1.0"?><Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/{what}" '
        f'Target="{target}" {mode if outside else ""}/></Relationships>'
    )


def xlsx(more: dict[str, str | bytes] | None = None) -> bytes:
    sheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": CONTENT_TYPES,
        "xl/workbook.xml": f'<workbook xmlns="{sheet}"/>',
    }
    return packed(parts | (more or {}))


def odt(more: dict[str, str | bytes] | None = None, *, body: str = "") -> bytes:
    spaces = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
        'xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0"'
    )
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"<office:document-content {spaces}>{body}</office:document-content>",
    }
    return packed(parts | (more or {}))
