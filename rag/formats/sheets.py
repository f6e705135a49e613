"""Rows of a spreadsheet to the blocks of a page: tables with the names of their columns.

The aim is that a row says what its figures are. An empty row parts tables; a line of its own above one is its
heading; header cells merged over several columns are joined with those below; a table without column names of
its own (after an empty row, say) goes on under the last ones; a label merged down over rows stands in each.
Rows come one by one and are let go in portions, each a table with the header repeated.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rag.formats.building import PageBuilder, TextBudget
from rag.formats.cleaning import collapse

_PORTION_CELLS = 20_000
_LONGEST_HEADING = 120
_LONGEST_REPEATED = 100  # characters of a cell that is repeated: a column's name, a merged label
_DEEPEST_HEADER = 3
_MOST_MERGES_OPEN = 200
_YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, and what it holds; truth values count as texts."""

    text: str
    kind: Literal["text", "number", "date"] = "text"

    @property
    def is_time(self) -> bool:
        """A date or a year, which may be a figure's column as well as a figure."""
        return self.kind == "date" or (
            self.kind == "number"
            and len(self.text) == 4
            and self.text.isdecimal()
            and int(self.text) in _YEARS
        )


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells merged into one: rows and columns from the first to the last, both counted from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


Row = dict[int, Cell]
"""Cells by column."""

_Spanned = tuple[Row, dict[int, int]]
"""A row, and which of its cells reach over several columns: first to last."""


class MergedCells:
    """The merged cells of one sheet, whose rows go by in ascending order."""

    def __init__(self, merges: Iterable[Merge] = ()) -> None:
        self._merges = sorted(merges, key=lambda merge: merge.first_row, reverse=True)
        self._open: list[tuple[Merge, Cell]] = []  # merged down to rows that are still to come

    def add(self, merge: Merge) -> None:
        """It begins in the row that is filled next."""
        if len(self._merges) < _MOST_MERGES_OPEN:
            self._merges.append(merge)

    def fill(self, number: int, row: Row) -> dict[int, int]:
        """Fill in labels merged down from rows above; returns the row's own merged columns, first to last."""
        self._open = [(merge, cell) for merge, cell in self._open if merge.last_row >= number]
        for merge, cell in self._open:
            if not any(merge.first_column <= column <= merge.last_column for column in row):
                row[merge.first_column] = cell
        spans: dict[int, int] = {}
        while self._merges and self._merges[-1].first_row <= number:
            merge = self._merges.pop()
            anchor = row.get(merge.first_column)
            if anchor is None or merge.first_row < number:
                continue
            if merge.last_column > merge.first_column and len(spans) < _MOST_MERGES_OPEN:
                spans[merge.first_column] = merge.last_column
            if len(anchor.text) <= _LONGEST_REPEATED and len(self._open) < _MOST_MERGES_OPEN:
                self._open.append((merge, anchor))
        return spans


class RowTaker(Protocol):
    """What takes the rows of a sheet while they are read."""

    def add(self, number: int, row: Row) -> None: ...

    def merge(self, merge: Merge) -> None:
        """Cells that begin in the row that is added next are merged."""
        ...


class Sheet:
    """Takes the rows of one sheet, in ascending order, and fills the builder."""

    def __init__(self, builder: PageBuilder, budget: TextBudget, merges: Iterable[Merge] = ()) -> None:
        self._builder = builder
        self._budget = budget
        self._merged = MergedCells(merges)
        self._rows: list[_Spanned] = []
        self._columns: set[int] = set()
        self._last = 0
        self._characters = 0
        self._header: Row = {}
        self._waits = False  # these names have not been shown yet
        self._inside = False  # a portion of the table that is being filled was let go already

    def add(self, number: int, row: Row) -> None:
        """Raises: DocumentTooLarge: the sheet holds more text than the limit."""
        row = {column: cell for column, cell in row.items() if cell.text.strip()}
        if not row:
            return
        if number != self._last + 1:
            self.finish()
        self._last = number
        spans = self._merged.fill(number, row)
        self._rows.append((row, spans))
        self._columns.update(row)
        self._characters += sum(len(cell.text) + 3 for cell in row.values())
        self._budget.check(self._characters)
        if len(self._rows) * len(self._columns) >= _PORTION_CELLS:
            self._let_go()
            self._inside = True

    def merge(self, merge: Merge) -> None:
        """Cells that begin in the row that is added next are merged."""
        self._merged.add(merge)

    def finish(self) -> None:
        """The table ends here."""
        self._let_go()
        self._inside = False

    def close(self) -> None:
        """The sheet ends here."""
        self.finish()
        self._show_waiting()

    def _let_go(self) -> None:
        rows, columns = self._rows, sorted(self._columns)
        self._rows, self._columns, self._characters = [], set(), 0
        if rows and not self._inside:
            rows = self._begun(rows, columns)
        if rows:
            self._table([row for row, _ in rows], columns)
            self._waits = False

    def _begun(self, rows: list[_Spanned], columns: Sequence[int]) -> list[_Spanned]:
        """The rows of a new table, without the lines above it and the names of its columns."""
        lines = 0 if _is_column(rows) else _lines_above(rows)
        table = rows[lines:]
        has_names = bool(table) and _names_columns(table[0][0])
        if has_names or not table:
            self._show_waiting()
        for row, _ in rows[:lines]:
            self._add_line(row, has_table=bool(table))
        if has_names:
            table = self._without_names(table, columns)
        elif not self._header.keys() & set(columns):
            self._header = {}
        return table

    def _show_waiting(self) -> None:
        """Names that no figures followed are a table of their own."""
        if self._waits:
            self._table([], sorted(self._header))
            self._waits = False

    def _add_line(self, row: Row, *, has_table: bool) -> None:
        """A line above a table is its heading; without a table below it is text."""
        cells = [cell for _, cell in sorted(row.items())]
        words = ", ".join(collapse(cell.text) for cell in cells)
        if has_table and cells[0].kind == "text" and len(words) <= _LONGEST_HEADING:
            self._builder.add("heading", words, 2)
        else:
            self._builder.add("paragraph", words)

    def _without_names(self, rows: list[_Spanned], columns: Sequence[int]) -> list[_Spanned]:
        """Take the names of the columns off; where nothing is below them, they wait for the next table."""
        first, spans = rows[0]
        header = _spread(first, spans, columns)
        depth = 1
        while depth < min(_DEEPEST_HEADER, len(rows)) and _goes_on(spans, rows[depth][0], columns):
            below, spans = rows[depth]
            header = _joined(header, _spread(below, spans, columns))
            depth += 1
        self._header = header
        self._waits = depth == len(rows)
        return rows[depth:]

    def _table(self, rows: Sequence[Row], columns: Sequence[int]) -> None:
        named = [self._header, *(row for row in rows if row)]
        shown = [column for column in columns if any(column in row for row in named)]
        lines = [_line(row, shown) for row in named]
        lines.insert(1, "|" + " --- |" * len(shown))
        self._builder.add("table", "\n".join(lines))
        self._header = {column: _shortened(cell) for column, cell in self._header.items()}


def _line(row: Mapping[int, Cell], columns: Sequence[int]) -> str:
    texts = (collapse(row[column].text).replace("|", "\\|") if column in row else "" for column in columns)
    return "| " + " | ".join(texts) + " |"


def _is_column(rows: Sequence[_Spanned]) -> bool:
    """A list: short entries, one below the other."""
    columns = {column for row, _ in rows for column in row}
    return (
        len(rows) > 2
        and len(columns) == 1
        and not any(spans for _, spans in rows)
        and all(len(cell.text) <= _LONGEST_HEADING for row, _ in rows for cell in row.values())
    )


def _lines_above(rows: Sequence[_Spanned]) -> int:
    """How many lines stand above a table; all of them where there is none."""
    return next((place for place in range(len(rows)) if not _is_line(rows, place)), len(rows))


def _is_line(rows: Sequence[_Spanned], place: int) -> bool:
    """Whether a row says something about the whole table below: one cell, or a unit and a period over names
    that leave the first column empty."""
    row, spans = rows[place]
    if len(row) == 1:
        return True
    below = rows[place + 1][0] if place + 1 < len(rows) else {}
    return len(row) == 2 < len(below) and not spans and min(row) < min(below) and _names_columns(below)


def _goes_on(spans: Mapping[int, int], below: Row, columns: Sequence[int]) -> bool:
    """Whether the names of the columns go on in the next row: under merged ones, or by an empty corner."""
    return _names_columns(below) and (bool(spans) or columns[0] not in below)


def _names_columns(row: Row) -> bool:
    """Texts name columns, and years and dates do so beside each other or after a text; numbers do not."""
    times = [cell.is_time for _, cell in sorted(row.items())]
    if any(cell.kind == "number" and not cell.is_time for cell in row.values()):
        return False
    return all(times) or not times[0]


def _spread(row: Row, spans: Mapping[int, int], columns: Sequence[int]) -> Row:
    """A merged name stands over each of its columns."""
    wide = dict(row)
    for first, last in spans.items():
        if len(row[first].text) <= _LONGEST_REPEATED:
            for column in columns[bisect_right(columns, first) : bisect_right(columns, last)]:
                wide.setdefault(column, row[first])
    return wide


def _joined(above: Row, below: Row) -> Row:
    joined = {**above, **below}
    for column in above.keys() & below.keys():
        if above[column].text != below[column].text:
            joined[column] = Cell(f"{above[column].text} {below[column].text}")
    return joined


def _shortened(cell: Cell) -> Cell:
    text = collapse(cell.text)
    return Cell(text if len(text) <= _LONGEST_REPEATED else text[: _LONGEST_REPEATED - 1].rstrip() + "…")
