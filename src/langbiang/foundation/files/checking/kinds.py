"""Which kinds of files are taken, told by their content and never by their name."""

from dataclasses import dataclass, field

PDF = "application/pdf"
JPEG, PNG, TIFF = "image/jpeg", "image/png", "image/tiff"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
# A ZIP of some kind; which one is told by what lies in it (`office.kind_of`).
ZIP = "application/zip"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif")


class Rejected(Exception):
    """This file is not taken; the code says why (words are found in `examination`)."""

    def __init__(self, code: str, **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass
class Found:
    """What a file turned out to be, and what was taken out of it."""

    mime: str
    pages: int | None = None
    cleaned: list[str] = field(default_factory=list)


def sniff(data: bytes) -> str:
    """The kind by content: one of the types above. Raises Rejected for everything else."""
    head = data[:1024]
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] in (b"II*\x00", b"MM\x00*"):
        return TIFF
    if head.startswith(b"PK\x03\x04"):
        return ZIP
    if b"%PDF-" in head:
        return PDF
    if head.startswith(_OLE):
        # Word and Excel put a file with a password into the old kind of container.
        raise Rejected("encrypted" if "EncryptedPackage".encode("utf-16-le") in data else "old_office")
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        raise Rejected("heic")
    if head.startswith(_ARCHIVES) or head[:4] == b"PK\x05\x06":
        raise Rejected("archive")
    raise Rejected("kind" if data.strip() else "empty")
