"""The glyphs of a PDF page to lines of type, in the order in which the file draws them."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from statistics import median
from typing import Any, NamedTuple

import pypdfium2.raw as raw

from rag.boxes import WordBox
from rag.formats.cleaning import clean
from rag.formats.pdf_layout import CELL_GAP, Line
from rag.formats.pdf_paper import Paper, Rectangle

_HYPHEN = "\x02"  # PDFium's sign for a hyphen at a line's end; it leaves out the line break after it
_WORD = re.compile(rf"[^\s{_HYPHEN}]+{_HYPHEN}?")
_LINE_BREAK = re.compile(r"[\r\n]")
_WIDE_GAP = 1.5  # times the size of type; between words, justified or not, it stays below 1
_BOLD = re.compile(rb"bold|black|heavy|semibold|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600
_FONT_NAME_BYTES = 128
# Where a font draws two characters with one glyph, some programs (Qt) name the rarer one in the PDF.
_QUOTES = str.maketrans({"\u02bc": "’", "\u02ee": "”"})


def lines(text_page: Any, paper: Paper) -> list[Line]:
    """The lines on a page; what lies outside the paper nobody can see.

    What is written up or down the margin comes last, one line without a size: it is never a heading.
    """
    text = _characters(text_page)
    words = _words(text_page, text, paper)
    if turns := _turns(words):
        paper = paper.turned(turns)
        words = _words(text_page, text, paper)
    level, aside = _parted(words)
    found = [_line(text_page, paper, group) for group in _grouped(level, text)]
    if aside:
        found.append(replace(_line(text_page, paper, aside), size=0.0, bold=False))
    return found


def _words(text_page: Any, text: str, paper: Paper) -> list[_Word]:
    box_of = _boxes(text_page, paper)
    words = (_word(text, match, box_of) for match in _WORD.finditer(text))
    return [word for word in words if word.text and paper.holds(word.first)]


def _turns(words: Sequence[_Word]) -> int:
    """How often to turn the page clockwise, so that most of its words run from left to right."""
    long = [word for word in words if word.end > word.start + 1]
    if 2 * sum(word.last.left > word.first.left for word in long) >= len(long):
        return 0
    upwards = sum(word.last.bottom > word.first.bottom for word in long)
    downwards = sum(word.last.bottom < word.first.bottom for word in long)
    if 2 * max(upwards, downwards) <= len(long):
        # Hebrew and Arabic also run leftwards, but their letters stand upright.
        return 0
    return 1 if upwards > downwards else 3


def _parted(words: list[_Word]) -> tuple[list[_Word], list[_Word]]:
    """Words that run along the lines, and those that do not; what is one letter goes with its neighbours."""
    aside = [_runs_aside(word) for word in words]
    if not any(aside):
        return words, []
    for at in range(1, len(words) - 1):
        if words[at].end == words[at].start + 1:
            aside[at] = aside[at - 1] and aside[at + 1]
    level = [word for word, is_aside in zip(words, aside, strict=True) if not is_aside]
    return level, [word for word, is_aside in zip(words, aside, strict=True) if is_aside]


def _runs_aside(word: _Word) -> bool:
    along, up = word.last.left - word.first.left, word.last.bottom - word.first.bottom
    return abs(up) > abs(along)


def _characters(text_page: Any) -> str:
    """The page's text, character `i` of it being PDFium's character `i`."""
    count = text_page.count_chars()
    text: str = text_page.get_text_range() if count else ""
    if len(text) != count:
        codes = (raw.FPDFText_GetUnicode(text_page.raw, index) for index in range(count))
        text = "".join(chr(code) if 0 < code <= 0x10FFFF else "\ufffd" for code in codes)
    # In a whole text PDFium writes its hyphen as U+FFFE, asked for one character as U+0002.
    return text.replace("\ufffe", _HYPHEN).translate(_QUOTES)


def _boxes(text_page: Any, paper: Paper) -> Callable[[int], Rectangle]:
    """Gives a character's place, with ascent and descent, so that all in a line have the same height."""
    found = raw.FS_RECTF()
    reference, handle, ask = ctypes.byref(found), text_page.raw, raw.FPDFText_GetLooseCharBox

    if paper.turns:

        def box_of(index: int) -> Rectangle:
            ask(handle, index, reference)
            return paper.shown(found.left, found.bottom, found.right, found.top)

    else:  # nearly always; this is called twice for every word
        left, bottom = paper.left, paper.bottom

        def box_of(index: int) -> Rectangle:
            ask(handle, index, reference)
            return Rectangle(found.left - left, found.bottom - bottom, found.right - left, found.top - bottom)

    return box_of


class _Word(NamedTuple):
    """Characters `start:end` of the page, with the boxes of the first and the last of them."""

    start: int
    end: int
    text: str  # clean
    hyphenated: bool
    first: Rectangle
    last: Rectangle


def _word(text: str, match: re.Match[str], box_of: Callable[[int], Rectangle]) -> _Word:
    start, end = match.span()
    hyphenated = text[end - 1] == _HYPHEN
    end -= hyphenated
    first, word = box_of(start), text[start:end]
    if not (word.isascii() and word.isprintable()):
        word = clean(word)
    return _Word(start, end, word, hyphenated, first, box_of(end - 1) if end > start + 1 else first)


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


def _line(text_page: Any, paper: Paper, words: Sequence[_Word]) -> Line:
    first, last = words[0], words[-1]
    # Three samples: a raised note at one end must not pass for the line's size.
    samples = (first.start, words[len(words) // 2].start, last.end - 1)
    size = median(_type_size(text_page, index) for index in samples)
    tallest = max((word.first for word in words), key=lambda box: box.top - box.bottom)
    text, places = _placed(words, size, paper)
    return Line(
        text=text,
        left=min(first.first.left, last.last.left),
        right=max(first.first.right, last.last.right),
        bottom=tallest.bottom,
        top=tallest.top,
        size=size,
        bold=_is_bold(text_page, first.start) and _is_bold(text_page, last.end - 1),
        hyphenated=last.hyphenated,
        words=places,
    )


def _placed(words: Sequence[_Word], size: float, paper: Paper) -> tuple[str, tuple[WordBox, ...]]:
    """The words with a space between, or `CELL_GAP` where the gap on paper is wide; and where they stand."""
    parts: list[str] = []
    places: list[WordBox] = []
    at = 0
    before: _Word | None = None
    for word in words:
        if before is not None:
            gap = word.first.left - before.last.right
            parts.append(CELL_GAP if gap > _WIDE_GAP * size else " ")
            at += 1
        parts.append(word.text)
        places.append(WordBox(at, at + len(word.text), paper.box(word.first, word.last)))
        at += len(word.text)
        before = word
    return "".join(parts), tuple(places)


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
