"""The lines of a run as a table: a model over their ids that fetches what is looked at, and little more."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.tasks.cell_text import (
    NUMERIC,
    confidence_text,
    doubt_words,
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

PAGE = 100
"""Lines fetched at once: about seven screens, a few milliseconds."""

KEPT = 4_000
"""Lines held in memory: scrolling back and forth fetches nothing."""

GROUPS = 40
"""More separate insertions than this, and showing the list anew is quicker than each of them."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of the table: an input's (by `name`), an output's, or what is said about the whole line."""

    part: Part
    name: str
    output: Column | None = None

    @property
    def title(self) -> str:
        return plain(self.name, 60)


def columns_of(run: RunRow) -> tuple[TableColumn, ...]:
    """Inputs at the left, what was made of them at the right."""
    inputs = run.input_columns or ("document",)
    return (
        *(TableColumn("input", name) for name in inputs),
        *(TableColumn("output", column.name, column) for column in run.columns),
        TableColumn("confidence", "confidence"),
        TableColumn("by", "by"),
    )


def is_numeric(column: TableColumn) -> bool:
    """Whether its values stand at the right of the column."""
    return column.output is not None and column.output.type in NUMERIC and not column.output.many


def input_text(line: StoredLine, name: str) -> str:
    """What an input says in a column, whole; a document's title."""
    return line.item.values.get(name, "") if line.item.values else line.item.title


def _place(line: LineId) -> tuple[int, int]:
    return (line.row, line.line)


class LinesModel(QAbstractTableModel):
    """Rows are lines of the run, in its order. Qt is never given a value it could take for markup."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._run_id = 0
        self._ids: list[LineId] = []
        self._columns: tuple[TableColumn, ...] = ()
        self._lines: OrderedDict[LineId, StoredLine | None] = OrderedDict()

    # What it shows

    def show_run(self, run: RunRow, ids: Sequence[LineId]) -> None:
        self.beginResetModel()
        self._run_id, self._columns = run.id, columns_of(run)
        self._lines.clear()
        self._ids = list(ids)
        self.endResetModel()

    def show_ids(self, ids: Sequence[LineId]) -> None:
        """Other lines of the same run, from the top."""
        self.beginResetModel()
        self._ids = list(ids)
        self.endResetModel()

    def merge(self, ids: Sequence[LineId], *, keep: bool = False) -> None:
        """The lines as they are now: new ones come in between, those that are gone leave.

        With `keep` nothing leaves: what the person is looking at may just have stopped to be of its filter.
        """
        wanted = sorted({*ids, *self._ids}, key=_place) if keep else list(ids)
        if wanted == self._ids:
            return
        if not keep:
            self._remove_all_but(set(wanted))
        self._insert_all(wanted)

    def forget(self, rows: Sequence[int]) -> None:
        """Fetch the lines of these inputs anew when they are looked at next."""
        stale = set(rows)
        for line in [line for line in self._lines if line.row in stale]:
            del self._lines[line]
        if rows and self._ids:
            first = bisect_left(self._ids, (min(rows), 0), key=_place)
            last = bisect_left(self._ids, (max(rows) + 1, 0), key=_place) - 1
            if first <= last:
                self._changed(first, last)

    def put(self, line: StoredLine) -> None:
        """A line as it has just become."""
        self._lines[line.id] = line
        number = self.number_of(line.id)
        if number is not None:
            self._changed(number, number)

    # Lines

    @property
    def ids(self) -> Sequence[LineId]:
        return self._ids

    @property
    def columns(self) -> Sequence[TableColumn]:
        return self._columns

    def line(self, number: int) -> StoredLine | None:
        """Line `number` of those shown, from 0; None where there is none, or it is gone meanwhile."""
        if not 0 <= number < len(self._ids):
            return None
        wanted = self._ids[number]
        if wanted not in self._lines:
            self._fetch(number)
        self._lines.move_to_end(wanted)
        return self._lines[wanted]

    def number_of(self, line: LineId) -> int | None:
        """Where a line stands among those shown."""
        number = bisect_left(self._ids, _place(line), key=_place)
        return number if number < len(self._ids) and self._ids[number] == line else None

    def number_from(self, line: LineId) -> int:
        """Where a line stands, or would stand."""
        return bisect_left(self._ids, _place(line), key=_place)

    def column_number(self, output: str) -> int | None:
        """Where the column of an output stands."""
        for number, column in enumerate(self._columns):
            if column.part == "output" and column.name == output:
                return number
        return None

    def _fetch(self, number: int) -> None:
        start = number // PAGE * PAGE
        wanted = [line for line in self._ids[start : start + PAGE] if line not in self._lines]
        found = {line.id: line for line in self._tasks.lines(self._run_id, wanted)}
        for line in wanted:
            self._lines[line] = found.get(line)
        while len(self._lines) > KEPT:
            self._lines.popitem(last=False)

    # Changing

    def _changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._columns) - 1))

    def _remove_all_but(self, wanted: set[LineId]) -> None:
        gone = [number for number, line in enumerate(self._ids) if line not in wanted]
        runs = list(_runs(gone))
        if len(runs) > GROUPS:
            self.show_ids([line for line in self._ids if line in wanted])
            return
        for first, last in reversed(runs):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._ids[first : last + 1]
            self.endRemoveRows()

    def _insert_all(self, wanted: list[LineId]) -> None:
        known = set(self._ids)
        runs = list(_runs([number for number, line in enumerate(wanted) if line not in known]))
        if len(runs) > GROUPS:
            self.show_ids(wanted)
            return
        for first, last in runs:
            self.beginInsertRows(QModelIndex(), first, last)
            self._ids[first:first] = wanted[first : last + 1]
            self.endInsertRows()

    # Qt

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._ids)

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
        return plain(input_text(line, column.name)[:800], 400)
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
    return doubt_words(cell)


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
    return ", ".join(notes)
