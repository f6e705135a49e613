"""An open PDF: its pages with what was filled into its forms, and PDFium's handles closed in order.

PDFium is not thread-safe: whoever calls it holds `Handles`, for a page at a time, so that a page can be
drawn while the pictures of a long scan are being read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.errors import DocumentProtected, DocumentUnreadable

_PROTECTED = "It is protected by a password."
_DAMAGED = "It is damaged or cut off, and cannot be opened as a PDF."


_PDFIUM = threading.RLock()


@contextmanager
def opened(path: Path) -> Iterator[pdfium.PdfDocument]:
    """
    Raises:
        DocumentProtected, DocumentUnreadable
    """
    with Handles():
        document = _open(path)
    try:
        yield document
    finally:
        with Handles():
            document.close()


def _open(path: Path) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise DocumentProtected(str(path), _PROTECTED) from error
        if error.err_code == raw.FPDF_ERR_SECURITY:
            raise DocumentProtected(str(path), "It is protected in a way that Carrel cannot open.") from error
        raise DocumentUnreadable(str(path), _DAMAGED) from error


def open_page(document: Any, index: int, handles: Handles) -> Any:
    """Page `index` (from 0), closed with `handles`; what was filled into a form is part of the page.

    Raises:
        pdfium.PdfiumError: it cannot be read.
    """
    page = handles.keep(document[index])
    if raw.FPDF_GetFormType(document.raw) == raw.FORMTYPE_NONE:
        return page
    if raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY) != raw.FLATTEN_SUCCESS:
        return page
    handles.close()
    return handles.keep(document[index])  # only a page opened anew shows what was made part of it


class Handles:
    """The right to call PDFium, for one thread; closes its handles, the newest first, as it demands."""

    def __init__(self) -> None:
        self._kept: list[Any] = []

    def __enter__(self) -> Handles:
        _PDFIUM.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.close()
        finally:
            _PDFIUM.release()

    def keep(self, handle: Any) -> Any:
        self._kept.append(handle)
        return handle

    def close(self) -> None:
        while self._kept:
            self._kept.pop().close()
