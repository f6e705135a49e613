"""Pictures (PNG, JPEG, TIFF, BMP, WebP), read by OCR and drawn, with Pillow. A TIFF may have many pages."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from rag.errors import DocumentEmpty, DocumentTooLarge, DocumentUnreadable
from rag.formats.building import PageBuilder, TextBudget
from rag.formats.pdf_layout import add_blocks, body_size
from rag.formats.registry import Progress
from rag.ocr.pages import PicturePages
from rag.process.messages import PageDrawn
from rag.settings import ReadLimits
from rag.values import Page, ReadDocument

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
_LONGEST_SIDE_PX = 3600  # to be read: A4 at 300 dpi; what is larger is scaled down
_MOST_SHOWN_PX = 4000
_DAMAGED = "It is damaged or cut off, and cannot be opened as a picture."

# What Pillow was seen to raise for files that are cut off or changed.
_DAMAGES = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """What stands in the picture; the pages of a TIFF are numbered from 1."""
    budget, reader = TextBudget(path, limits.text_characters), PicturePages(limits)
    pages: list[Page] = []
    with _opened(path) as image:
        count = _pages(path, image)
        if count > limits.pages:
            raise DocumentTooLarge(str(path), f"It has {count:,} pages; the limit is {limits.pages:,}.")
        for index in range(count):
            picture = _page(path, image, index, limits.picture_pixels)
            picture.thumbnail((_LONGEST_SIDE_PX, _LONGEST_SIDE_PX))
            lines = reader.lines(lambda picture=picture: picture, lambda index=index: progress(index, count))  # type: ignore[misc]
            builder = PageBuilder(budget)
            add_blocks(builder, lines, body_size([lines]))
            pages.append(builder.build(index + 1))
            progress(index + 1, count)
    if not any(page.text for page in pages):
        raise DocumentEmpty(str(path), reader.why_empty)
    return ReadDocument(path.stem, tuple(pages), tuple(reader.warnings(count)))


def draw(path: Path, page: int, width_px: int) -> PageDrawn:
    """Page `page` (from 1) `width_px` wide unless it would be too large.

    Raises:
        DocumentUnreadable: or a subclass.
    """
    with _opened(path) as image:
        count = _pages(path, image)
        if not 1 <= page <= count:
            raise DocumentUnreadable(str(path), f"It has no page {page}.")
        picture = _page(path, image, page - 1, ReadLimits().picture_pixels)
        scale = min(max(width_px, 1) / picture.width, _MOST_SHOWN_PX / max(picture.size))
        width, height = (max(1, round(side * scale)) for side in picture.size)
        shown = picture.resize((width, height), Image.Resampling.BILINEAR)
        return PageDrawn(shown.tobytes("raw", "BGRX"), width, height, count)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    with path.open("rb") as file:
        with _damage_named(path):
            Image.MAX_IMAGE_PIXELS = None  # its own limit only warns, or refuses without a size; `_page` does
            image = Image.open(file, formats=_FORMATS)
        with image:
            yield image


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about broken metadata, which is not looked at
        try:
            yield
        except _DAMAGES as error:
            raise DocumentUnreadable(str(path), _DAMAGED) from error


def _pages(path: Path, image: Image.Image) -> int:
    if image.format != "TIFF":  # others move
        return 1
    with _damage_named(path):
        return int(getattr(image, "n_frames", 1))


def _page(path: Path, image: Image.Image, index: int, most_pixels: int) -> Image.Image:
    """The page upright, in RGB, on white where it is transparent."""
    with _damage_named(path):
        image.seek(index)
        pixels = image.width * image.height
        if pixels <= most_pixels:
            return _plain(ImageOps.exif_transpose(image))
    megapixels = f"{pixels / 1e6:,.0f} megapixels; the limit is {most_pixels / 1e6:,.0f}"
    raise DocumentTooLarge(str(path), f"It is a picture of {megapixels}.")


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")):
        picture = _in_eight_bits(picture)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    """Pillow cuts off instead of scaling where a pixel has more than eight bits."""
    values = np.asarray(picture, np.float64)
    lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
    scaled = (np.nan_to_num(values) - lowest) / max(highest - lowest, 1e-9) * 255
    return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8))
