"""A small list to choose from that is found by typing: the labels of a column.

A child of the page and no window of its own: systems differ in where such a window may be, and who has the
keyboard then.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QWidget

from desktop.theme.foreign import plain
from desktop.theme.layouts import column
from desktop.theme.theme import Theme

WIDTH, SEEN, EDGE = 260, 9, 8
NONE = "Nothing: the text does not say"


class ChoiceList(QFrame):
    """Enter or a click takes one label. With `several`, each takes it or lets it go, and Escape leaves.

    `closed` says that the keyboard is free again.
    """

    chosen = Signal(object)
    closed = Signal()

    def __init__(
        self, theme: Theme, parent: QWidget, name: str, labels: Sequence[str], value: object, *, several: bool
    ) -> None:
        super().__init__(parent)
        self._is_over = False
        self.setProperty("kind", "popup")
        self.setAccessibleName(name)
        self._several = several
        self._search = QLineEdit()
        self._search.setProperty("kind", "small")
        self._search.setPlaceholderText("Type to find")
        self._search.setAccessibleName(f"Find among the labels of {name}")
        self._search.textChanged.connect(self._filter)
        self._search.installEventFilter(self)
        self._list = QListWidget()
        self._list.setAccessibleName(name)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setFont(theme.font())
        self._list.setUniformItemSizes(True)
        present = value if isinstance(value, list) else [value]
        for each in labels:
            self._add(each, each in present)
        if not several:
            self._add(None, value is None)
        self._list.itemClicked.connect(self._take)
        self.setLayout(column(self._search, self._list, spacing=6, margins=(EDGE, EDGE, EDGE, EDGE)))
        self.setFixedWidth(round(WIDTH * max(1.0, theme.scale)))

    def open_below(self, cell: QRect) -> None:
        """Below a cell of the parent, or over it where there is no room."""
        parent = self.parentWidget()
        room = parent.rect() if parent is not None else QRect()
        row = self._list.sizeHintForRow(0) + 2
        wanted = row * min(SEEN, self._list.count()) + 6
        around = self._search.sizeHint().height() + 6 + 2 * EDGE
        self._list.setFixedHeight(max(row, min(wanted, room.height() - around - 2 * EDGE)))
        self.adjustSize()
        y = min(cell.bottom() + 2, room.bottom() - self.height() - EDGE)
        self.move(max(EDGE, min(cell.left(), room.right() - self.width() - EDGE)), max(EDGE, y))
        self.show()
        self.raise_()
        self._search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self, label: str | None, present: bool) -> None:
        item = QListWidgetItem(NONE if label is None else plain(label, 60))
        item.setData(Qt.ItemDataRole.UserRole, label)
        if self._several:
            item.setCheckState(Qt.CheckState.Checked if present else Qt.CheckState.Unchecked)
        self._list.addItem(item)
        if present and not self._several:
            self._list.setCurrentItem(item)

    def _filter(self, words: str) -> None:
        wanted = words.casefold().split()
        first: QListWidgetItem | None = None
        for number in range(self._list.count()):
            item = self._list.item(number)
            text = item.text().casefold()
            item.setHidden(not all(word in text for word in wanted))
            first = first or (None if item.isHidden() else item)
        if first is not None:
            self._list.setCurrentItem(first)

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is None or item.isHidden():
            return
        label = item.data(Qt.ItemDataRole.UserRole)
        if self._several:
            on = item.checkState() == Qt.CheckState.Checked
            item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)
            self.chosen.emit(label)
            return
        self._end()
        self.chosen.emit(label)
        self.closed.emit()

    def leave(self) -> None:
        if not self._is_over:
            self._end()
            self.closed.emit()

    def _end(self) -> None:
        self._is_over = True
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()  # Escape is for this, not for the window
                return True
            return event.type() == QEvent.Type.KeyPress and self._pressed(event.key())
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut and not self._is_over:
            stays = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
            if event.reason() not in stays:
                self._end()
        return False

    def _pressed(self, key: int) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self._list.currentItem())
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(-1 if key == Qt.Key.Key_Up else 1)
        elif key == Qt.Key.Key_Escape:
            self.leave()
        else:
            return False
        return True

    def _step(self, step: int) -> None:
        seen = [n for n in range(self._list.count()) if not self._list.item(n).isHidden()]
        if seen:
            at = seen.index(self._list.currentRow()) if self._list.currentRow() in seen else -step
            self._list.setCurrentRow(seen[max(0, min(len(seen) - 1, at + step))])
