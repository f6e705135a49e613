"""PDF, read with PDFium. A hostile file may abort it or take gigabytes: this module runs in the reader
process, under its limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2 as pdfium

from rag.errors import TOO_LONG, DocumentEmpty, DocumentTooLarge, DocumentUnreadable
from rag.formats import pdf_lines
from rag.formats.building import PageBuilder, TextBudget, title_for
from rag.formats.pdf_file import Handles, open_page, opened
from rag.formats.pdf_layout import Line, add_blocks, body_size, furniture, outermost, signature
from rag.formats.pdf_outline import titles
from rag.formats.pdf_paper import Paper
from rag.formats.pdf_pictures import drawn, is_scan, too_large
from rag.formats.registry import Progress
from rag.ocr.pages import LONGEST_SIDE_PX, PicturePages
from rag.settings import ReadLimits
from rag.values import Page, ReadDocument

if TYPE_CHECKING:
    from PIL.Image import Image

_SAMPLED_PAGES = 12
_TAIL_BYTES = 2048


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """Pages numbered from 1, empty ones included, so that numbers are those of a PDF viewer."""
    with opened(path) as document:
        return _Reader(document, path, limits, progress).read()


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page as PDFium has it. `is_picture`: what stands on it stands in a picture."""

    lines: list[Line]
    is_picture: bool


class _Reader:
    """Reads one open document."""

    def __init__(self, document: Any, path: Path, limits: ReadLimits, progress: Progress) -> None:
        self._document = document
        self._path = path
        self._progress = progress
        self._budget = TextBudget(path, limits.text_characters)
        with Handles():
            self._count = len(document)
            self._title = title_for(path, document.get_metadata_dict().get("Title"))
            self._headings = titles(document)
        self._unreadable: list[int] = []
        self._pictures = PicturePages(limits)
        self._seconds = limits.seconds
        self._started = time.monotonic()
        if self._count == 0:
            raise DocumentUnreadable(str(path), "It is damaged: no page can be found in it.")
        if self._count > limits.pages:
            raise DocumentTooLarge(str(path), f"It has {self._count:,} pages; the limit is {limits.pages:,}.")

    def read(self) -> ReadDocument:
        sample = [self._sheet(index).lines for index in self._sampled()]
        body, repeated = body_size(sample), furniture(sample)
        self._unreadable.clear()  # the sampled pages are read again
        pages = tuple(self._pages(body, repeated))
        if not any(page.text for page in pages):
            self._raise_empty()
        return ReadDocument(self._title, pages, tuple(self._warnings()))

    def _sampled(self) -> list[int]:
        step = max(1, self._count // _SAMPLED_PAGES)
        return list(range(0, self._count, step))[:_SAMPLED_PAGES]

    def _pages(self, body: float, repeated: frozenset[str]) -> Iterator[Page]:
        for index in range(self._count):
            sheet = self._sheet(index)
            lines, size = sheet.lines, body
            if sheet.is_picture:
                lines, size = self._read_picture(index, sheet)
            elif index > 0:  # what repeats is kept once: it may be the only place that names the parties
                dropped = {line for line in outermost(lines) if signature(line) in repeated}
                lines = [line for line in lines if line not in dropped]
            builder = PageBuilder(self._budget)
            add_blocks(builder, lines, size, self._headings.get(index))
            yield builder.build(index + 1)
            self._progress(index + 1, self._count)
            if time.monotonic() - self._started - self._pictures.spent_s > self._seconds:
                raise DocumentUnreadable(str(self._path), TOO_LONG.format(self._seconds))

    def _sheet(self, index: int) -> _Sheet:
        try:
            with Handles() as handles:
                page = open_page(self._document, index, handles)
                text_page = handles.keep(page.get_textpage())
                lines = pdf_lines.lines(text_page, Paper.of(page))
                return _Sheet(lines, is_scan(page, sum(len(line.text) for line in lines)))
        except pdfium.PdfiumError:
            self._unreadable.append(index + 1)
            return _Sheet([], False)

    def _read_picture(self, index: int, sheet: _Sheet) -> tuple[list[Line], float]:
        """What stands in a page's picture, unless its text says more; and the usual size of type there."""

        def picture() -> Image | None:
            try:
                with Handles() as handles:
                    page = open_page(self._document, index, handles)
                    return None if too_large(page) else drawn(page, LONGEST_SIDE_PX)
            except pdfium.PdfiumError:
                return None

        lines = self._pictures.lines(picture, lambda: self._progress(index, self._count))
        if sum(len(line.text) for line in lines) <= sum(len(line.text) for line in sheet.lines):
            lines = sheet.lines
        return lines, body_size([lines])

    def _raise_empty(self) -> None:
        if len(self._unreadable) == self._count:
            raise DocumentUnreadable(str(self._path), "It is damaged: none of its pages can be read.")
        raise DocumentEmpty(str(self._path), self._pictures.why_empty)

    def _warnings(self) -> Iterator[str]:
        if self._unreadable:
            yield f"{_pages_of(self._unreadable, self._count)} could not be read."
        yield from self._pictures.warnings(self._count)
        if not _ends_properly(self._path):
            yield "The file seems to be cut off; its end may be missing."


def _pages_of(some: list[int], total: int) -> str:
    return f"{len(some)} of {total} page{'s' if total != 1 else ''}"


def _ends_properly(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return b"%%EOF" in file.read()
