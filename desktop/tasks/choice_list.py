"""A small list to choose from that is found by typing: the labels of a column."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QWidget

from desktop.theme.foreign import plain
from desktop.theme.layouts import column
from desktop.theme.theme import Theme

WIDTH, SEEN = 260, 9
NONE = "Nothing: the text does not say"


class ChoiceList(QFrame):
    """Pops up; Enter or a click takes one label. With `several`, each click takes it or lets it go."""

    chosen = Signal(object)
    closed = Signal()

    def __init__(
        self, theme: Theme, parent: QWidget, name: str, labels: Sequence[str], value: object, *, several: bool
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("kind", "popup")
        self.setAccessibleName(name)
        self._several = several
        self._search = QLineEdit()
        self._search.setProperty("kind", "small")
        self._search.setPlaceholderText("Type to find")
        self._search.setAccessibleName(f"Find among the labels of {name}")
        self._search.textChanged.connect(self._filter)
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
        self.setLayout(column(self._search, self._list, spacing=6, margins=(8, 8, 8, 8)))
        row = self._list.sizeHintForRow(0) + 2
        self._list.setFixedHeight(row * min(SEEN, self._list.count()) + 6)
        self.setFixedWidth(round(WIDTH * max(1.0, theme.scale)))

    def open_at(self, place: QPoint) -> None:
        """Below a point of the screen, or above it where there is no room."""
        self.adjustSize()
        room = self.screen().availableGeometry()
        y = place.y() if place.y() + self.height() <= room.bottom() else room.bottom() - self.height()
        self.move(min(place.x(), room.right() - self.width()), max(room.top(), y))
        self.show()
        self._search.setFocus(Qt.FocusReason.PopupFocusReason)

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
        self.close()
        self.chosen.emit(label)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self._list.currentItem())
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _step(self, step: int) -> None:
        seen = [n for n in range(self._list.count()) if not self._list.item(n).isHidden()]
        if seen:
            at = seen.index(self._list.currentRow()) if self._list.currentRow() in seen else -step
            self._list.setCurrentRow(seen[max(0, min(len(seen) - 1, at + step))])

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            event.accept()  # no shortcut of the window reaches through the list
        return super().event(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.closed.emit()
        super().hideEvent(event)
