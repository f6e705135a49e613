"""PDF, read with PDFium. PDFium is not thread-safe, and a hostile file may abort it or take gigabytes:
this module runs in the reader process, under its limits."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.errors import DocumentEmpty, DocumentProtected, DocumentTooLarge, DocumentUnreadable
from rag.formats.building import PageBuilder, TextBudget, title_for
from rag.formats.cleaning import clean
from rag.formats.pdf_layout import CELL_GAP, Line, add_blocks, body_size, furniture, outermost, signature
from rag.formats.registry import Progress
from rag.settings import ReadLimits
from rag.values import Page, ReadDocument

_SAMPLED_PAGES = 12
_HYPHEN = "\x02"  # PDFium's sign for a hyphen at a line's end; it leaves out the line break after it
_LINE = re.compile(rf"[^\r\n{_HYPHEN}]+{_HYPHEN}?")
_SPACES = re.compile(r"\s+")
_BOLD = re.compile(rb"bold|black|heavy|semibold|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600
_WIDE_GAP = 1.5  # times the size of type; between words, justified or not, it stays below 1
_TAIL_BYTES = 2048

_PROTECTED = "It is protected by a password."
_DAMAGED = "It is damaged or cut off, and cannot be opened as a PDF."
_SCAN = "There is no text in it; it may be a scan."


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """Pages numbered from 1, empty ones included, so that numbers are those of a PDF viewer."""
    document = _open(path)
    try:
        return _Reader(document, path, limits, progress).read()
    finally:
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
                lines = _page_lines(text_page, *page.get_size())
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


def _page_lines(text_page: Any, width: float, height: float) -> list[Line]:
    text = _characters(text_page)
    lines = (
        _line(text_page, text, match)
        for match in _LINE.finditer(text)
        if match.group().strip(f" \t{_HYPHEN}")
    )
    return [line for line in lines if _on_page(line, width, height) and clean(line.text).strip()]


def _characters(text_page: Any) -> str:
    """The page's text, character `i` of it being PDFium's character `i`."""
    count = text_page.count_chars()
    text: str = text_page.get_text_range() if count else ""
    if len(text) == count:
        # PDFium writes the hyphen as U+FFFE here, and as U+0002 where it is asked for one character.
        return text.replace("\ufffe", _HYPHEN)
    codes = (raw.FPDFText_GetUnicode(text_page.raw, index) for index in range(count))
    return "".join(chr(code) if 0 < code <= 0x10FFFF else "\ufffd" for code in codes)


def _line(text_page: Any, text: str, match: re.Match[str]) -> Line:
    start, end = match.span()
    hyphenated = text[end - 1] == _HYPHEN
    end -= hyphenated
    while text[start].isspace():
        start += 1
    while text[end - 1].isspace():
        end -= 1
    first, last = _box(text_page, start), _box(text_page, end - 1)
    # A raised note at one end must not pass for the line's size or height.
    middle = _not_space(text, (start + end) // 2)
    size = median(_type_size(text_page, index) for index in (start, middle, end - 1))
    bottom, top = _heights(first, _box(text_page, middle), last)
    words = _with_gaps(text_page, text, start, end, size)
    bold = _is_bold(text_page, start) and _is_bold(text_page, end - 1)
    return Line(words, first.left, last.right, bottom, top, size, bold, hyphenated)


def _not_space(text: str, index: int) -> int:
    """The nearest character before that is not a space: spaces that PDFium made up have no box."""
    while text[index].isspace():
        index -= 1
    return index


def _heights(*boxes: Any) -> tuple[float, float]:
    tallest = max(boxes, key=lambda box: box.top - box.bottom)
    return tallest.bottom, tallest.top


def _type_size(text_page: Any, index: int) -> float:
    """The size of type as it shows; many programs set size 1 and scale the page instead."""
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text_page.raw, index, matrix)
    scale = math.hypot(matrix.b, matrix.d) or 1.0
    return float(raw.FPDFText_GetFontSize(text_page.raw, index)) * scale


def _with_gaps(text_page: Any, text: str, start: int, end: int, size: float) -> str:
    """The line's words with a space between, or `CELL_GAP` where the gap on paper is wide."""
    parts, begin = [], start
    for space in _SPACES.finditer(text, start, end):
        gap = _box(text_page, space.end()).left - _box(text_page, space.start() - 1).right
        parts += [text[begin : space.start()], CELL_GAP if gap > _WIDE_GAP * size else " "]
        begin = space.end()
    return "".join([*parts, text[begin:end]])


def _box(text_page: Any, index: int) -> Any:
    """A character's box with ascent and descent, so that all in a line have the same height."""
    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text_page.raw, index, box)
    return box


def _is_bold(text_page: Any, index: int) -> bool:
    if raw.FPDFText_GetFontWeight(text_page.raw, index) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(text_page.raw, index, name, len(name), None)
    return _BOLD.search(name.value) is not None


def _on_page(line: Line, width: float, height: float) -> bool:
    """Printers' marks and leftovers outside the paper are nothing that a reader can see."""
    return line.right > 0 and line.left < width and line.top > 0 and line.bottom < height
