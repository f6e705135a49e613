"""Rows with hairlines between them that are kept while what they show stays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from PySide6.QtWidgets import QFrame, QWidget

from desktop.theme.controls import line
from desktop.theme.layouts import column

Row = TypeVar("Row", bound=QWidget)


class RowList(QFrame, Generic[Row]):
    """Hidden while it has no rows. Nothing jumps when one comes or goes, and the keyboard keeps its place."""

    def __init__(self, make: Callable[[], Row]) -> None:
        super().__init__()
        self.setProperty("kind", "table")
        self._make = make
        self._rows: dict[Hashable, Row] = {}
        self._lines: list[QFrame] = []
        self._column = column(spacing=0)
        self.setLayout(self._column)
        self.hide()

    @property
    def rows(self) -> list[Row]:
        return list(self._rows.values())

    def row_of(self, key: Hashable) -> Row | None:
        return self._rows.get(key)

    def arrange(self, keys: Sequence[Hashable]) -> list[Row]:
        """A row for each key, in this order."""
        if list(keys) != list(self._rows):
            self._arrange(keys)
        self.setVisible(bool(keys))
        return self.rows

    def _arrange(self, keys: Sequence[Hashable]) -> None:
        kept, self._rows = self._rows, {}
        shown: list[QWidget] = [*kept.values(), *self._lines]
        gone: list[QWidget] = [*(kept[key] for key in kept.keys() - set(keys)), *self._lines]
        for each in shown:
            self._column.removeWidget(each)
        for each in gone:
            each.hide()
            each.deleteLater()
        self._lines = []
        for number, key in enumerate(keys):
            if number:
                self._lines.append(line())
                self._column.addWidget(self._lines[-1])
            self._rows[key] = kept.get(key) or self._make()
            self._column.addWidget(self._rows[key])
