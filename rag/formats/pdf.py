"""PDF, read with PDFium. PDFium is not thread-safe, and a hostile file may abort it or take gigabytes:
this module runs in the reader process, under its limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.errors import DocumentEmpty, DocumentProtected, DocumentTooLarge, DocumentUnreadable
from rag.formats import pdf_lines
from rag.formats.building import PageBuilder, TextBudget, title_for
from rag.formats.pdf_layout import Line, add_blocks, body_size, furniture, outermost, signature
from rag.formats.pdf_paper import Paper
from rag.formats.registry import Progress
from rag.settings import ReadLimits
from rag.values import Page, ReadDocument

_SAMPLED_PAGES = 12
_TAIL_BYTES = 2048

_PROTECTED = "It is protected by a password."
_DAMAGED = "It is damaged or cut off, and cannot be opened as a PDF."
_SCAN = "There is no text in it; it may be a scan."


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """Pages numbered from 1, empty ones included, so that numbers are those of a PDF viewer."""
    document = open_pdf(path)
    try:
        return _Reader(document, path, limits, progress).read()
    finally:
        document.close()


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


class _Reader:
    """Reads one open document."""

    def __init__(self, document: Any, path: Path, limits: ReadLimits, progress: Progress) -> None:
        self._document = document
        self._path = path
        self._progress = progress
        self._budget = TextBudget(path, limits.text_characters)
        self._count = len(document)
        self._has_form = raw.FPDF_GetFormType(document.raw) != raw.FORMTYPE_NONE
        self._unreadable: list[int] = []
        self._pictures: list[int] = []  # pages with a picture and no text
        if self._count == 0:
            raise DocumentUnreadable(str(path), "It is damaged: no page can be found in it.")
        if self._count > limits.pages:
            raise DocumentTooLarge(str(path), f"It has {self._count:,} pages; the limit is {limits.pages:,}.")

    def read(self) -> ReadDocument:
        sample = [self._lines(index) for index in self._sampled()]
        body, repeated = body_size(sample), furniture(sample)
        self._unreadable.clear()  # the sampled pages are read again
        self._pictures.clear()
        pages = tuple(self._pages(body, repeated))
        if not any(page.text for page in pages):
            self._raise_empty()
        title = title_for(self._path, self._document.get_metadata_dict().get("Title"))
        return ReadDocument(title, pages, tuple(self._warnings()))

    def _sampled(self) -> list[int]:
        step = max(1, self._count // _SAMPLED_PAGES)
        return list(range(0, self._count, step))[:_SAMPLED_PAGES]

    def _pages(self, body: float, repeated: frozenset[str]) -> Iterator[Page]:
        for index in range(self._count):
            lines = self._lines(index)
            if index > 0:  # what repeats is kept once: it may be the only place that names the parties
                dropped = {line for line in outermost(lines) if signature(line) in repeated}
                lines = [line for line in lines if line not in dropped]
            builder = PageBuilder(self._budget)
            add_blocks(builder, lines, body)
            yield builder.build(index + 1)
            self._progress(index + 1, self._count)

    def _lines(self, index: int) -> list[Line]:
        try:
            with _Handles() as handles:
                page = handles.keep(self._document[index])
                if (
                    self._has_form
                    and raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS
                ):
                    handles.close()
                    page = handles.keep(self._document[index])  # what was filled in is page content now
                text_page = handles.keep(page.get_textpage())
                lines = pdf_lines.lines(text_page, Paper.of(page))
                if not lines and _has_picture(page):
                    self._pictures.append(index + 1)
                return lines
        except pdfium.PdfiumError:
            self._unreadable.append(index + 1)
            return []

    def _raise_empty(self) -> None:
        if len(self._unreadable) == self._count:
            raise DocumentUnreadable(str(self._path), "It is damaged: none of its pages can be read.")
        raise DocumentEmpty(str(self._path), _SCAN)

    def _warnings(self) -> Iterator[str]:
        if self._unreadable:
            yield f"{_pages_of(self._unreadable, self._count)} could not be read."
        if self._pictures:
            yield f"{_pages_of(self._pictures, self._count)} held a picture and no text; it may be a scan."
        if not _ends_properly(self._path):
            yield "The file seems to be cut off; its end may be missing."


class _Handles:
    """Closes PDFium's handles, the newest first, as it demands."""

    def __init__(self) -> None:
        self._kept: list[Any] = []

    def __enter__(self) -> _Handles:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def keep(self, handle: Any) -> Any:
        self._kept.append(handle)
        return handle

    def close(self) -> None:
        while self._kept:
            self._kept.pop().close()


def _has_picture(page: Any) -> bool:
    return any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))


def _pages_of(some: list[int], total: int) -> str:
    return f"{len(some)} of {total} page{'s' if total != 1 else ''}"


def _ends_properly(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return b"%%EOF" in file.read()
