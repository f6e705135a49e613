"""Small tables of words and numbers, in a card: names at the left, numbers lined up at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.theme.controls import ElidedLabel, label, line
from desktop.theme.layouts import clear

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Grid(QWidget):
    """The first column takes the free room; `names` stand over the columns."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = names
        self._grid = QGridLayout()
        self._grid.setContentsMargins(20, 4, 20, 10)
        self._grid.setHorizontalSpacing(22)
        self._grid.setVerticalSpacing(9)
        self._grid.setColumnStretch(0, 1)
        self.setLayout(self._grid)

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        clear(self._grid)
        for across, name in enumerate(self._names):
            self._put(label(name, tone="faint", size="small"), 0, across)
        for number, cells in enumerate(rows):
            down = 2 * number + 1
            self._grid.addWidget(line(), down, 0, 1, len(self._names))
            for across, text in enumerate(cells):
                made = ElidedLabel(text) if across == 0 else label(text, tone="" if text != "–" else "faint")
                made.setAccessibleName(f"{self._names[across]}: {text}" if across else text)
                self._put(made, down + 1, across)

    def _put(self, widget: QWidget, down: int, across: int) -> None:
        if across:
            self._grid.addWidget(widget, down, across, RIGHT)
        else:
            self._grid.addWidget(widget, down, across)
