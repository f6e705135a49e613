"""The lines of a run as a table: a model over their ids that fetches what is looked at, and little more."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.tasks.cell_text import (
    NUMERIC,
    cloud_words,
    confidence_text,
    doubt_words,
    is_from_cloud,
    least_confidence,
    maker_of,
    text_of,
)
from desktop.theme.controls import tooltip
from desktop.theme.foreign import plain
from desktop.window.ports import Tasks
from engine.tasks.values import Column, LineId, RunRow, StoredCell, StoredLine

Index = QModelIndex | QPersistentModelIndex
Part = Literal["input", "output", "confidence", "by"]

PAGE = 50
"""Lines fetched at once: two or three screens, a few milliseconds."""

KEPT = 1_000
"""Lines held in memory: scrolling back and forth fetches nothing."""

LINE_BITS = 24

GROUPS = 40
"""More separate insertions than this, and showing the list anew is quicker than each of them."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of the table: an input's (by `name`), an output's, or what is said about the whole line."""

    part: Part
    name: str
    output: Column | None = None
    is_first: bool = False

    @property
    def title(self) -> str:
        return plain(self.name, 60)


def columns_of(run: RunRow) -> tuple[TableColumn, ...]:
    """Inputs at the left, what was made of them at the right."""
    inputs = run.input_columns or ("document",)
    return (
        *(TableColumn("input", name, is_first=not number) for number, name in enumerate(inputs)),
        *(TableColumn("output", column.name, column) for column in run.columns),
        TableColumn("confidence", "confidence"),
        TableColumn("by", "by"),
    )


def is_numeric(column: TableColumn) -> bool:
    """Whether its values stand at the right of the column."""
    return column.output is not None and column.output.type in NUMERIC and not column.output.many


def input_text(line: StoredLine, column: TableColumn) -> str:
    """What an input says in a column, whole; where it has no columns, its title stands in the first."""
    if line.item.values:
        return line.item.values.get(column.name, "")
    return line.item.title if column.is_first else ""


def key_of(line: LineId) -> int:
    """A line's place as one number, in the order of the lines.

    Python's collector of cycles looks at every object but numbers: with 100,000 `LineId` in lists it holds
    up a frame by 80 ms now and then.
    """
    return (line.row << LINE_BITS) + line.line


def line_of(key: int) -> LineId:
    return LineId(key >> LINE_BITS, key & ((1 << LINE_BITS) - 1))


class LinesModel(QAbstractTableModel):
    """Rows are lines of the run, in its order. Qt is never given a value it could take for markup."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._run_id = 0
        self._keys: list[int] = []
        self._columns: tuple[TableColumn, ...] = ()
        self._lines: OrderedDict[int, StoredLine | None] = OrderedDict()

    # What it shows

    def show_run(self, run: RunRow, ids: Iterable[LineId]) -> None:
        self._run_id, columns = run.id, columns_of(run)
        self._lines.clear()
        self._reset([key_of(line) for line in ids], columns)

    def show_ids(self, ids: Iterable[LineId]) -> None:
        """Other lines of the same run, from the top."""
        self._reset([key_of(line) for line in ids], self._columns)

    def merge(self, ids: Iterable[LineId], *, keep: bool = False) -> None:
        """The lines as they are now: new ones come in between, those that are gone leave.

        With `keep` nothing leaves: what the person is looking at may just have stopped to be of its filter.
        """
        wanted = [key_of(line) for line in ids]
        if keep:
            wanted = sorted({*wanted, *self._keys})
        if wanted == self._keys:
            return
        if not keep:
            self._remove_all_but(set(wanted))
        self._insert_all(wanted)

    def forget(self, rows: Sequence[int]) -> None:
        """Fetch the lines of these inputs anew when they are looked at next."""
        stale = set(rows)
        for key in [key for key in self._lines if key >> LINE_BITS in stale]:
            del self._lines[key]
        if rows and self._keys:
            first = bisect_left(self._keys, min(rows) << LINE_BITS)
            last = bisect_left(self._keys, (max(rows) + 1) << LINE_BITS) - 1
            if first <= last:
                self._changed(first, last)

    def put(self, line: StoredLine) -> None:
        """A line as it has just become."""
        self._lines[key_of(line.id)] = line
        number = self.number_of(line.id)
        if number is not None:
            self._changed(number, number)

    # Lines

    @property
    def ids(self) -> list[LineId]:
        """All lines; a long list is made for it."""
        return [line_of(key) for key in self._keys]

    @property
    def first(self) -> LineId | None:
        return line_of(self._keys[0]) if self._keys else None

    @property
    def columns(self) -> Sequence[TableColumn]:
        return self._columns

    def line(self, number: int) -> StoredLine | None:
        """Line `number` of those shown, from 0; None where there is none, or it is gone meanwhile."""
        if not 0 <= number < len(self._keys):
            return None
        wanted = self._keys[number]
        if wanted not in self._lines:
            self._fetch(number)
        self._lines.move_to_end(wanted)
        return self._lines[wanted]

    def number_of(self, line: LineId) -> int | None:
        """Where a line stands among those shown."""
        key = key_of(line)
        number = bisect_left(self._keys, key)
        return number if number < len(self._keys) and self._keys[number] == key else None

    def column_number(self, output: str) -> int | None:
        """Where the column of an output stands."""
        for number, column in enumerate(self._columns):
            if column.part == "output" and column.name == output:
                return number
        return None

    def _fetch(self, number: int) -> None:
        start = number // PAGE * PAGE
        wanted = [key for key in self._keys[start : start + PAGE] if key not in self._lines]
        lines = self._tasks.lines(self._run_id, [line_of(key) for key in wanted])
        found = {key_of(line.id): line for line in lines}
        for key in wanted:
            self._lines[key] = found.get(key)
        while len(self._lines) > KEPT:
            self._lines.popitem(last=False)

    # Changing

    def _reset(self, keys: list[int], columns: tuple[TableColumn, ...]) -> None:
        self.beginResetModel()
        self._keys, self._columns = keys, columns
        self.endResetModel()

    def _changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._columns) - 1))

    def _remove_all_but(self, wanted: set[int]) -> None:
        gone = [number for number, key in enumerate(self._keys) if key not in wanted]
        runs = _runs(gone)
        if len(runs) > GROUPS:
            self._reset([key for key in self._keys if key in wanted], self._columns)
            return
        for first, last in reversed(runs):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._keys[first : last + 1]
            self.endRemoveRows()

    def _insert_all(self, wanted: list[int]) -> None:
        known = set(self._keys)
        runs = _runs([number for number, key in enumerate(wanted) if key not in known])
        if len(runs) > GROUPS:
            self._reset(wanted, self._columns)
            return
        for first, last in runs:
            self.beginInsertRows(QModelIndex(), first, last)
            self._keys[first:first] = wanted[first : last + 1]
            self.endInsertRows()

    # Qt

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._keys)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignVCenter | (
                Qt.AlignmentFlag.AlignRight if is_numeric(column) else Qt.AlignmentFlag.AlignLeft
            )
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(plain(column.name, 300)) if column.title != column.name else None
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in _ROLES:
            return None
        line = self.line(index.row())
        if line is None:
            return None
        column = self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown_text(line, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(hint_of(line, column))
        return spoken(line, column)


_ROLES = frozenset(
    {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}
)


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as (first, last) of those that follow each other."""
    found = []
    for _, group in groupby(enumerate(numbers), key=lambda each: each[1] - each[0]):
        members = [number for _, number in group]
        found.append((members[0], members[-1]))
    return found


# What a cell says


def cell_of(line: StoredLine, column: TableColumn) -> StoredCell | None:
    return line.cells.get(column.name) if column.part == "output" else None


def shown_text(line: StoredLine, column: TableColumn) -> str:
    """What stands in a cell of the table, as one line."""
    if column.part == "input":
        return plain(input_text(line, column)[:800], 400)
    if column.part == "by":
        return maker_of(line)
    if column.part == "confidence":
        return confidence_text(least_confidence(line))
    cell = cell_of(line, column)
    return text_of(cell.cell.value, column.output.type) if cell and column.output else ""


def hint_of(line: StoredLine, column: TableColumn) -> str:
    """What should be known about a cell: why it is in doubt, what was there before, why it failed."""
    if line.state == "failed" and column.part != "input":
        return plain(line.reason, 300)
    cell = cell_of(line, column)
    if cell is None or column.output is None:
        return ""
    if cell.corrected:
        before = text_of(cell.first, column.output.type)
        return f"You set this. It was “{before}”." if before else "You set this. It was empty."
    return " · ".join(part for part in (cloud_words(cell, column.output), doubt_words(cell)) if part)


def spoken(line: StoredLine, column: TableColumn) -> str:
    """A cell for who hears it: its column, its value, and what its colour says."""
    value = shown_text(line, column)
    if column.part == "output" and line.state != "done":
        value = "waiting" if line.state == "waiting" else f"failed, {plain(line.reason, 200)}"
    cell = cell_of(line, column)
    notes = [f"{column.title}: {value or 'nothing'}"]
    if cell is not None and cell.corrected:
        notes.append("corrected")
    elif cell is not None and cell.needs_review:
        notes.append("accepted" if line.accepted else f"needs review: {doubt_words(cell)}")
    if cell is not None and is_from_cloud(cell):
        notes.append("from the cloud")
    return ", ".join(notes)
