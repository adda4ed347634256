"""Pictures: no bombs, nothing hidden behind them, and no word about where a photo was taken.

The place is taken out without drawing the picture anew where the kind of file allows it (JPEG, PNG): a stamp or a
signature on a scan stays as sharp as it was.
"""

import io
import struct
import warnings
import zlib

from PIL import Image, ImageFile, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin

from .kinds import JPEG, PNG, Found, Rejected

# All readers now: the child gives up its right to read our own programs before it reads the stranger's bytes.
Image.preinit()
READERS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin)
MAX_PIXELS = 80_000_000
MAX_ALL_PIXELS = 400_000_000
_GPS = 0x8825
_XMP = b"http://ns.adobe.com/xap/1.0/\x00"


def clean(data: bytes, kind: str, *, max_pages: int) -> tuple[Found, bytes]:
    """A picture as it may be kept. Raises Rejected."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _clean(data, kind, max_pages)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as problem:
        raise Rejected("bomb") from problem
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, TypeError, LookupError) as problem:
        raise Rejected("broken") from problem


def _clean(data: bytes, kind: str, max_pages: int) -> tuple[Found, bytes]:
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    picture = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "TIFF", "MPO"])
    frames = int(getattr(picture, "n_frames", 1)) if kind not in (JPEG, PNG) else 1
    if frames > max_pages:
        raise Rejected("pages", pages=frames, limit=max_pages)
    pixels = 0
    for frame in range(frames):
        picture.seek(frame)
        width, height = picture.size
        pixels += width * height
        if width * height > MAX_PIXELS or pixels > MAX_ALL_PIXELS:
            raise Rejected("bomb")
        picture.load()
    picture.seek(0)
    if kind == JPEG:
        kept, words = _jpeg_without_place(data)
    elif kind == PNG:
        kept, words = _png_without_place(data)
    else:
        kept, words = _tiff_without_place(picture, data, frames)
    return Found(kind, frames, words), kept


def _exif_says_place(block: bytes) -> bool:
    exif = Image.Exif()
    try:
        exif.load(block)
        return _GPS in exif
    except Exception:
        # What cannot be read cannot be shown to be free of it.
        return True


def _exif_without_place(block: bytes) -> bytes:
    """The block without the place, or nothing where it cannot be read."""
    exif = Image.Exif()
    try:
        exif.load(block)
        del exif[_GPS]
        return exif.tobytes()
    except Exception:
        return b""


def _jpeg_without_place(data: bytes) -> tuple[bytes, list[str]]:
    """Walk the segments up to the picture itself; what follows its end (films of "live" photos) is left off."""
    out, at, words = [data[:2]], 2, set()
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise Rejected("broken")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in (0xDA, 0xD9):
            break
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        body = data[at + 4 : at + 2 + length]
        segment = data[at : at + 2 + length]
        at += 2 + length
        if marker == 0xE1 and body.startswith(b"Exif\x00") and _exif_says_place(body):
            words.add("place")
            rest = _exif_without_place(body)
            segment = b"\xff\xe1" + struct.pack(">H", len(rest) + 2) + rest if rest else b""
        elif marker == 0xE1 and body.startswith(_XMP) and b"GPS" in body:
            words.add("place")
            segment = b""
        out.append(segment)
    end = _end_of_scans(data, at)
    if data[end:].strip(b"\x00\xff \r\n"):
        words.add("appended")
        kept_end = end
    else:
        kept_end = len(data)
    if not words:
        return data, []
    return b"".join(out) + data[at:kept_end], sorted(words)


def _end_of_scans(data: bytes, at: int) -> int:
    """Where the first picture ends: behind the end mark that no segment and no scan contains."""
    while at + 2 <= len(data):
        found = data.find(b"\xff", at)
        if found < 0 or found + 2 > len(data):
            return len(data)
        marker = data[found + 1]
        if marker == 0xD9:
            return found + 2
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            at = found + (1 if marker == 0xFF else 2)
            continue
        if found + 4 > len(data):
            return len(data)
        at = found + 2 + int(struct.unpack(">H", data[found + 2 : found + 4])[0])
    return len(data)


def _png_without_place(data: bytes) -> tuple[bytes, list[str]]:
    out, at, words = [data[:8]], 8, set()
    ended = False
    while at + 12 <= len(data):
        length = struct.unpack(">I", data[at : at + 4])[0]
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        chunk = data[at : at + 12 + length]
        at += 12 + length
        if (kind == b"eXIf" and _exif_says_place(b"Exif\x00\x00" + body)) or _note_says_place(kind, body):
            words.add("place")
        else:
            out.append(chunk)
        if kind == b"IEND":
            ended = True
            break
    if not ended:
        raise Rejected("broken")
    if data[at:].strip(b"\x00 \r\n"):
        words.add("appended")
    return (b"".join(out), sorted(words)) if words else (data, [])


def _note_says_place(kind: bytes, body: bytes) -> bool:
    """Notes in a PNG: XMP, and EXIF as older programs write it (a keyword, then digits, packed or not)."""
    keyword, _nul, rest = body.partition(b"\x00")
    if kind == b"iTXt" and keyword == b"XML:com.adobe.xmp":
        return b"GPS" in rest or rest[:1] == b"\x01"
    if kind not in (b"tEXt", b"zTXt") or not keyword.startswith((b"Raw profile type exif", b"Raw profile type APP1")):
        return False
    try:
        text = zlib.decompressobj().decompress(rest[1:], 1 << 20) if kind == b"zTXt" else rest
        block = bytes.fromhex("".join(text.decode("ascii").split()[2:]))
    except (zlib.error, ValueError):
        return True
    return _exif_says_place(block)


def _tiff_without_place(picture: Image.Image, data: bytes, frames: int) -> tuple[bytes, list[str]]:
    says_place = False
    for frame in range(frames):
        picture.seek(frame)
        says_place = says_place or _GPS in picture.getexif()
    if not says_place:
        return data, []
    drawn = []
    for frame in range(frames):
        picture.seek(frame)
        drawn.append(picture.copy())
    packing = "group4" if all(one.mode == "1" for one in drawn) else "tiff_lzw"
    out = io.BytesIO()
    for one in drawn:
        one.info.pop("exif", None)
    drawn[0].save(
        out, format="TIFF", compression=packing, save_all=frames > 1, append_images=drawn[1:],
        dpi=picture.info.get("dpi", (200, 200)),
    )  # fmt: skip
    return out.getvalue(), ["place"]
