"""The files of a collection that could not be read: what happened, and what can be done."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QWidget

from desktop.theme.controls import ElidedLabel, button, card, label, line
from desktop.theme.layouts import boxed, clear, column, row
from rag.values import CollectionStatus, Problem

SHOWN = 100
ACTIONS = 190
"""The least width of the last column in pixels; names and reasons share what is left, two to three."""


class ProblemsTable(QWidget):
    """A table of one collection's problems; hidden where there are none."""

    retry_asked = Signal(list)
    show_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._title = ElidedLabel(weight="semibold")
        self._all = button("Try all again", "link")
        self._all.clicked.connect(self._retry_all)
        self._table = card("table")
        self._rows = column(spacing=0)
        self._table.setLayout(self._rows)
        self._problems: tuple[Problem, ...] = ()
        self.setLayout(column(row(self._title, None, self._all), self._table, spacing=9))
        self.hide()

    def show_problems(self, status: CollectionStatus | None) -> None:
        problems = status.problems if status else ()
        self.setVisible(bool(problems))
        if status is None or problems == self._problems:
            return
        self._problems = problems
        self._title.set_whole(f"Problems in {status.name}")
        clear(self._rows)
        rows = [self._row(problem) for problem in problems[:SHOWN]]
        width = max([ACTIONS, *(actions.sizeHint().width() for _, _, actions in rows)])
        self._rows.addWidget(_head(width))
        for number, cells in enumerate(rows):
            if number:
                self._rows.addWidget(line())
            self._rows.addWidget(_cells(*cells, width))
        if len(problems) > SHOWN:
            more = label(f"and {len(problems) - SHOWN:,} more", tone="muted", size="label")
            self._rows.addWidget(boxed(row(more, margins=(15, 10, 15, 10))))

    def _row(self, problem: Problem) -> tuple[QWidget, QWidget, QWidget]:
        name = ElidedLabel(Path(problem.path).name, size="label", middle=True)
        name.setToolTip("")
        reason = label(problem.reason, tone="muted", size="label", wrap=True)
        again = button("Try again", "link", name=f"Try {Path(problem.path).name} again")
        again.clicked.connect(lambda: self.retry_asked.emit([Path(problem.path)]))
        show = button("Show in folder", "link", name=f"Show {Path(problem.path).name} in its folder")
        show.clicked.connect(lambda: self.show_asked.emit(problem.path))
        return name, reason, boxed(row(again, show, None, spacing=16))

    def _retry_all(self) -> None:
        self.retry_asked.emit([Path(problem.path) for problem in self._problems])


def _head(width: int) -> QFrame:
    head = card("table-head")
    name, reason, actions = (
        label(text, tone="muted", size="label", weight="medium")
        for text in ("file", "what happened", "what you can do")
    )
    head.setLayout(row(_cells(name, reason, actions, width)))
    return head


def _cells(name: QWidget, reason: QWidget, actions: QWidget, width: int) -> QWidget:
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(15, 8, 15, 8)
    grid.setHorizontalSpacing(18)
    grid.setColumnStretch(0, 2)
    grid.setColumnStretch(1, 3)
    for index, cell in enumerate((name, reason, actions)):
        grid.addWidget(cell, 0, index, Qt.AlignmentFlag.AlignVCenter)
    for cell in (name, reason):
        cell.setSizePolicy(QSizePolicy.Policy.Ignored, cell.sizePolicy().verticalPolicy())
    actions.setFixedWidth(width)
    return made
