"""Rows of a PDF's table, as they lie on the paper, to a Markdown table.

Columns are the white stripes that no row crosses. Two words of a label may by chance leave such a stripe in
a short table, so a column counts only if somewhere a wide gap stands before it. Rows with few cells (a title
over several columns) are left out of that search and put in afterwards.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.boxes import WordBox

_NARROWEST = 0.004  # share of the page's width: 2.4 points on A4, less than a space of small type
_FEW = 0.5  # of the cells that the fullest row has
_SIGNS = frozenset("$€£¥₩₹")


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of a row. `apart`: a wide gap stands before it, or nothing."""

    text: str
    place: WordBox
    apart: bool

    @property
    def left(self) -> float:
        return self.place.box.left

    @property
    def right(self) -> float:
        return self.place.box.right

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


_Row = Sequence[Piece]
_Cells = list[list[Piece]]


def markdown(rows: Sequence[_Row]) -> tuple[str, list[WordBox]]:
    """The table, its first row as the header, and where its words stand."""
    edges = _edges(rows)
    grid = _joined([(_cells(row, edges), _continues(row)) for row in rows])
    text: list[str] = []
    words: list[WordBox] = []
    at = 0
    for number, cells in enumerate(grid):
        line = _line(cells, at, words)
        if number == 0:
            line += "\n|" + " --- |" * len(cells)
        text.append(line)
        at += len(line) + 1
    return "\n".join(text), words


def _edges(rows: Sequence[_Row]) -> list[float]:
    """Where each column begins; the first begins at the left edge of the page."""
    most = max(_count(row) for row in rows)
    pieces = [piece for row in rows if _count(row) > _FEW * most for piece in row]
    columns: list[list[Piece]] = []
    reach = 0.0
    for piece in sorted(pieces, key=lambda piece: piece.left):
        if not columns or piece.left > reach + _NARROWEST:
            columns.append([])
        columns[-1].append(piece)
        reach = max(reach, piece.right)
    return [0.0, *(column[0].left for column in list(_justified(columns))[1:])]


def _count(row: _Row) -> int:
    return sum(piece.apart for piece in row)


def _justified(columns: Sequence[list[Piece]]) -> Iterator[list[Piece]]:
    """The columns, those that are none on their own put to the one before; signs of money to the next."""
    waiting: list[Piece] = []
    current: list[Piece] = []
    for column in columns:
        if all(piece.text in _SIGNS for piece in column):
            waiting += column
            continue
        if current and (waiting or any(piece.apart for piece in column)):
            yield current
            current = []
        current = waiting + current + column
        waiting = []
    if current or waiting:
        yield current + waiting


def _cells(row: _Row, edges: Sequence[float]) -> _Cells:
    """The pieces of each column. A row with few cells is not cut between its words."""
    cells: _Cells = [[] for _ in edges]
    column = 0
    for cell in _gathered(row):
        begins = max(column, bisect_right(edges, cell[0].middle) - 1)
        ends = max(begins, bisect_right(edges, cell[-1].middle) - 1)
        if begins == ends or _spans(cell, edges[begins + 1 : ends + 1]):
            cells[begins] += cell
            column = begins
            continue
        for piece in cell:
            column = max(column, bisect_right(edges, piece.middle) - 1)
            cells[column].append(piece)
    return _with_signs_before(cells)


def _with_signs_before(cells: _Cells) -> _Cells:
    """Where money is written “$ 10”, a sign at a cell's end is the next number's; “10 €” stays as it is."""
    if not any(cell and cell[0].text in _SIGNS for cell in cells):
        return cells
    for cell, following in pairwise(cells):
        if len(cell) > 1 and cell[-1].text in _SIGNS and following and following[0].text not in _SIGNS:
            following.insert(0, cell.pop())
    return cells


def _gathered(row: _Row) -> Iterator[list[Piece]]:
    """Pieces without a wide gap between."""
    cell: list[Piece] = []
    for piece in row:
        if cell and piece.apart:
            yield cell
            cell = []
        cell.append(piece)
    if cell:
        yield cell


def _spans(cell: _Row, edges: Sequence[float]) -> bool:
    """Whether a cell runs over a column's edge: no word of it begins there, and none is a sign of money."""
    if any(piece.text in _SIGNS for piece in cell):
        return False
    return any(all(abs(piece.left - edge) >= 2 * _NARROWEST for piece in cell) for edge in edges)


def _continues(row: _Row) -> bool:
    """Whether it is a line of text that goes on in a cell of the row above."""
    return _count(row) == 1


def _joined(rows: Sequence[tuple[_Cells, bool]]) -> list[_Cells]:
    grid: list[_Cells] = []
    for cells, continues in rows:
        if continues and grid and not cells[0]:
            for above, cell in zip(grid[-1], cells, strict=True):
                above += cell
        else:
            grid.append(cells)
    return grid


def _line(cells: _Cells, at: int, words: list[WordBox]) -> str:
    """A row in Markdown, which begins at `at` of the table; its words are added to `words`."""
    line = "|"
    for cell in cells:
        for piece in cell:
            text = piece.text.replace("|", r"\|")
            start = at + len(line) + 1
            words.append(WordBox(start, start + len(text), piece.place.box))
            line += f" {text}"
        line += " |"
    return line
