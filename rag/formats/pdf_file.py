"""An open PDF: its pages with what was filled into its forms, and PDFium's handles closed in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.errors import DocumentProtected, DocumentUnreadable

_PROTECTED = "It is protected by a password."
_DAMAGED = "It is damaged or cut off, and cannot be opened as a PDF."


def open_pdf(path: Path) -> pdfium.PdfDocument:
    """
    Raises:
        DocumentProtected, DocumentUnreadable
    """
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
    """Closes PDFium's handles, the newest first, as it demands."""

    def __init__(self) -> None:
        self._kept: list[Any] = []

    def __enter__(self) -> Handles:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def keep(self, handle: Any) -> Any:
        self._kept.append(handle)
        return handle

    def close(self) -> None:
        while self._kept:
            self._kept.pop().close()
