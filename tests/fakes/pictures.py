"""Pictures of text, drawn in a test with the letters that Pillow brings along."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from tests.fakes.documents import with_picture

PAGE = (1000, 1400)
Placed = tuple[int, int, str]


def drawn(texts: Sequence[Placed], size: tuple[int, int] = PAGE, type_px: int = 28) -> Image.Image:
    """Black on white; each text with its left and its upper edge in pixels."""
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(type_px)
    for left, top, text in texts:
        pen.text((left, top), text, "black", font)
    return picture


def below(*texts: str, left: int = 80, top: int = 100, step: int = 40) -> list[Placed]:
    return [(left, top + step * number, text) for number, text in enumerate(texts)]


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def scanned(*pictures: Image.Image | None, text: str = "") -> bytes:
    """A PDF whose pages are filled by these pictures, `text` stamped on each; None is an empty page."""
    images = [None if picture is None else (encoded(picture, "JPEG"), picture.size) for picture in pictures]
    return with_picture(images, text)
