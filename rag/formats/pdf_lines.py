"""The glyphs of a PDF page to lines of type, in the order in which the file draws them."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import pypdfium2.raw as raw

from rag.formats.cleaning import clean
from rag.formats.pdf_layout import CELL_GAP, Line

_HYPHEN = "\x02"  # PDFium's sign for a hyphen at a line's end; it leaves out the line break after it
_WORD = re.compile(rf"[^\s{_HYPHEN}]+{_HYPHEN}?")
_LINE_BREAK = re.compile(r"[\r\n]")
_WIDE_GAP = 1.5  # times the size of type; between words, justified or not, it stays below 1
_BOLD = re.compile(rb"bold|black|heavy|semibold|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600
_FONT_NAME_BYTES = 128
# Where a font draws two characters with one glyph, some programs (Qt) name the rarer one in the PDF.
_QUOTES = str.maketrans({"\u02bc": "’", "\u02ee": "”"})


def lines(text_page: Any, width: float, height: float) -> list[Line]:
    """The lines on a page of that size (points); what lies outside the paper nobody can see."""
    text = _characters(text_page)
    words = (_Word.at(text_page, text, match) for match in _WORD.finditer(text))
    visible = [word for word in words if word.first.touches(width, height)]
    found = (_line(text_page, group) for group in _grouped(visible, text))
    return [line for line in found if clean(line.text).strip()]


def _characters(text_page: Any) -> str:
    """The page's text, character `i` of it being PDFium's character `i`."""
    count = text_page.count_chars()
    text: str = text_page.get_text_range() if count else ""
    if len(text) != count:
        codes = (raw.FPDFText_GetUnicode(text_page.raw, index) for index in range(count))
        text = "".join(chr(code) if 0 < code <= 0x10FFFF else "\ufffd" for code in codes)
    # In a whole text PDFium writes its hyphen as U+FFFE, asked for one character as U+0002.
    return text.replace("\ufffe", _HYPHEN).translate(_QUOTES)


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    right: float
    bottom: float
    top: float

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2

    def touches(self, width: float, height: float) -> bool:
        """Whether it lies on a page of that size, at least in part."""
        return self.left < width and self.right >= 0 and self.bottom < height and self.top >= 0

    def is_level_with(self, other: _Box) -> bool:
        return self.bottom < other.middle < self.top or other.bottom < self.middle < other.top


@dataclass(frozen=True, slots=True)
class _Word:
    """Characters `start:end` of the page, with the boxes of the first and the last of them."""

    start: int
    end: int
    text: str
    hyphenated: bool
    first: _Box
    last: _Box

    @classmethod
    def at(cls, text_page: Any, text: str, match: re.Match[str]) -> _Word:
        start, end = match.span()
        hyphenated = text[end - 1] == _HYPHEN
        end -= hyphenated
        boxes = _box(text_page, start), _box(text_page, end - 1)
        return cls(start, end, text[start:end], hyphenated, *boxes)


def _grouped(words: Sequence[_Word], text: str) -> Iterator[list[_Word]]:
    """The words of each line. PDFium's line breaks do not suffice: after a short line it puts a space."""
    group: list[_Word] = []
    for word in words:
        if group and (
            group[-1].hyphenated
            or _LINE_BREAK.search(text, group[-1].end, word.start)
            or not group[-1].last.is_level_with(word.first)
        ):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _line(text_page: Any, words: Sequence[_Word]) -> Line:
    first, last = words[0], words[-1]
    # Three samples: a raised note at one end must not pass for the line's size.
    samples = (first.start, words[len(words) // 2].start, last.end - 1)
    size = median(_type_size(text_page, index) for index in samples)
    tallest = max((word.first for word in words), key=lambda box: box.top - box.bottom)
    return Line(
        text=_with_gaps(words, size),
        left=first.first.left,
        right=last.last.right,
        bottom=tallest.bottom,
        top=tallest.top,
        size=size,
        bold=_is_bold(text_page, first.start) and _is_bold(text_page, last.end - 1),
        hyphenated=last.hyphenated,
    )


def _with_gaps(words: Sequence[_Word], size: float) -> str:
    """The words with a space between, or `CELL_GAP` where the gap on paper is wide."""
    parts = [words[0].text]
    for before, word in pairwise(words):
        gap = word.first.left - before.last.right
        parts += [CELL_GAP if gap > _WIDE_GAP * size else " ", word.text]
    return "".join(parts)


def _box(text_page: Any, index: int) -> _Box:
    """A character's box with ascent and descent, so that all in a line have the same height."""
    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text_page.raw, index, box)
    return _Box(box.left, box.right, box.bottom, box.top)


def _type_size(text_page: Any, index: int) -> float:
    """The size of type as it shows; many programs set size 1 and scale the page instead."""
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text_page.raw, index, matrix)
    scale = math.hypot(matrix.b, matrix.d) or 1.0
    return float(raw.FPDFText_GetFontSize(text_page.raw, index)) * scale


def _is_bold(text_page: Any, index: int) -> bool:
    if raw.FPDFText_GetFontWeight(text_page.raw, index) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(_FONT_NAME_BYTES)
    raw.FPDFText_GetFontInfo(text_page.raw, index, name, len(name), None)
    return _BOLD.search(name.value) is not None
