"""Draws the first page of a file as a picture; a process of its own, so that a bad file ends only this one."""

import io
import json
import sys
from typing import Any

import pypdfium2
from PIL import Image, ImageOps

from .__main__ import bound
from .kinds import PDF
from .pictures import MAX_PIXELS

WIDTH, HEIGHT = 480, 960


def draw(data: bytes, mime: str) -> bytes:
    """A PNG of the first page, upright, within 480 x 960 pixels."""
    picture: Any
    if mime == PDF:
        page = pypdfium2.PdfDocument(data)[0]
        width, height = max(page.get_width(), 1), max(page.get_height(), 1)
        picture = page.render(scale=min(3.0, WIDTH / width, HEIGHT / height)).to_pil()
    else:
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        picture = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "TIFF", "MPO"])
        picture.draft("RGB", (WIDTH * 2, HEIGHT * 2))
        picture = ImageOps.exif_transpose(picture)
        if picture.mode in ("RGBA", "LA", "P"):
            paper = Image.new("RGBA", picture.size, "white")
            paper.alpha_composite(picture.convert("RGBA"))
            picture = paper
        picture = picture.convert("RGB")
        picture.thumbnail((WIDTH, HEIGHT))
    out = io.BytesIO()
    picture.convert("RGB").save(out, format="PNG")
    return out.getvalue()


def main() -> None:
    """Read limits and bytes from standard input, write the picture."""
    limits = json.loads(sys.stdin.buffer.readline())
    bound(seconds=int(limits["seconds"]), memory=int(limits["memory"]))
    sys.stdout.buffer.write(draw(sys.stdin.buffer.read(), str(limits["mime"])))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
