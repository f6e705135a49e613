"""Pages of a PDF that are pictures: which they are, and what they look like."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as raw

if TYPE_CHECKING:
    from PIL.Image import Image

_DEPTH = 3  # pictures inside of pictures inside of pictures
_STAMP = 100  # characters: a number or a date stamped on a scan
_MOST_OF_A_PAGE = 0.5
_FEWEST_PATHS = 40
# PDFium draws a JPEG of 256 megapixels line by line in 20 MB, but unpacks JPEG 2000 as a whole, 12 bytes a
# pixel. A0 at 300 dpi has 140 megapixels; the scanned page of a book had 113 of one bit.
_MOST_PIXELS = 400_000_000


def is_scan(page: Any, characters: int) -> bool:
    """Whether what stands on a page with so much text is likely to stand in a picture."""
    if characters >= _STAMP:
        return False
    share = max((_share(page, picture) for picture in _pictures(page)), default=0.0)
    if characters:
        return share > _MOST_OF_A_PAGE
    return share > 0 or _is_drawn(page)


def _is_drawn(page: Any) -> bool:
    """Whether there are so many curves that some may be letters: printers turn type into outlines."""
    paths = page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=_DEPTH)
    return len(list(islice(paths, _FEWEST_PATHS))) == _FEWEST_PATHS


def _pictures(page: Any) -> Iterator[Any]:
    yield from page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=_DEPTH)


def _share(page: Any, picture: Any) -> float:
    left, bottom, right, top = picture.get_bounds()
    width, height = page.get_size()
    return float((right - left) * (top - bottom) / max(width * height, 1.0))


def too_large(page: Any) -> bool:
    """Whether a picture on the page is so large that drawing it could take gigabytes."""
    return any(_full_colour_pixels(picture) > _MOST_PIXELS for picture in _pictures(page))


def _full_colour_pixels(picture: Any) -> float:
    """Pixels of 24 bits that the picture's come to."""
    width, height = ctypes.c_uint(), ctypes.c_uint()
    raw.FPDFImageObj_GetImagePixelSize(picture.raw, width, height)
    pixels = width.value * height.value
    if pixels <= _MOST_PIXELS:
        return pixels
    return pixels * (picture.get_metadata().bits_per_pixel or 24) / 24  # 0: PDFium cannot tell


def drawn(page: Any, longest_side_px: int) -> Image:
    """The page as a picture, so high or so wide."""
    bitmap = page.render(scale=longest_side_px / max(1.0, *page.get_size()), rev_byteorder=True)
    try:
        image: Image = bitmap.to_pil().convert("RGB")
        return image
    finally:
        bitmap.close()
