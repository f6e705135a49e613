"""Pages of a PDF that are pictures: which they are, and what they look like."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as raw

if TYPE_CHECKING:
    from PIL.Image import Image

_DEPTH = 3  # pictures inside of pictures inside of pictures
_STAMP = 100  # characters: a number or a date stamped on a scan
_MOST_OF_A_PAGE = 0.5


def is_scan(page: Any, characters: int) -> bool:
    """Whether what stands on a page with so much text is likely to stand in a picture."""
    if characters >= _STAMP:
        return False
    share = max((_share(page, picture) for picture in _pictures(page)), default=0.0)
    return share > (_MOST_OF_A_PAGE if characters else 0.0)


def _pictures(page: Any) -> Iterator[Any]:
    yield from page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=_DEPTH)


def _share(page: Any, picture: Any) -> float:
    left, bottom, right, top = picture.get_bounds()
    width, height = page.get_size()
    return float((right - left) * (top - bottom) / max(width * height, 1.0))


def most_pixels(page: Any) -> int:
    """Of the largest picture on a page: what PDFium takes memory for when it draws it."""
    return max((_pixels(picture) for picture in _pictures(page)), default=0)


def _pixels(picture: Any) -> int:
    width, height = ctypes.c_uint(), ctypes.c_uint()
    raw.FPDFImageObj_GetImagePixelSize(picture.raw, width, height)
    return width.value * height.value


def drawn(page: Any, longest_side_px: int) -> Image:
    """The page as a picture, so high or so wide."""
    bitmap = page.render(scale=longest_side_px / max(page.get_size()), rev_byteorder=True)
    try:
        image: Image = bitmap.to_pil().convert("RGB")
        return image
    finally:
        bitmap.close()
