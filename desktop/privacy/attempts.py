"""The list of attempts to reach another computer: newest first, painted, however many there are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, cast

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.network import Attempt
from desktop.privacy import words
from desktop.theme.controls import tooltip
from desktop.theme.row_ground import paint_ground
from desktop.theme.theme import Theme
from desktop.theme.tokens import Type

Index = QModelIndex | QPersistentModelIndex
ROW, PADDING = 54, 18
TIME, MOVED, OUTCOME = 96, 190, 76
NARROW = 560
"""Below this width the bytes stand in the tooltip alone."""


class AttemptsModel(QAbstractListModel):
    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self._attempts: Sequence[Attempt] = ()

    def show_attempts(self, attempts: Sequence[Attempt]) -> None:
        self.beginResetModel()
        self._attempts = attempts
        self.endResetModel()

    def attempt(self, index: Index) -> Attempt:
        return self._attempts[index.row()]

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self._attempts)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        attempt = self.attempt(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return words.place(attempt)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _sentence(attempt)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(_sentence(attempt).replace(", ", "\n"))
        return None


class AttemptsView(QListView):
    """As high as its rows: the page scrolls, not the list."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows = AttemptsModel(self)
        self.setModel(self.rows)
        self.setItemDelegate(_Painter(theme, self))
        self.setAccessibleName("Connections")
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        theme.changed.connect(self._fit)

    def show_attempts(self, attempts: Sequence[Attempt]) -> None:
        at = self.currentIndex().row()
        self.rows.show_attempts(attempts)
        if 0 <= at < len(attempts):
            self.setCurrentIndex(self.rows.index(at))
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(self.rows.rowCount() * row_height(self._theme))
        self.scheduleDelayedItemsLayout()


class _Painter(QStyledItemDelegate):
    """Time; where to and what for; what crossed; what became of it."""

    def __init__(self, theme: Theme, view: AttemptsView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, row_height(self._theme))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        attempt = self._view.rows.attempt(index)
        box = QRect(cast("Any", option).rect)
        state: QStyle.StateFlag = cast("Any", option).state
        painter.save()
        paint_ground(
            self._theme,
            painter,
            state,
            box,
            has_keyboard=self._view.hasFocus(),
            is_last=index.row() == self._view.rows.rowCount() - 1,
        )
        room = box.adjusted(PADDING, 0, -PADDING, 0)
        scale = max(1.0, self._theme.scale)
        painter.setFont(self._theme.font(Type.LABEL))
        painter.setPen(self._theme.colour("muted"))
        left = self._cell(painter, room, words.moment(attempt.when, time.time()), round(TIME * scale))
        right = self._outcome(painter, room, attempt, scale)
        self._names(painter, QRect(left, room.top(), right - left - 12, room.height()), attempt)
        painter.restore()

    def _cell(self, painter: QPainter, room: QRect, text: str, width: int) -> int:
        place = QRect(room.left(), room.top(), width, room.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        return room.left() + width

    def _outcome(self, painter: QPainter, room: QRect, attempt: Attempt, scale: float) -> int:
        """From the right: what became of it, and the bytes where there is room; gives where these begin."""
        text, colour = words.outcome(attempt)
        left = room.right() - round(OUTCOME * scale)
        painter.setPen(self._theme.colour(colour))
        painter.setFont(self._theme.font(Type.LABEL, QFont.Weight.Medium))
        painter.drawText(
            QRect(left, room.top(), room.right() - left, room.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            text,
        )
        crossed = words.moved(attempt)
        if room.width() < NARROW or not crossed:
            return left
        painter.setPen(self._theme.colour("muted"))
        painter.setFont(self._theme.font(Type.LABEL))
        begin = left - round(MOVED * scale)
        painter.drawText(
            QRect(begin, room.top(), left - begin - 8, room.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            crossed,
        )
        return begin

    def _names(self, painter: QPainter, room: QRect, attempt: Attempt) -> None:
        half = room.height() // 2
        painter.setFont(self._theme.font(Type.INTERFACE, QFont.Weight.Medium))
        painter.setPen(self._theme.colour("text"))
        _line(painter, QRect(room.left(), room.top() + 8, room.width(), half - 6), words.place(attempt))
        painter.setFont(self._theme.font(Type.SMALL))
        painter.setPen(self._theme.colour("muted"))
        _line(
            painter, QRect(room.left(), room.top() + half + 1, room.width(), half - 8), words.reason(attempt)
        )


def row_height(theme: Theme) -> int:
    return round(ROW * max(1.0, theme.scale))


def _line(painter: QPainter, room: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _sentence(attempt: Attempt) -> str:
    parts = (
        words.place(attempt),
        words.outcome(attempt)[0].lower(),
        words.reason(attempt),
        words.moved(attempt),
        time.strftime("%d %B %Y %H:%M:%S", time.localtime(attempt.when)),
        f"by {attempt.process}" if attempt.process else "",
    )
    return ", ".join(part for part in parts if part)
