"""The visible block of a signature: text in Be Vietnam Pro, and the image of a hand signature or an
agency's seal.

Decree 30/2020/ND-CP, Appendix I: the personal signature shows the blue image of the hand signature between
position and name; the agency's signature shows the red seal over its left third. Where no image is
registered, text stands in.
"""

import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from fontTools.ttLib import TTFont
from PIL import Image, UnidentifiedImageError
from pyhanko.pdf_utils.content import ResourceType
from pyhanko.pdf_utils.font.opentype import GlyphAccumulator
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.images import pil_image
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp.base import BaseStamp, BaseStampStyle

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MAX_IMAGE_BYTES = 1024 * 1024
MAX_IMAGE_SIDE = 2400
SMALLEST_FONT = 5.0
LEADING = 1.3

Box = tuple[float, float, float, float]
Colour = tuple[float, float, float]
INK: Colour = (0.09, 0.13, 0.12)
SEAL_RED: Colour = (0.70, 0.08, 0.10)


class UnusableImage(ValueError):
    """The picture of a signature or seal cannot be used; the text says why."""


@dataclass(frozen=True)
class Appearance:
    """Where the block stands and what it shows.

    `box` is (left, bottom, right, top) in points from the lower left corner of the page; `page` counts from
    0, negative from the end. `anchor` names a destination in the PDF (an `id` in the HTML that WeasyPrint
    printed): the block then hangs below that point, as wide and high as `box` says, and `page` is ignored.
    """

    lines: tuple[str, ...] = ()
    box: Box = (300.0, 60.0, 540.0, 120.0)
    page: int = -1
    image: bytes | None = None
    image_place: Literal["left", "behind"] = "left"
    anchor: str = ""
    font_size: float = 8.5
    colour: Colour = INK

    def __post_init__(self) -> None:
        left, bottom, right, top = self.box
        if right - left < 20 or top - bottom < 10:
            raise ValueError("The box of a visible signature must be at least 20 x 10 points.")


def signing_time(at: datetime) -> str:
    """The instant as signed documents print it: 23.11.2026 14:05:09 +07:00."""
    local = at.astimezone(VIETNAM)
    offset = local.strftime("%z")
    return f"{local:%d.%m.%Y %H:%M:%S} {offset[:3]}:{offset[3:]}"


def personal_lines(*, signer: str, agency: str, email: str = "", at: datetime) -> tuple[str, ...]:
    """The text of a personal signature. It is part of the document, hence Vietnamese in every language."""
    lines = [f"Ký bởi: {signer}", f"Cơ quan: {agency}"]
    if email:
        lines.append(f"Email: {email}")
    return (*lines, f"Thời gian ký: {signing_time(at)}")


def seal_lines(*, agency: str, email: str = "", at: datetime) -> tuple[str, ...]:
    """The text of an agency's signature (digital seal)."""
    lines = [f"Cơ quan: {agency}"]
    if email:
        lines.append(f"Email: {email}")
    return (*lines, f"Thời gian ký: {signing_time(at)}")


def checked_image(content: bytes) -> Image.Image:
    """A PNG fit to be printed: size-limited, fully decoded, RGB(A). Raises UnusableImage."""
    if len(content) > MAX_IMAGE_BYTES:
        raise UnusableImage(f"The image is larger than {MAX_IMAGE_BYTES // 1024} KB.")
    try:
        image = Image.open(io.BytesIO(content), formats=["PNG"])
        if max(image.size) > MAX_IMAGE_SIDE:
            raise UnusableImage(f"The image is wider or higher than {MAX_IMAGE_SIDE} pixels.")
        image.load()
    except UnusableImage:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnusableImage("The image is not a readable PNG file.") from error
    return image.convert("RGBA" if image.mode in ("RGBA", "LA", "PA", "P") else "RGB")


@cache
def _font_bytes() -> bytes:
    return (Path(__file__).parents[1] / "data/fonts/BeVietnamPro-Regular.ttf").read_bytes()


@cache
def _known_characters() -> frozenset[int]:
    return frozenset(TTFont(io.BytesIO(_font_bytes())).getBestCmap())


def printable(text: str) -> str:
    """The text as the font can show it: composed, on one line, unknown characters as a question mark."""
    composed = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
    return "".join(c if ord(c) in _known_characters() else "?" for c in composed)


class BlockStyle(BaseStampStyle):
    """Hands our block to pyHanko as a stamp style."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__(border_width=0)
        object.__setattr__(self, "appearance", appearance)

    def create_stamp(self, writer: BasePdfFileWriter, box: BoxConstraints, text_params: dict[str, Any]) -> BaseStamp:
        return _BlockStamp(writer, self, box)


class _BlockStamp(BaseStamp):
    """Draws the image and the lines; text shrinks, then wraps, then is cut, so that it never leaves the
    box."""

    def _render_inner_content(self) -> list[bytes]:
        appearance: Appearance = self.style.appearance
        width, height = float(self.box.width), float(self.box.height)
        commands: list[bytes] = []
        text_left = 0.0
        if appearance.image is not None:
            text_left = self._draw_image(commands, appearance, width, height)
        lines = [line for line in map(printable, appearance.lines) if line]
        if lines:
            self._draw_lines(commands, appearance, lines, text_left, width, height)
        return commands

    def _draw_image(self, commands: list[bytes], appearance: Appearance, width: float, height: float) -> float:
        assert appearance.image is not None
        image = checked_image(appearance.image)
        self.set_resource(ResourceType.XOBJECT, pdf_name("/Stamp"), pil_image(image, self._ensure_writer))
        has_text = bool(appearance.lines) and appearance.image_place == "left"
        room = min(width * 0.45, height * image.width / image.height) if has_text else width
        scale = min(room / image.width, height / image.height)
        drawn = (image.width * scale, image.height * scale)
        x = 0.0 if has_text else (width - drawn[0]) / 2
        y = (height - drawn[1]) / 2
        commands.append(b"q %.3f 0 0 %.3f %.3f %.3f cm /Stamp Do Q" % (*drawn, x, y))
        return drawn[0] + 4 if has_text else 0.0

    def _draw_lines(
        self,
        commands: list[bytes],
        appearance: Appearance,
        lines: Sequence[str],
        left: float,
        width: float,
        height: float,
    ) -> None:
        font = GlyphAccumulator(self._ensure_writer, io.BytesIO(_font_bytes()), font_size=1, bcp47_lang_code="vi")
        glyphs, widths = font.tt.getBestCmap(), font.tt["hmtx"]
        advances: dict[str, float] = {}

        def measure(text: str) -> float:
            for letter in set(text) - advances.keys():
                advances[letter] = widths[glyphs[ord(letter)]][0] / font.units_per_em
            return sum(advances[letter] for letter in text)

        size, rows = fit_lines(lines, measure, width - left, height, appearance.font_size)
        self.set_resource(ResourceType.FONT, pdf_name("/F1"), font.as_resource())
        leading = size * LEADING
        y = height / 2 + leading * len(rows) / 2 - size
        commands.append(b"BT /F1 %.2f Tf %.3f %.3f %.3f rg" % (size, *appearance.colour))
        for row in rows:
            # shape() moves the text cursor, so every row is placed from the origin.
            commands.append(b"1 0 0 1 %.3f %.3f Tm" % (left, y))
            commands.append(font.shape(row).graphics_ops)
            y -= leading
        commands.append(b"ET")


def fit_lines(
    lines: Sequence[str], measure: Any, width: float, height: float, wanted: float
) -> tuple[float, list[str]]:
    """The largest font size not above `wanted` at which the lines, wrapped, fit; at the smallest the rest
    is cut."""
    size = wanted
    while True:
        rows = [row for line in lines for row in _wrapped(line, measure, width / size)]
        if len(rows) * size * LEADING <= height and all(measure(row) * size <= width for row in rows):
            return size, rows
        if size <= SMALLEST_FONT:
            kept = rows[: max(1, int(height / (size * LEADING)))]
            return size, [_cut(row, measure, width / size) for row in kept]
        size = max(SMALLEST_FONT, size - 0.5)


def _wrapped(line: str, measure: Any, width: float) -> list[str]:
    rows: list[str] = []
    current = ""
    for word in line.split(" "):
        tried = f"{current} {word}" if current else word
        if current and measure(tried) > width:
            rows.append(current)
            current = word
        else:
            current = tried
    return [*rows, current]


def _cut(row: str, measure: Any, width: float) -> str:
    if measure(row) <= width:
        return row
    while row and measure(row + "…") > width:
        row = row[:-1]
    return row.rstrip() + "…"
