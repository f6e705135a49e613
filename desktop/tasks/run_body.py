"""The table of a run and the details of a line: beside each other, or one in place of the other."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.tasks.details import DetailsPanel
from desktop.tasks.table_view import LinesView
from desktop.theme.controls import line
from desktop.theme.layouts import column, row
from desktop.theme.theme import Theme

DETAILS, UNBOUND = 360, 16_777_215
BESIDE = 900
"""Below this width the details take the table's place."""


class RunBody(QWidget):
    """Opens and closes the details; `opened` asks for what stands in them."""

    opened = Signal()

    def __init__(self, theme: Theme, table: LinesView, details: DetailsPanel) -> None:
        super().__init__()
        self._theme = theme
        self._table = table
        self._details = details
        self._is_open = False
        self._table_box = QWidget()
        self._table_box.setLayout(column(line(), table, spacing=0))
        self._edge = line(vertical=True)
        layout = row(self._table_box, self._edge, details, spacing=0)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        theme.changed.connect(self._arrange)
        self._arrange()

    @property
    def is_open(self) -> bool:
        """Whether the details are."""
        return self._is_open

    def open_details(self, is_open: bool = True) -> None:
        focused = QApplication.focusWidget()
        had_keyboard = focused is None or focused is self or self.isAncestorOf(focused)
        self._is_open = is_open
        self._arrange()
        if is_open:
            self.opened.emit()
        if had_keyboard:
            self.take_keyboard()

    def toggle(self) -> None:
        self.open_details(not self._is_open)

    def take_keyboard(self) -> None:
        """To the table, or to what stands in its place: the keys of the review work in either."""
        taker: QWidget = self._table if self._table.isVisible() else self
        taker.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        scale = self._theme.scale
        beside = self.width() >= BESIDE * scale
        width = round(DETAILS * scale)
        self._details.setVisible(self._is_open)
        self._edge.setVisible(self._is_open and beside)
        self._table_box.setVisible(beside or not self._is_open)
        self._details.setMaximumWidth(width if beside else UNBOUND)
        self._details.setMinimumWidth(width if beside else 0)
