"""The documents of a collection: a model of rows and a view that paints them, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFont, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.theme.controls import Menu, Tone, tooltip
from desktop.theme.foreign import plain
from desktop.theme.row_ground import paint_ground
from desktop.theme.theme import Theme
from desktop.theme.tokens import Colour, Type
from rag.values import DocumentRow

Index = QModelIndex | QPersistentModelIndex
ROW, NOTED_ROW, MORE, PADDING = 42, 60, 40, 16
PAGES, PASSAGES, STATE = 84, 116, 104
MEASURED = 200
NARROW = 620
"""Below this width passages are left out: name, pages and state matter more."""


def state_of(row: DocumentRow) -> tuple[str, Tone]:
    """A document's state in a word, and its colour."""
    if row.state == "failed":
        return "Not read", "danger"
    if row.state == "waiting":
        return "Waiting", "muted"
    return ("Partly read", "warning") if row.warnings else ("Ready", "accent")


def note_of(row: DocumentRow) -> str:
    """What should be known about a document: why it failed, or what of it could not be read."""
    return plain(row.reason if row.state == "failed" else " ".join(row.warnings), 300)


def matching(rows: Sequence[DocumentRow], words: str) -> list[DocumentRow]:
    """Rows whose path holds every word."""
    wanted = words.casefold().split()
    return [row for row in rows if all(word in row.path.casefold() for word in wanted)]


class DocumentsModel(QAbstractListModel):
    """Rows as the library gives them."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self._rows: Sequence[DocumentRow] = ()

    def show_rows(self, rows: Sequence[DocumentRow]) -> None:
        if list(rows) == list(self._rows):
            return
        if [row.path for row in rows] == [row.path for row in self._rows]:
            # As files are read their states change, twice a second: the list stays where it is scrolled to.
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            self.layoutChanged.emit()
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row(self, index: Index) -> DocumentRow | None:
        return self._rows[index.row()] if index.isValid() else None

    def index_of(self, path: str) -> QModelIndex:
        found = (number for number, row in enumerate(self._rows) if row.path == path)
        number = next(found, None)
        return self.index(number) if number is not None else QModelIndex()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return plain(row.name, 200)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (plain(row.name, 200), state_of(row)[0], note_of(row)) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(note_of(row))
        return None


class DocumentsView(QListView):
    """A press opens a document; its menu does the rest."""

    open_asked = Signal(object)
    retry_asked = Signal(list)
    show_asked = Signal(str)
    remove_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows = DocumentsModel(self)
        self.setModel(self.rows)
        self.setItemDelegate(_Painter(theme, self))
        self.setAccessibleName("Documents of this collection")
        self.setProperty("kind", "rows")
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.clicked.connect(self._open)
        theme.changed.connect(self.scheduleDelayedItemsLayout)

    def show_rows(self, rows: Sequence[DocumentRow]) -> None:
        """New rows; the one at hand stays at hand."""
        current = self.rows.row(self.currentIndex())
        self.rows.show_rows(rows)
        if current is not None:
            index = self.rows.index_of(current.path)
            if index.isValid():
                self.setCurrentIndex(index)

    @property
    def content_height(self) -> int:
        """Pixels that the rows need, or more than any screen has: a long list is not measured."""
        rows = [self.rows.index(number) for number in range(self.rows.rowCount())]
        if len(rows) > MEASURED:
            return MEASURED * NOTED_ROW
        return sum(self.sizeHintForIndex(index).height() for index in rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        index = self.indexAt(point)
        if event.button() == Qt.MouseButton.LeftButton and self._over_more(index, point):
            self.open_menu(index, event.globalPosition().toPoint())
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        self.open_menu(index, event.globalPos())

    def open_menu(self, index: Index, at: QPoint) -> None:
        row = self.rows.row(index)
        if row is not None:
            self.menu_of(row).popup(at)

    def menu_of(self, row: DocumentRow) -> Menu:
        """What can be done with a document; the menu deletes itself when it closes."""
        menu = Menu(self, "Document")
        menu.aboutToHide.connect(menu.deleteLater)
        icon, path = self._theme.icon, Path(row.path)
        opened = menu.addAction(icon("book-open"), "Open", lambda: self.open_asked.emit(row))
        opened.setEnabled(row.state == "ready")
        if row.state == "failed":
            menu.addAction(icon("refresh-cw"), "Try again", lambda: self.retry_asked.emit([path]))
        menu.addAction(icon("folder-open"), "Show in its folder", lambda: self.show_asked.emit(row.path))
        menu.addSeparator()
        bin_icon = icon("trash-2", "danger")
        menu.addAction(bin_icon, "Remove from Carrel", lambda: self.remove_asked.emit(row))
        return menu

    def _open(self, index: Index) -> None:
        row = self.rows.row(index)
        if row is not None and row.state == "ready":
            self.open_asked.emit(row)

    def _over_more(self, index: QModelIndex, point: QPoint) -> bool:
        return index.isValid() and point.x() > self.visualRect(index).right() - MORE


class _Painter(QStyledItemDelegate):
    """Name, pages, passages, state; a second line where something should be known."""

    def __init__(self, theme: Theme, view: DocumentsView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row = self._view.rows.row(index)
        height = NOTED_ROW if row is not None and note_of(row) else ROW
        return QSize(0, round(height * max(1.0, self._theme.scale)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = self._view.rows.row(index)
        if row is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRect(cast("Any", option).rect)
        state: QStyle.StateFlag = cast("Any", option).state
        has_keyboard, is_last = self._view.hasFocus(), index.row() == index.model().rowCount() - 1
        paint_ground(self._theme, painter, state, box, has_keyboard=has_keyboard, is_last=is_last)
        room = box.adjusted(PADDING, 0, -MORE, 0)
        right = self._paint_columns(painter, room, row)
        self._paint_names(painter, QRect(room.left(), room.top(), right - room.left(), room.height()), row)
        self._theme.icon("ellipsis", "muted", 16).paint(
            painter, QRect(box.right() - MORE + 12, box.center().y() - 8, 16, 16)
        )
        painter.restore()

    def _paint_columns(self, painter: QPainter, room: QRect, row: DocumentRow) -> int:
        """The columns from the right; gives where the name's room ends."""
        painter.setFont(self._theme.font(Type.LABEL))
        words, tone = state_of(row)
        columns: list[tuple[str, int, Colour]] = [(words, STATE, cast("Colour", tone or "muted"))]
        read = row.state == "ready"
        if room.width() >= NARROW:
            columns.append((counted(row.passages, "passage") if read else "", PASSAGES, "muted"))
        columns.append((counted(row.pages, "page") if read and row.pages > 1 else "", PAGES, "muted"))
        scale = max(1.0, self._theme.scale)
        right = room.right()
        for text, width, colour in columns:
            left = right - round(width * scale)
            painter.setPen(self._theme.colour(colour))
            place = QRect(left, room.top(), right - left, room.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            right = left
        return right - 12

    def _paint_names(self, painter: QPainter, room: QRect, row: DocumentRow) -> None:
        note = note_of(row)
        upper = QRect(room.left(), room.top() + 9, room.width(), room.height() // 2 - 6) if note else room
        painter.setFont(self._theme.font(Type.INTERFACE, QFont.Weight.Medium))
        painter.setPen(self._theme.colour("text"))
        self._line(painter, upper, plain(row.name, 200), Qt.TextElideMode.ElideMiddle)
        if note:
            painter.setFont(self._theme.font(Type.SMALL))
            painter.setPen(self._theme.colour("muted"))
            lower = QRect(room.left(), room.center().y() + 3, room.width(), room.height() // 2 - 8)
            self._line(painter, lower, note, Qt.TextElideMode.ElideRight)

    @staticmethod
    def _line(painter: QPainter, room: QRect, text: str, mode: Qt.TextElideMode) -> None:
        shown = painter.fontMetrics().elidedText(text, mode, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
