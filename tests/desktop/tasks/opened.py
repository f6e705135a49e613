"""A run's page on the screen, for its tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from desktop.tasks.run_view import RunView
from engine.tasks.values import Column, LineId, StoredLine
from tests.fakes.task_runs import CATEGORY, URGENCY, FakeRuns, ticket

COLUMNS = (CATEGORY, URGENCY)


def tickets(count: int = 9) -> list[StoredLine]:
    """In every nine the third and the sixth are in doubt."""
    return [ticket(number) for number in range(count)]


def failing(number: int, reason: str = "The model gave no answer.") -> StoredLine:
    return ticket(number, "failed", reason)


def one_cell(line: StoredLine, column: str, **changes: Any) -> StoredLine:
    """The line with another cell; `changes` are fields of `Cell`."""
    kept = line.cells[column]
    changed = replace(kept, cell=replace(kept.cell, **changes))
    return replace(line, cells={**line.cells, column: changed})


def press(view: RunView, *keys: Qt.Key | str) -> None:
    """Keys as they come to whoever has the keyboard: the table, unless a test gave it to another."""
    for key in keys:
        code = key if isinstance(key, Qt.Key) else Qt.Key(ord(key.upper()))
        text = key if isinstance(key, str) else ""
        target = view.table if view.table.isVisible() else view
        event = QKeyEvent(QEvent.Type.KeyPress, code, Qt.KeyboardModifier.NoModifier, text)
        QApplication.sendEvent(target, event)


def shown(view: RunView) -> list[str]:
    """The first column of the lines on the screen."""
    lines = view.table.lines
    return [str(lines.index(number, 0).data()) for number in range(lines.rowCount())]


def at(view: RunView) -> tuple[int, str]:
    """The input at hand, and the output column."""
    line = view.table.current
    return (line.id.row if line is not None else -1, view.table.current_output)


def value(runs: FakeRuns, run: int, number: int, column: str) -> Any:
    (line,) = runs.lines(run, [LineId(number)])
    return line.cells[column].cell.value


def buttons(widget: QWidget) -> dict[str, QPushButton]:
    QApplication.processEvents()  # what was added to a layout is shown by the event loop
    return {each.text(): each for each in widget.findChildren(QPushButton) if not each.isHidden()}


def triage(runs: FakeRuns, lines: Sequence[StoredLine] | None = None, **fields: Any) -> int:
    return runs.add_run(tickets() if lines is None else lines, COLUMNS, **fields)


def with_column(lines: Sequence[StoredLine], runs: FakeRuns, column: Column, **fields: Any) -> int:
    return runs.add_run(lines, (column,), **fields)
