"""The documents behind a count: name, value and the words that say it; a press opens the place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.theme.foreign import plain
from desktop.theme.row_ground import paint_ground
from desktop.theme.theme import Theme
from desktop.theme.tokens import Type
from engine.tasks.values import LineId, StoredLine

Index = QModelIndex | QPersistentModelIndex
HEIGHT, PADDING, VALUE = 60, 16, 150
WINDOW = 100
"""Lines fetched at a time."""


class TallyModel(QAbstractListModel):
    """Lines by their ids, fetched as they come into sight."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self._ids: Sequence[LineId] = ()
        self._fetch: Callable[[Sequence[LineId]], list[StoredLine]] = lambda ids: []
        self._column = ""
        self._known: dict[LineId, StoredLine] = {}

    def show_lines(
        self,
        ids: Sequence[LineId],
        column: str,
        fetch: Callable[[Sequence[LineId]], list[StoredLine]],
    ) -> None:
        self.beginResetModel()
        self._ids, self._column, self._fetch = ids, column, fetch
        self._known = {}
        self.endResetModel()

    def line(self, index: Index) -> StoredLine | None:
        if not index.isValid():
            return None
        wanted = self._ids[index.row()]
        if wanted not in self._known:
            start = index.row() // WINDOW * WINDOW
            for line in self._fetch(self._ids[start : start + WINDOW]):
                self._known[line.id] = line
        return self._known.get(wanted)

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self._ids)

    def value(self, line: StoredLine) -> str:
        cell = line.cells.get(self._column)
        return plain(said(cell.cell.value), 80) if cell is not None else ""

    def words(self, line: StoredLine) -> str:
        """What the document says, or why there is no value."""
        if line.reason:
            return plain(line.reason, 300)
        cell = line.cells.get(self._column)
        quotes = cell.cell.evidence if cell is not None else ()
        if quotes:
            page = f"Page {quotes[0].page}: " if quotes[0].page is not None else ""
            return f"{page}“{plain(quotes[0].text, 240)}”"
        if cell is not None and cell.cell.value is not None:
            return "No words in the document say this." if cell.cell.doubts else ""
        return "The document does not say."

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        line = self.line(index)
        if line is None:
            return ""
        title = plain(line.item.title, 200)
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        return ", ".join(part for part in (title, self.value(line), self.words(line)) if part)


def said(value: Any) -> str:
    """A value as a person writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(said(one) for one in value)
    if isinstance(value, dict) and "value" in value:
        return f"{value['value']:,} {value.get('currency', '')}".strip()
    return f"{value:,}" if isinstance(value, int | float) else str(value)


class TallyView(QListView):
    """The list; `opened` carries the line that was pressed."""

    opened = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows = TallyModel(self)
        self.setModel(self.rows)
        self.setItemDelegate(_Painter(theme, self))
        self.setProperty("kind", "rows")
        self.setAccessibleName("Documents behind the answer")
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.clicked.connect(self._open)
        theme.changed.connect(self.scheduleDelayedItemsLayout)

    def height_of(self, rows: int) -> int:
        """Pixels that so many rows take."""
        return rows * round(HEIGHT * max(1.0, self._theme.scale))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _open(self, index: Index) -> None:
        line = self.rows.line(index)
        if line is not None:
            self.opened.emit(line)


class _Painter(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: TallyView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, round(HEIGHT * max(1.0, self._theme.scale)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line = self._view.rows.line(index)
        if line is None:
            return
        painter.save()
        box = QRect(cast("Any", option).rect)
        state: QStyle.StateFlag = cast("Any", option).state
        has_keyboard, is_last = self._view.hasFocus(), index.row() == self._view.rows.rowCount() - 1
        paint_ground(self._theme, painter, state, box, has_keyboard=has_keyboard, is_last=is_last)
        room = box.adjusted(PADDING, 0, -PADDING, 0)
        value_width = round(VALUE * max(1.0, self._theme.scale))
        value_room = QRect(room.right() - value_width, room.top(), value_width, room.height())
        name_room = QRect(
            room.left(), room.top() + 9, room.width() - value_width - 12, room.height() // 2 - 6
        )
        words_room = QRect(
            room.left(), room.center().y() + 3, room.width() - value_width - 12, room.height() // 2 - 8
        )
        rows = self._view.rows
        self._write(painter, name_room, plain(line.item.title, 200), Type.INTERFACE, medium=True)
        self._write(painter, words_room, rows.words(line), Type.SMALL, colour="muted")
        self._write(painter, value_room, rows.value(line), Type.LABEL, right=True)
        painter.restore()

    def _write(
        self,
        painter: QPainter,
        room: QRect,
        text: str,
        size: int,
        *,
        colour: Any = "text",
        medium: bool = False,
        right: bool = False,
    ) -> None:
        painter.setFont(self._theme.font(size, QFont.Weight.Medium if medium else QFont.Weight.Normal))
        painter.setPen(self._theme.colour(colour))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | side, shown)
