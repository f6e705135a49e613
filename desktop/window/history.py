"""The list of chats, grouped by day: a model of rows and a delegate that paints them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.theme.controls import Menu
from desktop.theme.theme import Theme
from desktop.theme.tokens import Type
from engine.chats.store import ChatRow

Index = QModelIndex | QPersistentModelIndex
UNTITLED = "New chat"
ROW, SECTION, MORE = 34, 38, 26


@dataclass(frozen=True, slots=True)
class Section:
    name: str


def grouped(chats: Sequence[ChatRow], today: date) -> list[Section | ChatRow]:
    """The chats, newest first, under “Today”, “Yesterday” and “Earlier”."""
    rows: list[Section | ChatRow] = []
    for chat in chats:
        name = _day(datetime.fromtimestamp(chat.updated).date(), today)
        if not any(row == Section(name) for row in rows):
            rows.append(Section(name))
        rows.append(chat)
    return rows


def _day(day: date, today: date) -> str:
    if day >= today:
        return "Today"
    return "Yesterday" if day == today - timedelta(days=1) else "Earlier"


class HistoryModel(QAbstractListModel):
    """Rows are sections and chats; the item data of a chat is its ChatRow."""

    renamed = Signal(int, str)

    def __init__(self, parent: QWidget, clock: Callable[[], float] = time.time) -> None:
        super().__init__(parent)
        self._clock = clock
        self._rows: list[Section | ChatRow] = []

    def show_chats(self, chats: Sequence[ChatRow]) -> None:
        rows = grouped(chats, datetime.fromtimestamp(self._clock()).date())
        if rows == self._rows:
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def chat(self, index: Index) -> ChatRow | None:
        row = self._rows[index.row()] if index.isValid() else None
        return row if isinstance(row, ChatRow) else None

    def index_of(self, chat_id: int | None) -> QModelIndex:
        for number, row in enumerate(self._rows):
            if isinstance(row, ChatRow) and row.id == chat_id:
                return self.index(number)
        return QModelIndex()

    def neighbour(self, chat_id: int | None, step: int) -> ChatRow | None:
        """The chat `step` places below (or above) another in the list, going round at its ends."""
        chats = [row for row in self._rows if isinstance(row, ChatRow)]
        if not chats:
            return None
        at = next((n for n, chat in enumerate(chats) if chat.id == chat_id), -1 if step > 0 else 0)
        return chats[(at + step) % len(chats)]

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.EditRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return row.name if isinstance(row, Section) else row.title or UNTITLED
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.chat(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        chat, title = self.chat(index), " ".join(str(value).split())
        if chat is None or not title or title == chat.title:
            return False
        self.renamed.emit(chat.id, title)
        return True


class HistoryView(QListView):
    """The list itself. A press opens a chat; its menu renames or deletes it."""

    chat_chosen = Signal(object)
    delete_asked = Signal(object)
    rename_asked = Signal(int, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._open_id: int | None = None
        self.rows = HistoryModel(self)
        self.rows.renamed.connect(self.rename_asked)
        self.setModel(self.rows)
        self.setItemDelegate(_Painter(theme, self))
        self.setAccessibleName("Chats")
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.viewport().setAutoFillBackground(False)
        self.clicked.connect(self._choose)
        theme.changed.connect(self.scheduleDelayedItemsLayout)

    @property
    def open_id(self) -> int | None:
        return self._open_id

    def show_chats(self, chats: Sequence[ChatRow]) -> None:
        self.rows.show_chats(chats)
        self.set_open(self._open_id)

    def set_open(self, chat_id: int | None) -> None:
        """Mark the chat that is on the screen."""
        self._open_id = chat_id
        index = self.rows.index_of(chat_id)
        if index.isValid():
            self.setCurrentIndex(index)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
            return
        if event.key() == Qt.Key.Key_F2 and self.currentIndex().isValid():
            self.edit(self.currentIndex())
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and self._over_more(index, event.position().toPoint()):
            self.open_menu(index, event.globalPosition().toPoint())
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        self.open_menu(index, event.globalPos())

    def open_menu(self, index: QModelIndex, at: QPoint) -> None:
        chat = self.rows.chat(index)
        if chat is None:
            return
        menu = Menu(self, "Chat")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction(self._theme.icon("pencil"), "Rename", lambda: self.edit(index))
        menu.addAction(self._theme.icon("trash-2", "danger"), "Delete", lambda: self.delete_asked.emit(chat))
        menu.popup(at)

    def _choose(self, index: QModelIndex) -> None:
        chat = self.rows.chat(index)
        if chat is not None:
            self.chat_chosen.emit(chat)

    def _over_more(self, index: QModelIndex, point: QPoint) -> bool:
        return self.rows.chat(index) is not None and point.x() > self.visualRect(index).right() - MORE


class _Painter(QStyledItemDelegate):
    """Paints a section as a quiet word, a chat as a row, the open one as a card."""

    def __init__(self, theme: Theme, view: HistoryView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height = ROW if self._view.rows.chat(index) else SECTION
        return QSize(0, round(height * max(1.0, self._theme.scale)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chat = self._view.rows.chat(index)
        if chat is None:
            self._paint_section(painter, _box(option), str(index.data()))
        else:
            self._paint_chat(painter, option, str(index.data()), chat.id == self._view.open_id)
        painter.restore()

    def _paint_section(self, painter: QPainter, box: QRect, name: str) -> None:
        painter.setFont(self._theme.font(Type.LABEL))
        painter.setPen(self._theme.colour("faint"))
        painter.drawText(box.adjusted(10, 10, -8, 0), Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_chat(self, painter: QPainter, option: QStyleOptionViewItem, title: str, is_open: bool) -> None:
        palette = self._theme.palette
        state: QStyle.StateFlag = cast("Any", option).state
        row = _box(option)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        focused = bool(state & QStyle.StateFlag.State_HasFocus) and self._view.hasFocus()
        box = row.toRectF().adjusted(0.5, 1.5, -0.5, -1.5)
        if is_open or hovered or focused:
            painter.setPen(
                QPen(QColor(palette.accent if focused else palette.line), 1)
                if is_open or focused
                else Qt.PenStyle.NoPen
            )
            painter.setBrush(QColor(palette.raised if is_open else palette.hover))
            painter.drawRoundedRect(box, 8, 8)
        painter.setFont(self._theme.font(Type.LABEL + 1, QFont.Weight.Normal))
        painter.setPen(self._theme.colour("text"))
        room = row.adjusted(10, 0, -MORE if hovered else -10, 0)
        shown = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        if hovered:
            self._paint_more(painter, row)

    def _paint_more(self, painter: QPainter, box: QRect) -> None:
        drawn = self._theme.icon("ellipsis", "muted", 16)
        drawn.paint(painter, QRect(box.right() - MORE + 4, box.center().y() - 8, 16, 16))

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = QLineEdit(parent)
        field.setAccessibleName("Title of the chat")
        return field

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(_box(option))

    def editorEvent(self, event: QEvent, model: Any, option: QStyleOptionViewItem, index: Index) -> bool:
        return False


def _box(option: QStyleOptionViewItem) -> QRect:
    """The row's place. PySide's stubs do not know the fields of style options."""
    return QRect(cast("Any", option).rect)
