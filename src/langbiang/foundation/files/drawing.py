"""Draws the first page of a file as a picture; a program of its own, so that a bad file ends only this process."""

import resource
import sys

WIDTH = 480


def draw(source: str, mime: str, target: str) -> None:
    """Write a PNG of the first page."""
    if mime == "application/pdf":
        import pypdfium2

        page = pypdfium2.PdfDocument(source)[0]
        picture = page.render(scale=min(3.0, WIDTH / max(page.get_width(), 1))).to_pil()
    else:
        from PIL import Image

        picture = Image.open(source)
        picture.thumbnail((WIDTH, WIDTH * 2))
    picture.convert("RGB").save(target, format="PNG")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (1024**3, 1024**3))
    resource.setrlimit(resource.RLIMIT_CPU, (15, 16))
    draw(*sys.argv[1:4])
