"""Recognised lines to the lines of a page in reading order, with the places of their words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from rag.boxes import Box, WordBox
from rag.formats.cleaning import clean
from rag.formats.pdf_layout import CELL_GAP, Line
from rag.ocr.recognition import Character, ReadLine, ReadPicture

_ALONE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # scripts without spaces between words
_TYPE_SIZE = 0.7  # of a region's height: it holds ascenders, descenders and some room
_ONE_SIZE = (0.7, 1.4)  # times the usual size: what lies between is taken for the same, heights vary so much
_WIDE_GAP = 0.8  # times the size of type; in a PDF 1.5, but regions reach out into the gap
_FLUSH = 0.5

# Two columns of prose are told from the cells of a table by their lines, which are long and many.
_LONG_LINE = 8  # times its height
_FEWEST_LINES = 5
_CROSSING = 0.3  # of the lines may run over both columns: titles, footers
_PLACES = 60  # across the page, where a gutter is looked for


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line with its extent on the straightened page: pixels, y downwards."""

    line: ReadLine
    left: float
    right: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def is_long(self) -> bool:
        return self.right - self.left > _LONG_LINE * self.height


def lines(read: ReadPicture) -> list[Line]:
    """The lines of type as `add_blocks` takes them; a row of a table is one line.

    What was read says nothing about bold type, and of sizes only what stands out. What is written up or down
    the margin comes last.
    """
    said = [line for line in read.lines if _text(line).strip()]
    placed = _straightened([line for line in said if not line.region.is_upright])
    if not any(character.isalnum() for line in placed for character in _text(line.line)):
        return []  # shades and frames are taken for dashes and squares
    usual = median(line.height for line in placed)
    rows = (row for part in _parts(placed) for row in _rows(part))
    aside = ([line] for line in _straightened([line for line in said if line.region.is_upright]))
    return [_line(row, usual, read) for row in (*rows, *aside)]


def _text(line: ReadLine) -> str:
    return "".join(character.text for character in line.characters)


def _straightened(read: Sequence[ReadLine]) -> list[_Placed]:
    """The lines as if the paper had lain straight."""
    tilts = [line.region.angle for line in read if line.region.length > _LONG_LINE * line.region.height]
    tilt = median(tilts) if tilts else 0.0
    cosine, sine = math.cos(tilt), math.sin(tilt)
    placed = []
    for line in read:
        region = line.region
        x, y = region.x * cosine + region.y * sine, region.y * cosine - region.x * sine
        wide, high = region.length / 2, region.height / 2
        placed.append(_Placed(line, x - wide, x + wide, y - high, y + high))
    return sorted(placed, key=lambda line: line.top + line.bottom)


def _parts(placed: Sequence[_Placed]) -> Iterator[Sequence[_Placed]]:
    """What is read from top to bottom, one after the other: columns, and what runs over several of them."""
    gutter = _gutter(placed)
    if gutter is None:
        yield placed
        return
    band: list[_Placed] = []
    for line in placed:
        if line.left < gutter < line.right:
            yield from _columns(band, gutter)
            band = []
            yield [line]
        else:
            band.append(line)
    yield from _columns(band, gutter)


def _columns(band: Sequence[_Placed], gutter: float) -> Iterator[Sequence[_Placed]]:
    for column in (
        [line for line in band if line.right <= gutter],
        [line for line in band if line.left >= gutter],
    ):
        if column:
            yield from _parts(column)


def _gutter(placed: Sequence[_Placed]) -> float | None:
    """Where few lines lie across and prose stands on both sides; None where there is no such place."""
    left, right = min(line.left for line in placed), max(line.right for line in placed)
    best, fewest = None, _CROSSING * len(placed)
    for place in range(1, _PLACES):
        x = left + (right - left) * place / _PLACES
        crossing = sum(line.left < x < line.right for line in placed)
        before, behind = (
            (line for line in placed if line.right <= x),
            (line for line in placed if line.left >= x),
        )
        if crossing < fewest and _is_prose(before) and _is_prose(behind):
            best, fewest = x, crossing
    return best


def _is_prose(lines: Iterator[_Placed]) -> bool:
    return sum(line.is_long for line in lines) >= _FEWEST_LINES


def _rows(part: Sequence[_Placed]) -> Iterator[list[_Placed]]:
    """The lines that stand at one height, from left to right."""
    row: list[_Placed] = []
    for line in part:
        if row and not _is_level(row[0], line):
            yield sorted(row, key=lambda line: line.left)
            row = []
        row.append(line)
    if row:
        yield sorted(row, key=lambda line: line.left)


def _is_level(first: _Placed, second: _Placed) -> bool:
    overlap = min(first.bottom, second.bottom) - max(first.top, second.top)
    return overlap > _FLUSH * min(first.height, second.height)


def _line(row: Sequence[_Placed], usual: float, read: ReadPicture) -> Line:
    highest = max(min(line.height, line.right - line.left) for line in row)
    smallest, largest = _ONE_SIZE
    size = _TYPE_SIZE * (usual if smallest < highest / usual < largest else highest)
    text, words = "", []
    before: _Placed | None = None
    for line in row:
        if before is not None:
            text += CELL_GAP if line.left - before.right > _WIDE_GAP * size else " "
        for start, end, word in _words(line.line, read):
            added = clean(word)
            if text and text[-1] not in (" ", CELL_GAP) and start != end and _spaced(line.line, start):
                text += " "
            words.append(WordBox(len(text), len(text) + len(added), _box(line.line, start, end, read)))
            text += added
        before = line
    return Line(
        text=text,
        left=row[0].left,
        right=max(line.right for line in row),
        bottom=read.height - max(line.bottom for line in row),
        top=read.height - min(line.top for line in row),
        size=size,
        bold=False,
        words=tuple(words),
    )


def _words(line: ReadLine, read: ReadPicture) -> Iterator[tuple[int, int, str]]:
    """First and last character (exclusive) of each word, and it; each Chinese or Japanese sign is one."""
    start = 0
    characters = line.characters
    for end in range(len(characters) + 1):
        text = characters[end].text if end < len(characters) else " "
        if text.isspace() or _ALONE.match(text) or (end > start and _ALONE.match(characters[end - 1].text)):
            if end > start:
                yield start, end, _joined(characters[start:end])
            start = end + text.isspace()


def _joined(characters: Sequence[Character]) -> str:
    return "".join(character.text for character in characters)


def _spaced(line: ReadLine, start: int) -> bool:
    return start > 0 and line.characters[start - 1].text.isspace()


def _box(line: ReadLine, start: int, end: int, read: ReadPicture) -> Box:
    """Around characters `start:end`, as shares of the picture as it was before it was turned."""
    places = [character.at for character in line.characters]
    first = (places[start - 1] + places[start]) / 2 if start else 0.0
    last = (places[end - 1] + places[end]) / 2 if end < len(places) else 1.0
    corners = line.region.corners()
    if line.region.is_upright:  # it was laid down for reading: its beginning is below
        corners = corners[[3, 0, 1, 2]]
    top_left, top_right, bottom_right, bottom_left = corners
    points = [
        begin + (finish - begin) * share
        for begin, finish in ((top_left, top_right), (bottom_left, bottom_right))
        for share in (first, last)
    ]
    xs, ys = [float(x) / read.width for x, _ in points], [float(y) / read.height for _, y in points]
    box = Box(min(xs), min(ys), max(xs), max(ys))
    for _ in range(read.turns):
        box = Box(box.top, 1 - box.right, box.bottom, 1 - box.left)
    return box
