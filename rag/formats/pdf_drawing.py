"""A PDF's pages as pictures, drawn by PDFium: in the reader process, which is under limits (see `pdf.py`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

from rag.errors import DocumentTooLarge, DocumentUnreadable
from rag.formats.pdf_file import Handles, open_page, opened
from rag.formats.pdf_pictures import too_large
from rag.process.messages import PageDrawn

_NOT_SHOWN = "This page cannot be shown."
MOST_PX = 4000
"""The longest side of a picture: 64 MB of pixels at most."""


def draw(path: Path, page: int, width_px: int) -> PageDrawn:
    """Page `page` (from 1) `width_px` wide unless it would be too large.

    Raises:
        DocumentUnreadable: or a subclass.
    """
    with opened(path) as document, Handles() as handles:
        pages = len(document)
        if not 1 <= page <= pages:
            raise DocumentUnreadable(str(path), f"It has no page {page}.")
        try:
            return _drawn(path, open_page(document, page - 1, handles), pages, width_px)
        except pdfium.PdfiumError as error:
            raise DocumentUnreadable(str(path), _NOT_SHOWN) from error


def _drawn(path: Path, page: Any, pages: int, width_px: int) -> PageDrawn:
    if too_large(page):
        raise DocumentTooLarge(str(path), "A picture on this page is too large to be shown.")
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise DocumentUnreadable(str(path), _NOT_SHOWN)
    scale = min(max(width_px, 1) / width, MOST_PX / max(width, height))
    bitmap = page.render(scale=scale, rev_byteorder=False, prefer_bgrx=True)
    try:
        return PageDrawn(_pixels(bitmap), bitmap.width, bitmap.height, pages)
    finally:
        bitmap.close()


def _pixels(bitmap: pdfium.PdfBitmap) -> bytes:
    """Rows of four bytes a pixel (blue, green, red, unused), without what PDFium puts between rows."""
    row = bitmap.width * 4
    data = bytes(bitmap.buffer)
    if bitmap.stride == row:
        return data
    return b"".join(data[at : at + row] for at in range(0, bitmap.stride * bitmap.height, bitmap.stride))
