"""Lines of a PDF page, as they lie on the paper, to paragraphs, headings and tables.

A PDF holds no structure, only glyphs at places. What is guessed here rests on what typesetters do: more
space or an indent before a paragraph, a short last line, larger or bold type for a heading, wide gaps
between the cells of a row. Where nothing tells, it is a paragraph.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from rag.boxes import WordBox
from rag.formats import pdf_tables
from rag.formats.building import PageBuilder, moved
from rag.formats.pdf_outline import Titles, folded
from rag.formats.pdf_tables import Piece
from rag.values import BlockKind

CELL_GAP = "\t"
"""Stands in `Line.text` where the gap between two words is wide enough to part two cells."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of type: its box and its size of type in points, y upwards.

    `hyphenated`: its last word goes on in the next line, the hyphen is left out of `text`. `text` is clean,
    its `words` stand in order.
    """

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    bold: bool
    hyphenated: bool = False
    words: tuple[WordBox, ...] = field(default=(), compare=False)

    @property
    def is_row(self) -> bool:
        first, *rest = self.text.split(CELL_GAP)
        return bool(rest) and not (len(rest) == 1 and _NUMBERING.fullmatch(first))


_Group = list[Line]

_NUMBERING = re.compile(
    r"[•–▪◦‣·●○*§-]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]|\(?\d+(?:\.\d+)+[.)]?|§\s?\d+\S?"
)
_ITEM = re.compile(
    r"[•–▪◦‣●○]|[*·-]\s|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,5})[.)]\s|\d+(?:\.\d+)+\.?\s+(?=[^\W\d_])(?![a-z])|§\s?\d"
)
_BULLET = re.compile(r"[•–▪◦‣●○]|[*·-]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\)\s")
_SENTENCE_END = re.compile(r"[.!?:;…。！？][\"'”’»)\]]*$")
_LETTER = re.compile(r"[^\W\d_]")
_DIGITS = re.compile(r"\d+")
_SUSPENDED = re.compile(r"(und|oder|bzw|and|or|to|bis|sowie)\b")

_LONGEST_HEADING = 120
_HEADING_LEVELS = ((1.7, 1), (1.3, 2), (1.12, 3))  # times the size of the running text; our own choice
_BOLD_LEVEL = 4
_PITCH = 1.2  # what typesetters use where nothing else is said
_PARAGRAPH_STEP = 1.25  # times the pitch
_HEADING_PITCH = 1.6
_NUMBERED = re.compile(r"\(?[\dA-Z]+[.)]|§|\d+\s")
_FLUSH = 0.005  # share of the page's width


def body_size(pages: Sequence[Sequence[Line]]) -> float:
    """The size of type that most characters have, to a tenth of a point; 0 without any text."""
    sizes: Counter[float] = Counter()
    for line in (line for page in pages for line in page):
        sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def furniture(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    """Signatures of running headers and footers: outermost lines that most of these pages share."""
    seen = Counter(name for page in pages for name in {signature(line) for line in outermost(page)})
    most = max(3, round(0.6 * len(pages)))
    return frozenset(name for name, count in seen.items() if count >= most)


def outermost(lines: Sequence[Line]) -> list[Line]:
    """The two topmost and the two lowest lines: where headers and footers stand."""
    by_height = sorted(lines, key=lambda line: line.bottom)
    return by_height[:2] + by_height[2:][-2:]


def signature(line: Line) -> str:
    """The line with its numbers blanked, so that “page 3” and “page 4” are the same."""
    return _DIGITS.sub("#", " ".join(line.text.split()))


def add_blocks(
    builder: PageBuilder, lines: Sequence[Line], body: float, titles: Titles | None = None
) -> None:
    """Put the lines of one page, in reading order, into `builder` as blocks.

    `titles` are headings that the document says to be on the page.
    """
    named = titles or {}
    for group in _with_whole_headings(_grouped(_joined_rows(lines)), body):
        if group[0].is_row and len(group) > 1:
            text, words = pdf_tables.markdown([_pieces(line) for line in group])
            builder.add("table", text, words=words)
            continue
        text, words = _flow(group)
        level = named.get(folded(text), 0) or _heading_level(group, text, body)
        kind: BlockKind = "heading" if level else "list_item" if _BULLET.match(text) else "paragraph"
        builder.add(kind, text, level, words)


def _joined_rows(lines: Sequence[Line]) -> list[Line]:
    """Cells that the file draws one by one, but on one height, become one line again."""
    joined: list[Line] = []
    for line in lines:
        if joined and _beside(joined[-1], line):
            joined[-1] = _append(joined[-1], line)
        else:
            joined.append(line)
    return joined


def _beside(first: Line, second: Line) -> bool:
    overlap = min(first.top, second.top) - max(first.bottom, second.bottom)
    height = min(first.top - first.bottom, second.top - second.bottom)
    gap = second.left - first.right
    if _is_script(first, second):
        return overlap > 0.25 * height > 0 and -0.3 * height < gap < height
    return overlap > 0.6 * height > 0 and -0.3 * height < gap < 12 * height


def _is_script(first: Line, second: Line) -> bool:
    """A raised or lowered piece: PDFium takes it for a line of its own."""
    return not 0.8 < second.size / max(first.size, 0.1) < 1.25


def _append(first: Line, second: Line) -> Line:
    gap = CELL_GAP if second.left - first.right > first.size else " "
    return replace(
        first,
        text=f"{first.text}{gap}{second.text}",
        size=max(first.size, second.size),
        right=second.right,
        bottom=min(first.bottom, second.bottom),
        top=max(first.top, second.top),
        hyphenated=second.hyphenated,
        words=(*first.words, *moved(second.words, len(first.text) + 1)),
    )


def _grouped(lines: Sequence[Line]) -> Iterator[_Group]:
    """Lines that belong together: the lines of a paragraph, or the rows of a table."""
    pitch = _usual_pitch(lines)
    group: _Group = []
    for position, line in enumerate(lines):
        if group and not _goes_on(group, line, pitch, _column_right(lines, position)):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _with_whole_headings(groups: Iterator[_Group], body: float) -> Iterator[_Group]:
    """Large type has more space between its lines than a paragraph may have: two of a heading are joined."""
    waiting: _Group = []
    for group in groups:
        if waiting and len(group) == 1 and _continues_heading(waiting[-1], group[0], body):
            yield waiting + group
            waiting = []
            continue
        if waiting:
            yield waiting
        waiting = group if len(group) == 1 else []
        if not waiting:
            yield group
    if waiting:
        yield waiting


def _continues_heading(first: Line, second: Line, body: float) -> bool:
    if first.is_row or second.is_row or first.bold != second.bold or _NUMBERED.match(second.text):
        return False
    large = min(first.size, second.size) >= _HEADING_LEVELS[-1][0] * body > 0
    same = abs(first.size - second.size) < 0.02 * first.size
    return large and same and 0.8 < (first.bottom - second.bottom) / first.size < _HEADING_PITCH


def _usual_pitch(lines: Sequence[Line]) -> float:
    """Distance from line to line in a paragraph, in units of type size.

    Taken after lines that fill their column: what follows a short line may be a new paragraph.
    """
    steps = [
        (line.bottom - below.bottom) / line.size
        for position, (line, below) in enumerate(pairwise(lines))
        if line.size > 0 and line.right >= line.left + 0.85 * (_column_right(lines, position) - line.left)
    ]
    plausible = [step for step in steps if 0.8 < step < 2.5]
    return median(plausible) if plausible else _PITCH


def _column_right(lines: Sequence[Line], position: int) -> float:
    """How far right the lines around this one reach, of those in the same column."""
    line = lines[position]
    around = lines[max(0, position - 5) : position + 6]
    beside = (other.right for other in around if other.left < line.right and other.right > line.left)
    return max(beside, default=line.right)  # a line without a width is not even beside itself


def _goes_on(group: _Group, line: Line, pitch: float, column_right: float) -> bool:
    """Whether `line` continues the paragraph (or table) that `group` is so far."""
    last = group[-1]
    if last.hyphenated:
        return True
    size = max(last.size, 0.1)
    if abs(line.size - last.size) > 0.12 * size:
        return False
    step = (last.bottom - line.bottom) / size
    if group[0].is_row:
        return 0 < step < 3 * pitch if line.is_row else _goes_on_in_cell(group, line, step / pitch)
    if line.is_row:
        return False
    if step < 0.3:  # upwards: the next column
        return _unfinished(last) and line.text[:1].islower()
    if step > _PARAGRAPH_STEP * pitch or last.bold != line.bold or _ITEM.match(line.text):
        return False
    return not _paragraph_ended(group, line, column_right)


def _goes_on_in_cell(group: _Group, line: Line, pitches: float) -> bool:
    """Whether a line that is no row goes on in a cell of the row above, but not in its first."""
    row = next(line for line in reversed(group) if line.is_row)
    if not 0 < pitches < _PARAGRAPH_STEP or not line.words:
        return False
    second = row.text.index(CELL_GAP)
    return any(
        abs(word.box.left - line.words[0].box.left) < _FLUSH
        for word in row.words
        if word.start > second and row.text[word.start - 1] == CELL_GAP
    )


def _paragraph_ended(group: _Group, line: Line, column_right: float) -> bool:
    last = group[-1]
    width = max(column_right - group[0].left, 1.0)
    room = (column_right - last.right) / width
    if room > 0.4 and not line.text[:1].islower():
        return True
    if not _unfinished(last):
        indented = line.left - last.left > 0.7 * last.size
        return indented or room > 0.12
    return False


def _unfinished(line: Line) -> bool:
    return _SENTENCE_END.search(line.text) is None


def _pieces(line: Line) -> list[Piece]:
    """The words of a row."""
    parts = ((word, line.text[word.start - 1 : word.start]) for word in line.words)
    return [
        Piece(line.text[word.start : word.end], word, apart=before in ("", CELL_GAP))
        for word, before in parts
    ]


def _flow(group: _Group) -> tuple[str, list[WordBox]]:
    """The lines of a paragraph as one: broken words joined, everything else with a space."""
    text, words, hyphenated = _plain(group[0]), list(group[0].words), group[0].hyphenated
    for line in group[1:]:
        following = _plain(line)
        text = _continued(text, following, hyphenated)
        joint = len(text) - len(following)
        if words and words[-1].end > joint:  # its hyphen is gone
            words[-1] = replace(words[-1], end=joint)
        words += moved(line.words, joint)
        hyphenated = line.hyphenated
    return f"{text}-" if hyphenated else text, words


def _plain(line: Line) -> str:
    return line.text.replace(CELL_GAP, " ")


def _continued(text: str, following: str, hyphenated: bool) -> str:
    """`hyphenated`: `text` ended in a hyphen, which PDFium took away; it may have been a real one."""
    bare = text if hyphenated else text[:-1]
    if not (hyphenated or (text.endswith(("-", "‐")) and bare[-1:].isalnum())):
        return f"{text} {following}"
    if _SUSPENDED.match(following):  # "Miet-" + "und Pachtvertrag"
        return f"{bare}- {following}"
    if bare[-1:].isalpha() and following[:1].islower():  # "agree-" + "ment"
        return bare + following
    return f"{bare}-{following}"  # "1990-" + "1995"


def _heading_level(group: _Group, text: str, body: float) -> int:
    if len(group) > 2 or len(text) > _LONGEST_HEADING or not _LETTER.search(text) or _BULLET.match(text):
        return 0
    ratio = min(line.size for line in group) / body if body else 1.0
    for at_least, level in _HEADING_LEVELS:
        if ratio >= at_least:
            return level
    stands_out = all(line.bold for line in group) and ratio > 0.9
    return _BOLD_LEVEL if stands_out and not text.endswith((".", ",", ";")) else 0
